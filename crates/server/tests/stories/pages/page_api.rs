//! The parts of a page for scripts and tests: globals, links, static files, and the Content-Security-Policy.

use super::ground::*;
use serde_json::Value;
use vestibule_journey::outcome::ControlState;
use vestibule_server::pages::{asset, content_security_policy, form_values};

/// The JSON of `var NAME = {…};`, extracted as typical scrapers do: one line, from the brace to the last `};`.
pub(crate) fn global(html: &str, name: &str) -> Value {
    let start = format!("var {name} = ");
    let line = html.lines().find_map(|line| line.strip_prefix(start.as_str())).expect("the global is on a line");
    assert_eq!(line.matches("};").count(), 1, "a lazy pattern must find the same end: {line}");
    serde_json::from_str(line.strip_suffix(';').expect("a semicolon")).expect("JSON")
}

#[test]
fn settings_hold_what_the_page_api_needs() {
    let settings = global(&show(&sign_in()), "SETTINGS");
    assert_eq!(settings["api"], "CombinedSigninAndSignup");
    assert_eq!(settings["csrf"], "Q1NSRg==;2026-01-02T03:04:05Z;bm9uY2U=");
    assert_eq!(settings["transId"], "StateProperties=eyJUSUQiOiJ0In0");
    assert_eq!(settings["hosts"]["tenant"], "/contoso.onmicrosoft.com/B2C_1_signupsignin1");
    assert_eq!(settings["hosts"]["policy"], "B2C_1_signupsignin1");
    assert_eq!(settings["config"]["forgotPasswordLinkOverride"], "ForgotPassword");
    assert_eq!(settings["config"]["operatingMode"], "Email");
}

#[test]
fn only_settings_of_the_metadata_reach_the_browser() {
    let mut page = sign_in();
    page.metadata.insert("ServiceUrl".to_owned(), "https://internal.example/api".to_owned());
    assert!(!show(&page).contains("internal.example"));
}

#[test]
fn fields_are_told_as_b2c_tells_them() {
    let fields = global(&show(&sign_up(ControlState::Initial, false)), "SA_FIELDS");
    let fields = fields["AttributeFields"].as_array().expect("a list");
    assert_eq!(fields[0]["ID"], "email");
    assert_eq!(fields[0]["UX_INPUT_TYPE"], "EmailBox");
    assert_eq!(fields[0]["VERIFY"], true);
    assert_eq!(fields[2]["ID"], "newPassword");
    assert_eq!(fields[2]["IS_PASSWORD"], true);
}

#[test]
fn a_pattern_that_ends_like_a_statement_does_not_cut_the_globals() {
    let mut page = sign_in();
    page.strings.insert("heading".to_owned(), "a};b</script>\u{2028}".to_owned());
    let content = global(&show(&page), "CONTENT");
    assert_eq!(content["heading"], "a};b</script>\u{2028}");
}

#[test]
fn links_carry_transaction_policy_and_csrf_value_encoded() {
    let html = show(&sign_in());
    let tail = "csrf_token=Q1NSRg%3D%3D%3B2026-01-02T03%3A04%3A05Z%3Bbm9uY2U%3D&amp;tx=StateProperties%3DeyJUSUQiOiJ0In0\
                &amp;p=B2C_1_signupsignin1\"";
    let base = "href=\"/contoso.onmicrosoft.com/B2C_1_signupsignin1/api/CombinedSigninAndSignup/";
    assert!(html.contains(&format!("{base}unified?local=signup&amp;{tail}")), "{html}");
    assert!(html.contains(&format!("{base}unified?claimsexchange=ForgotPassword&amp;{tail}")), "{html}");
}

#[test]
fn static_files_are_there_small_and_named_by_their_content() {
    let html = show(&sign_in());
    for (name, most) in [("vestibule.css", 12_000), ("vestibule.js", 15_000), ("vestibule.svg", 1_000)] {
        let (mime, bytes) = asset(&format!("/_static/{name}")).expect("the file");
        assert!(mime.contains('/') && !bytes.is_empty() && bytes.len() < most, "{name} has {} bytes", bytes.len());
        assert!(html.contains(&format!("/_static/{name}?v=")), "{name}");
    }
    assert!(asset("/_static/../Cargo.toml").is_none());
}

#[test]
fn row_55_nothing_on_a_page_comes_from_elsewhere_or_is_styled_inline() {
    for html in [show(&sign_in()), show(&every_input()), show(&sign_up(ControlState::Sent, true))] {
        assert!(!html.contains("style="), "{html}");
        assert!(!html.contains("src=\"http") && !html.contains("href=\"http"), "{html}");
        assert!(!html.contains(" onclick") && !html.contains("javascript:"), "{html}");
    }
}

#[test]
fn the_policy_allows_no_inline_code_and_no_frames() {
    let origins = ["https://app.example".to_owned(), "http://localhost:5000".to_owned()];
    let policy = content_security_policy("bm9uY2U=", &origins);
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(policy.starts_with("default-src 'none'; script-src 'nonce-bm9uY2U='; "), "{policy}");
    assert!(policy.contains("form-action 'self' https://app.example http://localhost:5000;"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "{policy}");
    assert!(content_security_policy("", &[]).contains("script-src 'none'"));
}

#[test]
fn the_policy_cannot_be_widened_by_what_goes_into_it() {
    let origins = ["https://a.example; script-src *".to_owned(), "*".to_owned(), "javascript:x".to_owned()];
    let policy = content_security_policy("x' 'unsafe-inline", &origins);
    assert!(policy.contains("script-src 'nonce-xunsafe-inline';"), "{policy}");
    assert!(policy.contains("form-action 'self';"), "{policy}");
}

#[test]
fn a_form_posted_without_script_gives_one_value_for_each_claim() {
    let pairs = [
        ("city", "Bern"),
        ("topics", "1"),
        ("topics", "2"),
        ("born_day", "7"),
        ("born_month", "03"),
        ("born_year", "1990"),
        ("left_day", "07"),
        ("left_month", ""),
        ("left_year", ""),
        ("school_year", "3"),
    ];
    let form = form_values(pairs);
    let have: Vec<_> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(have, ["born=1990-03-07", "city=Bern", "left=--07", "school_year=3", "topics=1,2"]);
}
