//! The views of inputs and verification controls.

use super::{ItemView, Placed, in_control, same};
use crate::pages::PageContext;
use crate::pages::strings::{PageTexts, Strings};
use serde::Serialize;
use std::collections::BTreeMap;
use vestibule_journey::outcome::ControlState;
use vestibule_journey::{Control, Field, InputType, Item, Page, PageKind};

/// One input.
#[derive(Debug, Serialize)]
pub(in crate::pages) struct FieldView {
    #[serde(skip)]
    pub(in crate::pages) input: InputType,
    /// Element id.
    pub(in crate::pages) id: String,
    /// Form name: the claim id.
    pub(in crate::pages) name: String,
    /// `TextBox`, …
    pub(in crate::pages) kind: &'static str,
    pub(in crate::pages) label: String,
    pub(in crate::pages) help: String,
    pub(in crate::pages) value: String,
    pub(in crate::pages) required: bool,
    /// The pattern as the policy has it.
    pub(in crate::pages) raw_pattern: String,
    pub(in crate::pages) pattern_text: String,
    pub(in crate::pages) options: Vec<OptionView>,
    /// The pattern in the browsers' syntax.
    pattern: Option<String>,
    /// The rules that the script checks, as JSON.
    rules: Option<String>,
    autocomplete: Option<&'static str>,
    max_length: u32,
    date: Option<DateView>,
    error: Option<String>,
    /// Ids of the elements that describe the input.
    described_by: String,
    readonly: bool,
    /// True if the last submission was rejected because of this input.
    invalid: bool,
    focus: bool,
}

/// One entry of a list.
#[derive(Debug, Serialize)]
pub(in crate::pages) struct OptionView {
    pub(in crate::pages) value: String,
    pub(in crate::pages) label: String,
    pub(in crate::pages) chosen: bool,
}

/// A date split into its parts, and the options for each.
#[derive(Debug, Serialize)]
struct DateView {
    year: String,
    month: String,
    day: String,
    years: Vec<u32>,
    months: Vec<String>,
}

/// A verification control.
#[derive(Debug, Serialize)]
pub(in crate::pages) struct ControlView {
    id: String,
    classic: bool,
    state: &'static str,
    pub(in crate::pages) address: FieldView,
    pub(in crate::pages) code: FieldView,
    texts: BTreeMap<&'static str, String>,
    error: Option<String>,
}

/// Creates the views of a page's fields.
pub(super) struct FieldMaker<'a> {
    pub(super) page: &'a Page,
    pub(super) cx: &'a PageContext<'a>,
    pub(super) texts: &'a PageTexts<'a>,
    pub(super) strings: &'a Strings,
    pub(super) placed: &'a Placed<'a>,
}

impl FieldMaker<'_> {
    pub(super) fn item(&self, item: &Item) -> ItemView {
        match item {
            Item::Field(field) => ItemView::Field(Box::new(self.field(field))),
            Item::Control(control) => ItemView::Control(Box::new(self.control(control))),
        }
    }

    fn field(&self, field: &Field) -> FieldView {
        let secret = field.input == InputType::Password;
        let fixed = matches!(field.input, InputType::Readonly | InputType::Paragraph);
        let typed = self.cx.values.iter().find(|(name, _)| same(name, &field.id)).map(|(_, value)| value.as_str());
        let value = typed.filter(|_| !fixed).or(field.value.as_deref()).filter(|_| !secret).unwrap_or_default();
        let lang = self.texts.file();
        let label = self.strings.claim_text(lang, &field.id, "DisplayName", &field.label);
        let help = self.strings.claim_text(lang, &field.id, "UserHelpText", &field.help);
        let help = if help == label { "" } else { help };
        let error = self.placed.of(&field.id);
        let mut described_by = vec![];
        if !help.is_empty() {
            described_by.push(format!("{}_help", field.id));
        }
        described_by.push(format!("{}_error", field.id));
        let (raw_pattern, pattern_text) = field.pattern.clone().unwrap_or_default();
        FieldView {
            input: field.input,
            id: field.id.clone(),
            name: field.id.clone(),
            kind: kind(field.input),
            label: label.to_owned(),
            help: help.to_owned(),
            value: value.to_owned(),
            required: field.required,
            pattern: field.browser_pattern.clone(),
            rules: (!field.rules.is_empty()).then(|| serde_json::to_string(&field.rules).unwrap_or_default()),
            raw_pattern,
            pattern_text,
            options: options(field, value),
            autocomplete: autocomplete(self.page.kind, field),
            max_length: field.max_length,
            date: (field.input == InputType::DateTimeDropdown).then(|| self.date(value)),
            focus: error.is_some() || self.is_first_of_sign_in(field),
            invalid: error.is_some(),
            error,
            described_by: described_by.join(" "),
            readonly: false,
        }
    }

    /// Returns true for the first field of a sign-in page, which gets the focus.
    fn is_first_of_sign_in(&self, field: &Field) -> bool {
        let first = matches!(self.page.items.first(), Some(Item::Field(first)) if first.id == field.id);
        first && self.page.kind == PageKind::Unified && self.placed.notice.is_none()
    }

    fn control(&self, control: &Control) -> ControlView {
        let id = &control.id;
        let mut address = self.field(&control.address);
        let mut code = self.field(&control.code);
        code.value.clear();
        code.autocomplete = Some("one-time-code");
        address.readonly = control.state != ControlState::Initial;
        // A hidden input must not be required: the browser would block the form without saying why.
        code.required &= control.state == ControlState::Sent;
        if control.classic {
            code.id = format!("{id}_ver_input");
            code.described_by = format!("{id}_info {id}_ver_input_error");
            address.described_by = format!("{id}_intro {}", address.described_by);
        } else {
            code.described_by = format!("{id}_success_message {}", code.described_by);
            address.described_by = format!("{id}_info_message {}", address.described_by);
        }
        let claim = self.placed.claim.filter(|claim| in_control(control, claim) && !self.placed.good_news);
        // The message is shown once, in the control; the input at fault is marked and gets the focus.
        address.error = None;
        code.error = None;
        let code_shown = control.state == ControlState::Sent;
        code.focus = code_shown
            && self.placed.notice.is_some_and(|n| n.claim.as_deref().is_none_or(|claim| in_control(control, claim)));
        address.focus = claim.is_some() && !code_shown;
        address.invalid = address.focus;
        code.invalid = claim.is_some() && code_shown;
        ControlView {
            id: id.clone(),
            classic: control.classic,
            state: match control.state {
                ControlState::Initial => "initial",
                ControlState::Sent => "sent",
                ControlState::Verified => "verified",
            },
            texts: self.control_texts(control),
            error: claim.map(|_| self.placed.text.clone()),
            address,
            code,
        }
    }

    /// The control's texts under the names of the newer kind; for a `Verified.Email` claim they are called `ver_…`.
    fn control_texts(&self, control: &Control) -> BTreeMap<&'static str, String> {
        const NAMES: [(&str, &str); 9] = [
            ("intro_msg", "ver_intro_msg"),
            ("success_send_code_msg", "ver_info_msg"),
            ("failure_send_code_msg", "ver_fail_server"),
            ("success_verify_code_msg", "ver_success_msg"),
            ("failure_verify_code_msg", "ver_fail_retry"),
            ("but_send_code", "ver_but_send"),
            ("but_verify_code", "ver_but_verify"),
            ("but_send_new_code", "ver_but_resend"),
            ("but_change_claims", "ver_but_edit"),
        ];
        let text = |(new, old): (&'static str, &'static str)| {
            let own = control.strings.get(old).map_or_else(|| self.texts.get(old), String::as_str);
            let text = if control.classic { own } else { self.texts.control(&control.strings, new) };
            (new, text.to_owned())
        };
        NAMES.into_iter().map(text).collect()
    }

    fn date(&self, value: &str) -> DateView {
        let mut parts = value.splitn(3, '-').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        let (year, month, day) = (next(), next(), next());
        let known = 1900..=2100;
        let other = year.parse().ok().filter(|year| !known.contains(year));
        DateView {
            year,
            month,
            day,
            years: known.rev().chain(other).collect(),
            months: self.texts.get("months").split(',').map(|name| name.trim().to_owned()).collect(),
        }
    }
}

const fn kind(input: InputType) -> &'static str {
    match input {
        InputType::TextBox => "TextBox",
        InputType::EmailBox => "EmailBox",
        InputType::Password => "Password",
        InputType::Readonly => "Readonly",
        InputType::Paragraph => "Paragraph",
        InputType::DropdownSingleSelect => "DropdownSingleSelect",
        InputType::RadioSingleSelect => "RadioSingleSelect",
        InputType::CheckboxMultiSelect => "CheckboxMultiSelect",
        InputType::DateTimeDropdown => "DateTimeDropdown",
    }
}

fn options(field: &Field, value: &str) -> Vec<OptionView> {
    let many = field.input == InputType::CheckboxMultiSelect;
    let chosen = |option: &str| if many { value.split(',').any(|one| one.trim() == option) } else { value == option };
    let view = |(value, label): &(String, String)| OptionView {
        chosen: chosen(value),
        value: value.clone(),
        label: label.clone(),
    };
    field.options.iter().map(view).collect()
}

/// The token with which browsers and password managers fill in the input (WCAG 1.3.5).
fn autocomplete(kind: PageKind, field: &Field) -> Option<&'static str> {
    let claim = field.id.to_ascii_lowercase();
    Some(match (field.input, claim.as_str()) {
        (InputType::Password, _) if kind == PageKind::Unified => "current-password",
        (InputType::Password, "oldpassword" | "password") => "current-password",
        (InputType::Password, _) => "new-password",
        (InputType::TextBox | InputType::EmailBox, _) if kind == PageKind::Unified => "username",
        (InputType::EmailBox, _) | (_, "email" | "signinname") => "email",
        (_, "userid" | "username" | "signinnames.username") => "username",
        (_, "displayname") => "name",
        (_, "givenname") => "given-name",
        (_, "surname") => "family-name",
        (_, "jobtitle") => "organization-title",
        (_, "streetaddress") => "address-line1",
        (_, "city") => "address-level2",
        (_, "state") => "address-level1",
        (_, "postalcode") => "postal-code",
        (_, "country") => "country-name",
        _ => return None,
    })
}
