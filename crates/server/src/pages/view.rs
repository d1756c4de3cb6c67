//! From a typed page to what the templates show: links, fields with their states, and where a notice belongs.

use super::globals::Globals;
use super::strings::{PageTexts, Strings};
use super::{PageContext, links};
use serde::Serialize;
use std::collections::BTreeMap;
use vestibule_journey::outcome::ControlState;
use vestibule_journey::{Control, Field, Forgot, InputType, Item, Notice, Page, PageKind};

/// Everything that `journey.html` reads.
#[derive(Debug, Serialize)]
pub(super) struct PageView<'a> {
    lang: &'static str,
    texts: BTreeMap<String, String>,
    tenant_name: &'a str,
    correlation_id: &'a str,
    nonce: &'a str,
    kind: &'static str,
    heading: String,
    intro: String,
    for_application: String,
    api: &'static str,
    form_id: &'static str,
    submit_url: String,
    csrf: &'a str,
    tx: &'a str,
    policy: &'a str,
    base: &'a str,
    sign_up_url: Option<String>,
    forgot_url: Option<String>,
    choice_key: &'static str,
    choices: Vec<ChoiceView<'a>>,
    keep_signed_in: bool,
    remember_me: bool,
    show_continue: bool,
    show_cancel: bool,
    page_error: Option<PageError>,
    /// Action of the button that Enter presses without script.
    default_action: Option<String>,
    items: Vec<ItemView>,
    globals: Globals,
}

#[derive(Debug, Serialize)]
struct ChoiceView<'a> {
    exchange: &'a str,
    label: &'a str,
}

/// A notice for the whole page.
#[derive(Debug, Serialize)]
struct PageError {
    /// Element id on a self-asserted page.
    element: &'static str,
    text: String,
    /// Whether the reader should be taken there: not when a field takes the focus.
    focus: bool,
}

/// An entry of the form.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum ItemView {
    /// An input of its own.
    Field(Box<FieldView>),
    /// A verification control.
    Control(Box<ControlView>),
}

/// One input.
#[derive(Debug, Serialize)]
pub(super) struct FieldView {
    #[serde(skip)]
    pub(super) input: InputType,
    /// Element id.
    pub(super) id: String,
    /// Form name: the claim id.
    pub(super) name: String,
    /// `TextBox`, …
    pub(super) kind: &'static str,
    pub(super) label: String,
    pub(super) help: String,
    pub(super) value: String,
    pub(super) required: bool,
    /// As the policy has it.
    pub(super) raw_pattern: String,
    pub(super) pattern_text: String,
    pub(super) options: Vec<OptionView>,
    /// For the browser, which matches whole values only.
    pattern: Option<String>,
    autocomplete: Option<&'static str>,
    max_length: u32,
    date: Option<DateView>,
    error: Option<String>,
    /// Ids of the elements that describe the input.
    described_by: String,
    readonly: bool,
    /// Whether the last submission was refused because of it.
    invalid: bool,
    focus: bool,
}

/// One entry of a list.
#[derive(Debug, Serialize)]
pub(super) struct OptionView {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

/// A date taken apart, and what may be chosen.
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
pub(super) struct ControlView {
    id: String,
    classic: bool,
    state: &'static str,
    pub(super) address: FieldView,
    pub(super) code: FieldView,
    texts: BTreeMap<&'static str, String>,
    error: Option<String>,
}

/// What of a notice is an input's, a control's or the page's.
struct Placed<'a> {
    notice: Option<&'a Notice>,
    text: String,
    /// The claim at fault, if the page shows it.
    claim: Option<&'a str>,
    good_news: bool,
}

impl<'a> PageView<'a> {
    pub(super) fn new(page: &'a Page, cx: &PageContext<'a>, texts: &PageTexts, strings: &Strings) -> Self {
        let placed = Placed::new(page, cx, strings);
        let maker = FieldMaker { page, cx, texts, strings, placed: &placed };
        let items: Vec<ItemView> = page.items.iter().map(|item| maker.item(item)).collect();
        let unified = page.kind == PageKind::Unified;
        let (kind, form_id) = match page.kind {
            PageKind::Unified => ("Unified", "localAccountForm"),
            PageKind::SelfAsserted => ("SelfAsserted", "attributeVerification"),
            PageKind::ProviderSelection => ("IdpSelections", "idpSelections"),
        };
        let choices = page.choices.iter();
        Self {
            lang: texts.lang(),
            tenant_name: cx.tenant_name,
            correlation_id: cx.correlation_id,
            nonce: cx.nonce,
            kind,
            heading: texts.get("heading").to_owned(),
            intro: intro(page, texts, &items),
            for_application: if cx.application.is_empty() {
                String::new()
            } else {
                texts.fill("for_application", &[cx.application])
            },
            api: links::api(page.kind),
            form_id,
            submit_url: links::submit(cx),
            csrf: cx.csrf,
            tx: cx.tx,
            policy: cx.policy,
            base: cx.base,
            sign_up_url: page.sign_up.then(|| links::combined(cx, "unified", Some(("local", "signup")))),
            forgot_url: page.forgot.as_ref().map(|forgot| match forgot {
                Forgot::Legacy => links::combined(cx, "forgotPassword", None),
                Forgot::Exchange(id) => links::combined(cx, "unified", Some(("claimsexchange", id))),
            }),
            choice_key: if unified { "social" } else { "claimsexchange" },
            choices: choices.map(|c| ChoiceView { exchange: &c.exchange, label: &c.label }).collect(),
            keep_signed_in: page.keep_signed_in,
            remember_me: cx.remember_me,
            show_continue: page.show_continue,
            show_cancel: page.show_cancel,
            page_error: placed.page_error(page, texts),
            default_action: default_action(page),
            globals: Globals::new(page, cx, texts, &items),
            items,
            texts: texts.map().clone(),
        }
    }
}

/// The sentence under the heading.
fn intro(page: &Page, texts: &PageTexts, items: &[ItemView]) -> String {
    match page.kind {
        PageKind::Unified => {
            let label = items.iter().find_map(|item| match item {
                ItemView::Field(field) => Some(field.label.as_str()),
                ItemView::Control(_) => None,
            });
            let label = label.unwrap_or_default();
            // "Sign in with your email address": English writes the label small inside a sentence.
            let label = if texts.lang() == "en" { label.to_lowercase() } else { label.to_owned() };
            texts.fill("local_intro_generic", &[&label])
        }
        PageKind::SelfAsserted => texts.get("initial_intro").to_owned(),
        PageKind::ProviderSelection => texts.get("intro").to_owned(),
    }
}

/// What Enter does without script: the step of the first control that is not done, else the form is sent.
fn default_action(page: &Page) -> Option<String> {
    page.items.iter().find_map(|item| match item {
        Item::Control(Control { id, state: ControlState::Initial, .. }) => Some(format!("{id}:SendCode")),
        Item::Control(Control { id, state: ControlState::Sent, .. }) => Some(format!("{id}:VerifyCode")),
        _ => None,
    })
}

impl<'a> Placed<'a> {
    fn new(page: &'a Page, cx: &PageContext<'a>, strings: &Strings) -> Self {
        let text = cx.notice.map(|n| strings.notice(n, &page.strings, cx.languages)).unwrap_or_default();
        let claim = cx.notice.and_then(|n| n.claim.as_deref()).filter(|claim| {
            page.items.iter().any(|item| match item {
                Item::Field(field) => same(&field.id, claim),
                Item::Control(control) => in_control(control, claim),
            })
        });
        let good_news = cx.notice.is_some_and(|n| {
            n.id.starts_with("success_") || ["ver_info_msg", "ver_success_msg", "ver_sent"].contains(&n.id.as_str())
        });
        Self { notice: cx.notice, text, claim, good_news }
    }

    /// The text, if it belongs to this input.
    fn of(&self, id: &str) -> Option<String> {
        self.claim.filter(|claim| same(claim, id) && !self.good_news).map(|_| self.text.clone())
    }

    fn page_error(&self, page: &Page, texts: &PageTexts) -> Option<PageError> {
        let notice = self.notice.filter(|_| !self.good_news)?;
        let element = match notice.id.as_str() {
            "error_passwordEntryMismatch" => "passwordEntryMismatch",
            "error_requiredFieldMissing" | "UserMessageIfMissingRequiredElement" | "required_field" => {
                "requiredFieldMissing"
            }
            "error_fieldIncorrect" | "UserMessageIfIncorrectPattern" | "UserMessageIfInvalidInput" => "fieldIncorrect",
            _ => "claimVerificationServerError",
        };
        let Some(claim) = self.claim else {
            return Some(PageError { element, text: self.text.clone(), focus: true });
        };
        let in_a_control = page.items.iter().any(|i| matches!(i, Item::Control(control) if in_control(control, claim)));
        if page.kind == PageKind::Unified || in_a_control {
            return None;
        }
        // The sentence itself stands at the field; above the form stands B2C's summary.
        let (element, id) = match element {
            "requiredFieldMissing" => (element, "error_requiredFieldMissing"),
            "passwordEntryMismatch" => (element, "error_passwordEntryMismatch"),
            _ => ("fieldIncorrect", "error_fieldIncorrect"),
        };
        Some(PageError { element, text: texts.get(id).to_owned(), focus: false })
    }
}

fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

fn in_control(control: &Control, claim: &str) -> bool {
    [&control.id, &control.address.id, &control.code.id].iter().any(|id| same(id, claim))
}

/// Makes the views of a page's fields.
struct FieldMaker<'a> {
    page: &'a Page,
    cx: &'a PageContext<'a>,
    texts: &'a PageTexts,
    strings: &'a Strings,
    placed: &'a Placed<'a>,
}

impl FieldMaker<'_> {
    fn item(&self, item: &Item) -> ItemView {
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
        let lang = self.texts.lang();
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
            pattern: (!raw_pattern.is_empty()).then(|| whole(&raw_pattern)),
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

    /// A sign-in page opens ready to type.
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
        // Hidden it may not be demanded: the browser would block the form without saying why.
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
        // The message stands in the control, once; the input at fault is marked and takes the focus.
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

    /// The control's words under the names of the newer kind; a `Verified.Email` claim has them as `ver_…`.
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

/// A pattern as the browser takes it: there it has to match the whole value, in a policy any part.
fn whole(pattern: &str) -> String {
    let bound = pattern.starts_with('^') && pattern.ends_with('$') && !pattern.ends_with("\\$");
    if bound { pattern.to_owned() } else { format!(".*(?:{pattern}).*") }
}

/// The token that lets browsers and password managers fill the input (WCAG 1.3.5).
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
