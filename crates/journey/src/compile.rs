//! From the files of a chain to a [`Policy`], or to the list of everything that is wrong with them.

mod attributes;
mod building_blocks;
mod chain;
mod claims_schema;
mod content;
mod controls;
mod journeys;
pub(crate) mod names;
mod needs;
mod operands;
mod profiles;
mod reach;
pub(crate) mod read;
mod relying_party;
pub(crate) mod report;
pub(crate) mod schema;
mod supply;
mod support;
mod transformations;

use crate::policy::model::{Id, id};
use crate::problem::Code;
use crate::xml::{Element, Place};
use crate::{Policy, Problem, RelyingParty, flow, merge, xml};
use names::Names;
use report::{Found, Report};
use std::collections::BTreeMap;
use vestibule_protocol::digest::sha256_base64url;

/// One policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Name for messages.
    pub name: String,
    /// The XML.
    pub text: String,
}

/// The facts about the tenant that the compiler needs.
#[derive(Clone, Debug, Default)]
pub struct CompileOptions {
    /// The tenant's domain, e.g. `contoso.onmicrosoft.com`; with one, a foreign tenant name is an error.
    pub tenant: Option<String>,
    /// Names of key containers that exist; with a list, a missing one is an error.
    pub key_containers: Option<Vec<String>>,
}

/// A policy that runs, and its warnings.
#[derive(Debug)]
pub struct Compiled {
    /// The policy.
    pub policy: Policy,
    /// Warnings and notes.
    pub warnings: Vec<Problem>,
}

/// Merge `chain` (base first, relying party last) and compile it.
///
/// # Errors
/// Every problem of the chain, warnings and notes included, sorted by file and line. A chain without a relying party
/// has that as a problem.
pub fn compile(chain: &[Source], options: &CompileOptions) -> Result<Compiled, Vec<Problem>> {
    let (policy, mut report) = examine(chain, options);
    if policy.is_none() && !report.has(Code::Unreadable) && !chain.is_empty() {
        let message = "the last policy of a chain needs a RelyingParty; name a relying-party file";
        report.error(Code::RelyingParty, end(chain), message);
    }
    match policy {
        Some(policy) if !report.stops() => Ok(Compiled { policy, warnings: report.problems() }),
        _ => Err(report.problems()),
    }
}

/// Every problem of a chain (base first), sorted by file and line. Unlike for [`compile`], the last file needs no
/// relying party: bases are uploaded as well. Without one nothing is reached, so unsupported features are only notes.
#[must_use]
pub fn check(chain: &[Source], options: &CompileOptions) -> Vec<Problem> {
    let (_, report) = examine(chain, options);
    report.problems()
}

/// The problems of files that do not depend on their bases.
pub(crate) fn check_each(files: &[Source]) -> Vec<Problem> {
    let mut report = Report::new(files.iter().map(|source| source.name.clone()).collect());
    for file in files.iter().enumerate().filter_map(|(index, source)| xml::read(source, index).ok()) {
        chain::check_alone(&file, &mut report);
    }
    report.problems()
}

/// The policy, if the chain has a relying party and could be read, with everything that is wrong.
fn examine(chain: &[Source], options: &CompileOptions) -> (Option<Policy>, Report) {
    let mut report = Report::new(chain.iter().map(|source| source.name.clone()).collect());
    let read = chain.iter().enumerate().map(|(index, source)| xml::read(source, index));
    let mut files = Vec::new();
    for (index, file) in read.enumerate() {
        match file {
            Ok(file) => files.push(file),
            Err(Problem { line, column, message, .. }) => {
                report.error(Code::Unreadable, Place { file: index, line, column }, message);
            }
        }
    }
    if files.len() < chain.len() {
        // Otherwise the files that refer to it would be blamed.
        files.iter().for_each(|file| chain::check_alone(file, &mut report));
        return (None, report);
    }
    chain::check(&files, options, &mut report);
    let base = files.first().and_then(|file| file.attr("PolicyId")).unwrap_or_default();
    let builds_on_user_flows = flow::built_in(base, "").is_some();
    let Some(root) = merged(files) else { return (None, report) };
    let names = Names::of(&root);
    let compiler = Compiler {
        root: &root,
        names,
        report: &mut report,
        options,
        aside: BTreeMap::new(),
        wholes: BTreeMap::new(),
        builds_on_user_flows,
    };
    let policy = compiler.policy(hash(chain));
    if policy.is_none() {
        report.soften_unsupported();
    }
    (policy, report)
}

/// The last file as a whole.
fn end(chain: &[Source]) -> Place {
    Place { file: chain.len().saturating_sub(1), ..Place::default() }
}

/// The files laid one over the other. Only the last one's relying party counts.
fn merged(files: Vec<Element>) -> Option<Element> {
    let last = files.len().checked_sub(1)?;
    let prepared = files.into_iter().enumerate().map(|(index, mut file)| {
        if index != last {
            file.children.retain(|child| child.name != "RelyingParty");
        }
        merge::join_lists(&mut file);
        merge::flatten_providers(&mut file);
        file
    });
    prepared.reduce(|mut parent, child| {
        merge::over(&mut parent, child);
        parent
    })
}

fn hash(chain: &[Source]) -> String {
    let all: String = chain.iter().map(|source| format!("{}\n{}", source.text.len(), source.text)).collect();
    sha256_base64url(all.as_bytes())
}

/// The merged policy on its way to types.
pub(crate) struct Compiler<'a> {
    pub(crate) root: &'a Element,
    pub(crate) names: Names,
    pub(crate) report: &'a mut Report,
    pub(crate) options: &'a CompileOptions,
    /// Problems of profiles that count only if the relying party's journeys reach them.
    pub(crate) aside: BTreeMap<Id, Vec<Found>>,
    /// Technical profiles with what they include.
    pub(crate) wholes: BTreeMap<Id, Element>,
    /// True if the base is the one that user flows have. A flow may return claims that its journey never provides, such
    /// as the identity provider of a local account; they stay without a value.
    pub(crate) builds_on_user_flows: bool,
}

impl<'a> Compiler<'a> {
    /// The policy; none if it has no relying party. Anything else that is wrong is in the report, whatever else is
    /// wrong: an author mends all of it at once.
    fn policy(mut self, hash: String) -> Option<Policy> {
        let mut policy = Policy {
            id: self.root.attr("PolicyId").unwrap_or_default().to_owned(),
            hash,
            relying_party: RelyingParty::default(),
            claims: self.claims(),
            predicates: self.predicates(),
            predicate_validations: self.predicate_validations(),
            transformations: self.transformations(),
            contents: self.contents(),
            resources: self.resources(),
            languages: self.languages(),
            default_language: self.default_language(),
            controls: self.controls(),
            profiles: self.profiles(),
            journeys: self.journeys(),
            journey: String::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            subject: None,
            user_claim: None,
        };
        let has_relying_party = self.relying_party(&mut policy);
        self.reach(&mut policy);
        self.supply(&policy);
        has_relying_party.then_some(policy)
    }

    /// The elements `item` of `BuildingBlocks/{list}`.
    fn blocks(&self, list: &str, item: &str) -> Vec<&'a Element> {
        let list = self.root.child("BuildingBlocks").and_then(|blocks| blocks.child(list));
        list.into_iter().flat_map(|list| &list.children).filter(|child| child.name == item).collect()
    }
}

/// The id of an element in lower case, for maps.
pub(crate) fn key(element: &Element) -> String {
    id(element.attr("Id").unwrap_or_default())
}
