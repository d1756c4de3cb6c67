//! Registrations are written only by the management functions, users only by the account and management functions.

use super::{root, rust_files};
use std::fs;

/// A kind of write: the signs of it in a source file, where it is allowed, and what to use elsewhere.
struct Rule {
    signs: &'static [&'static str],
    /// Files and folders of the repository.
    allowed: &'static [&'static str],
    instead: &'static str,
}

const MANAGE: &str = "crates/tenant/src/manage";
const ACCOUNTS: &str = "crates/tenant/src/accounts";

const RULES: &[Rule] = &[
    Rule {
        signs: &["ChangeSet", "store.commit(", "store().commit("],
        allowed: &[MANAGE, "crates/tenant/src/keys"],
        instead: "change registrations with tenant::manage::Manage, signing keys with tenant::keys::Keys",
    },
    Rule {
        signs: &[
            "store.create_user(",
            "store.update_user(",
            "store.rehash_password(",
            "store.revoke_sessions(",
            "store.delete_user(",
        ],
        allowed: &[MANAGE, ACCOUNTS],
        instead: "change users with tenant::manage::Users",
    },
    Rule {
        signs: &[".insert_users(", ".insert_grants("],
        // The load generator fills a database with millions of users, past every rule and audit entry.
        allowed: &["crates/load/src"],
        instead: "create users with tenant::manage::Users",
    },
];

#[test]
fn only_management_writes_registrations_and_users() {
    let base = root();
    let mut wrong = Vec::new();
    for folder in ["crates", "samples", "journeys"] {
        for file in rust_files(&base.join(folder)) {
            let name = file.strip_prefix(&base).expect("a file of the repository").to_string_lossy().into_owned();
            // Tests may prepare data as they like, and the store itself implements the writes.
            if !name.contains("/tests/") && !name.starts_with("crates/store/") {
                wrong.extend(mistakes(&name, &fs::read_to_string(&file).expect("a source file")));
            }
        }
    }
    assert_eq!(wrong.join("\n"), "", "see docs/DESIGN.md, \"Why is there one set of management functions?\"");
}

/// Returns every write in the file that is not allowed there: file, line, and what to use instead.
fn mistakes(file: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for rule in RULES.iter().filter(|rule| !rule.allowed.iter().any(|place| is_below(file, place))) {
        for (line, sign) in calls(text, rule.signs) {
            let sign = sign.trim_matches(['.', '(']);
            wrong.push(format!("{file}:{line}: {sign} is not for this file: {}", rule.instead));
        }
    }
    wrong
}

/// Returns true if the file is the module `place` or a module below it.
fn is_below(file: &str, place: &str) -> bool {
    file.strip_prefix(place).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// Returns the positions of the signs in code, even if a call spans several lines; one per line.
fn calls<'s>(text: &str, signs: &'s [&str]) -> Vec<(usize, &'s str)> {
    // The text without white space and comments, and the line in the file for each of its bytes.
    let (mut dense, mut lines) = (String::new(), Vec::new());
    for (n, line) in text.lines().enumerate() {
        let code: String = line.split("//").next().unwrap_or_default().split_whitespace().collect();
        lines.resize(lines.len() + code.len(), n + 1);
        dense.push_str(&code);
    }
    let found = signs.iter().flat_map(|sign| dense.match_indices(sign).map(|(at, _)| (lines[at], *sign)));
    let mut found: Vec<(usize, &str)> = found.collect();
    found.sort_unstable();
    found.dedup_by_key(|(line, _)| *line);
    found
}

#[test]
fn a_write_of_registrations_elsewhere_is_reported_with_file_line_and_what_to_use() {
    let text = "use vestibule_store::{\n    ChangeSet, Store,\n};\n// ChangeSet\nself.store\n    .commit(&set);\n";
    let wrong = mistakes("crates/server/src/portal.rs", text);
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    assert!(wrong[0].starts_with("crates/server/src/portal.rs:2: ChangeSet is not for this file: change"), "{wrong:?}");
    assert!(wrong[1].starts_with("crates/server/src/portal.rs:5: store.commit is not for this file"), "{wrong:?}");
    for place in ["crates/tenant/src/manage.rs", "crates/tenant/src/manage/rows.rs", "crates/tenant/src/keys.rs"] {
        assert_eq!(mistakes(place, text), Vec::<String>::new());
    }
    assert_eq!(mistakes("crates/tenant/src/managers.rs", text).len(), 2, "another module");
}

#[test]
fn a_write_of_users_elsewhere_is_reported_and_the_same_names_in_management_are_not() {
    let text = "desk.users().update_user(&tenant, id);\ninner.store.update_user(tenant, id);\n";
    let wrong = mistakes("crates/cli/src/user.rs", text);
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    let start = "crates/cli/src/user.rs:2: store.update_user is not for this file: change users with";
    assert!(wrong[0].starts_with(start), "{wrong:?}");
    assert_eq!(mistakes("crates/tenant/src/accounts/users.rs", text), Vec::<String>::new());
}

#[test]
fn only_the_load_generator_fills_a_store_past_the_rules() {
    let text = "store.insert_users(&users, &identities).await?;";
    assert_eq!(mistakes("crates/load/src/seed.rs", text), Vec::<String>::new());
    assert_eq!(mistakes("crates/tenant/src/accounts/users.rs", text).len(), 1);
}
