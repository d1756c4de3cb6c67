//! Smart lockout: guessing is slow, but the owner's known browser can still sign in.

use super::{GOOD, MINUTE, browser, from, house, house_with, settings, texts};
use vestibule_tenant::accounts::{Budget, Checked, Visitor, lock_length};

const ALICE: &str = "alice@example.com";

#[tokio::test]
async fn ten_wrong_passwords_lock_for_a_minute() {
    let house = house().await;
    house.alice().await;
    for n in 0..10 {
        assert!(matches!(house.check(ALICE, &format!("wrong {n}")).await, Checked::Wrong));
    }
    assert!(matches!(house.check(ALICE, GOOD).await, Checked::Locked));
    house.clock.advance(MINUTE - 1);
    assert!(matches!(house.check(ALICE, GOOD).await, Checked::Locked));
    house.clock.advance(1);
    assert!(matches!(house.check(ALICE, GOOD).await, Checked::Right(_)));
}

#[tokio::test]
async fn a_lock_does_not_last_until_a_clock_that_was_put_back_is_there_again() {
    let house = house().await;
    house.alice().await;
    house.clock.advance(3650 * 24 * 60 * MINUTE);
    for n in 0..10 {
        assert!(matches!(house.check(ALICE, &format!("wrong {n}")).await, Checked::Wrong));
    }
    house.clock.reset();
    assert!(matches!(house.check(ALICE, GOOD).await, Checked::Right(_)));
}

#[tokio::test]
async fn the_same_wrong_password_again_is_not_counted() {
    let house = house().await;
    house.alice().await;
    for _ in 0..40 {
        assert!(matches!(house.check(ALICE, "my old one").await, Checked::Wrong));
    }
    assert!(matches!(house.check(ALICE, GOOD).await, Checked::Right(_)));
}

#[tokio::test]
async fn success_begins_at_zero() {
    let house = house().await;
    house.alice().await;
    for round in 0..5 {
        for n in 0..9 {
            assert!(matches!(house.check(ALICE, &format!("wrong {round} {n}")).await, Checked::Wrong));
        }
        assert!(matches!(house.check(ALICE, GOOD).await, Checked::Right(_)));
    }
}

#[tokio::test]
async fn strangers_do_not_lock_out_the_owners_browser_nor_the_other_way_round() {
    let house = house().await;
    house.alice().await;
    let own = browser("alice's phone");
    assert!(matches!(house.check_from(ALICE, GOOD, &own).await, Checked::Right(_)));
    for n in 0..11 {
        house.check_from(ALICE, &format!("guess {n}"), &browser("the attacker's")).await;
    }
    assert!(matches!(house.check(ALICE, GOOD).await, Checked::Locked));
    assert!(matches!(house.check_from(ALICE, GOOD, &own).await, Checked::Right(_)));

    house.clock.advance(MINUTE);
    for n in 0..11 {
        house.check_from(ALICE, &format!("typo {n}"), &own).await;
    }
    assert!(matches!(house.check_from(ALICE, GOOD, &own).await, Checked::Locked));
    assert!(matches!(house.check(ALICE, GOOD).await, Checked::Right(_)));
}

#[tokio::test]
async fn a_browser_is_familiar_only_to_the_account_it_signed_in_to() {
    let house = house().await;
    house.alice().await;
    house.person("eve@example.com", Some(GOOD)).await.expect("Eve");
    let eves = browser("eve's");
    assert!(matches!(house.check_from("eve@example.com", GOOD, &eves).await, Checked::Right(_)));
    for n in 0..10 {
        house.check(ALICE, &format!("guess {n}")).await;
    }
    assert!(matches!(house.check_from(ALICE, GOOD, &eves).await, Checked::Locked));
}

#[tokio::test]
async fn a_name_without_an_account_is_locked_like_one_with() {
    let house = house().await;
    for n in 0..10 {
        assert!(matches!(house.check("nobody@example.com", &format!("guess {n}")).await, Checked::Unknown));
    }
    assert!(matches!(house.check("NOBODY@example.com", "guess").await, Checked::Locked));
    house.clock.advance(MINUTE);
    assert!(matches!(house.check("nobody@example.com", "guess").await, Checked::Unknown));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_99_guesses_at_the_same_time_are_counted_one_by_one() {
    let house = std::sync::Arc::new(house().await);
    house.alice().await;
    let before = house.accounts.hashes();
    let mut guesses = tokio::task::JoinSet::new();
    for n in 0..30 {
        let house = std::sync::Arc::clone(&house);
        guesses.spawn(async move { house.check(ALICE, &format!("guess {n}")).await });
    }
    let answers = guesses.join_all().await;
    assert_eq!(answers.iter().filter(|answer| matches!(answer, Checked::Wrong)).count(), 10);
    assert_eq!(house.accounts.hashes() - before, 10);
}

#[tokio::test]
async fn a_new_password_ends_the_lock() {
    let house = house().await;
    let alice = house.alice().await;
    for n in 0..10 {
        house.check(ALICE, &format!("guess {n}")).await;
    }
    assert!(matches!(house.check(ALICE, GOOD).await, Checked::Locked));
    let new = texts(&[("password", "Umbrella-by-the-Lake")]);
    house.users().change(&house.tenant, alice.object_id(), None, &new).await.expect("changed");
    assert!(matches!(house.check(ALICE, "Umbrella-by-the-Lake").await, Checked::Right(_)));
}

#[tokio::test]
async fn row_99_locks_grow_while_guessing_goes_on() {
    let house = house().await;
    house.alice().await;
    let mut guess = 0;
    for lockout in 1..=21 {
        for _ in 0..10 {
            guess += 1;
            assert!(matches!(house.check(ALICE, &format!("guess {guess}")).await, Checked::Wrong));
        }
        let length = lock_length(lockout, MINUTE);
        house.clock.advance(length - 1);
        assert!(matches!(house.check(ALICE, GOOD).await, Checked::Locked), "lockout {lockout}");
        house.clock.advance(1);
    }
}

#[test]
fn the_first_ten_locks_are_a_minute_and_none_is_longer_than_five_hours() {
    for (lockouts, minutes) in [(1, 1), (10, 1), (11, 2), (20, 2), (21, 4), (81, 256), (91, 300), (i64::MAX, 300)] {
        assert_eq!(lock_length(lockouts, MINUTE), minutes * MINUTE, "lockout {lockouts}");
    }
}

#[tokio::test]
async fn row_100_one_address_cannot_spray_a_password_over_many_accounts() {
    let house = house_with(vestibule_tenant::accounts::AccountSettings {
        sign_in_budget: Some(Budget { limit: 20, window_secs: 300 }),
        ..settings()
    })
    .await;
    house.alice().await;
    let own = Visitor { device: Some("alice's".to_owned()), ..from([192, 0, 2, 1]) };
    assert!(matches!(house.check_from(ALICE, GOOD, &own).await, Checked::Right(_)));
    let sprayer = from([192, 0, 2, 1]);
    for n in 0..19 {
        let name = format!("person{n}@example.com");
        assert!(matches!(house.check_from(&name, "Summer2026!", &sprayer).await, Checked::Unknown));
    }
    assert!(matches!(house.check_from("person99@example.com", "Summer2026!", &sprayer).await, Checked::Throttled));
    let elsewhere = from([198, 51, 100, 7]);
    assert!(matches!(house.check_from("person99@example.com", "Summer2026!", &elsewhere).await, Checked::Unknown));
    // From the same address, but with a browser that Alice has used before.
    assert!(matches!(house.check_from(ALICE, GOOD, &own).await, Checked::Right(_)));
}
