//! The help of all commands, as snapshots.

use std::process::Command;

fn help(words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    // Defaults from the environment are part of the help, so there must be none.
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
    insta::assert_snapshot!(all("flow", &["", "list", "export", "create", "set", "show", "delete"]));
}

/// The help of each of these parts of a command; an empty one is the command itself.
fn all(command: &str, parts: &[&str]) -> String {
    let one = |part: &&str| help(&std::iter::once(command).chain(part.split_whitespace()).collect::<Vec<_>>());
    parts.iter().map(one).collect::<Vec<_>>().join("\n")
}

#[test]
fn tenant() {
    insta::assert_snapshot!(all("tenant", &["", "create", "list", "show", "delete"]));
}

#[test]
fn app() {
    insta::assert_snapshot!(all("app", &["", "create", "list", "show", "change", "delete"]));
}

#[test]
fn parts_of_an_app() {
    let parts = [
        "permission add",
        "permission remove",
        "consent grant",
        "consent revoke",
        "secret add",
        "secret list",
        "secret remove",
        "scope add",
        "scope remove",
        "redirect add",
        "redirect remove",
    ];
    insta::assert_snapshot!(all("app", &parts));
}

#[test]
fn attribute() {
    insta::assert_snapshot!(all("attribute", &["", "add", "list", "delete"]));
}

#[test]
fn audit() {
    insta::assert_snapshot!(all("audit", &["", "list"]));
}

#[test]
fn admin() {
    let words: [&[&str]; 5] =
        [&["admin"], &["admin", "invite"], &["admin", "list"], &["admin", "remove"], &["admin", "password"]];
    insta::assert_snapshot!(words.map(help).join("\n"));
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
fn import() {
    insta::assert_snapshot!([help(&["import"]), help(&["import", "b2c"])].join("\n"));
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
