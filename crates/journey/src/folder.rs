//! A folder of policy files: each is known by its PolicyId, so that the chain of one can be put together.

use crate::problem::Code;
use crate::xml::{self, Element, Place};
use crate::{Problem, Severity, Source, compile, flow};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Policy files that may build on each other.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    /// By PolicyId in lower case.
    files: BTreeMap<String, File>,
    /// Files that are no policies, and why.
    unreadable: Vec<(Source, Problem)>,
    /// Files whose PolicyId an earlier one has.
    twins: Vec<Twin>,
}

#[derive(Clone, Debug)]
struct File {
    id: String,
    /// TenantId: the tenant that it is written for.
    tenant: String,
    /// PolicyId of the base, and where it is named.
    base: Option<(String, Place)>,
    has_relying_party: bool,
    source: Source,
}

#[derive(Clone, Debug)]
struct Twin {
    /// The file that is used.
    first: String,
    problem: Problem,
}

impl Folder {
    /// The policies among `sources`; of two with one PolicyId the first counts.
    #[must_use]
    pub fn new(sources: impl IntoIterator<Item = Source>) -> Self {
        let mut folder = Self::default();
        for source in sources {
            match File::read(source.clone()) {
                Ok(file) => folder.take(file),
                Err(problem) => folder.unreadable.push((source, problem)),
            }
        }
        folder
    }

    fn take(&mut self, file: File) {
        match self.files.entry(file.id.to_ascii_lowercase()) {
            Entry::Vacant(free) => drop(free.insert(file)),
            Entry::Occupied(first) => {
                let (id, first) = (&file.id, first.get().source.name.clone());
                let message =
                    format!("{first} has the PolicyId {id} as well; that file is used, and this one is ignored");
                let problem = at(&file.source, 1, Severity::Warning, Code::SamePolicyId, message);
                self.twins.push(Twin { first, problem });
            }
        }
    }

    /// Why files are not among the policies: they are no well-formed XML or no policies; with a warning, they have
    /// another's PolicyId.
    pub fn strays(&self) -> impl Iterator<Item = &Problem> {
        self.unreadable.iter().map(|(_, problem)| problem).chain(self.twins.iter().map(|twin| &twin.problem))
    }

    /// The strays that have the PolicyId of a file of this chain.
    pub fn twins_of<'f>(&'f self, chain: &'f [Source]) -> impl Iterator<Item = &'f Problem> {
        let is_in = |name: &String| chain.iter().any(|source| source.name == *name);
        self.twins.iter().filter(move |twin| is_in(&twin.first) || is_in(&twin.problem.file)).map(|twin| &twin.problem)
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
    pub fn chain_of(&self, id: &str) -> Option<Result<Vec<Source>, Vec<Problem>>> {
        self.files.get(&id.to_ascii_lowercase()).map(|file| self.chain(&file.source))
    }

    /// `leaf` and the bases that it is built on, base first. A leaf that is no policy is alone: the compiler says what
    /// is wrong with it.
    ///
    /// # Errors
    /// A base is not here or cannot be read, or the bases go round in a circle; with file and line, and with everything
    /// that is wrong with the files of the chain by themselves.
    pub fn chain(&self, leaf: &Source) -> Result<Vec<Source>, Vec<Problem>> {
        let mut chain = vec![leaf.clone()];
        let first = File::read(leaf.clone()).ok();
        let tenant = first.as_ref().map(|file| file.tenant.clone()).unwrap_or_default();
        let mut next = first.and_then(|file| file.base.map(|base| (base, leaf.clone())));
        while let Some(((base, place), from)) = next {
            // The bases of an exported user flow need not be exported too.
            let built_in = || flow::built_in(&base, &tenant).and_then(|source| File::read(source).ok());
            let Some(file) = self.files.get(&base.to_ascii_lowercase()).cloned().or_else(built_in) else {
                return Err(with_files(self.missing(&base, place, &from), &chain));
            };
            if chain.iter().any(|source| source.name == file.source.name) {
                let message =
                    format!("the base policy {base} is built on this one: bases may not go round in a circle");
                return Err(with_files(vec![chain_error(&from, place, message)], &chain));
            }
            chain.insert(0, file.source.clone());
            next = file.base.clone().map(|base| (base, file.source.clone()));
        }
        Ok(chain)
    }

    /// Why there is no such base: it is not here, or a file that cannot be read is it, or may be.
    fn missing(&self, base: &str, place: Place, from: &Source) -> Vec<Problem> {
        let is_it = |source: &Source| names(&source.text, base);
        if let Some((source, problem)) = self.unreadable.iter().find(|(source, _)| is_it(source)) {
            let message = format!("the base policy {base} is in {}, which cannot be read", source.name);
            return vec![problem.clone(), chain_error(from, place, message)];
        }
        let message = format!(
            "the base policy {base} is not in this folder; put the file whose PolicyId is {base} beside this one"
        );
        let torn = self.unreadable.iter().filter(|(source, _)| source.text.contains("<TrustFrameworkPolicy"));
        torn.map(|(_, problem)| problem.clone()).chain([chain_error(from, place, message)]).collect()
    }
}

/// Returns true if the text of a file that cannot be read has this PolicyId.
fn names(text: &str, id: &str) -> bool {
    let values = text.match_indices("PolicyId").filter_map(|(at, found)| {
        let value = text.get(at + found.len()..)?.trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        value.get(1..)?.split(quote).next()
    });
    values.map(str::trim).any(|value| value.eq_ignore_ascii_case(id))
}

/// The problems of the chain, and of its files by themselves.
fn with_files(problems: Vec<Problem>, chain: &[Source]) -> Vec<Problem> {
    let mut all = problems;
    all.extend(compile::check_each(chain));
    all
}

fn chain_error(source: &Source, place: Place, message: String) -> Problem {
    let problem = at(source, place.line, Severity::Error, Code::Chain, message);
    Problem { column: place.column, ..problem }
}

fn at(source: &Source, line: u32, severity: Severity, code: Code, message: String) -> Problem {
    Problem { severity, code: Some(code), file: source.name.clone(), line, column: 0, message }
}

impl File {
    fn read(source: Source) -> Result<Self, Problem> {
        let policy = xml::read(&source, 0)?;
        let Some(id) = policy.attr("PolicyId").filter(|id| !id.is_empty()).map(str::to_owned) else {
            let message = "TrustFrameworkPolicy needs the attribute PolicyId".to_owned();
            return Err(at(&source, policy.place.line, Severity::Error, Code::MissingAttribute, message));
        };
        let tenant = policy.attr("TenantId").unwrap_or_default().to_owned();
        let base = policy.child("BasePolicy").and_then(|base| base.child("PolicyId"));
        let base = base.map(|named: &Element| (named.text.clone(), named.place));
        Ok(Self { id, tenant, base, has_relying_party: policy.child("RelyingParty").is_some(), source })
    }
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
        let said: Vec<String> = folder.strays().map(ToString::to_string).collect();
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(said[0].starts_with("broken.xml:1: error: this is not well-formed XML"), "{said:?}");
        assert_eq!(said[1], "nameless.xml:1: error: TrustFrameworkPolicy needs the attribute PolicyId [P104]");
        let twin = "twin.xml:1: warning: B2C_1A_In.xml has the PolicyId b2c_1a_in as well; that file is used, and this one \
                    is ignored [P203]";
        assert_eq!(said[2], twin);
    }

    fn said(folder: &Folder, id: &str) -> String {
        let problems = folder.chain_of(id).expect("there").expect_err("wrong");
        problems.iter().map(|problem| format!("{problem}\n")).collect()
    }

    #[test]
    fn missing_bases_and_circles_are_told() {
        let folder = Folder::new([source("A", Some("B"), ""), source("B", Some("A"), ""), source("C", Some("D"), "")]);
        assert!(said(&folder, "A").contains("circle"));
        assert!(said(&folder, "C").contains("the base policy D is not in this folder"));
    }

    #[test]
    fn a_base_that_cannot_be_read_is_told_with_the_readers_error() {
        let torn = Source {
            name: "Base.xml".to_owned(),
            text: "<TrustFrameworkPolicy PolicyId = 'B2C_1A_Base'>\n<a>\n</TrustFrameworkPolicy>".to_owned(),
        };
        let folder = Folder::new([source("Leaf", Some("b2c_1a_base"), ""), torn]);
        let said = said(&folder, "Leaf");
        assert!(said.contains("Base.xml:3: error: this is not well-formed XML"), "{said}");
        assert!(
            said.contains("Leaf.xml:1: error: the base policy b2c_1a_base is in Base.xml, which cannot be read"),
            "{said}"
        );
    }
}
