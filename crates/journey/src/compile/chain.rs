//! Whether the files belong together: their ids, their tenants, their words.

use super::report::Report;
use super::vocabulary;
use crate::CompileOptions;
use crate::xml::{Element, Place};
use std::collections::BTreeMap;

/// Longest chain of bases.
const MOST_FILES: usize = 10;

pub(crate) fn check(files: &[Element], options: &CompileOptions, report: &mut Report) {
    if files.is_empty() {
        report.error(Place::default(), "there is no policy file");
    }
    if files.len() > MOST_FILES {
        let message = format!("a chain has at most {MOST_FILES} files; this one has {}", files.len());
        report.error(Place { file: files.len() - 1, line: 0 }, message);
    }
    let tenant = options.tenant.as_deref().or_else(|| files.last()?.attr("TenantId"));
    for (index, file) in files.iter().enumerate() {
        vocabulary::check(file, report);
        check_twice(file, report);
        if file.attr("PolicyId").is_none_or(str::is_empty) {
            report.error(file.place, "TrustFrameworkPolicy needs the attribute PolicyId");
        }
        check_base(file, index.checked_sub(1).and_then(|before| files.get(before)), report);
        check_tenant(file, tenant, options.tenant.is_some(), report);
        if file.child("RelyingParty").is_some() && index + 1 < files.len() {
            report.warning(file.place, "only the last policy of a chain has a relying party; this one is ignored");
        }
    }
}

/// Each file must name the one before it.
fn check_base(file: &Element, before: Option<&Element>, report: &mut Report) {
    let named = file.child("BasePolicy").and_then(|base| base.child("PolicyId"));
    let id = before.and_then(|before| before.attr("PolicyId")).unwrap_or_default();
    match (named, before) {
        (Some(named), None) => report.error(named.place, format!("the base policy {} is missing", named.text)),
        (Some(named), Some(_)) if !named.text.eq_ignore_ascii_case(id) => {
            report.error(named.place, format!("the base policy is {}, but {id} was given", named.text));
        }
        (None, Some(_)) => report.error(file.place, format!("this policy names no base, but {id} was given")),
        _ => {}
    }
}

fn check_tenant(file: &Element, tenant: Option<&str>, certain: bool, report: &mut Report) {
    let base = file.child("BasePolicy").and_then(|base| base.child("TenantId"));
    let named = [file.attr("TenantId").map(|id| (file.place, id)), base.map(|id| (id.place, id.text.as_str()))];
    for (place, name) in named.into_iter().flatten() {
        let Some(tenant) = tenant.filter(|tenant| !tenant.eq_ignore_ascii_case(name)) else { continue };
        let message = format!("this names the tenant {name}, but the policy is for {tenant}");
        if certain { report.error(place, message) } else { report.warning(place, message) }
    }
}

/// A file defines each thing once.
fn check_twice(file: &Element, report: &mut Report) {
    let blocks = file.child("BuildingBlocks").into_iter().flat_map(|blocks| &blocks.children);
    let profiles = file.list("ClaimsProviders", "ClaimsProvider").flat_map(|provider| &provider.children);
    let journeys = file.children.iter().filter(|list| matches!(list.name.as_str(), "UserJourneys" | "SubJourneys"));
    let lists = blocks.chain(profiles).chain(journeys);
    let mut known = BTreeMap::new();
    for element in lists.flat_map(|list| &list.children) {
        let Some(id) = element.attr("Id").filter(|id| !id.is_empty()) else { continue };
        let first = *known.entry((&element.name, id.to_ascii_lowercase())).or_insert(element.place.line);
        if first != element.place.line {
            let message = format!("{} {id} is defined twice; the first is in line {first}", element.name);
            report.error(element.place, message);
        }
    }
}
