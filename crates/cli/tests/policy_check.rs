//! `vestibule policy check`: the output for valid and invalid policies.

use std::process::{Command, Output};

fn check(words: &[&str]) -> Output {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    command.current_dir(data).args(["policy", "check"]).args(words).output().expect("the program runs")
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

#[test]
fn a_sound_policy_compiles_with_the_base_beside_it() {
    let output = check(&["good/SignGuestBook.xml"]);
    assert!(said(&output).contains("good/SignGuestBook.xml compiles with good/Base.xml"), "{}", said(&output));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn an_exported_user_flow_compiles_alone_since_what_it_is_built_on_is_known() {
    let output = check(&["exported/B2C_1_signin.xml"]);
    assert!(
        said(&output).contains("compiles with B2C_1A_VestibuleBase.xml, B2C_1A_VestibuleEmail.xml"),
        "{}",
        said(&output)
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn every_problem_is_listed_with_file_and_line() {
    let output = check(&["bad/Misspelt.xml"]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for (line, word) in [(10, "SignGestBook"), (15, "dispalyName")] {
        let place = format!("bad/Misspelt.xml:{line}: error: ");
        assert!(said.lines().any(|l| l.starts_with(&place) && l.contains(word)), "{place}{word}\n{said}");
    }
    assert!(said.contains("bad/Misspelt.xml does not compile: "), "{said}");
}

#[test]
fn a_missing_base_is_named() {
    let output = check(&["bad/Orphan.xml"]);
    let sentence = "bad/Orphan.xml:7: error: the base policy B2C_1A_Elsewhere is not in this folder";
    assert!(said(&output).starts_with(sentence), "{}", said(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn bases_that_go_round_in_a_circle_are_told() {
    let output = check(&["bad/Circle.xml"]);
    assert!(
        said(&output).contains("bad/Circle.xml:7: error: ") && said(&output).contains("circle"),
        "{}",
        said(&output)
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn xml_that_is_torn_is_a_problem_with_a_line() {
    let output = check(&["bad/Torn.xml"]);
    assert!(said(&output).contains("bad/Torn.xml:3: error: "), "{}", said(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn another_tenant_is_an_error_only_when_one_was_named() {
    assert_eq!(check(&["good/SignGuestBook.xml", "--tenant", "contoso"]).status.code(), Some(0));
    let output = check(&["good/SignGuestBook.xml", "--tenant", "fabrikam.onmicrosoft.com"]);
    assert!(said(&output).contains("fabrikam.onmicrosoft.com"), "{}", said(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn one_bad_file_among_several_spoils_the_code_but_hides_no_other() {
    let output = check(&["bad/Orphan.xml", "good/SignGuestBook.xml"]);
    assert!(said(&output).contains("good/SignGuestBook.xml compiles"), "{}", said(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_file_that_is_not_there_is_a_sentence() {
    let output = check(&["good/Nowhere.xml"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.starts_with("vestibule: cannot read good/Nowhere.xml"), "{text}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_base_that_is_torn_is_told_with_what_the_reader_says_of_it() {
    let output = check(&["bad/OnTornBase.xml"]);
    let said = said(&output);
    assert!(said.contains("bad/TornBase.xml:4: error: this is not well-formed XML"), "{said}");
    assert!(said.contains("the base policy B2C_1A_TornBase is in bad/TornBase.xml, which cannot be read"), "{said}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn bases_may_lie_in_another_folder() {
    assert!(said(&check(&["apart/SignGuestBook.xml"])).contains("is not in this folder"));
    let output = check(&["apart/SignGuestBook.xml", "--base", "good"]);
    assert!(said(&output).contains("apart/SignGuestBook.xml compiles with good/Base.xml"), "{}", said(&output));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn what_is_not_supported_has_an_exit_code_of_its_own() {
    let output = check(&["apart/CountGuests.xml", "--base", "good"]);
    let said = said(&output);
    let message = "not supported: Guest-Sign cannot run: this version does not support REST services [P901]";
    assert!(said.contains(message), "{said}");
    assert!(said.contains("does not run in this version: 1 thing that is not supported"), "{said}");
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn two_files_with_one_policy_id_are_a_warning_that_names_both() {
    let output = check(&["twins/SignGuestBook.xml"]);
    let message = "twins/Second.xml:1: warning: twins/First.xml has the PolicyId B2C_1A_GuestBookBase as well";
    assert!(said(&output).contains(message), "{}", said(&output));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_base_and_what_builds_on_it_are_checked_together_and_problems_told_once() {
    let output = check(&["good/Base.xml", "good/SignGuestBook.xml"]);
    let said = said(&output);
    assert!(said.contains("good/Base.xml compiles") && said.contains("good/SignGuestBook.xml compiles"), "{said}");
    assert_eq!(said.matches("the tenant must have the key container B2C_1A_TokenSigningKeyContainer").count(), 1);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn editors_read_problems_as_json() {
    let output = check(&["bad/Misspelt.xml", "--json"]);
    let problems: serde_json::Value = serde_json::from_str(&said(&output)).expect("JSON");
    let problem = problems.as_array().expect("an array").iter().find(|p| p["line"] == 10).expect("line 10");
    assert_eq!((&problem["severity"], &problem["code"]), (&"error".into(), &"P301".into()));
    assert_eq!(problem["file"], "bad/Misspelt.xml");
    assert!(
        problem["column"].as_u64() > Some(1) && problem["message"].as_str().is_some_and(|m| m.contains("SignGestBook"))
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_code_is_explained() {
    let output = check(&["--explain", "p301"]);
    assert!(said(&output).starts_with("P301: Something is referred to that neither this file"), "{}", said(&output));
    let unknown = check(&["--explain", "P999"]);
    let text = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(text.starts_with("vestibule: there is no code P999; the codes are P101, P102"), "{text}");
    assert_eq!((output.status.code(), unknown.status.code()), (Some(0), Some(1)));
}

#[test]
fn the_line_is_shown_with_a_mark_below_the_place() {
    let said = said(&check(&["bad/Misspelt.xml"]));
    let at = said.find("bad/Misspelt.xml:10: error").expect("line 10");
    let lines: Vec<&str> = said[at..].lines().take(3).collect();
    assert_eq!(lines[1..], ["  10 | <DefaultUserJourney ReferenceId=\"SignGestBook\" />", "     | ^"]);
}

#[test]
fn the_document_lists_every_code() {
    let document = include_str!("../../../docs/custom-policies.md");
    let missing: Vec<&str> = vestibule_journey::Code::all()
        .map(vestibule_journey::Code::name)
        .filter(|code| !document.contains(code))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
