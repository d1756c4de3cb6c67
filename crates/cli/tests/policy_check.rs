//! `vestibule policy check`: what an author sees, for a policy that is well and for some that are not.

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
