//! The list of common passwords.

use std::fs;
use vestibule_tenant::accounts::{BlockList, BlockListError};

#[test]
fn row_100_the_built_in_list_knows_what_everybody_tries() {
    let list = BlockList::built_in();
    assert!(list.len() > 4000, "{}", list.len());
    for easy in [
        "password",
        "Password1",
        "P@ssw0rd",
        "PASSWORD123!",
        "qwerty123",
        "12345678",
        "11111111",
        "iloveyou",
        "Summer2026!",
        "!!dragon!!",
        "1qaz2wsx",
        "Willkommen1",
        "monkey99",
    ] {
        assert!(list.bans(easy, &[]), "{easy}");
    }
    for good in ["Kite-over-Harbour-7", "correct teapot umbrella", "xK9#mQ2v", "horse!8273645x", ""] {
        assert!(!list.bans(good, &[]), "{good}");
    }
}

#[test]
fn a_password_made_of_names_is_too_easy() {
    let list = BlockList::from_text("");
    let names = ["alice.jones".to_owned(), "contoso".to_owned(), "bob".to_owned()];
    for easy in ["Alice.Jones1", "contoso", "Contoso!2026", "99CONTOSO99"] {
        assert!(list.bans(easy, &names), "{easy}");
    }
    for good in ["Contoso-mountain-kite", "bob", "alice"] {
        assert!(!list.bans(good, &names), "{good}");
    }
}

#[test]
fn a_text_file_holds_passwords_or_their_hashes() {
    let text = "#: ours\n\nopen-the-pod-bay\r\nE38AD214943DAAD1D64C102FAEC29DE4AFE9DA3D:4711\n";
    let list = BlockList::from_text(text);
    assert_eq!(list.len(), 2);
    assert!(list.bans("Open-The-Pod-Bay", &[]));
    // The second line is its SHA-1, as in breach corpora.
    assert!(list.bans("password1", &[]));
    assert!(!list.bans("#: ours", &[]));
}

#[test]
fn a_binary_file_is_searched_where_it_lies() {
    let folder = folder("searched");
    let mut prefixes: Vec<u64> = ["alpha-bravo", "charlie-delta", "echo-foxtrot"].iter().map(|p| prefix(p)).collect();
    prefixes.extend((1..3000_u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    prefixes.sort_unstable();
    let path = folder.join("list.bin");
    fs::write(&path, prefixes.iter().flat_map(|p| p.to_be_bytes()).collect::<Vec<u8>>()).expect("written");
    let list = BlockList::load(&path).expect("a list");
    assert_eq!(list.len(), prefixes.len() as u64);
    for easy in ["alpha-bravo", "Charlie-Delta", "echo-foxtrot"] {
        assert!(list.bans(easy, &[]), "{easy}");
    }
    assert!(!list.bans("golf-hotel", &[]));
}

#[test]
fn a_list_that_cannot_be_used_says_which_and_why() {
    let folder = folder("unusable");
    let path = folder.join("list.bin");
    for bytes in [vec![0; 7], [2_u64.to_be_bytes(), 1_u64.to_be_bytes()].concat(), vec![0; 16]] {
        fs::write(&path, bytes).expect("written");
        let error = BlockList::load(&path).expect_err("not a list");
        assert!(matches!(error, BlockListError::Unsorted(_)) && error.to_string().contains("list.bin"), "{error}");
    }
    let missing = BlockList::load(&folder.join("missing.txt")).expect_err("no such file");
    assert!(matches!(missing, BlockListError::Read(..)), "{missing}");
}

fn prefix(password: &str) -> u64 {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    u64::from_be_bytes(hash.as_ref()[..8].try_into().expect("eight bytes"))
}

fn folder(name: &str) -> std::path::PathBuf {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("block-list-{name}"));
    fs::create_dir_all(&folder).expect("a folder");
    folder
}
