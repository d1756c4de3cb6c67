//! Checks that dependencies between crates, and between modules inside them, point in one direction.

#[path = "arrows/paths.rs"]
mod paths;
#[path = "arrows/rooms.rs"]
mod rooms;
#[path = "arrows/stories.rs"]
mod stories;
#[path = "arrows/writes.rs"]
mod writes;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The crate that test suites share: any crate's tests may depend on it, but no product may.
const TESTING: &str = "vestibule-testing";

/// Permitted dependencies: a crate, and all crates of ours that it may use.
const ARROWS: &[(&str, &str, &[&str])] = &[
    ("crates/argon2", "vestibule-argon2", &[]),
    ("crates/protocol", "vestibule-protocol", &[]),
    ("crates/journey", "vestibule-journey", &["vestibule-protocol"]),
    ("crates/store", "vestibule-store", &["vestibule-protocol"]),
    (
        "crates/tenant",
        "vestibule-tenant",
        &["vestibule-argon2", "vestibule-protocol", "vestibule-journey", "vestibule-outbound", "vestibule-store"],
    ),
    (
        "crates/server",
        "vestibule-server",
        &[
            "vestibule-argon2",
            "vestibule-protocol",
            "vestibule-journey",
            "vestibule-outbound",
            "vestibule-store",
            "vestibule-tenant",
        ],
    ),
    (
        "crates/portal",
        "vestibule-portal",
        &["vestibule-journey", "vestibule-protocol", "vestibule-server", "vestibule-store", "vestibule-tenant"],
    ),
    ("crates/testing", TESTING, &["vestibule-protocol", "vestibule-store", "vestibule-tenant", "vestibule-server"]),
    ("crates/outbound", "vestibule-outbound", &[]),
    ("crates/client", "vestibule", &["vestibule-protocol"]),
    ("samples/webapp", "vestibule-webapp", &["vestibule", "vestibule-protocol"]),
    ("samples/webapi", "vestibule-webapi", &["vestibule", "vestibule-protocol"]),
    (
        "crates/load",
        "vestibule-load",
        &[
            "vestibule-argon2",
            "vestibule-protocol",
            "vestibule-journey",
            "vestibule-store",
            "vestibule-tenant",
            "vestibule-server",
            "vestibule-cli",
        ],
    ),
    (
        "crates/cli",
        "vestibule-cli",
        &[
            "vestibule-protocol",
            "vestibule-journey",
            "vestibule-outbound",
            "vestibule-store",
            "vestibule-tenant",
            "vestibule-server",
            "vestibule-portal",
            "vestibule",
            "vestibule-webapp",
            "vestibule-webapi",
        ],
    ),
    (
        "journeys",
        "vestibule-journeys",
        &["vestibule-cli", "vestibule", "vestibule-webapp", "vestibule-webapi", "vestibule-protocol"],
    ),
];

#[test]
fn every_crate_depends_only_along_the_arrows() {
    let mut wrong = Vec::new();
    for (folder, name, allowed) in ARROWS {
        let manifest = manifest(folder);
        assert_eq!(manifest["package"]["name"].as_str(), Some(*name), "{folder}");
        for dependency in dependencies(&manifest) {
            // A crate's tests may depend on the crate itself with more features.
            let ours =
                dependency != *name && dependency != TESTING && ARROWS.iter().any(|(_, name, _)| *name == dependency);
            if ours && !allowed.contains(&dependency.as_str()) {
                wrong.push(format!("{folder} depends on {dependency}"));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that point the wrong way (docs/DESIGN.md, \"The house\"):\n{}", wrong.join("\n"));
}

#[test]
fn only_tests_depend_on_the_shared_house() {
    for (folder, ..) in ARROWS.iter().filter(|(folder, ..)| *folder != "crates/load") {
        let built = dependencies_of(&manifest(folder), &["dependencies", "build-dependencies"]);
        assert!(!built.contains(TESTING), "{folder} depends on {TESTING} for more than its tests");
    }
}

#[test]
fn every_crate_of_the_workspace_is_on_the_map() {
    let mut found = BTreeSet::from(["journeys".to_owned()]);
    for group in ["crates", "samples"] {
        for entry in fs::read_dir(root().join(group)).expect("a folder").flatten() {
            if entry.path().join("Cargo.toml").is_file() {
                found.insert(format!("{group}/{}", entry.file_name().to_string_lossy()));
            }
        }
    }
    let mapped: BTreeSet<String> = ARROWS.iter().map(|(folder, ..)| (*folder).to_owned()).collect();
    assert_eq!(found, mapped, "add the crate, and what it may depend on, to ARROWS");
}

/// Crates that access databases.
const DATABASES: [&str; 2] = ["sqlx", "rusqlite"];

#[test]
fn nothing_but_the_store_knows_sql() {
    let outside = |path: &Path| {
        let path = path.to_string_lossy();
        let store = ["crates/store/"];
        !store.iter().any(|own| path.contains(own)) && !path.ends_with("tests/arrows.rs")
    };
    forbid(&["crates", "samples", "journeys"], outside, &DATABASES);
    for (folder, ..) in ARROWS.iter().filter(|(folder, ..)| *folder != "crates/store") {
        let dependencies = dependencies(&manifest(folder));
        for database in DATABASES {
            assert!(!dependencies.contains(database), "{folder} depends on {database}");
        }
    }
}

#[test]
fn the_engine_knows_neither_http_nor_sql() {
    forbid(&["crates/journey"], |_| true, &["axum", "sqlx", "rusqlite", "hyper", "tokio::net"]);
    let dependencies = dependencies(&manifest("crates/journey"));
    for foreign in ["axum", "sqlx", "rusqlite", "hyper", "http", "reqwest"] {
        assert!(!dependencies.contains(foreign), "crates/journey depends on {foreign}");
    }
}

#[test]
fn the_tenant_calls_other_servers_through_one_client() {
    for folder in ["crates/protocol", "crates/journey", "crates/server"] {
        assert!(
            !dependencies(&manifest(folder)).contains("reqwest"),
            "{folder} has an HTTP client beside crates/outbound"
        );
    }
}

#[test]
fn the_protocol_does_nothing_by_itself() {
    forbid(
        &["crates/protocol"],
        |_| true,
        &["tokio::", "std::net::", "std::fs::", "SystemTime::now", "Timestamp::now"],
    );
}

/// Long tests that are nevertheless a single story, with the reason.
const LONG_STORIES: &[(&str, &str)] = &[
    ("only_the_registered_redirect_uri_is_taken", "a table of attacks"),
    ("row_10_and_row_88_what_may_be_registered_as_a_redirect_uri", "a table of addresses"),
    ("unknown_keys_and_wrong_values_are_told_all_at_once_with_the_nearest_name", "one file and its messages"),
    ("what_the_kinds_cannot_say_is_told_all_at_once_too", "one file and its messages"),
];

#[test]
fn a_long_story_is_several() {
    let files = ["crates", "samples", "journeys"].map(|folder| rust_files(&root().join(folder))).concat();
    let all: Vec<_> = files.iter().flat_map(|file| stories::stories(file)).collect();
    assert!(all.len() > 1000, "the tests were found");
    let long: BTreeSet<&str> = all.iter().filter(|s| s.is_too_long()).map(|s| s.name.as_str()).collect();
    let excused: BTreeSet<&str> = LONG_STORIES.iter().map(|(name, _)| *name).collect();
    assert_eq!(long, excused, "split the story, or say in LONG_STORIES why it is one");
}

/// Asserts that no Rust file below `folders` that `counts` selects mentions any of `words`.
fn forbid(folders: &[&str], counts: impl Fn(&Path) -> bool, words: &[&str]) {
    let mut wrong = Vec::new();
    for file in folders.iter().flat_map(|folder| rust_files(&root().join(folder))).filter(|file| counts(file)) {
        let text = fs::read_to_string(&file).expect("a source file");
        for (line, words) in text.lines().enumerate().filter_map(|(n, line)| {
            let found: Vec<&str> = words.iter().copied().filter(|w| line.contains(w)).collect();
            (!found.is_empty()).then_some((n + 1, found))
        }) {
            wrong.push(format!("{}:{line}: {}", file.display(), words.join(", ")));
        }
    }
    assert!(wrong.is_empty(), "these files mention what they should not know:\n{}", wrong.join("\n"));
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for path in entries.flatten().map(|e| e.path()) {
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn manifest(folder: &str) -> toml::Table {
    let file = root().join(folder).join("Cargo.toml");
    fs::read_to_string(&file).expect("a manifest").parse().expect("TOML")
}

/// Names of all dependencies of the crate, for building and for testing, on any target.
fn dependencies(manifest: &toml::Table) -> BTreeSet<String> {
    dependencies_of(manifest, &["dependencies", "dev-dependencies", "build-dependencies"])
}

/// The same for some kinds of dependencies.
fn dependencies_of(manifest: &toml::Table, kinds: &[&str]) -> BTreeSet<String> {
    let mut tables = vec![manifest];
    if let Some(targets) = manifest.get("target").and_then(toml::Value::as_table) {
        tables.extend(targets.values().filter_map(toml::Value::as_table));
    }
    let lists = tables.iter().flat_map(|t| kinds.iter().filter_map(|kind| t.get(*kind)?.as_table()));
    lists
        .flat_map(|list| list.iter())
        .map(|(name, how)| how.get("package").and_then(toml::Value::as_str).unwrap_or(name).to_owned())
        .collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
