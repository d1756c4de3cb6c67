//! The texts: every id exists in every language, the policy's texts take precedence, placeholders are filled in.

use super::ground::*;
use super::page_api::global;
use std::collections::{BTreeMap, BTreeSet};
use vestibule_journey::Notice;
use vestibule_journey::outcome::ControlState;
use vestibule_journey::sentence::needs;
use vestibule_server::pages::Pages;

const ENGLISH: &str = include_str!("../../../assets/strings/en.json");
const GERMAN: &str = include_str!("../../../assets/strings/de.json");

/// B2C's string ids (docs/b2c.md, "Pages").
const CONTRACT: &str = "heading social_intro local_intro_generic requiredField_password requiredField_generic \
    invalid_generic createaccount_intro createaccount_one_link createaccount_two_links createaccount_three_links \
    forgotpassword_link button_signin divider_title unknown_error remember_me ResourceOwnerFlowInvalidCredentials \
    UserMessageIfInvalidPassword UserMessageIfPasswordExpired UserMessageIfClaimsPrincipalDoesNotExist \
    UserMessageIfOldPasswordUsed DefaultMessage UserMessageIfUserAccountDisabled UserMessageIfUserAccountLocked \
    AADRequestsThrottled button_continue button_cancel error_fieldIncorrect error_passwordEntryMismatch \
    error_requiredFieldMissing helplink_text initial_intro preloader_alt required_field ver_but_edit ver_but_resend \
    ver_but_send ver_but_verify ver_fail_retry ver_fail_no_retry ver_fail_code_expired ver_fail_throttled \
    ver_fail_server ver_info_msg ver_input ver_intro_msg ver_success_msg ServiceThrottled \
    UserMessageIfClaimNotVerified UserMessageIfClaimsPrincipalAlreadyExists UserMessageIfIncorrectPattern \
    UserMessageIfInvalidInput UserMessageIfMissingRequiredElement UserMessageIfValidationError \
    UserMessageIfClaimsTransformationBooleanValueIsNotEqual UserMessageIfClaimsTransformationStringsAreNotEqual \
    DateTimeGreaterThan AssertNumberError LookupNotFound intro UserMessageIfPasswordBanned success_send_code_msg \
    failure_send_code_msg success_verify_code_msg failure_verify_code_msg intro_msg";

fn paths(text: &str) -> BTreeSet<String> {
    fn walk(value: &serde_json::Value, path: &str, out: &mut BTreeSet<String>) {
        match value.as_object() {
            Some(map) => map.iter().for_each(|(key, value)| walk(value, &format!("{path}/{key}"), out)),
            None => assert!(out.insert(path.to_owned()) && value.as_str().is_some_and(|t| !t.is_empty()), "{path}"),
        }
    }
    let mut out = BTreeSet::new();
    walk(&serde_json::from_str(text).expect("JSON"), "", &mut out);
    out
}

#[test]
fn every_id_of_the_contract_has_a_sentence_in_every_language() {
    let pages = Pages::new();
    let generic = pages.notice_text(&notice("nobody-knows-this", None), &BTreeMap::new(), "en");
    let notice = |id: &str| Notice { args: vec!["x".to_owned(); 3], ..notice(id, None) };
    for id in CONTRACT.split_whitespace() {
        let [english, german] = ["en", "de"].map(|language| pages.notice_text(&notice(id), &BTreeMap::new(), language));
        assert!(!english.is_empty() && english != generic, "{id} has no English text");
        assert!(!german.is_empty() && german != english, "{id} has no German text");
    }
}

#[test]
fn the_second_language_has_what_the_first_has() {
    let development = |path: &&String| !path.starts_with("/dev/");
    let missing: Vec<_> = paths(ENGLISH).difference(&paths(GERMAN)).filter(development).cloned().collect();
    assert_eq!(missing, Vec::<String>::new());
    assert!(paths(GERMAN).is_subset(&paths(ENGLISH)));
}

#[test]
fn the_policy_wins_over_the_page_and_the_page_over_the_language() {
    let pages = Pages::new();
    let mut notice = notice("ver_fail_retry", None);
    let strings = BTreeMap::from([("ver_fail_retry".to_owned(), "of the page".to_owned())]);
    assert_eq!(pages.notice_text(&notice, &strings, "en"), "of the page");
    notice.text = Some("of the policy, {0}".to_owned());
    notice.args = vec!["{1} filled once".to_owned(), "never".to_owned()];
    assert_eq!(pages.notice_text(&notice, &strings, "en"), "of the policy, {1} filled once");
}

#[test]
fn an_unknown_id_still_tells_what_to_do() {
    let text = Pages::new().notice_text(&notice("UserMessageOfNobody", None), &BTreeMap::new(), "en");
    assert_eq!(text, "Something you entered could not be accepted. Check your entries and try again.");
}

#[test]
fn braces_that_are_no_placeholder_stay() {
    let mut notice = notice("x", None);
    notice.text = Some("{0} {1} {} {x} { {0".to_owned());
    notice.args = vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(Pages::new().notice_text(&notice, &BTreeMap::new(), "en"), "a b {} {x} { {0");
}

#[test]
fn a_page_names_the_language_that_the_journey_chose() {
    let show = |language| Showing { language, ..Showing::default() }.of(&sign_in());
    for (language, word) in [("en", "Sign up now"), ("de", "Jetzt registrieren"), ("de-CH", "Jetzt registrieren")] {
        let page = show(language);
        assert!(page.contains(&format!("<html lang=\"{language}\">")) && page.contains(word), "{page}");
        assert_eq!(global(&page, "SETTINGS")["locale"]["lang"], language);
    }
    // The policy has texts in a language without a language file: the texts that it lacks are in English.
    let page = show("fr");
    assert!(page.contains("<html lang=\"fr\">") && page.contains("Sign up now"), "{page}");
}

#[test]
fn a_page_of_a_language_that_is_written_from_right_to_left_says_so() {
    let show = |language| Showing { language, ..Showing::default() }.of(&sign_in());
    for language in ["ar", "ar-EG", "he", "fa", "ur-PK", "ps", "sd", "yi", "ckb", "az-Arab", "pa-Arab-PK", "dv", "ug"] {
        assert!(show(language).contains(&format!("<html lang=\"{language}\" dir=\"rtl\">")), "{language}");
    }
    for language in ["fr", "de", "pt-BR", "zh-Hans", "az", "az-Latn", "ur-Latn", "sr-Cyrl", "tr", "arn"] {
        assert!(show(language).contains(&format!("<html lang=\"{language}\">")), "{language}");
    }
}

#[test]
fn a_sentence_in_english_on_a_page_in_another_language_is_marked() {
    let german = ["de".to_owned()];
    let page = Pages::new().error(&error_page("It is not there.", &german));
    assert!(page.contains("<html lang=\"de\">") && page.contains("<bdi lang=\"en\">"), "{page}");
    let page = Pages::new().error(&error_page("It is not there.", &[]));
    assert!(page.contains("<html lang=\"en\">") && page.contains("<bdi><strong>"), "{page}");
}

#[test]
fn labels_are_translated_only_where_they_are_the_built_in_ones() {
    let mut page = sign_up(ControlState::Initial, false);
    let german = Showing { language: "de", ..Showing::default() };
    assert!(german.of(&page).contains(">Anzeigename</label>"));
    let Some(vestibule_journey::Item::Field(field)) = page.items.last_mut() else { panic!("a field") };
    field.label = "Your stage name".to_owned();
    assert!(german.of(&page).contains(">Your stage name</label>"));
}

#[test]
fn buttons_say_create_on_sign_up_and_continue_elsewhere_unless_the_policy_says_otherwise() {
    assert!(show(&sign_up(ControlState::Initial, false)).contains(">Create</button>"));
    assert!(show(&every_input()).contains(">Continue</button>"));
    let mut page = sign_up(ControlState::Initial, false);
    page.content_definition = "api.localaccountsignup.b".to_owned();
    assert!(show(&page).contains(">Create</button>"));
    page.strings.insert("button_continue".to_owned(), "Join".to_owned());
    assert!(show(&page).contains(">Join</button>"));
}

/// The text of a page that users see: without the globals, whose messages scripts fill in, and without patterns.
fn visible(html: &str) -> String {
    html.replace(r"^\d{5}$", "")
        .split("<script")
        .map(|part| part.split_once("</script>").map_or(part, |(_, after)| after))
        .collect()
}

/// String ids of all language files.
fn ids() -> BTreeSet<String> {
    let leaf = |path: &String| path.rsplit('/').next().unwrap_or_default().to_owned();
    paths(ENGLISH).union(&paths(GERMAN)).map(leaf).collect()
}

#[test]
fn no_sentence_leaves_with_a_place_unfilled() {
    let pages = Pages::new();
    for language in ["en", "de"] {
        for id in ids() {
            let mut notice = notice(&id, None);
            for args in [vec![], vec!["{0}".to_owned()], vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]] {
                let filled = args.iter().all(|arg| arg != "{0}");
                notice.args = args;
                let text = pages.notice_text(&notice, &BTreeMap::new(), language);
                assert!(!text.is_empty() && (!filled || needs(&text) == 0), "{language} {id}: {text}");
            }
        }
    }
}

#[test]
fn a_policys_sentence_that_names_what_is_not_known_gives_way_to_a_general_one() {
    let mut notice = notice("UserMessageIfInvalidInput", None);
    notice.text = Some("Look at {0} and {1}.".to_owned());
    notice.args = vec!["City".to_owned()];
    let text = Pages::new().notice_text(&notice, &BTreeMap::new(), "de");
    assert!(needs(&text) == 0 && text.starts_with("Eine Eingabe"), "{text}");
}

#[test]
fn no_page_and_no_mail_shows_a_place() {
    let pages = Pages::new();
    for language in ["en", "de"] {
        let languages = [language.to_owned()];
        let sign_ups = [ControlState::Initial, ControlState::Sent, ControlState::Verified]
            .into_iter()
            .flat_map(|state| [sign_up(state, false), sign_up(state, true)]);
        let journeys = sign_ups.chain([sign_in(), every_input(), selection()]);
        let by = |page: vestibule_journey::Page| Showing { language, ..Showing::default() }.of(&page);
        let mail = pages.mail_code(&code_mail("webapp1", &languages));
        let others = [
            pages.error(&error_page("No.", &languages)),
            pages.signed_out("Contoso", &languages),
            pages.sign_out_question(&sign_out_question(&[], &languages)),
            pages.form_post("https://app.example/", &[], "n", language),
            mail.subject,
            mail.text,
            mail.html,
        ];
        for text in journeys.map(by).chain(others) {
            assert_eq!(needs(&visible(&text)), 0, "{language}: {text}");
        }
    }
}
