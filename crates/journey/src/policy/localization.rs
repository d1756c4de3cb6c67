//! The texts of a page in the person's language.

use super::Policy;
use super::model::{Resources, id};
use std::collections::BTreeMap;

/// The localized resources of one content definition for one person, best first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts<'a>(Vec<&'a Resources>);

impl Policy {
    /// The texts for a page of this content definition: of the first language of `wanted` that it has, else of the
    /// policy's default language.
    pub(crate) fn texts(&self, content: &str, wanted: &[String]) -> Texts<'_> {
        let Some(content) = self.contents.get(content) else { return Texts::default() };
        let of = |tag: &str| -> Vec<&Resources> {
            let tagged = content.resources.iter().filter(|(language, _)| language.eq_ignore_ascii_case(tag));
            tagged.filter_map(|(_, id)| self.resources.get(id)).collect()
        };
        let candidates =
            wanted.iter().flat_map(|tag| [tag.as_str(), primary(tag)]).chain(self.default_language.as_deref());
        Texts(candidates.map(of).find(|found| !found.is_empty()).unwrap_or_default())
    }
}

/// `de` of `de-AT`.
fn primary(tag: &str) -> &str {
    tag.split(['-', '_']).next().unwrap_or_default()
}

impl<'a> Texts<'a> {
    fn find(&self, kind: &str, element: &str, string: &str) -> Option<&'a str> {
        let key = (id(kind), id(element), id(string));
        self.0.iter().find_map(|resources| resources.strings.get(&key)).map(|(_, text)| text.as_str())
    }

    /// `DisplayName`, `UserHelpText` or `PatternHelpText` of a claim.
    pub(crate) fn claim(&self, claim: &str, string: &str) -> Option<&'a str> {
        self.find("ClaimType", claim, string)
    }

    /// The button of a provider.
    pub(crate) fn provider(&self, exchange: &str) -> Option<&'a str> {
        self.find("ClaimsProvider", "", exchange)
    }

    /// A sentence for the person: an error message, else another string of the page.
    pub(crate) fn message(&self, string: &str) -> Option<&'a str> {
        self.find("ErrorMessage", "", string).or_else(|| self.find("UxElement", "", string))
    }

    /// A sentence that a display control says.
    pub(crate) fn control_message(&self, control: &str, string: &str) -> Option<&'a str> {
        self.find("DisplayControl", control, string)
    }

    /// The help text of a predicate or of a group of them.
    pub(crate) fn predicate(&self, predicate: &str) -> Option<&'a str> {
        self.find("Predicate", predicate, "HelpText")
    }

    /// The help text of a group of predicates.
    pub(crate) fn group(&self, validation: &str, group: &str) -> Option<&'a str> {
        self.find("InputValidation", validation, group).or_else(|| self.find("InputValidation", group, "UserHelpText"))
    }

    /// Options of a list.
    pub(crate) fn options(&self, claim: &str) -> Option<&'a Vec<(String, String, bool)>> {
        self.0.iter().find_map(|resources| resources.options.get(claim))
    }

    /// All strings of the page itself, by string id.
    pub(crate) fn page(&self) -> BTreeMap<String, String> {
        self.all("uxelement", "")
    }

    /// All strings of a display control, by string id.
    pub(crate) fn control(&self, control: &str) -> BTreeMap<String, String> {
        self.all("displaycontrol", &id(control))
    }

    fn all(&self, kind: &str, element: &str) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for resources in self.0.iter().rev() {
            let of = resources.strings.iter().filter(|((k, e, _), _)| k == kind && e == element);
            all.extend(of.map(|(_, (string, text))| (string.clone(), text.clone())));
        }
        all
    }
}
