//! Passwords: how they are stored, which are accepted, and equal response times for known and unknown users.

use super::{GOOD, house, house_over, house_with, settings, texts};
use vestibule_journey::Value;
use vestibule_tenant::accounts::{AccountSettings, Checked, HashParams, NewUser, UserError};

#[tokio::test]
async fn requirement_17_passwords_are_kept_as_argon2id_with_19_mib_and_two_passes() {
    let house = house_with(AccountSettings::default()).await;
    let hash = house.accounts.hash_password(GOOD).await.expect("a hash");
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    assert_ne!(hash, house.accounts.hash_password(GOOD).await.expect("a hash"));
}

#[tokio::test]
async fn row_98_somebody_and_nobody_cost_one_hash_each() {
    let house = house().await;
    let alice = house.alice().await;
    house.person("social@example.com", None).await.expect("somebody without a password");
    for (name, password) in [
        ("alice@example.com", GOOD),
        ("alice@example.com", "wrong"),
        ("nobody@example.com", "wrong"),
        ("nobody", "wrong"),
        ("not a name at all", "wrong"),
        ("social@example.com", ""),
        ("social@example.com", "wrong"),
    ] {
        let before = house.accounts.hashes();
        house.check(name, password).await;
        assert_eq!(house.accounts.hashes() - before, 1, "{name} {password}");
    }
    house.users().set_enabled(&house.tenant, alice.object_id(), false).await.expect("disabled");
    let before = house.accounts.hashes();
    assert!(matches!(house.check("alice@example.com", "wrong too").await, Checked::Wrong));
    assert!(matches!(house.check("alice@example.com", GOOD).await, Checked::Disabled));
    assert_eq!(house.accounts.hashes() - before, 2);
}

#[tokio::test]
async fn nobody_has_the_password_of_the_empty_hash() {
    let house = house().await;
    house.person("social@example.com", None).await.expect("somebody without a password");
    for password in ["", "A", "AAAAAAAA"] {
        assert!(matches!(house.check("social@example.com", password).await, Checked::Wrong));
        assert!(matches!(house.check("nobody@example.com", password).await, Checked::Unknown));
    }
}

#[tokio::test]
async fn row_82_a_megabyte_of_password_is_refused_before_hashing() {
    let house = house().await;
    let alice = house.alice().await;
    let before = house.accounts.hashes();
    let long = "x".repeat(1_000_000);
    assert!(matches!(house.check("alice@example.com", &long).await, Checked::Wrong));
    assert!(matches!(house.check("nobody@example.com", &long).await, Checked::Wrong));
    let new = texts(&[("password", &long)]);
    let refused = house.users().change(&house.tenant, alice.object_id(), None, &new).await;
    assert!(matches!(refused, Err(UserError::Refused { message: "UserMessageIfInvalidInput", .. })));
    assert_eq!(house.accounts.hashes(), before);
}

#[tokio::test]
async fn long_passwords_count_to_the_last_character() {
    let house = house().await;
    let long: String = "añ7-".repeat(64);
    house.person("long@example.com", Some(&long)).await.expect("256 characters");
    assert!(matches!(house.check("long@example.com", &long).await, Checked::Right(_)));
    let shorter: String = long.chars().take(255).collect();
    assert!(matches!(house.check("long@example.com", &shorter).await, Checked::Wrong));
    let longer = house.person("longer@example.com", Some(&format!("{long}x"))).await;
    assert!(matches!(longer, Err(UserError::Refused { .. })));
    let empty = house.person("empty@example.com", Some("")).await;
    assert!(matches!(empty, Err(UserError::Refused { .. })));
}

#[tokio::test]
async fn a_password_is_the_same_from_every_keyboard() {
    let house = house().await;
    house.person("unicode@example.com", Some("Caf\u{e9} au Lait 9")).await.expect("composed");
    assert!(matches!(house.check("unicode@example.com", "Cafe\u{301} au Lait 9").await, Checked::Right(_)));
    assert!(matches!(house.check("unicode@example.com", "Cafe au Lait 9").await, Checked::Wrong));
}

#[tokio::test]
async fn easy_passwords_are_refused_with_a_sentence_of_their_own() {
    let house = house().await;
    for (n, easy) in ["password", "Passw0rd!", "Summer2026!", "victor-77", "Contoso#1", "qwertyuiop"].iter().enumerate()
    {
        let made = house.person(&format!("victor-77+{n}@example.com"), Some(easy)).await;
        let is_banned = matches!(made, Err(UserError::Refused { message: "UserMessageIfPasswordBanned", .. }));
        assert_eq!(is_banned, *easy != "victor-77", "{easy}");
    }
    let own_name = house.person("victor-77@example.com", Some("Victor-77")).await;
    assert!(matches!(own_name, Err(UserError::Refused { message: "UserMessageIfPasswordBanned", .. })));

    let attributes = texts(&[("signInNames.emailAddress", "demo@example.com"), ("password", "Passw0rd!")]);
    let demo = NewUser { attributes, allow_banned_password: true, ..NewUser::default() };
    house.users().create(&house.tenant, demo).await.expect("a demonstration may");
    assert!(matches!(house.check("demo@example.com", "Passw0rd!").await, Checked::Right(_)));
}

#[tokio::test]
async fn a_sign_in_hashes_anew_when_the_cost_has_changed() {
    let house = house().await;
    let alice = house.alice().await;
    let dearer = AccountSettings { hashing: HashParams { memory_kib: 128, passes: 2, lanes: 1 }, ..settings() };
    let later = house_over(house.store.clone(), dearer);
    assert!(matches!(later.check("alice@example.com", GOOD).await, Checked::Right(_)));
    let stored = house.store.user(&house.tenant.id, alice.object_id()).await.expect("read").expect("found");
    assert!(stored.password_hash.expect("a hash").contains("m=128,t=2,p=1"));
    assert_eq!(stored.valid_from, alice.valid_from(), "sessions go on");
    assert!(matches!(later.check("alice@example.com", GOOD).await, Checked::Right(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_the_queue_holds_is_told_to_come_back() {
    let tight = AccountSettings { hashing_threads: 1, hashing_queue: 2, ..AccountSettings::default() };
    let house = house_with(tight).await;
    let mut hashes = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let directory = house.accounts.clone();
        hashes.spawn(async move { directory.hash_password(GOOD).await });
    }
    let answers = hashes.join_all().await;
    let overloaded = answers.iter().filter(|answer| matches!(answer, Err(UserError::Overloaded(_)))).count();
    let hashed = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(overloaded > 0 && hashed >= 3 && overloaded + hashed == 20, "{hashed} hashed, {overloaded} refused");
    house.accounts.hash_password(GOOD).await.expect("afterwards there is room");
}

#[tokio::test]
async fn a_password_set_by_an_administrator_may_have_to_be_changed() {
    let house = house().await;
    let alice = house.alice().await;
    let (tenant, id) = (&house.tenant, alice.object_id());
    house.users().set_password(tenant, id, "Teapot-on-Tuesday-3", true).await.expect("set");
    let Checked::Right(user) = house.check("alice@example.com", "Teapot-on-Tuesday-3").await else {
        panic!("the new password is right");
    };
    assert!(user.force_change());
    assert_eq!(user.attributes("d")["forceChangePasswordNextSignIn"], Value::Bool(true));
    let own = texts(&[("password", "Teapot-on-Sunday-33")]);
    let changed = house.users().change(tenant, id, None, &own).await.expect("changed");
    assert!(!changed.force_change());
    let forced = [("forceChangePasswordNextSignIn".to_owned(), Value::Bool(true))].into();
    assert!(house.users().change(tenant, id, None, &forced).await.expect("forced").force_change());
}
