//! Passwords that must be changed: to a different one, and before they expire.

use super::{GOOD, House, MINUTE, house, key, texts};
use vestibule_journey::{Directory, DirectoryError, PasswordCheck, Value, WriteMode};
use vestibule_tenant::accounts::{Checked, NewUser, TemporaryPassword, User};

const DAY: i64 = 24 * 60 * MINUTE;
const OTHER: &str = "Teapot-on-Sunday-33";
const ALICE: &str = "alice@example.com";

/// Alice, with a generated password.
async fn given(house: &House) -> (User, TemporaryPassword) {
    let alice = house.alice().await;
    let made = house.users().give_temporary_password(&house.tenant, alice.object_id()).await.expect("given");
    (alice, made)
}

/// The user sets a password, in a forced change or in a reset.
async fn set(house: &House, alice: &User, password: &str) -> Result<(), DirectoryError> {
    let update = WriteMode { create: false, update: true };
    let key = key("objectId", alice.object_id());
    house.world("t").write(&key, &texts(&[("password", password)]), update).await.map(drop)
}

fn is_refused(result: &Result<(), DirectoryError>) -> bool {
    matches!(result, Err(DirectoryError::Refused { message: "UserMessageIfOldPasswordUsed", .. }))
}

#[tokio::test]
async fn a_generated_password_is_good_for_seven_days() {
    let house = house().await;
    let (_, made) = given(&house).await;
    assert_eq!(made.expires_at, house.clock.now() + 7 * DAY);
    house.clock.advance(7 * DAY - 1);
    assert!(matches!(house.check(ALICE, &made.password).await, Checked::Right(_)));
    house.clock.advance(1);
    assert!(matches!(house.check(ALICE, &made.password).await, Checked::Expired));
    let told = house.world("t").check_password(ALICE, &made.password).await.expect("an answer");
    assert!(matches!(told, PasswordCheck::Expired));
    assert!(matches!(house.check(ALICE, "wrong").await, Checked::Wrong), "only who knows it hears that it expired");
}

#[tokio::test]
async fn a_user_can_be_made_with_a_generated_password() {
    let house = house().await;
    let attributes = texts(&[("signInNames.emailAddress", "zoe@example.com")]);
    let new = NewUser { attributes, ..NewUser::default() };
    let (user, made) = house.users().create_with_temporary_password(&house.tenant, new).await.expect("made");
    assert!(user.force_change());
    assert_eq!(user.password_expires_at(), Some(made.expires_at));
    assert!(matches!(house.check("zoe@example.com", &made.password).await, Checked::Right(_)));
}

#[tokio::test]
async fn a_generated_password_is_replaced_by_another_one_only() {
    let house = house().await;
    let (alice, made) = given(&house).await;
    assert!(is_refused(&set(&house, &alice, &made.password).await));
    set(&house, &alice, OTHER).await.expect("another one");
    assert!(is_refused(&set(&house, &alice, &made.password).await), "also later");
    house.clock.advance(30 * DAY);
    assert!(matches!(house.check(ALICE, OTHER).await, Checked::Right(_)), "one's own does not expire");
}

#[tokio::test]
async fn a_forced_change_does_not_take_the_same_password() {
    let house = house().await;
    let alice = house.alice().await;
    let forced = [("forceChangePasswordNextSignIn".to_owned(), Value::Bool(true))].into();
    house.users().change(&house.tenant, alice.object_id(), None, &forced).await.expect("forced");
    assert!(is_refused(&set(&house, &alice, GOOD).await));
    let user = house.accounts.user(&house.tenant.id, alice.object_id()).await.expect("read").expect("Alice");
    assert!(user.force_change(), "nothing was written");
    set(&house, &alice, OTHER).await.expect("another one");
}

#[tokio::test]
async fn who_may_keep_the_password_may_set_it_again() {
    let house = house().await;
    let alice = house.alice().await;
    set(&house, &alice, GOOD).await.expect("a reset to a password that was only forgotten");
    house.users().set_password(&house.tenant, alice.object_id(), GOOD, true).await.expect("by an administrator");
    house.users().set_password(&house.tenant, alice.object_id(), GOOD, true).await.expect("again");
}
