//! What the program says of itself: the whole command line, held still by snapshots.

use std::process::Command;

fn help(words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    // Defaults by environment are part of the help, so there may be none.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("VESTIBULE_")) {
        command.env_remove(name);
    }
    let output = command.args(words).arg("--help").env_remove("COLUMNS").output().expect("the program runs");
    assert!(output.status.success(), "{words:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_program() {
    insta::assert_snapshot!(help(&[]));
}

#[test]
fn env() {
    insta::assert_snapshot!(help(&["env"]));
}

#[test]
fn flow() {
    insta::assert_snapshot!([help(&["flow"]), help(&["flow", "list"]), help(&["flow", "export"])].join("\n"));
}

#[test]
fn key() {
    let words: [&[&str]; 4] = [&["key"], &["key", "list"], &["key", "rotate"], &["key", "revoke"]];
    insta::assert_snapshot!(words.map(help).join("\n"));
}

#[test]
fn apply() {
    insta::assert_snapshot!([help(&["plan"]), help(&["apply"])].join("\n"));
}

#[test]
fn export() {
    insta::assert_snapshot!(help(&["export"]));
}

#[test]
fn policy_key() {
    let words: [&[&str]; 4] =
        [&["policy", "key"], &["policy", "key", "list"], &["policy", "key", "add"], &["policy", "key", "remove"]];
    insta::assert_snapshot!(words.map(help).join("\n"));
}

#[test]
fn backup() {
    insta::assert_snapshot!([help(&["backup"]), help(&["restore"])].join("\n"));
}

#[test]
fn policy() {
    insta::assert_snapshot!(help(&["policy", "check"]));
}

#[test]
fn a_reader_that_goes_away_is_no_crash() {
    use std::process::Stdio;
    let mut child = Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .args(["policy", "check", "no-such-file.xml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
}
