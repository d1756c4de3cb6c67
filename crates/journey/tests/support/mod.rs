//! People, requests and policies for the stories.

use std::collections::BTreeMap;
use std::path::PathBuf;
pub(crate) use vestibule_journey::testing::{Memory, START, Visit, control, form};
use vestibule_journey::{CompileOptions, Entry, Issued, Item, Page, Policy, Request, Session, Source, Value, compile};

pub(crate) const GOOD: &str = "Passw0rd!";

pub(crate) trait Person {
    /// Adds Ada under this address; returns her object id.
    fn person(&mut self, email: &str, more: &[(&str, Value)]) -> String;
}

impl Person for Memory {
    fn person(&mut self, email: &str, more: &[(&str, Value)]) -> String {
        let id = format!("00000000-0000-4000-8000-{:012}", self.users.len() + 1);
        let ada = [("displayName", "Ada".into()), ("givenName", "Ada".into()), ("surname", "King".into())];
        self.add(&id, email, GOOD, &[&ada, more].concat());
        id
    }
}

pub(crate) trait Usual<'a> {
    /// A visit with the usual request.
    fn new(policy: &'a Policy, world: &'a mut Memory, session: Session) -> Self;
}

impl<'a> Usual<'a> for Visit<'a> {
    fn new(policy: &'a Policy, world: &'a mut Memory, session: Session) -> Self {
        Self::with(policy, world, session, request())
    }
}

/// Ids of the page's items, controls in brackets.
pub(crate) fn ids(page: &Page) -> Vec<String> {
    let id = |item: &Item| match item {
        Item::Field(field) => field.id.clone(),
        Item::Control(control) => format!("[{}]", control.id),
    };
    page.items.iter().map(id).collect()
}

pub(crate) fn request() -> Request {
    let resolvers =
        [("policy:tenantobjectid", "11111111-1111-4111-8111-111111111111"), ("oidc:loginhint", "hint@example.com")];
    Request {
        entry: Entry::Default,
        resolvers: resolvers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        languages: vec!["en".to_owned()],
        application: "Demo".to_owned(),
        ..Request::default()
    }
}

pub(crate) fn claims(issued: &Issued) -> BTreeMap<&str, String> {
    issued.claims.iter().map(|(name, value)| (name.as_str(), value.text())).collect()
}

/// A file of the starter pack; `None` if `VESTIBULE_STARTERPACK` does not name its folder.
pub(crate) fn starter_pack() -> Option<PathBuf> {
    let folder = std::env::var_os("VESTIBULE_STARTERPACK").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: VESTIBULE_STARTERPACK does not name the folder of the starter pack");
    }
    folder
}

/// The chain of a relying-party file of a pack.
pub(crate) fn pack_chain(folder: &std::path::Path, leaf: &str) -> Vec<Source> {
    let files = ["TrustFrameworkBase", "TrustFrameworkLocalization", "TrustFrameworkExtensions", leaf];
    let read = |name: &&str| {
        let path = folder.join(format!("{name}.xml"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Source { name: format!("{name}.xml"), text }
    };
    files.iter().map(read).collect()
}

pub(crate) fn compiled(chain: &[Source]) -> Policy {
    match compile(chain, &CompileOptions::default()) {
        Ok(compiled) => compiled.policy,
        Err(problems) => {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            panic!("does not compile:\n{}", lines.join("\n"));
        }
    }
}
