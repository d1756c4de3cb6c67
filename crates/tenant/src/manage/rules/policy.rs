//! Rules for custom policies: an uploaded file must be a policy, and every policy that applications can use must
//! compile.

use crate::manage::change::Change;
use crate::manage::refusal::{Findings, Refusal};
use crate::manage::registrations::{CustomPolicy, Registrations};
use crate::registry::policy_options;
use std::collections::BTreeMap;
use vestibule_journey::{CompileOptions, Folder, Policy, Problem, Severity, Source, compile};
use vestibule_store::ObjectKind;

/// The prefix of a custom policy's PolicyId
/// (<https://learn.microsoft.com/azure/active-directory-b2c/trustframeworkpolicy>).
pub(crate) const PREFIX: &str = "B2C_1A_";
/// Maximum size of a policy file in bytes (<https://learn.microsoft.com/azure/active-directory-b2c/service-limits>).
pub const MOST_POLICY_BYTES: usize = 1024 * 1024;

/// The problems of a single policy, regardless of others.
pub(super) fn check(findings: &mut Findings, policy: &CustomPolicy) {
    if !policy.id.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX)) {
        let why = format!("the PolicyId of a custom policy begins with {PREFIX}; this one is {}", policy.id);
        findings.refuse("id", why);
    }
    if policy.xml.len() > MOST_POLICY_BYTES {
        findings.refuse("file", format!("a policy has at most {MOST_POLICY_BYTES} bytes, not {}", policy.xml.len()));
    }
    let folder = Folder::new([source(policy)]);
    findings_of(findings, folder.strays());
    if let Some((id, _)) = folder.policies().find(|(id, _)| !id.eq_ignore_ascii_case(&policy.id)) {
        findings.refuse("id", format!("the file's PolicyId is {id}, not {}", policy.id));
    }
}

/// Adds the errors of a policy.
fn findings_of<'p>(findings: &mut Findings, problems: impl IntoIterator<Item = &'p Problem>) {
    let stops = problems.into_iter().filter(|problem| problem.severity.stops());
    stops.for_each(|problem| findings.refuse("file", problem.to_string()));
}

/// The result of compiling the policies after a change.
#[derive(Default)]
pub(in crate::manage) struct Verdict {
    /// Relying parties that would no longer compile, or that the change contains and that do not compile.
    pub(in crate::manage) refused: Vec<Refusal>,
    /// Warnings, such as a missing key container.
    pub(in crate::manage) warnings: Vec<Problem>,
}

/// Compiles the relying parties after these changes: many may share a base policy, and the change must not silently
/// break one that works.
pub(in crate::manage) fn compiled(before: &Registrations, after: &Registrations, changes: &[Change]) -> Verdict {
    let is_policy = |change: &&Change| change.object.kind() == ObjectKind::Policy;
    let changed: Vec<&str> = changes.iter().filter(is_policy).map(|change| change.object.id()).collect();
    // The domain is part of the compiler's input.
    let is_moved = before.tenant.domain != after.tenant.domain;
    if changed.is_empty() && !is_moved {
        return Verdict::default();
    }
    let worked = compile_all(before);
    let mut verdict = Verdict::default();
    for (id, outcome) in compile_all(after) {
        let broke = worked.get(&id).is_some_and(Result::is_ok) || changed.contains(&id.as_str());
        let problems = match outcome {
            Ok(warnings) => {
                verdict.warnings.extend(warnings);
                continue;
            }
            Err(problems) => problems,
        };
        if broke {
            let mut findings = Findings::new(ObjectKind::Policy, &id);
            findings_of(&mut findings, &problems);
            verdict.refused.extend(findings.into_refusals());
        }
    }
    verdict
}

/// The result for each relying party, by lower-case PolicyId: its warnings, or why it does not compile.
type Compiled = BTreeMap<String, Result<Vec<Problem>, Vec<Problem>>>;

/// Compiles every relying party of the tenant.
fn compile_all(registrations: &Registrations) -> Compiled {
    let folder = Folder::new(registrations.policies.values().map(source));
    let containers = registrations.key_containers.keys().cloned().collect();
    let options = policy_options(&registrations.tenant.domain, containers);
    let compiled = |id: &str| {
        let outcome = match folder.chain_of(id)? {
            Ok(chain) => compile(&chain, &options).map(|compiled| {
                let mut warnings = compiled.warnings;
                warnings.extend(mistyped(id, &compiled.policy, registrations));
                warnings
            }),
            Err(problems) => Err(problems),
        };
        Some((id.to_lowercase(), outcome))
    };
    folder.relying_parties().filter_map(compiled).collect()
}

/// Warns about custom attributes that a policy writes from claims of another type. As in B2C, the policy is accepted,
/// and the value is rejected when it is written.
fn mistyped(id: &str, policy: &Policy, registrations: &Registrations) -> Vec<Problem> {
    let warning = |(name, data_type): (String, &'static str)| {
        let own = name.get("extension_".len()..)?;
        let attribute = registrations.attributes.values().find(|attribute| attribute.name.eq_ignore_ascii_case(own))?;
        let fits = match attribute.data_type.as_str() {
            "Boolean" => data_type == "boolean",
            "Int" => data_type == "int",
            _ => !["boolean", "int", "long"].contains(&data_type) && !data_type.ends_with("Collection"),
        };
        let expected = &attribute.data_type;
        let message = format!(
            "the policy writes {name} from a claim of the type {data_type}, but the tenant's attribute {} is {expected}: \
             such values are refused",
            attribute.name
        );
        (!fits).then(|| Problem { severity: Severity::Warning, ..Problem::error(format!("{id}.xml"), 1, message) })
    };
    policy.written_attributes().into_iter().filter_map(warning).collect()
}

fn source(policy: &CustomPolicy) -> Source {
    Source { name: format!("{}.xml", policy.id), text: policy.xml.clone() }
}

/// Everything that is wrong with the policy files of a tenant with this domain; each problem has its own file and line.
#[must_use]
pub fn check_policies(files: &[Source], domain: &str) -> Vec<Problem> {
    let folder = Folder::new(files.iter().cloned());
    let options = CompileOptions { tenant: Some(domain.to_owned()), key_containers: None };
    let mut problems: Vec<Problem> = folder.strays().cloned().collect();
    for (id, source) in folder.policies() {
        if !id.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX)) {
            let message = format!("the PolicyId of a custom policy begins with {PREFIX}; this one is {id}");
            problems.push(Problem::error(source.name.clone(), 1, message));
        }
    }
    for id in folder.relying_parties() {
        match folder.chain_of(id) {
            Some(Ok(chain)) => problems.extend(compile(&chain, &options).err().into_iter().flatten()),
            Some(Err(found)) => problems.extend(found),
            None => {}
        }
    }
    // A base policy that two policies share reports its problems twice.
    let mut seen = std::collections::HashSet::new();
    problems.retain(|problem| seen.insert(problem.to_string()));
    problems
}
