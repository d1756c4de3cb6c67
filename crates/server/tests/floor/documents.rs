//! The documents of the floor say what is so.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use vestibule_server::config::schema::{Fallback, sections};
use vestibule_server::leniency::{LENIENCIES, Scope, document};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn every_leniency_is_a_switch_and_in_the_document() {
    for one in LENIENCIES {
        let headers: &[&str] = match one.scope {
            Scope::Tenant => &["[[tenant]]"],
            Scope::Flow => &["[[tenant.flow]]"],
            Scope::Application => &["[[tenant.application]]", "[tenant.application.redirect_uris]"],
            Scope::Program | Scope::Always => continue,
        };
        let mut keys = sections().into_iter().filter(|s| headers.contains(&s.header)).flat_map(|s| s.keys);
        let key = keys.find(|key| key.name == one.name).unwrap_or_else(|| panic!("no switch {}", one.name));
        let default = match key.default {
            Fallback::Is(text) => text,
            _ => "**required**",
        };
        assert_eq!(default, one.default, "{}", one.name);
    }
    let path = root().join("docs/leniencies.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, document()).expect("written");
    }
    let written = std::fs::read_to_string(path).expect("docs/leniencies.md");
    assert!(written == document(), "docs/leniencies.md is behind: run this test with UPDATE_DOCS=1");
}

#[test]
fn every_story_that_the_floor_names_exists() {
    let text = std::fs::read_to_string(root().join("docs/security-floor.md")).expect("docs/security-floor.md");
    assert!(stories(&text) > 150, "the tables were read");
    for number in 1..=123 {
        assert!(text.contains(&format!("\n| {number} | ")), "row {number}");
    }
}

#[test]
fn every_story_that_proves_what_clients_insist_on_exists() {
    let text = std::fs::read_to_string(root().join("docs/compatibility.md")).expect("docs/compatibility.md");
    let (_, table) = text.split_once("\n## What clients insist on\n").expect("the chapter");
    assert!(stories(table) > 50, "the table was read");
    for number in 1..=27 {
        let row = table.lines().find(|line| line.starts_with(&format!("| {number} | "))).expect("a row");
        assert!(row.ends_with("` |"), "no story: {row}");
    }
}

/// How many stories the last columns of the tables name; each must be a function of the sources.
fn stories(text: &str) -> usize {
    let mut known = BTreeSet::new();
    for folder in ["crates", "journeys", "samples"] {
        functions(&root().join(folder), &mut known);
    }
    let mut named = 0;
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let proof = line.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default();
        let stories = proof.split(';').next().unwrap_or_default();
        for story in stories.split('`').skip(1).step_by(2).filter(|word| word.contains('_')) {
            named += 1;
            assert!(known.contains(story), "there is no {story}: {line}");
        }
    }
    named
}

/// Names of the functions in the sources of a folder.
fn functions(folder: &Path, known: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            functions(&path, known);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(&path).expect("text");
            let names = text.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next());
            known.extend(names.map(str::to_owned));
        }
    }
}
