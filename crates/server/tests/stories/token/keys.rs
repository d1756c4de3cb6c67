//! Signing keys: generated once, encrypted, shared by processes, rotated with an overlap.

use super::ground::{START, TENANT, house};
use std::sync::Arc;
use tokio::task::JoinSet;
use vestibule_protocol::keys::Jwks;
use vestibule_server::app::App;
use vestibule_store::Store;
use vestibule_tenant::clock::Clock;
use vestibule_tenant::keys::{Begin, Keys, Note, PUBLISHED_AFTER, PUBLISHED_BEFORE, ROTATED_AFTER};
use vestibule_tenant::registry::{Registry, Snapshot};
use vestibule_tenant::seal::Sealer;

async fn published(keys: &Keys) -> Vec<String> {
    let set: Jwks = serde_json::from_slice(&keys.published(TENANT).await.expect("published")).expect("a key set");
    set.keys.into_iter().map(|k| k.kid).collect()
}

async fn signing(keys: &Keys) -> String {
    keys.signing(TENANT).await.expect("a key").kid().to_owned()
}

fn keys(store: &Store, clock: &Clock) -> Keys {
    Keys::new(store.clone(), clock.clone(), Sealer::new([7; 32]))
}

#[tokio::test]
async fn the_first_key_is_made_once_however_many_wait_for_it_and_survives_a_restart() {
    let (store, clock) = (Store::memory().await.expect("a store"), Clock::fixed(START));
    let first = keys(&store, &clock);
    let mut waiting = JoinSet::new();
    for _ in 0..8 {
        let keys = first.clone();
        waiting.spawn(async move { signing(&keys).await });
    }
    let kids = waiting.join_all().await;
    assert!(kids.iter().all(|kid| *kid == kids[0]));
    assert_eq!(published(&first).await, [kids[0].clone()]);
    assert_eq!(signing(&keys(&store, &clock)).await, kids[0]);
}

#[tokio::test]
async fn two_processes_agree_on_the_key_that_signs() {
    let (store, clock) = (Store::memory().await.expect("a store"), Clock::fixed(START));
    let (one, two) = (keys(&store, &clock), keys(&store, &clock));
    tokio::join!(signing(&one), signing(&two));
    clock.advance(1000);
    assert_eq!(signing(&one).await, signing(&two).await);
    assert_eq!(published(&one).await, published(&two).await);
}

#[tokio::test]
async fn requirement_29_a_new_key_is_published_a_day_before_it_signs_and_the_old_one_until_its_tokens_have_ended() {
    let (store, clock) = (Store::memory().await.expect("a store"), Clock::fixed(START));
    let (here, there) = (keys(&store, &clock), keys(&store, &clock));
    let old = signing(&here).await;
    assert_eq!(signing(&there).await, old);
    let new = here.rotate(TENANT, Begin::Published, &Note::server()).await.expect("rotated");
    assert_eq!((signing(&here).await, published(&here).await.len()), (old.clone(), 2));
    clock.advance(PUBLISHED_BEFORE - 1);
    assert_eq!((signing(&there).await, published(&there).await.len()), (old.clone(), 2));
    clock.advance(1);
    assert_eq!((signing(&there).await, signing(&here).await), (new.clone(), new.clone()));
    clock.advance(PUBLISHED_AFTER - 1);
    assert_eq!(published(&here).await.len(), 2);
    clock.advance(1);
    assert_eq!(published(&here).await, [new]);
    // Hints at sign-out may be older than the longest token lifetime.
    assert_eq!(here.verifying(TENANT).await.expect("keys").len(), 2);
}

#[tokio::test]
async fn requirement_29_a_key_that_is_known_to_others_is_replaced_and_disbelieved_at_once() {
    let (store, clock) = (Store::memory().await.expect("a store"), Clock::fixed(START));
    let keys = keys(&store, &clock);
    let old = signing(&keys).await;
    clock.advance(1);
    let new = keys.rotate(TENANT, Begin::AtOnce, &Note::server()).await.expect("rotated");
    assert_eq!(signing(&keys).await, new);
    assert!(keys.revoke(TENANT, &old, &Note::server()).await.expect("revoked"));
    assert!(!keys.revoke(TENANT, "unknown", &Note::server()).await.expect("looked"));
    assert_eq!(published(&keys).await, std::slice::from_ref(&new));
    let believed = keys.verifying(TENANT).await.expect("keys");
    assert_eq!(believed.iter().map(|k| k.kid()).collect::<Vec<_>>(), [new]);
}

#[tokio::test]
async fn an_old_key_is_rotated_by_the_hourly_call() {
    let (store, clock) = (Store::memory().await.expect("a store"), Clock::fixed(START));
    let keys = keys(&store, &clock);
    let old = signing(&keys).await;
    clock.advance(ROTATED_AFTER);
    keys.tend(TENANT).await.expect("looked after");
    assert_eq!((signing(&keys).await, published(&keys).await.len()), (old.clone(), 2));
    keys.tend(TENANT).await.expect("looked after");
    assert_eq!(published(&keys).await.len(), 2, "one at a time");
    clock.advance(PUBLISHED_BEFORE);
    assert_ne!(signing(&keys).await, old);
}

#[tokio::test]
async fn one_query_names_the_tenants_whose_keys_are_due() {
    let (store, clock) = (Store::memory().await.expect("a store"), Clock::fixed(START));
    let keys = keys(&store, &clock);
    signing(&keys).await;
    assert!(keys.due(10).await.expect("asked").is_empty());
    clock.advance(ROTATED_AFTER);
    keys.signing("another").await.expect("a key");
    assert_eq!(keys.due(10).await.expect("asked"), [TENANT]);
    keys.tend(TENANT).await.expect("looked after");
    assert!(keys.due(10).await.expect("asked").is_empty());
}

#[tokio::test]
async fn a_start_with_many_tenants_makes_no_keys() {
    let store = Store::memory().await.expect("a store");
    let tenants: Vec<String> = (0..9).map(|number| format!("tenant {number}")).collect();
    keys(&store, &Clock::fixed(START)).prepare(&tenants).await.expect("prepared");
    tokio::task::yield_now().await;
    for tenant in &tenants {
        assert!(store.list_signing_keys(tenant).await.expect("keys").is_empty());
    }
}

#[tokio::test]
async fn requirement_29_another_master_key_is_told_at_start_and_no_private_key_lies_open_in_the_store() {
    let house = house().await;
    house.app.keys().signing(TENANT).await.expect("a key");
    let record = house.store().list_signing_keys(TENANT).await.expect("keys").remove(0);
    assert!(!record.private_key.contains("MII") && !record.public_jwk.contains("\"d\""), "{record:?}");
    let tenants = vec![Arc::new(super::registered::tenant())];
    let registry = Registry::fixed(Snapshot { tenants });
    let mut options = vestibule_testing::options();
    options.master_key = [8; 32];
    let error = App::start(options, house.store().clone(), registry).await.expect_err("another master key");
    assert!(error.to_string().contains("master key"), "{error}");
}
