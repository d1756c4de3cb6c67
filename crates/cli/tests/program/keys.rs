//! `vestibule key`, while `dev` is running.

use crate::run::{Program, get, says};

#[tokio::test]
async fn a_key_is_rotated_and_revoked_under_a_running_server() {
    let data = tempfile::tempdir().expect("a folder");
    let folder = data.path().to_str().expect("text").to_owned();
    let (_program, ready) = Program::dev(data.path(), &[]);
    let tenant = ready["tenant"].as_str().expect("an address").to_owned();
    let published = async || {
        let url = format!("{tenant}/contoso.onmicrosoft.com/B2C_1_signupsignin1/discovery/v2.0/keys");
        let keys: serde_json::Value = serde_json::from_str(&get(&url).await.1).expect("JSON");
        let keys = keys["keys"].as_array().expect("a list").clone();
        keys.iter().map(|k| k["kid"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    let first = published().await;
    let [old] = first.as_slice() else { panic!("one key: {first:?}") };
    let said = says(&["key", "rotate", "--now", "--data", &folder]);
    assert!(said.contains("contoso has the new signing key"), "{said}");
    let said = says(&["key", "revoke", old, "--data", &folder]);
    assert!(said.contains("are refused from now on"), "{said}");
    let said = says(&["key", "list", "--data", &folder]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(lines.iter().any(|l| l.starts_with(old.as_str()) && l.ends_with("revoked")), "{said}");
    assert!(lines.iter().any(|l| l.ends_with("signs")), "{said}");
}
