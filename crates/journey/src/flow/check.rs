//! Checks a flow's settings and returns all problems, as sentences that name the key.

use super::attribute::{self, DataType, Known};
use super::{Attribute, CustomAttribute, FlowKind, FlowSettings, PasswordRule};

/// Ways to ask for an attribute.
const INPUTS: &[&str] =
    &["TextBox", "DropdownSingleSelect", "RadioSingleSelect", "CheckboxMultiSelect", "DateTimeDropdown"];
/// Longest label or option, in characters.
const TEXT_MAX: usize = 256;

/// All mistakes. The first word of each sentence names the key.
pub(super) fn mistakes(settings: &FlowSettings, custom: &[CustomAttribute]) -> Vec<String> {
    let mut found = Vec::new();
    attributes(settings, custom, &mut found);
    claims(settings, custom, &mut found);
    password(&settings.password, &mut found);
    numbers(settings, &mut found);
    words(settings, &mut found);
    found
}

fn attributes(settings: &FlowSettings, custom: &[CustomAttribute], found: &mut Vec<String>) {
    if !settings.attributes.is_empty() && !settings.kind.collects() {
        found.push("attributes: a flow of this type asks for none; leave the list out".to_owned());
    }
    let mut seen: Vec<String> = Vec::new();
    for asked in &settings.attributes {
        let name = &asked.name;
        let Some(known) = attribute::find(name, custom) else {
            let near = attribute::suggestion(name, custom, false);
            found.push(format!("attributes: there is no attribute {name:?}{near}"));
            continue;
        };
        if seen.contains(&known.id) {
            found.push(format!("attributes: {name} is listed twice"));
        }
        let said = attribute(asked, &known);
        found.extend(said.into_iter().map(|why| format!("attributes: {name} {why}")));
        seen.push(known.id);
    }
}

/// The problems of one attribute, each as the rest of a sentence that begins with its name.
fn attribute(asked: &Attribute, known: &Known<'_>) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(why) = known.custom.and_then(custom_attribute) {
        found.push(why);
    }
    if let Some(why) = asked.label.as_deref().and_then(text) {
        found.push(format!("has a label that {why}"));
    }
    let data_type = known.data_type();
    let input = attribute::input(asked, data_type);
    if !INPUTS.contains(&input) {
        found.push(format!("has the input {input:?}; it must be one of {}", INPUTS.join(", ")));
        return found;
    }
    let list = input.contains("Select");
    match data_type {
        DataType::Boolean if !matches!(input, "RadioSingleSelect" | "DropdownSingleSelect") => {
            found.push("is a Boolean; its input must be RadioSingleSelect or DropdownSingleSelect".to_owned());
        }
        DataType::Boolean if !asked.options.is_empty() => {
            found.push("is a Boolean and has the options Yes and No; leave options out".to_owned());
        }
        DataType::Int if matches!(input, "CheckboxMultiSelect" | "DateTimeDropdown") => {
            found.push(format!("is an Int; its input cannot be {input}"));
        }
        DataType::Boolean => {}
        _ if list && asked.options.is_empty() => found.push(format!("is a {input} and needs options")),
        _ if !list && !asked.options.is_empty() => found.push(format!("is a {input} and cannot have options")),
        _ => {}
    }
    options(asked, data_type, input, &mut found);
    found
}

fn options(asked: &Attribute, data_type: DataType, input: &str, found: &mut Vec<String>) {
    for (i, option) in asked.options.iter().enumerate() {
        if option.trim().is_empty() {
            found.push("has an empty option".to_owned());
        } else if let Some(why) = text(option) {
            found.push(format!("has the option {option:?}, which {why}"));
        } else if asked.options[..i].iter().any(|other| other.trim() == option.trim()) {
            found.push(format!("has the option {option:?} twice"));
        } else if data_type == DataType::Int && option.trim().parse::<i64>().is_err() {
            found.push(format!("is an Int; its option {option:?} is no number"));
        } else if input == "CheckboxMultiSelect" && option.contains(',') {
            found.push(format!("has the option {option:?}; of several options none can have a comma"));
        }
    }
}

/// The problem of a custom attribute itself.
fn custom_attribute(custom: &CustomAttribute) -> Option<String> {
    let name = &custom.name;
    if name.is_empty() || name.len() > 100 || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Some("has a name that is not letters, digits and _".to_owned());
    }
    let known = ["String", "Boolean", "Int"].contains(&custom.data_type.as_str());
    (!known).then(|| format!("has the type {:?}; it must be String, Boolean or Int", custom.data_type))
}

/// The reason why a label or option cannot be shown.
fn text(text: &str) -> Option<String> {
    let odd = |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
    if text.chars().any(odd) {
        return Some("has a line break or another control character".to_owned());
    }
    (text.chars().count() > TEXT_MAX).then(|| format!("has more than {TEXT_MAX} characters"))
}

fn claims(settings: &FlowSettings, custom: &[CustomAttribute], found: &mut Vec<String>) {
    let mut seen: Vec<String> = Vec::new();
    for name in &settings.claims {
        let Some(claim) = attribute::returned(name, custom) else {
            let near = attribute::suggestion(name, custom, true);
            found.push(format!("claims: there is no claim {name:?}{near}"));
            continue;
        };
        if let Some(why) = claim.custom.and_then(|known| known.custom).and_then(custom_attribute) {
            found.push(format!("claims: {name} {why}"));
        }
        if seen.contains(&claim.id) {
            found.push(format!("claims: {name} is listed twice"));
        }
        seen.push(claim.id);
    }
}

fn password(rule: &PasswordRule, found: &mut Vec<String>) {
    let PasswordRule::Custom { min, max, digits_only, classes } = *rule else { return };
    if !(4..=256).contains(&min) {
        found.push(format!("password: min is {min}; it must be 4 to 256"));
    }
    if !(4..=256).contains(&max) {
        found.push(format!("password: max is {max}; it must be 4 to 256"));
    }
    if min > max {
        found.push(format!("password: min is {min} and max {max}; min must not be more than max"));
    }
    if !matches!(classes, 0 | 2 | 3 | 4) {
        found.push(format!("password: classes is {classes}; it must be 0, 2, 3 or 4"));
    } else if digits_only && classes > 0 {
        found.push("password: with digits_only there is one class of characters; leave classes out".to_owned());
    }
}

fn numbers(settings: &FlowSettings, found: &mut Vec<String>) {
    let ranges = [
        ("keep_me_signed_in_days", settings.keep_me_signed_in_days, 0, 90),
        ("session_minutes", settings.session_minutes, 15, 1440),
        ("token_minutes", settings.token_minutes, 5, 1440),
        ("refresh_token_days", settings.refresh_token_days, 1, 90),
        ("refresh_window_days", settings.refresh_window_days, 0, 365),
    ];
    for (key, value, least, most) in ranges {
        if !(least..=most).contains(&value) {
            found.push(format!("{key} is {value}; it must be {least} to {most}"));
        }
    }
    let (window, life) = (settings.refresh_window_days, settings.refresh_token_days);
    if window != 0 && window < life {
        found.push(format!("refresh_window_days is {window}; it must be 0 or at least refresh_token_days, {life}"));
    }
}

fn words(settings: &FlowSettings, found: &mut Vec<String>) {
    let choices: [(&str, &str, &[&str]); 4] = [
        ("single_sign_on", &settings.single_sign_on, &["tenant", "application", "policy", "disabled"]),
        ("issuer", &settings.issuer, &["tenant", "tfp"]),
        ("policy_claim", &settings.policy_claim, &["tfp", "acr"]),
        ("subject", &settings.subject, &["object-id", "not-supported"]),
    ];
    for (key, value, known) in choices {
        if !known.contains(&value) {
            found.push(format!("{key} is {value:?}; it must be one of {}", known.join(", ")));
        }
    }
}

impl FlowKind {
    /// Returns true if this kind of flow collects attributes.
    const fn collects(self) -> bool {
        matches!(self, Self::SignUpSignIn | Self::SignUp | Self::ProfileEditing)
    }
}
