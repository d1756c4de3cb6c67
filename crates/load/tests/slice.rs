//! Under load, every response is correct, on an empty store and on a full one. The speed is in docs/speed.md; no test
//! asserts it.
#![cfg(target_os = "linux")]

use std::process::Command;

/// Runs the program and returns its JSON output. The program fails at the first wrong response.
fn load(args: &[&str]) -> serde_json::Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule-load"));
    let output = command.args(args).args(["--form", "json"]).output().expect("the program runs");
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{errors}");
    serde_json::from_str(said.trim()).expect("JSON")
}

fn names(said: &serde_json::Value) -> Vec<&str> {
    said["rows"].as_array().expect("rows").iter().filter_map(|row| row["name"].as_str()).collect()
}

#[test]
fn every_kind_of_request_is_answered_rightly() {
    let said = load(&["speed", "--seconds", "0.1"]);
    let kinds = [
        "discovery",
        "keys",
        "hyper and one signature",
        "hyper and two signatures",
        "client credentials",
        "refresh",
        "sign-in by session",
        "sign-in",
        "password grant",
        "sign-in without its hash",
    ];
    assert_eq!(names(&said), kinds);
}

const SCALE: [&str; 9] = ["scale", "--users", "1000", "--refresh-tokens", "10000", "--rounds", "1", "--seconds", "0.1"];
const SCALED: [&str; 3] = ["sign-in", "sign-in without its hash", "refresh"];

#[test]
fn a_full_store_lets_people_in_and_exchanges_their_tokens() {
    assert_eq!(names(&load(&SCALE)), SCALED);
}

#[test]
fn so_does_a_full_store_on_postgres() {
    let Some(url) = std::env::var("VESTIBULE_TEST_POSTGRES").ok().filter(|url| !url.is_empty()) else {
        eprintln!("NOT RUN on PostgreSQL: VESTIBULE_TEST_POSTGRES names none");
        return;
    };
    assert_eq!(names(&load(&[&SCALE[..], &["--database-url", &url]].concat())), SCALED);
}

const TENANTS: [&str; 5] = ["tenants", "--tenants", "20", "--changes", "2"];
const WITH_MANY: [&str; 8] = [
    "start, to the first answer",
    "resident after the start",
    "first use of a tenant, median",
    "first use of a tenant, longest",
    "resident after each was used",
    "processor time of a change",
    "until a change is seen, longest",
    "resident at the end",
];

#[test]
fn a_server_of_many_tenants_answers_for_each_and_sees_changes_of_another_node() {
    assert_eq!(names(&load(&TENANTS)), WITH_MANY);
}

#[test]
fn so_does_one_whose_postgres_is_far_away() {
    let Some(url) = std::env::var("VESTIBULE_TEST_POSTGRES").ok().filter(|url| !url.is_empty()) else {
        eprintln!("NOT RUN on PostgreSQL: VESTIBULE_TEST_POSTGRES names none");
        return;
    };
    assert_eq!(names(&load(&[&TENANTS[..], &["--database-url", &url, "--delay-ms", "3"]].concat())), WITH_MANY);
}
