//! From the files of a chain to a [`Policy`], or to the list of everything that is wrong with them.

mod building_blocks;
mod chain;
mod claims_schema;
mod content;
mod controls;
mod journeys;
pub(crate) mod names;
mod profiles;
mod reach;
pub(crate) mod read;
mod relying_party;
pub(crate) mod report;
mod transformations;
mod vocabulary;

use crate::policy::model::{Id, id};
use crate::xml::Element;
use crate::{Policy, Problem, RelyingParty, merge, xml};
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

/// What the compiler knows of the tenant.
#[derive(Clone, Debug, Default)]
pub struct CompileOptions {
    /// The tenant's domain, e.g. `contoso.onmicrosoft.com`; with one, a foreign tenant name is an error.
    pub tenant: Option<String>,
    /// Names of key containers that exist; with a list, a missing one is an error.
    pub key_containers: Option<Vec<String>>,
}

/// A policy that runs, and what is odd about it.
#[derive(Debug)]
pub struct Compiled {
    /// The policy.
    pub policy: Policy,
    /// Problems of severity warning.
    pub warnings: Vec<Problem>,
}

/// Merge `chain` (base first, relying party last) and compile it.
///
/// # Errors
/// Every problem of the chain, warnings included, sorted by file and line.
pub fn compile(chain: &[Source], options: &CompileOptions) -> Result<Compiled, Vec<Problem>> {
    let read: Vec<Result<Element, Problem>> =
        chain.iter().enumerate().map(|(index, source)| xml::read(source, index)).collect();
    let torn: Vec<Problem> = read.iter().filter_map(|file| file.as_ref().err().cloned()).collect();
    if !torn.is_empty() {
        return Err(torn);
    }
    let files: Vec<Element> = read.into_iter().flatten().collect();
    let mut report = Report::new(chain.iter().map(|source| source.name.clone()).collect());
    chain::check(&files, options, &mut report);
    let Some(root) = merged(files) else { return Err(report.problems()) };
    let names = Names::of(&root);
    let compiler = Compiler { root: &root, names, report: &mut report, options, aside: BTreeMap::new() };
    let policy = compiler.policy(hash(chain));
    match policy {
        Some(policy) if !report.has_errors() => Ok(Compiled { policy, warnings: report.problems() }),
        _ => Err(report.problems()),
    }
}

/// The files laid one over the other. Only the last one's relying party counts.
fn merged(files: Vec<Element>) -> Option<Element> {
    let last = files.len().checked_sub(1)?;
    let prepared = files.into_iter().enumerate().map(|(index, mut file)| {
        if index != last {
            file.children.retain(|child| child.name != "RelyingParty");
        }
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
}

impl<'a> Compiler<'a> {
    /// The policy; none if it has no relying party. Anything else that is wrong is in the report.
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
        self.relying_party(&mut policy)?;
        if !self.report.has_errors() {
            self.reach(&mut policy);
        }
        Some(policy)
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
