//! Checks that the program accepts the commands in the documents.

use clap::Parser;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use vestibule_cli::args::Cli;

/// Commands of other programs. `.ci/run` runs each of them as it is, in a longer form or for a shorter time.
const ELSEWHERE: &[&str] = &[
    "cargo test --workspace",
    "cargo test -p vestibule-journeys --features browser",
    ".ci/run",
    ".ci/materials",
    "fuzz/run 60",
    "cargo run --release -p vestibule-load -- speed --form markdown",
    "cargo run --release -p vestibule-load -- scale --form markdown",
    "cargo run --release -p vestibule-load -- tenants --tenants 500 --form markdown",
    "python -m pip install -r requirements.txt",
    "python -m flask run --host localhost --port 5000",
    "openssl req -x509 -newkey rsa:2048 -noenc -days 365 -subj \"/CN=webapp1\" -keyout webapp1.key -out webapp1.pem",
];

#[test]
fn every_command_in_the_documents_is_one() {
    let mut seen = 0;
    for file in documents() {
        for command in commands(&fs::read_to_string(&file).expect("text")) {
            seen += 1;
            if ELSEWHERE.contains(&command.as_str()) {
                continue;
            }
            let words = command.strip_prefix("cargo run -- ").or_else(|| command.strip_prefix("vestibule "));
            let words = words.unwrap_or_else(|| panic!("{}: nothing runs {command:?}", file.display()));
            let parsed = Cli::try_parse_from(std::iter::once("vestibule").chain(words.split_whitespace()));
            if let Err(error) = parsed {
                panic!("{}: {command}\n{error}", file.display());
            }
        }
    }
    assert!(seen >= 6, "the documents were read");
}

#[test]
fn every_link_to_a_file_leads_somewhere() {
    for file in documents() {
        let text = fs::read_to_string(&file).expect("text");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap_or_default();
            if path.is_empty() || path.contains("://") {
                continue;
            }
            let found = file.parent().expect("a folder").join(path);
            assert!(found.exists(), "{}: {target} is not there", file.display());
        }
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let manifest: toml::Table = fs::read_to_string(root.join("Cargo.toml")).expect("text").parse().expect("TOML");
    let design = fs::read_to_string(root.join("docs/DESIGN.md")).expect("text");
    let reasons: BTreeSet<&str> = design
        .lines()
        .filter_map(|line| line.strip_prefix("| "))
        .filter_map(|row| row.split(" | ").next())
        .flat_map(|names| names.split(", "))
        .collect();
    let dependencies = manifest["workspace"]["dependencies"].as_table().expect("a table");
    let without: Vec<&String> = dependencies
        .iter()
        .filter(|(name, value)| value.get("path").is_none() && !reasons.contains(name.as_str()))
        .map(|(name, _)| name)
        .collect();
    assert!(without.is_empty(), "docs/DESIGN.md, \"Dependencies\", gives no reason for {without:?}");
}

/// Lines of the shell blocks, without comments.
fn commands(text: &str) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            inside = line == "```sh";
        } else if inside {
            // The shell handles redirections of output.
            let command = line.split('#').next().and_then(|line| line.split(" > ").next()).unwrap_or_default().trim();
            if !command.is_empty() {
                found.push(command.to_owned());
            }
        }
    }
    found
}

fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in [root.clone(), root.join("docs")] {
        let entries = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
        files.extend(entries.filter(|path| path.extension().is_some_and(|e| e == "md")));
    }
    files.sort();
    files
}
