//! Converts a typed page to the view that the templates render: links, fields with their states, and the place of a
//! notice.

mod field;
mod globals;

pub(super) use field::{ControlView, FieldView};

use super::strings::{PageTexts, Strings, Words};
use super::{PageContext, links};
use field::FieldMaker;
use globals::Globals;
use serde::Serialize;
use vestibule_journey::outcome::ControlState;
use vestibule_journey::{Control, Forgot, Item, Notice, Page, PageKind};

/// Everything that `journey.html` reads.
#[derive(Debug, Serialize)]
pub(super) struct PageView<'a> {
    lang: &'a str,
    texts: &'a Words<'a>,
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
    page_error: Option<PageNotice>,
    /// The action of the button that Enter presses without script.
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
struct PageNotice {
    /// Element id on a self-asserted page.
    element: &'static str,
    text: String,
    /// True if the notice gets the focus: not if a field gets it.
    focus: bool,
}

/// An entry of the form.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum ItemView {
    /// A simple input.
    Field(Box<FieldView>),
    /// A verification control.
    Control(Box<ControlView>),
}

/// A notice and its place: an input, a control or the page.
struct Placed<'a> {
    notice: Option<&'a Notice>,
    text: String,
    /// The claim at fault, if the page shows it.
    claim: Option<&'a str>,
    good_news: bool,
}

impl<'a> PageView<'a> {
    pub(super) fn new(page: &'a Page, cx: &PageContext<'a>, texts: &'a PageTexts<'a>, strings: &Strings) -> Self {
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
            texts: texts.map(),
        }
    }
}

/// The text below the heading.
fn intro(page: &Page, texts: &PageTexts<'_>, items: &[ItemView]) -> String {
    match page.kind {
        PageKind::Unified => {
            let label = items.iter().find_map(|item| match item {
                ItemView::Field(field) => Some(field.label.as_str()),
                ItemView::Control(_) => None,
            });
            let label = label.unwrap_or_default();
            // "Sign in with your email address": in English, the label is in lower case within a sentence.
            let is_english = texts.lang().split('-').next() == Some("en");
            let label = if is_english { label.to_lowercase() } else { label.to_owned() };
            texts.fill("local_intro_generic", &[&label])
        }
        PageKind::SelfAsserted => texts.get("initial_intro").to_owned(),
        PageKind::ProviderSelection => texts.get("intro").to_owned(),
    }
}

/// The default button without script: the next step of the first unfinished control, or else the form's button.
fn default_action(page: &Page) -> Option<String> {
    page.items.iter().find_map(|item| match item {
        Item::Control(Control { id, state: ControlState::Initial, .. }) => Some(format!("{id}:SendCode")),
        Item::Control(Control { id, state: ControlState::Sent, .. }) => Some(format!("{id}:VerifyCode")),
        _ => None,
    })
}

impl<'a> Placed<'a> {
    fn new(page: &'a Page, cx: &PageContext<'a>, strings: &Strings) -> Self {
        let text = cx.notice.map(|n| strings.notice(n, &page.strings, &page.language)).unwrap_or_default();
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

    /// The text of the notice, if it belongs to this input.
    fn of(&self, id: &str) -> Option<String> {
        self.claim.filter(|claim| same(claim, id) && !self.good_news).map(|_| self.text.clone())
    }

    fn page_error(&self, page: &Page, texts: &PageTexts<'_>) -> Option<PageNotice> {
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
            return Some(PageNotice { element, text: self.text.clone(), focus: true });
        };
        let in_a_control = page.items.iter().any(|i| matches!(i, Item::Control(control) if in_control(control, claim)));
        if page.kind == PageKind::Unified || in_a_control {
            return None;
        }
        // The message itself is shown at the field; above the form, B2C's summary is shown.
        let (element, id) = match element {
            "requiredFieldMissing" => (element, "error_requiredFieldMissing"),
            "passwordEntryMismatch" => (element, "error_passwordEntryMismatch"),
            _ => ("fieldIncorrect", "error_fieldIncorrect"),
        };
        Some(PageNotice { element, text: texts.get(id).to_owned(), focus: false })
    }
}

fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

fn in_control(control: &Control, claim: &str) -> bool {
    [&control.id, &control.address.id, &control.code.id].iter().any(|id| same(id, claim))
}
