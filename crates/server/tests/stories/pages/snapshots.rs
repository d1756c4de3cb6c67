//! Every page in every state, as it is sent to browsers.

use super::ground::*;
use insta::assert_snapshot;
use vestibule_journey::outcome::ControlState;
use vestibule_journey::{Forgot, PageKind};
use vestibule_server::pages::Pages;

/// Compares with the stored page; hashes of static files change with every change of style.
fn keep(name: &str, html: &str) {
    insta::with_settings!({ filters => vec![(r"\?v=[0-9a-f]{16}", "?v=HASH")], omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "snapshots" }, {
        assert_snapshot!(name, html);
    });
}

#[test]
fn sign_in_page() {
    keep("sign-in", &show(&sign_in()));
}

#[test]
fn sign_in_page_after_a_wrong_password() {
    let mut showing = Showing::with("UserMessageIfInvalidPassword", None);
    showing.values.insert("signinname".to_owned(), "ada@example.com".to_owned());
    showing.values.insert("password".to_owned(), "typed".to_owned());
    showing.remember_me = true;
    keep("sign-in-wrong-password", &showing.of(&sign_in()));
}

#[test]
fn sign_in_page_with_providers_and_the_old_forgot_link() {
    let mut page = sign_in();
    page.choices = choices();
    page.forgot = Some(Forgot::Legacy);
    page.keep_signed_in = false;
    keep("sign-in-providers", &show(&page));
}

#[test]
fn sign_in_page_in_german() {
    let showing = Showing { language: "de", ..Showing::default() };
    keep("sign-in-german", &showing.of(&sign_in()));
}

#[test]
fn sign_up_page_before_during_and_after_verification() {
    keep("sign-up-initial", &show(&sign_up(ControlState::Initial, false)));
    keep("sign-up-sent", &Showing::with("success_send_code_msg", None).of(&sign_up(ControlState::Sent, false)));
    keep("sign-up-verified", &show(&sign_up(ControlState::Verified, false)));
}

#[test]
fn sign_up_page_with_the_older_verification() {
    keep("sign-up-classic-initial", &show(&sign_up(ControlState::Initial, true)));
    let wrong = Showing::with("ver_fail_retry", Some("emailVerificationCode"));
    keep("sign-up-classic-wrong-code", &wrong.of(&sign_up(ControlState::Sent, true)));
    keep("sign-up-classic-verified", &show(&sign_up(ControlState::Verified, true)));
}

#[test]
fn sign_up_page_with_mistakes() {
    let wrong = Showing::with("ver_fail_retry", Some("emailVerificationCode"));
    keep("sign-up-wrong-code", &wrong.of(&sign_up(ControlState::Sent, false)));
    let banned = Showing::with("UserMessageIfPasswordBanned", Some("newPassword"));
    keep("sign-up-banned-password", &banned.of(&sign_up(ControlState::Verified, false)));
    let mismatch = Showing::with("error_passwordEntryMismatch", None);
    keep("sign-up-mismatch", &mismatch.of(&sign_up(ControlState::Verified, false)));
    let exists = Showing::with("UserMessageIfClaimsPrincipalAlreadyExists", None);
    keep("sign-up-exists", &exists.of(&sign_up(ControlState::Verified, false)));
}

#[test]
fn page_with_every_kind_of_input() {
    keep("every-input", &show(&every_input()));
}

#[test]
fn page_without_continue_and_cancel() {
    let mut page = page(PageKind::SelfAsserted, "api.selfasserted", vec![]);
    page.show_cancel = false;
    page.show_continue = false;
    keep("no-buttons", &show(&page));
}

#[test]
fn provider_selection_page() {
    keep("provider-selection", &show(&selection()));
}

#[test]
fn error_page_without_links() {
    let html = Pages::new().error(&error_page("The redirect URI is not registered for this application.", &[]));
    assert!(!html.contains("<a "), "{html}");
    keep("error", &html);
}

#[test]
fn pages_of_signing_out() {
    keep("signed-out", &Pages::new().signed_out("Contoso", &[]));
    let fields = [("state".to_owned(), "s".to_owned())];
    keep("sign-out-question", &Pages::new().sign_out_question(&sign_out_question(&fields, &[])));
}

#[test]
fn form_post_page() {
    let fields = [("code".to_owned(), "abc".to_owned()), ("state".to_owned(), "a b".to_owned())];
    keep("form-post", &Pages::new().form_post("https://app.example/getAToken", &fields, "bm9uY2U=", "en"));
}

#[test]
fn mail_with_a_code() {
    let german = ["de".to_owned()];
    let pages = Pages::new();
    let mail = pages.mail_code(&code_mail("Demo web app", &[]));
    keep("mail-code", &format!("{}\n----\n{}\n----\n{}", mail.subject, mail.text, mail.html));
    let mail = pages.mail_code(&code_mail("", &german));
    keep("mail-code-german", &format!("{}\n----\n{}", mail.subject, mail.text));
}

#[test]
fn pages_of_dev() {
    keep("dev-home", &Pages::new().dev_home(&dev_home("pass-word")));
    keep("dev-outbox", &Pages::new().dev_outbox(&mails(""), "/", "bm9uY2U="));
    keep("dev-outbox-empty", &Pages::new().dev_outbox(&[], "/", "bm9uY2U="));
}
