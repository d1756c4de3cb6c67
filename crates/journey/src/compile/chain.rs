//! Checks that the files belong together: their ids, their tenants, their words.

use super::report::Report;
use super::schema;
use crate::CompileOptions;
use crate::Severity;
use crate::problem::Code;
use crate::xml::{Element, Place};
use std::collections::BTreeMap;

/// Longest chain of bases.
const MOST_FILES: usize = 10;

pub(crate) fn check(files: &[Element], options: &CompileOptions, report: &mut Report) {
    if files.is_empty() {
        report.error(Code::Chain, Place::default(), "there is no policy file");
    }
    if files.len() > MOST_FILES {
        let message = format!("a chain has at most {MOST_FILES} files; this one has {}", files.len());
        report.error(Code::Chain, Place { file: files.len() - 1, ..Place::default() }, message);
    }
    let tenant = options.tenant.as_deref().or_else(|| files.last()?.attr("TenantId"));
    for (index, file) in files.iter().enumerate() {
        check_alone(file, report);
        check_base(file, index.checked_sub(1).and_then(|before| files.get(before)), report);
        check_tenant(file, tenant, options.tenant.is_some(), report);
        if file.child("RelyingParty").is_some() && index + 1 < files.len() {
            report.warning(
                Code::RelyingParty,
                file.place,
                "only the last policy of a chain has a relying party; this one is ignored",
            );
        }
    }
}

/// The checks of a file that do not depend on its base.
pub(crate) fn check_alone(file: &Element, report: &mut Report) {
    schema::check(file, report);
    check_twice(file, report);
}

/// Each file must name the one before it.
fn check_base(file: &Element, before: Option<&Element>, report: &mut Report) {
    let named = file.child("BasePolicy").and_then(|base| base.child("PolicyId"));
    let id = before.and_then(|before| before.attr("PolicyId")).unwrap_or_default();
    match (named, before) {
        (Some(named), None) => {
            report.error(Code::Chain, named.place, format!("the base policy {} is missing", named.text))
        }
        (Some(named), Some(_)) if !named.text.eq_ignore_ascii_case(id) => {
            report.error(Code::Chain, named.place, format!("the base policy is {}, but {id} was given", named.text));
        }
        (None, Some(_)) => {
            report.error(Code::Chain, file.place, format!("this policy names no base, but {id} was given"))
        }
        _ => {}
    }
}

fn check_tenant(file: &Element, tenant: Option<&str>, certain: bool, report: &mut Report) {
    let base = file.child("BasePolicy").and_then(|base| base.child("TenantId"));
    let named = [file.attr("TenantId").map(|id| (file.place, id)), base.map(|id| (id.place, id.text.as_str()))];
    for (place, name) in named.into_iter().flatten() {
        let Some(tenant) = tenant.filter(|tenant| !tenant.eq_ignore_ascii_case(name)) else { continue };
        let message = format!("this names the tenant {name}, but the policy is for {tenant}");
        let severity = if certain { Severity::Error } else { Severity::Warning };
        report.add(severity, Code::Tenant, place, message);
    }
}

/// A file defines each thing once.
fn check_twice(file: &Element, report: &mut Report) {
    let blocks = file.child("BuildingBlocks").into_iter().flat_map(|blocks| &blocks.children);
    let providers = file.list("ClaimsProviders", "ClaimsProvider").flat_map(|provider| &provider.children);
    let profiles = providers.filter(|list| list.name == "TechnicalProfiles").flat_map(|list| &list.children);
    let profiles: Vec<&Element> = profiles.collect();
    let journeys = || ["UserJourneys", "SubJourneys"].into_iter().filter_map(|list| file.child(list));
    for list in blocks.chain(journeys()) {
        once(&list.children, "Id", report);
    }
    once(profiles.iter().copied(), "Id", report);
    let validations = profiles.iter().flat_map(|profile| profile.child("ValidationTechnicalProfiles"));
    validations.for_each(|list| once(&list.children, "ReferenceId", report));
    for journey in journeys().flat_map(|list| &list.children) {
        let steps = || journey.list("OrchestrationSteps", "OrchestrationStep");
        once(steps(), "Order", report);
        once(steps().flat_map(|step| step.list("ClaimsExchanges", "ClaimsExchange")), "Id", report);
    }
}

/// Report the elements of one name that have the same value in this attribute.
fn once<'e>(elements: impl IntoIterator<Item = &'e Element>, key: &str, report: &mut Report) {
    let mut known = BTreeMap::new();
    for element in elements {
        let Some(id) = element.attr(key).filter(|id| !id.is_empty()) else { continue };
        let first = *known.entry((&element.name, id.to_ascii_lowercase())).or_insert(element.place);
        if first != element.place {
            let line = first.line;
            let message = match key {
                "Id" => format!("{} {id} is defined twice; the first is in line {line}", element.name),
                _ => format!("{} with {key} {id} comes twice; the first is in line {line}", element.name),
            };
            report.error(Code::Twice, element.place, message);
        }
    }
}
