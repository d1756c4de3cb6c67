//! `vestibule import b2c`, and what its file makes.

use crate::run::{Program, ends, says};
use std::path::Path;

/// What Graph gave of the tenant fabrikamb2c, and its policies.
const GIVEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/b2c");
/// The secrets, which the operator has.
const SECRETS: [(&str, &str); 2] =
    [("WEB_APP_SECRET", "a secret of at least thirty-two characters"), ("B2C_1A_RESTAPIKEY", "top-secret")];

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

#[test]
fn the_report_says_what_came_over_and_what_did_not() {
    let ground = tempfile::tempdir().expect("a folder");
    let to = ground.path().join("fabrikam");
    let said = says(&["import", "b2c", GIVEN, "--to", text(&to)]);
    insta::assert_snapshot!("import_report", said.replace(GIVEN, "GIVEN").replace(text(&to), "TO"));
    insta::assert_snapshot!("import_file", std::fs::read_to_string(to.join("vestibule.toml")).expect("text"));
}

#[test]
fn the_file_of_an_import_makes_a_tenant_and_then_changes_nothing() {
    let ground = tempfile::tempdir().expect("a folder");
    let (to, data) = (ground.path().join("fabrikam"), ground.path().join("data"));
    says(&["import", "b2c", GIVEN, "--to", text(&to)]);
    let file = to.join("vestibule.toml");
    let args = ["dev", "--json", "--port", "0", "--data", text(&data), "--config", text(&file)];
    let mut program = Program::start(&args, &SECRETS);
    assert!(program.line().contains("\"tenant\""), "it starts");
    assert_eq!(says(&["plan", text(&file), "--data", text(&data)]), "No changes.\n");
    says(&["export", "--data", text(&data), "--to", text(&ground.path().join("exported"))]);
    let policies = |folder: &Path| std::fs::read(folder.join("policies/B2C_1A_SignGuestBook.xml")).expect("a policy");
    assert_eq!(policies(&ground.path().join("exported")), policies(&to), "policies come over as they are");
}

#[test]
fn a_folder_without_anything_of_a_tenant_is_told() {
    let ground = tempfile::tempdir().expect("a folder");
    let (well, said) = ends(&["import", "b2c", text(ground.path()), "--to", text(&ground.path().join("to"))], &[]);
    assert!(!well && said.contains("has none of the files organization.json, applications.json"), "{said}");
    std::fs::write(ground.path().join("applications.json"), "{\"value\": 7}").expect("written");
    let (well, said) = ends(&["import", "b2c", text(ground.path()), "--to", text(&ground.path().join("to"))], &[]);
    assert!(!well && said.contains("applications.json: value: expected a list, found a number"), "{said}");
    assert!(!ground.path().join("to").exists(), "nothing is written");
}
