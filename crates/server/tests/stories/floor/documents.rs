//! Checks that the documents of the security floor are accurate.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use vestibule_tenant::accounts::{AccountSettings, Budget};
use vestibule_tenant::config::file::sections;
use vestibule_tenant::config::schema::Kind;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn every_story_that_the_floor_names_exists() {
    let headings = [
        "Attacks",
        "Requirements",
        "OpenID Connect, module by module",
        "What is withdrawn",
        "ASVS 5.0, levels 1 and 2",
    ];
    let rows: Vec<_> = headings.into_iter().flat_map(proofs).collect();
    assert!(stories(&rows) > 150, "the tables were read");
    let rows: Vec<String> = proofs("Attacks").into_iter().map(|(row, _)| row).collect();
    assert_eq!(rows, (1..=123).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[test]
fn every_story_that_proves_what_clients_insist_on_exists() {
    let rows = proofs_of("docs/compatibility.md", "What clients insist on");
    assert!(stories(&rows) > 50, "the table was read");
    let numbers: Vec<&str> = rows.iter().map(|(number, _)| number.as_str()).collect();
    assert_eq!(numbers, (1..=27).map(|number| number.to_string()).collect::<Vec<_>>());
    assert!(rows.iter().all(|(_, proof)| proof.ends_with('`')), "each has a story: {rows:?}");
}

/// The number of tests that these rows name; each must be a function in the sources.
fn stories(rows: &[(String, String)]) -> usize {
    let mut known = BTreeSet::new();
    for folder in ["crates", "journeys", "samples"] {
        functions(&root().join(folder), &mut known);
    }
    let mut named = 0;
    for (row, proof) in rows {
        let stories = proof.split(';').next().unwrap_or_default();
        for story in stories.split('`').skip(1).step_by(2).filter(|word| word.contains('_')) {
            named += 1;
            assert!(known.contains(story), "there is no {story}: {row}");
        }
    }
    named
}

/// The rows of the floor below a heading: first and last cell.
fn proofs(heading: &str) -> Vec<(String, String)> {
    proofs_of("docs/security-floor.md", heading)
}

/// The same for another document.
fn proofs_of(document: &str, heading: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(root().join(document)).expect("the document");
    let part = text.split(&format!("\n## {heading}\n")).nth(1).and_then(|rest| rest.split("\n## ").next());
    let rows = part.expect(heading).lines().filter(|line| line.starts_with("| "));
    let cells = rows.map(|line| line.trim_matches(['|', ' ']).split(" | ").map(str::to_owned).collect::<Vec<_>>());
    cells.skip(2).filter_map(|cells| Some((cells.first()?.clone(), cells.last()?.clone()))).collect()
}

/// The numbers at the beginning of a test's name, after its first `row_`.
fn numbers(name: &str) -> impl Iterator<Item = &str> {
    let head = name.split('_').take_while(|word| ["row", "and"].contains(word) || word.parse::<u32>().is_ok());
    head.filter(|word| word.parse::<u32>().is_ok())
}

#[test]
fn every_row_that_is_met_has_a_story_with_its_number() {
    for (number, proof) in proofs("Attacks").into_iter().filter(|(_, proof)| !proof.starts_with("not yet")) {
        let carried = proof.split("`row_").skip(1).any(|name| numbers(name).any(|one| one == number));
        assert!(carried, "row {number}: {proof}");
    }
    for (number, proof) in proofs("Requirements").into_iter().filter(|(_, proof)| !proof.starts_with("not yet")) {
        let own = format!("requirement_{number}_");
        let named = [own.as_str(), "`row_", "`oidcc_"].iter().any(|name| proof.contains(name));
        assert!(named, "requirement {number}: {proof}");
    }
    for (id, proof) in proofs("ASVS 5.0, levels 1 and 2") {
        let bare = proof.trim() == "not yet";
        assert!(!bare, "{id}: say which feature is not there");
    }
}

#[test]
fn every_way_in_is_documented() {
    let ways: Vec<String> = proofs("Ways in").into_iter().map(|(way, _)| way).collect();
    let mut keys = sections().into_iter().filter(|s| s.header == "[[tenant.flow]]").flat_map(|s| s.keys);
    let Some(Kind::OneOf(flows)) = keys.find(|key| key.name == "type").map(|key| &key.kind) else { panic!("no types") };
    let token =
        std::fs::read_to_string(root().join("crates/server/src/endpoints/token.rs")).expect("the token endpoint");
    let grants = token.split("if ![").nth(1).and_then(|rest| rest.split(']').next()).expect("the grant types");
    let grants: Vec<&str> = grants.split('"').skip(1).step_by(2).collect();
    assert_eq!(grants.len(), 4, "{grants:?}");
    for way in flows.iter().chain(&grants) {
        assert!(ways.contains(&format!("`{way}`")), "{way} is a way in: {ways:?}");
    }
    assert_eq!(ways.len(), flows.len() + grants.len() + 1, "and the session: {ways:?}");
}

#[test]
fn the_limits_are_documented_as_they_are() {
    let set = AccountSettings::default();
    let of = |budget: Budget| match budget.window_secs {
        86_400 => format!("{} in a day", budget.limit),
        seconds => format!("{} in {} minutes", budget.limit, seconds / 60),
    };
    let sign_in = set.sign_in_budget.map(of).expect("a budget");
    let limits: Vec<String> = proofs("Limits").into_iter().map(|(what, limit)| format!("{what}: {limit}")).collect();
    for (what, limit) in [
        ("sign-ins from one source", sign_in),
        ("to one address", of(set.mail_budget)),
        ("to one address", of(set.mail_budget_long)),
        ("asked for from one source", of(set.mail_source_budget)),
        ("to one address from one source", of(set.mail_requester_budget)),
        ("to one address from one source", of(set.mail_requester_budget_long)),
        ("generated passwords", format!("good for {} days", set.generated_password_days)),
        ("one code by mail", format!("within {} minutes", set.code_minutes)),
        ("wrong passwords", format!("last {} days", set.device_days)),
    ] {
        assert!(limits.iter().any(|line| line.contains(what) && line.contains(&limit)), "{what}: {limit}");
    }
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
