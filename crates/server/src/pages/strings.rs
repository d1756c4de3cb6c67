//! The texts on the pages: B2C's model of strings (page, element type, element id), one JSON file per language.

use serde::Deserialize;
use std::collections::BTreeMap;
use vestibule_journey::sentence::{fill, needs};
use vestibule_journey::{Notice, Page, PageKind};

/// The language that has every string, and is the fallback for missing ones.
const BASE: &str = "en";
/// The language files, by tag.
const FILES: &[(&str, &str)] =
    &[("en", include_str!("../../assets/strings/en.json")), ("de", include_str!("../../assets/strings/de.json"))];
/// Our own strings that every page may need: labels of buttons that B2C does not have, and so on.
const COMMON: &str = "common";

/// String id → text.
type Texts = BTreeMap<String, String>;

/// The strings of one page in one language.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PageStrings {
    #[serde(rename = "UxElement")]
    ux: Texts,
    #[serde(rename = "ErrorMessage")]
    errors: Texts,
    #[serde(rename = "DisplayControl")]
    controls: Texts,
    /// Claim id → `DisplayName`, `UserHelpText` → text.
    #[serde(rename = "ClaimType")]
    claims: BTreeMap<String, Texts>,
}

type Language = BTreeMap<String, PageStrings>;

/// All languages.
#[derive(Debug)]
pub(super) struct Strings {
    languages: BTreeMap<&'static str, Language>,
}

/// The texts of one page in one language, including the policy's own.
#[derive(Debug)]
pub(super) struct PageTexts<'a> {
    /// The language of the page.
    lang: String,
    /// The language file that the texts come from.
    file: &'static str,
    texts: Words<'a>,
    controls: Words<'a>,
}

/// Borrowed texts: string id → text.
pub(super) type Words<'a> = BTreeMap<&'a str, &'a str>;

fn words(texts: &Texts) -> impl Iterator<Item = (&str, &str)> {
    texts.iter().map(|(id, text)| (id.as_str(), text.as_str()))
}

impl Strings {
    /// The built-in language files.
    pub(super) fn embedded() -> Self {
        let read = |(tag, text): &(&'static str, &str)| match serde_json::from_str(text) {
            Ok(language) => (*tag, language),
            Err(error) => {
                tracing::error!(language = tag, %error, "a built-in language file is broken");
                (*tag, Language::new())
            }
        };
        Self { languages: FILES.iter().map(read).collect() }
    }

    /// The texts of a journey's page: those of its content definition, then of its kind, then common ones. The
    /// policy's strings take precedence.
    pub(super) fn of_page<'a>(&'a self, page: &'a Page) -> PageTexts<'a> {
        let base = match page.kind {
            PageKind::Unified => "api.signuporsignin",
            PageKind::SelfAsserted => "api.selfasserted",
            PageKind::ProviderSelection => "api.idpselections",
        };
        let special = self.nearest(&page.content_definition);
        let names: Vec<&str> = [COMMON, base].into_iter().chain(special.filter(|name| *name != base)).collect();
        let mut texts = self.merged(&names, std::slice::from_ref(&page.language));
        texts.lang.clone_from(&page.language);
        texts.texts.extend(words(&page.strings));
        texts
    }

    /// The texts of a page outside journeys.
    pub(super) fn of(&self, name: &str, languages: &[String]) -> PageTexts<'_> {
        self.merged(&[COMMON, name], languages)
    }

    /// The text of a notice. The error messages of all pages are searched, since an id means the same everywhere.
    pub(super) fn notice(&self, notice: &Notice, page_strings: &Texts, language: &str) -> String {
        let given = notice.text.as_deref().or_else(|| page_strings.get(&notice.id).map(String::as_str));
        let file = self.pick(&[language.to_owned()]);
        let text = given.or_else(|| self.anywhere(file, &notice.id));
        let text = text.or_else(|| self.anywhere(BASE, &notice.id));
        // A text that needs values which are not known would otherwise be shown with `{0}`.
        let text = text.filter(|text| needs(text) <= notice.args.len());
        let text = text.or_else(|| self.anywhere(file, "generic_error"));
        fill(text.unwrap_or_default(), &notice.args)
    }

    /// A claim's label or help text in the user's language, if the policy's text equals the English text of any
    /// built-in claim, so that such labels follow the language of the page. Otherwise the policy's text.
    pub(super) fn claim_text<'a>(&'a self, lang: &str, claim: &str, string: &str, given: &'a str) -> &'a str {
        let claims = |tag: &str| self.languages.get(tag)?.get(COMMON).map(|page| &page.claims);
        let (Some(english), Some(translated)) = (claims(BASE), claims(lang)) else {
            return given;
        };
        let is_given = |id: &&String| english[*id].get(string).is_some_and(|text| text == given);
        let own = english.keys().find(|id| *id == claim).filter(is_given);
        let known = own.or_else(|| english.keys().find(is_given));
        known.and_then(|id| translated.get(id)?.get(string)).map_or(given, String::as_str)
    }

    /// The tag of the best available language.
    fn pick(&self, wanted: &[String]) -> &'static str {
        let find = |tag: &str| self.languages.keys().copied().find(|known| known.eq_ignore_ascii_case(tag));
        let primary = |tag: &String| find(tag.split(['-', '_']).next().unwrap_or_default());
        wanted.iter().find_map(|tag| find(tag).or_else(|| primary(tag))).unwrap_or(BASE)
    }

    /// The page whose name is a prefix of the content definition; the longest wins (`api.localaccountsignup.custom`).
    fn nearest(&self, content_definition: &str) -> Option<&str> {
        let id = content_definition.to_ascii_lowercase();
        let known = self.languages.get(BASE)?.keys().map(String::as_str);
        known.filter(|name| name.starts_with("api.") && id.starts_with(name)).max_by_key(|name| name.len())
    }

    /// Merges texts: later names take precedence over earlier ones, the chosen language over English.
    fn merged(&self, names: &[&str], languages: &[String]) -> PageTexts<'_> {
        let lang = self.pick(languages);
        let (mut texts, mut controls) = (Words::new(), Words::new());
        for name in names {
            for tag in std::iter::once(BASE).chain((lang != BASE).then_some(lang)) {
                if let Some(page) = self.languages.get(tag).and_then(|language| language.get(*name)) {
                    texts.extend(words(&page.ux));
                    controls.extend(words(&page.controls));
                }
            }
        }
        PageTexts { lang: lang.to_owned(), file: lang, texts, controls }
    }

    fn anywhere<'a>(&'a self, tag: &str, id: &str) -> Option<&'a str> {
        let find =
            |page: &'a PageStrings| page.errors.get(id).or_else(|| page.ux.get(id)).or_else(|| page.controls.get(id));
        self.languages.get(tag)?.values().find_map(find).map(String::as_str)
    }
}

impl<'a> PageTexts<'a> {
    /// The tag of the page's language, for the `lang` attribute.
    pub(super) fn lang(&self) -> &str {
        &self.lang
    }

    /// The tag of the language file that the texts come from: English if there is none for the page's language.
    pub(super) const fn file(&self) -> &'static str {
        self.file
    }

    /// All texts, for templates and `CONTENT`.
    pub(super) const fn map(&self) -> &Words<'a> {
        &self.texts
    }

    /// A string; empty if there is none.
    pub(super) fn get(&self, id: &str) -> &str {
        self.texts.get(id).copied().unwrap_or_default()
    }

    /// A string with `{0}`, `{1}` filled in.
    pub(super) fn fill(&self, id: &str, args: &[&str]) -> String {
        fill(self.get(id), args)
    }

    /// A string of a display control: the control's own text, or else the default.
    pub(super) fn control<'b>(&'b self, own: &'b Texts, id: &str) -> &'b str {
        own.get(id).map(String::as_str).or_else(|| self.controls.get(id).copied()).unwrap_or_default()
    }
}
