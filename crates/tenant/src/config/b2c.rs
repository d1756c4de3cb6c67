//! Reads what a team can take out of an Azure AD B2C tenant with Microsoft Graph, as registrations.
//!
//! ```text
//! files (JSON, XML) ─► strict (no key twice) ─► one reader for each kind ─► settle (management's rules) ─► Registrations
//! ```
//! Ids are kept. What management refuses is left out and reported; a file of the wrong shape is an error with its file and
//! path (<https://learn.microsoft.com/graph/api/resources/application>, `b2cIdentityUserFlow`, `identityUserFlowAttribute`,
//! `trustFrameworkKeySet`).

mod applications;
mod credentials;
mod flows;
mod key_sets;
mod node;
mod permissions;
mod policies;
mod report;
mod settle;
mod strict;
mod tenant;

pub use report::Report;

use crate::manage::{Registrations, refusals};
use node::Node;
use serde_json::Value;
use std::collections::BTreeMap;
use vestibule_journey::Source;
use vestibule_store::ObjectKind;

/// The beginning of a file that `vestibule import b2c` writes.
pub const IMPORTED: &str = "Imported from Azure AD B2C";
/// Largest JSON file that is read, in bytes.
pub const MOST_JSON_BYTES: u64 = 64 * 1024 * 1024;
/// The JSON files that are read, each the answer of a list request.
pub const JSON_FILES: [&str; 6] = [
    "organization.json",
    "applications.json",
    "b2cUserFlows.json",
    "userFlowAttributes.json",
    "keysets.json",
    "users.json",
];

/// Options of an import.
#[derive(Clone, Debug, Default)]
pub struct B2cOptions {
    /// The tenant's domain, if the files do not say it or say another: `contoso.onmicrosoft.com`.
    pub domain: Option<String>,
    /// Grant the permissions that the applications declare. Graph keeps consent elsewhere.
    pub grant_admin_consent: bool,
    /// Milliseconds since the epoch: secrets that expired before are left out.
    pub now: i64,
}

/// The result of an import.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The tenant.
    pub registrations: Registrations,
    /// What came over and what did not.
    pub report: Report,
}

/// Translate the files of a tenant: JSON files by name, and custom policies.
///
/// # Errors
/// A sentence for each mistake, with its file and the path in it.
pub fn import_b2c(
    json: &BTreeMap<String, String>,
    policies: Vec<Source>,
    options: &B2cOptions,
) -> Result<Imported, Vec<String>> {
    let (mut files, mut mistakes) = (BTreeMap::new(), Vec::new());
    for (name, text) in json {
        match strict::read(name, text) {
            Ok(value) => drop(files.insert(name.as_str(), value)),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let mut import =
        Import { files: &files, options, tenant: Registrations::default(), report: Report::default(), mistakes };
    import.all(policies);
    let Import { tenant: registrations, report, mistakes, .. } = import;
    if mistakes.is_empty() { Ok(Imported { registrations, report }) } else { Err(mistakes) }
}

/// An import under way.
struct Import<'i> {
    files: &'i BTreeMap<&'i str, Value>,
    options: &'i B2cOptions,
    tenant: Registrations,
    report: Report,
    mistakes: Vec<String>,
}

impl<'i> Import<'i> {
    fn all(&mut self, policies: Vec<Source>) {
        self.tenant_itself(&policies);
        self.attributes();
        self.flows();
        self.key_sets();
        self.applications();
        self.policies(policies);
        self.users();
        settle::settle(&mut self.tenant, &mut self.report);
        let wrong = refusals(&self.tenant).into_iter().filter(|refusal| refusal.object.kind() == ObjectKind::Tenant);
        let advice = "put organization.json right, or name the domain with --domain";
        self.mistakes.extend(wrong.map(|refusal| format!("{}: {advice}", refusal.why)));
        self.report.count(&self.tenant);
    }

    /// Users move by a way of their own: their passwords cannot be exported.
    fn users(&mut self) {
        let count = self.list("users.json").len();
        if count > 0 {
            self.report.by_hand(format!(
                "users ({count}): they are not imported; vestibule user add creates them. B2C gives nobody their passwords"
            ));
        }
    }

    /// The items of a file, which is an object with the list `value`, or a list; none without the file.
    fn list(&mut self, file: &'static str) -> Vec<Node<'i>> {
        let Some(value) = self.files.get(file) else { return Vec::new() };
        let root = Node::root(file, value);
        if value.get("@odata.nextLink").is_some_and(|link| !link.is_null()) {
            let advice = "it has one page of several: follow @odata.nextLink, and put all items into \"value\"";
            self.mistakes.push(root.wrong(advice));
        }
        let items = if value.is_array() { root.items() } else { root.needed("value").and_then(|list| list.items()) };
        self.kept(items).unwrap_or_default()
    }

    /// The value, or a mistake that is noted.
    fn kept<T>(&mut self, read: Result<T, String>) -> Option<T> {
        read.map_err(|mistake| self.mistakes.push(mistake)).ok()
    }
}
