//! The texts of a page in the user's language.

use super::Policy;
use super::model::{ContentDefinition, Resources, id};
use crate::LANGUAGES;
use std::collections::BTreeMap;

/// The texts of one content definition for one user.
#[derive(Clone, Debug)]
pub(crate) struct Texts<'a> {
    /// The language that the page is shown in, as a BCP 47 tag.
    language: &'a str,
    /// The policy's own texts in that language, best first. Built-in texts fill the gaps.
    own: Vec<&'a Resources>,
}

impl Policy {
    /// Returns the texts for a page of this content definition.
    ///
    /// The page is shown in the first language of `wanted` that has texts, either the policy's own or built-in ones;
    /// failing that, in the policy's default language, and then in English. A tag with a region falls back to its
    /// language (`fr` for `fr-CA`).
    pub(crate) fn texts(&self, content: &str, wanted: &[String]) -> Texts<'_> {
        let content = self.contents.get(content);
        let mut candidates = self.candidates(wanted).chain([LANGUAGES[0]]);
        candidates.find_map(|tag| self.shown(content, tag)).unwrap_or(Texts { language: LANGUAGES[0], own: Vec::new() })
    }

    /// Returns the built-in language for a mail, or for a page that the policy has no texts for.
    #[must_use]
    pub fn language(&self, wanted: &[String]) -> String {
        self.texts("", wanted).language.to_owned()
    }

    /// Returns the tag for the claim resolver `{Culture:RFC5646}`: the first of `wanted` that the policy supports, or
    /// else its default language. A policy that lists no languages supports all of them.
    #[must_use]
    pub fn culture(&self, wanted: &[String]) -> String {
        let supported = |tag: &&String| self.supports(tag) || self.supports(primary(tag));
        let default = self.default_language.as_ref();
        wanted.iter().find(supported).or(default).map_or(LANGUAGES[0], String::as_str).to_owned()
    }

    /// The user's languages, each followed by the same language without its region, then the policy's default.
    fn candidates<'t>(&'t self, wanted: &'t [String]) -> impl Iterator<Item = &'t str> {
        wanted.iter().flat_map(|tag| [tag.as_str(), primary(tag)]).chain(self.default_language.as_deref())
    }

    /// Returns true if the policy's `SupportedLanguages` has this tag. Without such a list every language is supported.
    fn supports(&self, tag: &str) -> bool {
        self.languages.is_empty() || self.languages.iter().any(|language| language.eq_ignore_ascii_case(tag))
    }

    /// The texts in this language, if there are any.
    fn shown<'p>(&'p self, content: Option<&'p ContentDefinition>, tag: &str) -> Option<Texts<'p>> {
        content.and_then(|content| self.own(content, tag)).or_else(|| {
            let built_in = LANGUAGES.into_iter().find(|language| language.eq_ignore_ascii_case(tag))?;
            let fallback = self.default_language.as_deref().unwrap_or(LANGUAGES[0]);
            let offered = self.supports(tag) || fallback.eq_ignore_ascii_case(tag);
            offered.then_some(Texts { language: built_in, own: Vec::new() })
        })
    }

    /// The policy's own texts in this language. A tag without a region also finds a language with one (`pt-BR` for
    /// `pt`), if there is no closer match.
    fn own<'p>(&'p self, content: &'p ContentDefinition, tag: &str) -> Option<Texts<'p>> {
        let tags = || content.resources.iter().map(|(language, _)| language.as_str());
        let exact = tags().find(|language| language.eq_ignore_ascii_case(tag));
        let language = exact.or_else(|| tags().find(|language| primary(language).eq_ignore_ascii_case(tag)))?;
        let all = content.resources.iter().filter(|(other, _)| other.eq_ignore_ascii_case(language));
        let own: Vec<&Resources> = all.filter_map(|(_, id)| self.resources.get(id)).collect();
        (!own.is_empty()).then_some(Texts { language, own })
    }
}

/// `de` of `de-AT`.
fn primary(tag: &str) -> &str {
    tag.split(['-', '_']).next().unwrap_or_default()
}

impl<'a> Texts<'a> {
    /// The language that the page is shown in, as a BCP 47 tag.
    pub(crate) const fn language(&self) -> &'a str {
        self.language
    }

    fn find(&self, kind: &str, element: &str, string: &str) -> Option<&'a str> {
        let key = (id(kind), id(element), id(string));
        self.own.iter().find_map(|resources| resources.strings.get(&key)).map(|(_, text)| text.as_str())
    }

    /// `DisplayName`, `UserHelpText` or `PatternHelpText` of a claim.
    pub(crate) fn claim(&self, claim: &str, string: &str) -> Option<&'a str> {
        self.find("ClaimType", claim, string)
    }

    /// The button of a provider.
    pub(crate) fn provider(&self, exchange: &str) -> Option<&'a str> {
        self.find("ClaimsProvider", "", exchange)
    }

    /// A message for the user: an error message or, failing that, another string of the page.
    pub(crate) fn message(&self, string: &str) -> Option<&'a str> {
        self.find("ErrorMessage", "", string).or_else(|| self.find("UxElement", "", string))
    }

    /// A message of a display control.
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
        self.own.iter().find_map(|resources| resources.options.get(claim))
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
        for resources in self.own.iter().rev() {
            let of = resources.strings.iter().filter(|((k, e, _), _)| k == kind && e == element);
            all.extend(of.map(|(_, (string, text))| (string.clone(), text.clone())));
        }
        all
    }
}
