//! A folder of policy files: each is known by its PolicyId, so that the chain of one can be put together.

use crate::xml::{self, Element};
use crate::{Problem, Severity, Source, flow};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Policy files that may build on each other.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    /// By PolicyId in lower case.
    files: BTreeMap<String, File>,
    strays: Vec<Problem>,
}

#[derive(Clone, Debug)]
struct File {
    id: String,
    /// TenantId: whom it is written for.
    tenant: String,
    /// PolicyId of the base, and the line that names it.
    base: Option<(String, u32)>,
    has_relying_party: bool,
    source: Source,
}

impl Folder {
    /// The policies among `sources`; of two with one PolicyId the first counts. See [`Folder::strays`] for the others.
    #[must_use]
    pub fn new(sources: impl IntoIterator<Item = Source>) -> Self {
        let mut folder = Self::default();
        for source in sources {
            let read = File::read(source).and_then(|file| folder.take(file));
            folder.strays.extend(read.err());
        }
        folder
    }

    fn take(&mut self, file: File) -> Result<(), Problem> {
        match self.files.entry(file.id.to_ascii_lowercase()) {
            Entry::Vacant(free) => drop(free.insert(file)),
            Entry::Occupied(first) => {
                let (id, first) = (&file.id, &first.get().source.name);
                return Err(stray(&file.source, 1, format!("the PolicyId {id} is already that of {first}")));
            }
        }
        Ok(())
    }

    /// Why files are not among the policies: they are no well-formed XML, no policies, or take another's PolicyId.
    #[must_use]
    pub fn strays(&self) -> &[Problem] {
        &self.strays
    }

    /// PolicyId and source of every file.
    pub fn policies(&self) -> impl Iterator<Item = (&str, &Source)> {
        self.files.values().map(|file| (file.id.as_str(), &file.source))
    }

    /// PolicyIds of the files that applications can name: those with a RelyingParty.
    pub fn relying_parties(&self) -> impl Iterator<Item = &str> {
        self.files.values().filter(|file| file.has_relying_party).map(|file| file.id.as_str())
    }

    /// The chain that ends in the policy of this id, base first; none if it is not here.
    ///
    /// # Errors
    /// As [`Folder::chain`].
    pub fn chain_of(&self, id: &str) -> Option<Result<Vec<Source>, Problem>> {
        self.files.get(&id.to_ascii_lowercase()).map(|file| self.chain(&file.source))
    }

    /// `leaf` and the bases that it is built on, base first. A leaf that is no policy is alone: the compiler says what is
    /// wrong with it.
    ///
    /// # Errors
    /// A base is not here, or the bases go round in a circle; with file and line.
    pub fn chain(&self, leaf: &Source) -> Result<Vec<Source>, Problem> {
        let mut chain = vec![leaf.clone()];
        let first = File::read(leaf.clone()).ok();
        let tenant = first.as_ref().map(|file| file.tenant.clone()).unwrap_or_default();
        let mut next = first.and_then(|file| file.base.map(|base| (base, leaf.name.clone())));
        while let Some(((base, line), from)) = next {
            let wrong = |message: String| Problem { severity: Severity::Error, file: from.clone(), line, message };
            // What an exported user flow is built on need not be exported too.
            let built_in = || flow::built_in(&base, &tenant).and_then(|source| File::read(source).ok());
            let file = self.files.get(&base.to_ascii_lowercase()).cloned().or_else(built_in).ok_or_else(|| {
                wrong(format!(
                    "the base policy {base} is not in this folder; put the file whose PolicyId is {base} beside this one"
                ))
            })?;
            if chain.iter().any(|source| source.name == file.source.name) {
                return Err(wrong(format!(
                    "the base policy {base} is built on this one: bases may not go round in a circle"
                )));
            }
            chain.insert(0, file.source.clone());
            next = file.base.clone().map(|base| (base, file.source.name.clone()));
        }
        Ok(chain)
    }
}

impl File {
    fn read(source: Source) -> Result<Self, Problem> {
        let policy = xml::read(&source, 0)?;
        let Some(id) = policy.attr("PolicyId").filter(|id| !id.is_empty()).map(str::to_owned) else {
            return Err(stray(&source, policy.place.line, "TrustFrameworkPolicy has no PolicyId".to_owned()));
        };
        let tenant = policy.attr("TenantId").unwrap_or_default().to_owned();
        let base = policy.child("BasePolicy").and_then(|base| base.child("PolicyId"));
        let base = base.map(|named: &Element| (named.text.clone(), named.place.line));
        Ok(Self { id, tenant, base, has_relying_party: policy.child("RelyingParty").is_some(), source })
    }
}

fn stray(source: &Source, line: u32, message: String) -> Problem {
    Problem { severity: Severity::Error, file: source.name.clone(), line, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(id: &str, base: Option<&str>, more: &str) -> Source {
        let base = base.map(|b| format!("<BasePolicy><PolicyId>{b}</PolicyId></BasePolicy>")).unwrap_or_default();
        let text = format!("<TrustFrameworkPolicy PolicyId=\"{id}\">{base}{more}</TrustFrameworkPolicy>");
        Source { name: format!("{id}.xml"), text }
    }

    #[test]
    fn chains_are_put_together_by_policy_id() {
        let odd = Source { name: "notes.xml".to_owned(), text: "<notes/>".to_owned() };
        let folder = Folder::new([
            source("B2C_1A_In", Some("b2c_1a_ext"), "<RelyingParty/>"),
            source("B2C_1A_Ext", Some("B2C_1A_Base"), ""),
            source("B2C_1A_Base", None, ""),
            odd,
        ]);
        assert_eq!(folder.relying_parties().collect::<Vec<_>>(), ["B2C_1A_In"]);
        let chain = folder.chain_of("b2c_1a_IN").expect("there").expect("whole");
        let names: Vec<&str> = chain.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["B2C_1A_Base.xml", "B2C_1A_Ext.xml", "B2C_1A_In.xml"]);
    }

    #[test]
    fn what_is_no_policy_or_takes_anothers_id_is_told() {
        let broken = Source { name: "broken.xml".to_owned(), text: "<TrustFrameworkPolicy PolicyId='B'>".to_owned() };
        let twin = Source { name: "twin.xml".to_owned(), ..source("b2c_1a_in", None, "") };
        let nameless = Source { name: "nameless.xml".to_owned(), ..source("", None, "") };
        let folder = Folder::new([source("B2C_1A_In", None, ""), broken, twin, nameless]);
        assert_eq!(folder.policies().count(), 1);
        let said: Vec<String> = folder.strays().iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(said[0].starts_with("broken.xml:1: error: this is not well-formed XML"), "{said:?}");
        assert_eq!(said[1], "twin.xml:1: error: the PolicyId b2c_1a_in is already that of B2C_1A_In.xml");
        assert_eq!(said[2], "nameless.xml:1: error: TrustFrameworkPolicy has no PolicyId");
    }

    #[test]
    fn missing_bases_and_circles_are_told() {
        let folder = Folder::new([source("A", Some("B"), ""), source("B", Some("A"), ""), source("C", Some("D"), "")]);
        let said = |id| folder.chain_of(id).expect("there").expect_err("wrong").message;
        assert!(said("A").contains("circle"));
        assert!(said("C").contains("the base policy D is not in this folder"));
    }
}
