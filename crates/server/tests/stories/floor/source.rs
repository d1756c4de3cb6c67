//! Row 122, requirements 31 and 34: properties that can only be checked in the sources.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Path from the root, and text without its tests, of every file of the crates in a tenant or an application.
fn sources() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for name in ["argon2", "cli", "client", "journey", "protocol", "server", "store", "tenant"] {
        collect(&root().join("crates").join(name).join("src"), &mut all);
    }
    assert!(all.len() > 100, "the sources were read: {}", all.len());
    all
}

fn collect(folder: &Path, all: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, all);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(&path).expect("text");
            let shipped = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
            let name = path.strip_prefix(root()).expect("below the root").to_string_lossy().replace('\\', "/");
            all.push((name, shipped));
        }
    }
}

/// Words for secrets and values derived from them.
const SECRETS: &[&str] = &[
    "secret",
    "secrets",
    "password",
    "hash",
    "digest",
    "mac",
    "csrf",
    "verifier",
    "challenge",
    "code",
    "token",
    "nonce",
    "state",
    "cookie",
    "salt",
    "tag",
];

/// Comparisons that contain such words but protect nothing.
const OPEN: &[(&str, &str)] = &[
    // Digests of documents and of tokens that both sides have.
    ("crates/journey/src/run.rs", "state.policy_hash != policy.hash"),
    ("crates/server/src/interaction/claim.rs", "transaction.state.policy_hash != policy.hash"),
    ("crates/client/src/provider/believe.rs", "hash != half_hash(token)"),
    // Digests of configuration files.
    ("crates/tenant/src/config/apply.rs", "last.hash == hash"),
    ("crates/tenant/src/config/apply.rs", "file.hash == hash"),
    // Two interpretations of the same sender's input.
    ("crates/server/src/endpoints/token/client.rs", "|decoded| decoded != secret"),
];

#[test]
fn row_122_secrets_are_compared_in_constant_time_or_not_at_all() {
    let sources = sources();
    for (file, text) in &sources {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let open = OPEN.iter().any(|(of, part)| of == file && line.contains(part));
            assert!(open || !compares_a_secret(line), "constant_time_eq is for this: {file}: {}", line.trim());
        }
    }
    for (file, part) in OPEN {
        assert!(sources.iter().any(|(name, text)| name == file && text.contains(part)), "no longer there: {file}");
    }
    for file in [
        "crates/protocol/src/pkce.rs",
        "crates/journey/src/run/code.rs",
        "crates/server/src/interaction/csrf.rs",
        "crates/server/src/interaction/claim.rs",
        "crates/server/src/endpoints/logout.rs",
        "crates/tenant/src/registry/application.rs",
        "crates/client/src/pending.rs",
        "crates/client/src/provider/believe.rs",
    ] {
        let text = &sources.iter().find(|(name, _)| name == file).expect("a file").1;
        assert!(text.contains("constant_time_eq("), "{file} compares secrets");
    }
}

#[test]
fn row_122_the_search_finds_what_it_is_for() {
    for bad in [
        "if credential.hash == presented {",
        "a.verifier != *b",
        "x == &self.csrf_token",
        "record.browser() == browser.hash()",
        "known.iter().any(|known| known == digest)",
    ] {
        assert!(compares_a_secret(bad), "{bad}");
    }
    for good in ["failure.code == 90118", "control.state == ControlState::Sent", "kind == \"code\"", "name == key"] {
        assert!(!compares_a_secret(good), "{good}");
    }
}

/// Returns true if one side of `==` or `!=` is named like a secret, and the other is not a constant.
fn compares_a_secret(line: &str) -> bool {
    let places = line.match_indices("==").chain(line.match_indices("!="));
    let operands = places.map(|(at, sign)| (&line[..at], &line[at + sign.len()..]));
    operands.into_iter().any(|(left, right)| {
        let right = right.trim_start().trim_start_matches(['&', '*', '(']);
        let constant =
            right.starts_with(|c: char| c == '"' || c == '\'' || c.is_ascii_digit() || c.is_ascii_uppercase());
        let end = right.find(|c: char| !c.is_alphanumeric() && !"_.:".contains(c)).unwrap_or(right.len());
        let path = right[..end].trim_end_matches('.');
        let sides = [left.trim_end().trim_end_matches(['(', ')']), path];
        !constant && sides.iter().any(|side| named_like_a_secret(side))
    })
}

/// Returns true if the last name of a path contains one of the words.
fn named_like_a_secret(path: &str) -> bool {
    let name = path.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    name.split('_').any(|word| SECRETS.contains(&word))
}

#[test]
fn requirement_31_time_and_chance_are_handed_in() {
    let lints = std::fs::read_to_string(root().join("clippy.toml")).expect("clippy.toml");
    for banned in ["std::time::SystemTime::now", "jiff::Timestamp::now", "uuid::Uuid::new_v4", "uuid::Uuid::now_v7"] {
        assert!(lints.contains(&format!("path = \"{banned}\"")), "{banned}");
    }
    let sources = sources();
    let users = |what: &str| -> Vec<&str> {
        sources.iter().filter(|(_, text)| text.contains(what)).map(|(name, _)| name.as_str()).collect()
    };
    let mut time = users("SystemTime::now(");
    let mut chance = users("SystemRandom::new(");
    time.sort_unstable();
    chance.sort_unstable();
    assert_eq!(time, ["crates/client/src/outside.rs", "crates/tenant/src/clock.rs"], "one place for each side");
    // The blinding of signatures uses separate randomness that does not show in the result.
    let own = ["crates/client/src/outside.rs", "crates/protocol/src/keys.rs", "crates/tenant/src/clock.rs"];
    assert_eq!(chance, own);
}

#[test]
fn requirement_34_no_crate_of_ours_is_unsafe_and_tls_is_rustls() {
    let workspace = std::fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    assert!(workspace.contains("[workspace.lints.rust]\nunsafe_code = \"forbid\""));
    let folders = ["crates", "samples"].map(|of| std::fs::read_dir(root().join(of)).expect("a folder"));
    let mut crates: Vec<PathBuf> = folders.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    crates.push(root().join("journeys"));
    for folder in crates {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
        assert!(manifest.contains("[lints]\nworkspace = true"), "{}", folder.display());
    }
    let locked = std::fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock");
    for other in ["openssl", "openssl-sys", "native-tls"] {
        assert!(!locked.contains(&format!("\nname = \"{other}\"\n")), "{other}");
    }
    assert!(root().join("deny.toml").is_file(), "licences, bans and sources are checked by cargo-deny");
}
