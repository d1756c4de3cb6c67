//! Builds pages from the policy, in the user's language.

use super::Run;
use super::fields::Entry;
use super::options::option_of;
use super::stop::Stop;
use crate::claims::value::{Bag, Value};
use crate::outcome::ControlState;
use crate::policy::localization::Texts;
use crate::policy::model::{Action, ClaimType, Profile, Selection, Step, id};
use crate::{Choice, Control, Field, InputType, Item, Outcome, Page, PageKind, World};

/// Longest value of an input, in characters.
pub(crate) const MOST_CHARS: u32 = 256;

impl<'a, W: World> Run<'a, '_, W> {
    /// The content definition of the current page, in lower case.
    pub(crate) fn content(&self) -> String {
        if let Some(step) = self.step()
            && let Action::Select(selection) = &step.action
        {
            return selection.content.clone();
        }
        self.shown_page().and_then(|(_, page)| page.content.clone()).unwrap_or_default()
    }

    /// The texts of the current page.
    pub(crate) fn texts(&self) -> Texts<'a> {
        self.policy.texts(&self.content(), &self.state.request.languages)
    }

    /// The page of a self-asserted profile.
    pub(crate) fn page(&self, step: &Step, profile: &'a Profile) -> Result<Outcome, Stop> {
        let mut page = self.empty_page(PageKind::SelfAsserted, step);
        self.fill(&mut page, profile);
        Ok(Outcome::Page(Box::new(page)))
    }

    /// The page of a selection.
    pub(crate) fn selection_page(&self, step: &Step, selection: &'a Selection) -> Result<Outcome, Stop> {
        let kind = if selection.combined { PageKind::Unified } else { PageKind::ProviderSelection };
        let mut page = self.empty_page(kind, step);
        let texts = self.texts();
        let label = |exchange: &str, profile: &str| {
            let own = self.policy.profiles.get(profile).map(|profile| profile.display_name.clone());
            texts.provider(exchange).map(str::to_owned).or(own).unwrap_or_else(|| exchange.to_owned())
        };
        let offered = self.offered(selection).into_iter();
        page.choices = offered
            .map(|choice| Choice { exchange: choice.id.clone(), label: label(&choice.id, &choice.profile) })
            .collect();
        if let Some(local) = &selection.local {
            let profile = self.profile(&local.profile)?;
            self.fill(&mut page, profile);
            page.target.clone_from(&local.id);
            page.sign_up = self.sign_up_target(selection).is_some();
            page.forgot = self.forgot(selection);
        }
        Ok(Outcome::Page(Box::new(page)))
    }

    fn empty_page(&self, kind: PageKind, step: &Step) -> Page {
        let content = self.policy.contents.get(&self.content());
        let uri = |text: &str| self.resolve(text, &Bag::new()).unwrap_or_default();
        Page {
            kind,
            content_definition: content.map(|content| content.id.clone()).unwrap_or_default(),
            load_uri: content.map(|content| uri(&content.load_uri)).unwrap_or_default(),
            data_uri: content.map(|content| content.data_uri.clone()).unwrap_or_default(),
            step: step.order,
            target: String::new(),
            items: Vec::new(),
            choices: Vec::new(),
            sign_up: false,
            forgot: None,
            keep_signed_in: false,
            show_continue: true,
            show_cancel: true,
            metadata: std::collections::BTreeMap::new(),
            strings: self.texts().page(),
            language: self.texts().language().to_owned(),
        }
    }

    fn fill(&self, page: &mut Page, profile: &'a Profile) {
        let texts = self.texts();
        page.target.clone_from(&profile.id);
        page.items = self.entries(profile).iter().map(|entry| self.item(profile, entry, &texts)).collect();
        let Some(settings) = profile.kind.page() else { return };
        page.show_continue = settings.show_continue;
        page.show_cancel = settings.show_cancel;
        page.keep_signed_in = settings.offers_remember_me && self.policy.relying_party.session.keep_alive_days > 0;
        page.metadata.clone_from(&settings.config);
    }

    fn item(&self, profile: &Profile, entry: &Entry<'a>, texts: &Texts<'a>) -> Item {
        let claim = entry.claim();
        let mut field = field(claim, entry.required(), texts);
        let masked = |value: String| claim.mask.as_ref().map_or_else(|| value.clone(), |mask| mask.apply(&value));
        let prefilled = self.prefill(profile, entry).map(|value| masked(shown_value(claim, texts, &value)));
        field.value = prefilled.or_else(|| first_choice(claim, texts));
        field.rules = self.rules(claim);
        let Some(control) = entry.control_id() else { return Item::Field(field) };
        let (state, address) = self.verification(entry);
        if state != ControlState::Initial {
            field.value = address.map(masked);
        }
        let (classic, code) = match entry {
            Entry::Control { code, .. } => (false, self::field(code, true, texts)),
            _ => (true, classic_code(entry, texts)),
        };
        let strings = if classic { texts.page() } else { texts.control(control) };
        Item::Control(Control { id: control.to_owned(), classic, address: field, code, state, strings })
    }
}

fn field(claim: &ClaimType, required: bool, texts: &Texts<'_>) -> Field {
    let own = |string: &str, default: &str| texts.claim(&claim.id, string).unwrap_or(default).to_owned();
    let name = if claim.display_name.is_empty() { &claim.id } else { &claim.display_name };
    let options = texts.options(&id(&claim.id)).unwrap_or(&claim.options);
    Field {
        id: claim.id.clone(),
        label: own("DisplayName", name),
        help: own("UserHelpText", &claim.help),
        input: claim.input.unwrap_or(InputType::TextBox),
        value: None,
        required,
        pattern: claim.pattern.as_ref().map(|pattern| (pattern.source.clone(), own("PatternHelpText", &pattern.help))),
        browser_pattern: browser_pattern(claim),
        rules: Vec::new(),
        options: options.iter().map(|(value, text, _)| (value.clone(), text.clone())).collect(),
        max_length: MOST_CHARS,
    }
}

/// The input for the code of a `Verified.Email` claim, which has no claim type of its own.
fn classic_code(entry: &Entry<'_>, texts: &Texts<'_>) -> Field {
    Field {
        id: entry.code_id(),
        label: texts.message("ver_input").unwrap_or("Verification Code").to_owned(),
        help: String::new(),
        input: InputType::TextBox,
        value: None,
        required: true,
        pattern: None,
        browser_pattern: None,
        rules: Vec::new(),
        options: Vec::new(),
        max_length: 32,
    }
}

/// The claim's pattern in the browsers' syntax; passwords are not trimmed.
fn browser_pattern(claim: &ClaimType) -> Option<String> {
    let trims = claim.input != Some(InputType::Password);
    claim.pattern.as_ref().and_then(|pattern| pattern.pattern.for_browser(trims))
}

/// The option that is preselected.
fn first_choice(claim: &ClaimType, texts: &Texts<'_>) -> Option<String> {
    let options = texts.options(&id(&claim.id)).unwrap_or(&claim.options);
    let chosen: Vec<&str> = options.iter().filter(|(.., chosen)| *chosen).map(|(value, ..)| value.as_str()).collect();
    (!chosen.is_empty()).then(|| chosen.join(","))
}

/// A value as an input shows it: in the spelling of the options, if there are any.
fn shown_value(claim: &ClaimType, texts: &Texts<'_>, value: &Value) -> String {
    let text = match value {
        Value::Bool(yes) => yes.to_string(),
        other => other.text(),
    };
    let options = texts.options(&id(&claim.id)).unwrap_or(&claim.options);
    option_of(claim, options, &text).map_or(text.clone(), str::to_owned)
}
