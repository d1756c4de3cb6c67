//! The properties of a user flow as fields of a form, in the sections and words of the Azure portal.

use crate::fields::error;
use crate::visit::Visit;
use serde_json::{Value, json};
use vestibule_journey::flow::{FlowSettings, PasswordRule};

/// A number: field, label, unit, what it is by default.
type Number = (&'static str, &'static str, &'static str, &'static str, fn(&mut FlowSettings) -> &mut u32);
/// A switch: field, label, hint.
type Switch = (&'static str, &'static str, &'static str, fn(&mut FlowSettings) -> &mut bool);
/// A choice: field, label, values with their labels.
type Choice =
    (&'static str, &'static str, &'static [(&'static str, &'static str)], fn(&mut FlowSettings) -> &mut String);

const LIFETIMES: &[Number] = &[
    ("token_minutes", "Access & ID token lifetimes (minutes)", "minutes", "5 to 1440, by default 60", |f| {
        &mut f.token_minutes
    }),
    ("refresh_token_days", "Refresh token lifetime (days)", "days", "1 to 90, by default 14", |f| {
        &mut f.refresh_token_days
    }),
    (
        "refresh_window_days",
        "Refresh token sliding window lifetime (days)",
        "days",
        "at least the lifetime above, at most 365, by default 90; 0 means no expiry",
        |f| &mut f.refresh_window_days,
    ),
];
const SESSION: &[Number] = &[
    ("session_minutes", "Web app session lifetime (minutes)", "minutes", "15 to 1440, by default 1440", |f| {
        &mut f.session_minutes
    }),
    (
        "keep_me_signed_in_days",
        "Keep me signed in session (days)",
        "days",
        "1 to 90; 0, the default, does not offer it",
        |f| &mut f.keep_me_signed_in_days,
    ),
];
const SESSION_SWITCHES: &[Switch] = &[
    (
        "session_rolling",
        "Web app session timeout: Rolling",
        "Each use begins the lifetime again. Without it the timeout is absolute.",
        |f| &mut f.session_rolling,
    ),
    ("require_id_token_on_sign_out", "Require ID Token in logout requests", "", |f| {
        &mut f.require_id_token_on_sign_out
    }),
];
const PASSWORD_SWITCHES: &[Switch] = &[
    ("self_service_reset", "Self-service password reset", "", |f| &mut f.self_service_reset),
    ("forced_password_reset", "Forced password reset", "People whose password must be changed may do so here.", |f| {
        &mut f.forced_password_reset
    }),
    ("email_verification", "Verify e-mail addresses by a mailed code", "", |f| &mut f.email_verification),
];
const COMPATIBILITY: &[Choice] = &[
    (
        "issuer",
        "Issuer (iss) claim",
        &[("tenant", "https://<host>/{tenant id}/v2.0/"), ("tfp", "https://<host>/tfp/{tenant id}/{flow}/v2.0/")],
        |f| &mut f.issuer,
    ),
    ("subject", "Subject (sub) claim", &[("object-id", "ObjectID"), ("not-supported", "Not supported")], |f| {
        &mut f.subject
    }),
    ("policy_claim", "Claim representing user flow", &[("tfp", "tfp"), ("acr", "acr")], |f| &mut f.policy_claim),
];
const SINGLE_SIGN_ON: &[Choice] = &[(
    "single_sign_on",
    "Single sign-on configuration",
    &[("tenant", "Tenant"), ("application", "Application"), ("policy", "Policy"), ("disabled", "Disabled")],
    |f| &mut f.single_sign_on,
)];
const RULES: [(&str, &str); 3] = [("simple", "Simple"), ("strong", "Strong"), ("custom", "Custom")];
const CLASSES: [(&str, &str); 4] =
    [("0", "Any characters"), ("2", "2 of 4 classes"), ("3", "3 of 4 classes"), ("4", "4 of 4 classes")];

/// Where management's refusals belong: the beginning of its name of a setting, and the field.
pub(super) fn fields() -> Vec<(&'static str, &'static str)> {
    let numbers = LIFETIMES.iter().chain(SESSION).map(|(name, ..)| (*name, *name));
    let choices = COMPATIBILITY.iter().chain(SINGLE_SIGN_ON).map(|(name, ..)| (*name, *name));
    numbers.chain(choices).chain([("password", "password_min"), ("", "token_minutes")]).collect()
}

/// The sections, with what the flow has and what is wrong with it.
pub(super) fn sections(settings: &FlowSettings, errors: &[Value]) -> Vec<Value> {
    let mut flow = settings.clone();
    let wrong = |name: &str| errors.iter().find(|e| e["field"] == name).map(|e| e["text"].clone());
    let mut number = |(name, label, unit, default, get): &Number| {
        let value = *get(&mut flow);
        field(name, label, "number", json!(value), unit, default, wrong(name))
    };
    let lifetimes: Vec<Value> = LIFETIMES.iter().map(&mut number).collect();
    let session: Vec<Value> = SESSION.iter().map(&mut number).collect();
    let mut flow = settings.clone();
    let mut switch = |(name, label, hint, get): &Switch| {
        let mut value = field(name, label, "checkbox", json!(*get(&mut flow)), "", "", None);
        value["hint"] = json!(hint);
        value
    };
    let session_switches: Vec<Value> = SESSION_SWITCHES.iter().map(&mut switch).collect();
    let password_switches: Vec<Value> = PASSWORD_SWITCHES.iter().map(&mut switch).collect();
    let mut flow = settings.clone();
    let mut choice = |(name, label, values, get): &Choice| select(name, label, values, get(&mut flow), wrong(name));
    let compatibility: Vec<Value> = COMPATIBILITY.iter().map(&mut choice).collect();
    let single_sign_on: Vec<Value> = SINGLE_SIGN_ON.iter().map(&mut choice).collect();
    vec![
        section("Token lifetime", lifetimes),
        section("Token compatibility settings", compatibility),
        section("Session behavior", [session, session_switches, single_sign_on].concat()),
        section("Password configuration", password_switches),
        section("Password complexity", password(&settings.password, &wrong)),
    ]
}

fn section(heading: &str, fields: Vec<Value>) -> Value {
    json!({ "heading": heading, "fields": fields })
}

fn field(name: &str, label: &str, kind: &str, value: Value, unit: &str, default: &str, wrong: Option<Value>) -> Value {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    json!({
        "name": name,
        "label": label,
        "hint": "",
        "kind": kind,
        "value": value,
        "options": [],
        "unit": some(unit),
        "default_text": some(default),
        "error": wrong,
    })
}

fn select(name: &str, label: &str, values: &[(&str, &str)], now: &str, wrong: Option<Value>) -> Value {
    let mut field = field(name, label, "select", json!(now), "", "", wrong);
    let option = |(value, label): &(&str, &str)| json!({ "value": value, "label": label, "selected": *value == now });
    field["options"] = values.iter().map(option).collect();
    field
}

fn password(rule: &PasswordRule, wrong: &dyn Fn(&str) -> Option<Value>) -> Vec<Value> {
    let (word, min, max, digits_only, classes) = match rule {
        PasswordRule::Simple => ("simple", 8, 64, false, 0),
        PasswordRule::Strong => ("strong", 8, 256, false, 3),
        PasswordRule::Custom { min, max, digits_only, classes } => ("custom", *min, *max, *digits_only, *classes),
    };
    let mut rule = select("password_rule", "Password complexity", &RULES, word, None);
    rule["hint"] = json!("The settings below count only for Custom.");
    vec![
        rule,
        field("password_min", "Minimum length", "number", json!(min), "characters", "4 or more", wrong("password_min")),
        field("password_max", "Maximum length", "number", json!(max), "characters", "at most 256", None),
        field("password_digits_only", "Numbers only (PIN)", "checkbox", json!(digits_only), "", "", None),
        select("password_classes", "Character classes", &CLASSES, &classes.to_string(), None),
    ]
}

/// Put the form's fields into the settings. Returns what is no number.
pub(super) fn read(visit: &Visit<'_>, settings: &mut FlowSettings) -> Vec<Value> {
    let mut errors = Vec::new();
    for (name, label, _, _, get) in LIFETIMES.iter().chain(SESSION) {
        match visit.field(name).parse() {
            Ok(value) => *get(settings) = value,
            Err(_) => errors.push(error(name, format!("{label}: enter a whole number."))),
        }
    }
    for (name, _, _, get) in SESSION_SWITCHES.iter().chain(PASSWORD_SWITCHES) {
        *get(settings) = visit.is_ticked(name);
    }
    for (name, _, values, get) in COMPATIBILITY.iter().chain(SINGLE_SIGN_ON) {
        if let Some((value, _)) = values.iter().find(|(value, _)| *value == visit.field(name)) {
            (*value).clone_into(get(settings));
        }
    }
    settings.password = match visit.field("password_rule") {
        "simple" => PasswordRule::Simple,
        "custom" => custom(visit, &mut errors),
        _ => PasswordRule::Strong,
    };
    errors
}

fn custom(visit: &Visit<'_>, errors: &mut Vec<Value>) -> PasswordRule {
    let mut number = |name: &str, label: &str| {
        visit.field(name).parse().unwrap_or_else(|_| {
            errors.push(error(name, format!("{label}: enter a whole number.")));
            0
        })
    };
    PasswordRule::Custom {
        min: number("password_min", "Minimum length"),
        max: number("password_max", "Maximum length"),
        digits_only: visit.is_ticked("password_digits_only"),
        classes: number("password_classes", "Character classes"),
    }
}
