//! The global variables of a page that B2C's scripts and other tests read: `SETTINGS`, `SA_FIELDS`, `CONTENT`, `CP`.
//! Each is one line of JSON that cannot end its script element.

use super::{FieldView, ItemView};
use crate::pages::strings::PageTexts;
use crate::pages::{PageContext, links};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use vestibule_journey::{Forgot, InputType, Page};

/// The four variables, ready for a script.
#[derive(Debug, Serialize)]
pub(super) struct Globals {
    settings: String,
    sa_fields: String,
    content: String,
    providers: String,
}

impl Globals {
    pub(super) fn new(page: &Page, cx: &PageContext<'_>, texts: &PageTexts<'_>, items: &[ItemView]) -> Self {
        let providers: Vec<Value> =
            page.choices.iter().map(|choice| json!({ "id": choice.exchange, "description": choice.label })).collect();
        Self {
            settings: script_safe(&settings(page, cx, texts)),
            sa_fields: script_safe(&sa_fields(items)),
            content: script_safe(texts.map()),
            providers: script_safe(&json!({ "list": providers })),
        }
    }
}

fn settings(page: &Page, cx: &PageContext<'_>, texts: &PageTexts<'_>) -> Value {
    json!({
        "remoteResource": page.load_uri,
        "retryLimit": 3,
        "trimSpacesInPassword": true,
        "api": links::api(page.kind),
        "csrf": cx.csrf,
        "transId": cx.tx,
        "pageViewId": cx.page_view_id,
        "suppressElementCss": false,
        "isPageViewIdSentWithHeader": false,
        "allowAutoFocusOnPasswordField": true,
        "pageMode": 0,
        "config": config(page),
        "hosts": { "tenant": cx.base, "policy": cx.policy, "static": "/_static/" },
        "locale": { "lang": texts.lang() },
        "xhrSettings": { "retryEnabled": true, "retryMaxAttempts": 3, "retryDelay": 200, "retryOn": ["error", "timeout"] },
    })
}

/// `setting.…` from the technical profile's metadata, and values derived from the page. No other metadata leaves the
/// server, because it may contain internal addresses.
fn config(page: &Page) -> Map<String, Value> {
    let word = |yes: bool| Value::from(if yes { "True" } else { "False" });
    let mut config: Map<String, Value> = page
        .metadata
        .iter()
        .filter_map(|(key, value)| Some((key.strip_prefix("setting.")?.to_owned(), Value::from(value.as_str()))))
        .collect();
    config.insert("showSignupLink".into(), word(page.sign_up));
    config.insert("enableRememberMe".into(), word(page.keep_signed_in));
    config.insert("showContinueButton".into(), word(page.show_continue));
    config.insert("showCancelButton".into(), word(page.show_cancel));
    if let Some(Forgot::Exchange(exchange)) = &page.forgot {
        config.insert("forgotPasswordLinkOverride".into(), Value::from(exchange.as_str()));
    }
    config
}

fn sa_fields(items: &[ItemView]) -> Value {
    let fields: Vec<Value> = items
        .iter()
        .flat_map(|item| match item {
            ItemView::Field(field) => vec![sa_field(field, false)],
            ItemView::Control(control) => vec![sa_field(&control.address, true), sa_field(&control.code, false)],
        })
        .collect();
    json!({ "AttributeFields": fields })
}

fn sa_field(field: &FieldView, verify: bool) -> Value {
    let is = |kind| field.input == kind;
    let options: Vec<Value> = field
        .options
        .iter()
        .map(|option| json!({ "VAL": option.value, "DISP": option.label, "PRE": option.chosen }))
        .collect();
    json!({
        "UX_INPUT_TYPE": field.kind,
        "USER_INPUT_TYPE": field.kind,
        "IS_TEXT": is(InputType::TextBox),
        "IS_EMAIL": is(InputType::EmailBox),
        "IS_PASSWORD": is(InputType::Password),
        "IS_DATE": is(InputType::DateTimeDropdown),
        "IS_RADIO": is(InputType::RadioSingleSelect),
        "IS_DROP": is(InputType::DropdownSingleSelect),
        "IS_TEXT_IN_PARAGRAPH": is(InputType::Paragraph),
        "IS_CHECK_MULTI": is(InputType::CheckboxMultiSelect),
        "IS_LINK": false,
        "VERIFY": verify,
        "DN": field.label,
        "ID": field.name,
        "U_HELP": field.help,
        "PRE": field.value,
        "PAT": field.raw_pattern,
        "PAT_DESC": field.pattern_text,
        "IS_REQ": field.required,
        "IS_RDO": is(InputType::Readonly),
        "OPTIONS": options,
    })
}

/// JSON that is safe between script tags, on one line, and matched as a whole by patterns that look for `};`.
fn script_safe(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).unwrap_or_default();
    let mut safe = String::with_capacity(json.len() + json.len() / 16);
    let mut rest = json.as_str();
    while let Some(at) = rest.find(['<', '>', '&', ';', '\u{2028}', '\u{2029}']) {
        let (plain, from) = rest.split_at(at);
        safe.push_str(plain);
        let mut left = from.chars();
        match left.next() {
            Some(';') if !safe.ends_with('}') => safe.push(';'),
            // Writing to a String cannot fail.
            Some(unsafe_one) => drop(write!(safe, "\\u{:04x}", u32::from(unsafe_one))),
            None => {}
        }
        rest = left.as_str();
    }
    safe.push_str(rest);
    safe
}
