//! Writes of journeys: each happens exactly once, with all of its consequences.

use super::{GOOD, House, MINUTE, START, browser, house, key, texts};
use std::sync::Arc;
use vestibule_journey::{Directory, DirectoryError, PasswordCheck, WriteMode};
use vestibule_store::{SessionChange, SessionRecord};
use vestibule_tenant::accounts::Checked;

const CREATE: WriteMode = WriteMode { create: true, update: false };
const UPDATE: WriteMode = WriteMode { create: false, update: true };

async fn sign_up(house: &House, transaction: &str, email: &str) -> Result<(String, bool), DirectoryError> {
    let attributes = texts(&[("signInNames.emailAddress", email), ("displayName", "Zoe"), ("password", GOOD)]);
    let mut world = house.world(transaction);
    let (user, new) = world.write(&key("signInNames.emailAddress", email), &attributes, CREATE).await?;
    Ok((user["objectId"].text(), new))
}

#[tokio::test(flavor = "multi_thread")]
async fn row_101_sign_ups_at_the_same_time_make_one_account() {
    let house = Arc::new(house().await);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..12 {
        let house = Arc::clone(&house);
        let email = if n % 2 == 0 { "zoe@example.com" } else { "ZOE@example.com" };
        tasks.spawn(async move { sign_up(&house, &format!("t{n}"), email).await });
    }
    let answers = tasks.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(answers.iter().all(|a| matches!(a, Ok((_, true)) | Err(DirectoryError::AlreadyExists))));
    assert_eq!(house.users().list(&house.tenant.id, None, 10).await.expect("listed").len(), 1);
}

#[tokio::test]
async fn a_transaction_repeated_after_a_crash_finds_the_user_it_made() {
    let house = house().await;
    let first = sign_up(&house, "t1", "zoe@example.com").await.expect("made");
    let again = sign_up(&house, "t1", "zoe@example.com").await.expect("found");
    assert_eq!(first, again);
    assert!(again.1, "still told as new");
    let other = sign_up(&house, "t2", "zoe@example.com").await;
    assert!(matches!(other, Err(DirectoryError::AlreadyExists)));
}

#[tokio::test]
async fn a_sign_up_page_sent_again_with_another_password_means_the_last_one() {
    let house = house().await;
    let first = sign_up(&house, "t1", "zoe@example.com").await.expect("made");
    let better = "Zoe-likes-hail-instead-9";
    let attributes = texts(&[("displayName", "Zoë"), ("password", better)]);
    let (user, new) = house
        .world("t1")
        .write(&key("signInNames.emailAddress", "zoe@example.com"), &attributes, CREATE)
        .await
        .expect("found");
    assert_eq!((user["objectId"].text(), new, user["displayName"].text()), (first.0, true, "Zoë".to_owned()));
    let mut world = house.world("t2");
    let checked = world.check_password("zoe@example.com", better).await.expect("an answer");
    assert!(matches!(checked, PasswordCheck::Right(_)));
    let checked = world.check_password("zoe@example.com", GOOD).await.expect("an answer");
    assert!(matches!(checked, PasswordCheck::Wrong));
}

#[tokio::test]
async fn a_write_does_what_its_mode_allows() {
    let house = house().await;
    let city = texts(&[("city", "Rome")]);
    let zoe = key("signInNames.emailAddress", "zoe@example.com");
    let missing = house.world("t").write(&zoe, &city, UPDATE).await;
    assert!(matches!(missing, Err(DirectoryError::DoesNotExist)));
    let both = WriteMode { create: true, update: true };
    assert!(house.world("t").write(&zoe, &city, both).await.expect("made").1);
    assert!(!house.world("u").write(&zoe, &city, both).await.expect("changed").1);
    assert!(matches!(house.world("u").write(&zoe, &city, CREATE).await, Err(DirectoryError::AlreadyExists)));
    let invented = key("objectId", "11111111-1111-4111-8111-111111111111");
    assert!(matches!(house.world("t").write(&invented, &city, CREATE).await, Err(DirectoryError::Refused { .. })));
    let malformed = key("signInNames.emailAddress", "zoe@");
    assert!(matches!(house.world("t").write(&malformed, &city, CREATE).await, Err(DirectoryError::Refused { .. })));
    assert!(house.world("t").read(&malformed).await.expect("read").is_none());
}

#[tokio::test]
async fn a_new_address_must_be_free() {
    let house = house().await;
    let alice = house.alice().await;
    house.person("bob@example.com", Some(GOOD)).await.expect("Bob");
    let id = key("objectId", alice.object_id());
    let taken = texts(&[("signInNames.emailAddress", "BOB@example.com")]);
    let refused = house.world("t").write(&id, &taken, UPDATE).await;
    assert!(matches!(refused, Err(DirectoryError::AlreadyExists)));
    let free = texts(&[("signInNames.emailAddress", "alice@example.org")]);
    house.world("t").write(&id, &free, UPDATE).await.expect("moved");
    assert!(matches!(house.check("alice@example.com", GOOD).await, Checked::Unknown));
    assert!(matches!(house.check("alice@example.org", GOOD).await, Checked::Right(_)));
}

#[tokio::test]
async fn a_reset_ends_the_sessions_made_before() {
    let house = house().await;
    let alice = house.alice().await;
    let session = |id: &str| SessionRecord {
        id_hash: id.to_owned(),
        tenant: house.tenant.id.clone(),
        scope_key: "tenant".to_owned(),
        object_id: Some(alice.object_id().to_owned()),
        body: "{}".to_owned(),
        auth_time: START,
        created_at: START,
        used_at: START,
        expires_at: START + 100 * MINUTE,
        persistent: false,
        version: 1,
    };
    let stolen = SessionChange::Begin { session: session("stolen"), instead_of: None };
    house.store.sign_in(Some(stolen), None, &[]).await.expect("a session");
    house.clock.advance(MINUTE);
    let attributes = texts(&[("password", "Umbrella-by-the-Lake")]);
    let mut world = house.world_of("reset", browser("alice's"));
    let (user, new) = world.write(&key("objectId", alice.object_id()), &attributes, UPDATE).await.expect("reset");
    assert!(!new);
    assert_eq!(user["refreshTokensValidFromDateTime"], "2026-09-21T14:14:20Z".into());
    let now = house.clock.now();
    assert!(house.store.session_get(&house.tenant.id, "stolen", now).await.expect("read").is_none());
    let user = house.accounts.user(&house.tenant.id, alice.object_id()).await.expect("read").expect("found");
    assert_eq!(user.valid_from(), START + MINUTE);
    assert!(matches!(house.check("alice@example.com", GOOD).await, Checked::Wrong));
    assert!(matches!(house.check("alice@example.com", "Umbrella-by-the-Lake").await, Checked::Right(_)));
}

#[tokio::test]
async fn other_changes_leave_sessions_alone() {
    let house = house().await;
    let alice = house.alice().await;
    house.clock.advance(MINUTE);
    let id = key("objectId", alice.object_id());
    house.world("t").write(&id, &texts(&[("displayName", "Ada")]), UPDATE).await.expect("changed");
    let user = house.accounts.user(&house.tenant.id, alice.object_id()).await.expect("read").expect("found");
    assert_eq!(user.valid_from(), alice.valid_from());
    assert_eq!(user.display_name().as_deref(), Some("Ada"));
    house.users().sign_out(&house.tenant.id, alice.object_id()).await.expect("revoked");
    let user = house.accounts.user(&house.tenant.id, alice.object_id()).await.expect("read").expect("found");
    assert_eq!(user.valid_from(), START + MINUTE);
}

#[tokio::test]
async fn a_journey_learns_what_became_of_a_password() {
    let house = house().await;
    let alice = house.alice().await;
    let mut world = house.world("t");
    let right = world.check_password("ALICE@example.com", GOOD).await.expect("an answer");
    let PasswordCheck::Right(user) = right else { panic!("the password is right") };
    assert_eq!(user["objectId"], alice.object_id().into());
    assert_eq!(user["forceChangePasswordNextSignIn"], vestibule_journey::Value::Bool(false));
    let wrong = world.check_password("alice@example.com", "wrong").await.expect("an answer");
    assert!(matches!(wrong, PasswordCheck::Wrong));
    let unknown = world.check_password("nobody@example.com", "wrong").await.expect("an answer");
    assert!(matches!(unknown, PasswordCheck::Unknown));
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_at_the_same_time_all_arrive() {
    let house = Arc::new(house().await);
    let id = house.alice().await.object_id().to_owned();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..6 {
        let (house, id) = (Arc::clone(&house), id.clone());
        tasks.spawn(async move {
            let change = texts(&[(&format!("extension_N{n}"), "x")]);
            house.world("t").write(&key("objectId", &id), &change, UPDATE).await.map(drop)
        });
    }
    for answer in tasks.join_all().await {
        answer.expect("changed");
    }
    let user = house.accounts.user(&house.tenant.id, &id).await.expect("read").expect("found");
    assert_eq!(user.attributes("d").keys().filter(|name| name.starts_with("extension_")).count(), 6);
}

#[tokio::test]
async fn people_are_found_by_the_beginning_of_a_name_and_removed_whole() {
    let house = house().await;
    let alice = house.alice().await;
    house.person("albert@example.com", None).await.expect("Albert");
    house.person("bob@example.com", None).await.expect("Bob");
    let found = house.users().search(&house.tenant.id, "AL", 10).await.expect("searched");
    assert_eq!(found.len(), 2);
    house.users().delete(&house.tenant.id, alice.object_id()).await.expect("deleted");
    assert!(matches!(house.check("alice@example.com", GOOD).await, Checked::Unknown));
    house.alice().await;
    let gone = house.users().delete(&house.tenant.id, alice.object_id()).await;
    assert!(gone.is_err());
}
