//! Hostile values stay text, wherever they come from (docs/security-floor.md, rows 63 to 66 and 104).

use super::ground::*;
use super::page_api::global;
use std::collections::BTreeMap;
use vestibule_journey::event::Form;
use vestibule_journey::outcome::ControlState;
use vestibule_journey::{Choice, Field, Item, Page};
use vestibule_server::pages::Pages;

const TAG: &str = "<hostile-element>";

fn values() -> Vec<String> {
    vec![
        format!("</script><script>alert(1)</script>{TAG}"),
        format!("\"'>{TAG}<img src=x onerror=alert(1)>"),
        format!("--!>-->{TAG}{{{{ 7*7 }}}}{{% raw %}}"),
        format!("\u{202e}{TAG}\u{2028}\u{2029}\0&lt;"),
        format!("javascript:alert(1)//{TAG}"),
    ]
}

/// Puts the value everywhere that a policy, a user or a registration can put text.
fn poison(page: &mut Page, value: &str) {
    let text = || value.to_owned();
    let spoil = |field: &mut Field| {
        field.label = text();
        field.help = text();
        field.value = Some(text());
        field.pattern = Some((text(), text()));
        field.browser_pattern = Some(text());
        field.options = vec![(text(), text())];
        field.id = format!("{}{value}", field.id);
    };
    for item in &mut page.items {
        match item {
            Item::Field(field) => spoil(field),
            Item::Control(control) => {
                spoil(&mut control.address);
                spoil(&mut control.code);
                control.id = text();
                control.strings = ["intro_msg", "but_send_code", "ver_but_send", "ver_intro_msg"]
                    .map(|id| (id.to_owned(), text()))
                    .into();
            }
        }
    }
    page.choices = vec![Choice { exchange: text(), label: text() }];
    page.load_uri = text();
    page.metadata = BTreeMap::from([(format!("setting.{value}"), text())]);
    for id in ["heading", "initial_intro", "button_continue", "error_fieldIncorrect", "intro", "local_intro_generic"] {
        page.strings.insert(id.to_owned(), text());
    }
}

/// Asserts that there are only our own tags, and that every script is unchanged.
fn assert_inert(html: &str, value: &str) {
    assert!(html.ends_with("</html>"), "the page is whole");
    assert!(!html.contains("<hostile") && !html.contains("<img"), "markup got through: {value:.80}");
    let scripts = html.matches("<script").count();
    assert_eq!(scripts, html.matches("<script nonce=\"").count(), "a script of somebody else's: {value:.80}");
    assert_eq!(scripts, html.matches("</script>").count());
    assert!(!html.contains("href=\"javascript") && !html.contains("action=\"javascript"), "{value:.80}");
    assert!(!html.contains('\0'));
    assert!(!value.contains("{{") || html.contains("{{ 7*7 }}"), "a value was run as a template");
}

#[test]
fn row_66_no_value_becomes_markup_on_a_page_of_a_journey() {
    for value in values() {
        let mut spoilt = Showing {
            tenant_name: value.clone(),
            application: value.clone(),
            values: Form::from([("displayName".to_owned(), value.clone()), ("city".to_owned(), value.clone())]),
            csrf: value.clone(),
            tx: value.clone(),
            ..Showing::default()
        };
        let mut pages = vec![sign_in(), every_input(), selection()];
        for state in [ControlState::Initial, ControlState::Sent, ControlState::Verified] {
            pages.extend([sign_up(state, false), sign_up(state, true)]);
        }
        for mut page in pages {
            let claim = page.items.first().map(|item| match item {
                Item::Field(field) => field.id.clone(),
                Item::Control(control) => control.id.clone(),
            });
            poison(&mut page, &value);
            for claim in [None, claim.map(|claim| format!("{claim}{value}")), Some(value.clone())] {
                let mut told = notice("UserMessageIfInvalidInput", claim.as_deref());
                told.text = Some(format!("{value}{{0}}"));
                told.args = vec![value.clone()];
                spoilt.notice = Some(told);
                let html = spoilt.of(&page);
                assert_inert(&html, &value);
                for name in ["SETTINGS", "SA_FIELDS", "CONTENT", "CP"] {
                    global(&html, name);
                }
                assert_eq!(global(&html, "SETTINGS")["csrf"], value);
            }
        }
    }
}

#[test]
fn row_64_no_value_becomes_markup_on_the_other_pages() {
    let pages = Pages::new();
    for value in values() {
        let fields = [(value.clone(), value.clone())];
        let mut error = error_page(&value, &[]);
        error.advice = Some(&value);
        error.correlation_id = &value;
        error.tenant_name = &value;
        let mut question = sign_out_question(&fields, &[]);
        question.csrf = &value;
        let mut home = dev_home(&value);
        home.flows[0].run_url = Some(value.clone());
        home.web_url = Some(value.clone());
        home.api_url = Some(value.clone());
        let mut mail = code_mail(&value, &[]);
        mail.tenant_name = &value;
        for html in [
            pages.error(&error),
            pages.signed_out(&value, &[]),
            pages.sign_out_question(&question),
            pages.form_post(&value, &fields, "bm9uY2U=", "en"),
            pages.form_post("https://app.example/cb", &fields, "bm9uY2U=", "en"),
            pages.dev_home(&home),
            pages.dev_outbox(&mails(&value), "/", "bm9uY2U="),
            pages.mail_code(&mail).html,
        ] {
            assert_inert(&html, &value);
        }
    }
}

#[test]
fn values_of_a_hundred_kilobytes_stay_text() {
    let value = format!("{TAG}{}", "\"x".repeat(50_000));
    for mut page in [sign_in(), sign_up(ControlState::Sent, false)] {
        poison(&mut page, &value);
        let html = show(&page);
        assert_inert(&html, &value);
        assert_eq!(global(&html, "CONTENT")["heading"], value);
    }
}

#[test]
fn a_form_is_never_posted_to_anything_but_the_web() {
    for action in ["javascript:alert(1)", "data:text/html,x", "//evil.example", "", "about:blank"] {
        let html = Pages::new().form_post(action, &[], "bm9uY2U=", "en");
        assert!(html.contains("action='about:invalid'"), "{action}");
    }
}

#[test]
fn passwords_and_codes_are_never_shown_again() {
    let mut showing = Showing::default();
    for claim in ["password", "newPassword", "reenterPassword", "oldPassword", "emailVerificationCode"] {
        showing.values.insert(claim.to_owned(), "typed-secret".to_owned());
    }
    for page in [sign_in(), every_input(), sign_up(ControlState::Sent, false), sign_up(ControlState::Sent, true)] {
        let html = showing.of(&page);
        assert!(!html.contains("typed-secret") && !html.contains("never shown"), "{html}");
    }
}

#[test]
fn what_was_typed_is_shown_again_but_never_over_what_is_fixed() {
    let mut showing = Showing::default();
    showing.values.insert("DISPLAYNAME".to_owned(), "Ada".to_owned());
    showing.values.insert("objectId".to_owned(), "forged".to_owned());
    assert!(showing.of(&sign_up(ControlState::Verified, false)).contains("value=\"Ada\""));
    assert!(!showing.of(&every_input()).contains("forged"));
}
