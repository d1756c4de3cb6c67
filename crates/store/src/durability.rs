//! Durability on SQLite: which writes a power cut can lose, and which it cannot.

use super::conn::Durability;
use super::sql::sql;
use super::together::Batch;
use super::{LockoutRecord, Result, Spending, Store, StoreOptions, UserRecord};
use std::pin::Pin;

/// `PRAGMA synchronous`: a commit waits for the disk.
const FULL: i64 = 2;
/// `PRAGMA synchronous`: a commit does not wait for the disk.
const NORMAL: i64 = 1;

const NOW: i64 = 1_800_000_000_000;

fn level<'a>(batch: &'a mut Batch<'_>, (): &'a ()) -> Pin<Box<dyn Future<Output = Result<i64>> + Send + 'a>> {
    Box::pin(async { Ok(sql("PRAGMA synchronous").one(&mut batch.conn).await?.expect("a level")) })
}

/// The level of the writer's last transaction.
async fn last(store: &Store) -> i64 {
    let mut conn = store.inner.pools.writer().await.expect("a connection");
    sql("PRAGMA synchronous").one(&mut conn).await.expect("an answer").expect("a level")
}

#[tokio::test]
async fn whoever_shares_a_transaction_with_a_fact_is_as_durable_and_nobody_is_less() {
    let store = Store::memory().await.expect("a store");
    let (full, relaxed) = (Durability::Full, Durability::Relaxed);
    assert_eq!(store.together_as(relaxed, (), level).await.expect("a level"), NORMAL);
    assert_eq!(store.together((), level).await.expect("a level"), FULL);
    let (one, other) = tokio::join!(store.together_as(relaxed, (), level), store.together_as(full, (), level));
    assert_eq!((one.expect("a level"), other.expect("a level")), (FULL, FULL));
    store.together_as(relaxed, (), level).await.expect("a level");
    let mut alone = store.write().await.expect("a transaction");
    assert_eq!(sql("PRAGMA synchronous").one(&mut alone).await.expect("an answer"), Some(FULL));
}

#[tokio::test]
async fn an_attempt_waits_for_no_disk_and_a_lock_does() {
    let store = Store::memory().await.expect("a store");
    let spending = Spending { tenant: "t".into(), key: "k".into(), window_ms: 1000, limit: 4 };
    let lockout = LockoutRecord { failures: 1, ..LockoutRecord::none("t", "u", false) };
    assert!(store.spend(&spending, NOW).await.expect("one"));
    assert_eq!(last(&store).await, NORMAL, "a budget");
    store.count_attempt(Some(&spending), &lockout, NOW).await.expect("counted");
    assert_eq!(last(&store).await, NORMAL, "an attempt");
    let locked = LockoutRecord { version: 1, locked_until: NOW + 1, ..lockout.clone() };
    store.count_attempt(Some(&spending), &locked, NOW).await.expect("counted");
    assert_eq!(last(&store).await, FULL, "a lock");
    let over = LockoutRecord { version: 2, ..locked };
    store.save_lockout(&over, NOW + 2).await.expect("saved");
    assert_eq!(last(&store).await, NORMAL, "a lock that is over");
}

#[tokio::test]
async fn the_last_of_a_budget_waits_for_the_disk_and_a_device_does_not() {
    let store = Store::memory().await.expect("a store");
    let spending = Spending { tenant: "t".into(), key: "k".into(), window_ms: 1000, limit: 1 };
    let lockout = LockoutRecord { failures: 1, ..LockoutRecord::none("t", "u", false) };
    assert!(store.spend(&spending, NOW).await.expect("one"));
    assert_eq!(last(&store).await, FULL, "the last of a budget");
    store.create_user(&user(), &[], &[]).await.expect("a user");
    store.remember_device("t", "u", "d", NOW).await.expect("remembered");
    assert_eq!(last(&store).await, NORMAL, "a device");
    let one = Spending { key: "one".into(), limit: 1, ..spending };
    store.count_attempt(Some(&one), &LockoutRecord { object_id: "v".into(), ..lockout }, NOW).await.expect("counted");
    assert_eq!(last(&store).await, FULL, "an attempt that takes the last of a budget");
}

#[tokio::test]
async fn the_last_of_a_budget_is_written_once_more_and_waited_for() {
    let folder = std::env::temp_dir().join(format!("vestibule-durability-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let url = format!("sqlite:{}", folder.join("store.db").display());
    let store = Store::open(&StoreOptions::new(url)).await.expect("a store");
    let length = || std::fs::metadata(folder.join("store.db-wal")).expect("a log").len();
    let mut grew = Vec::new();
    for limit in [3, 1] {
        let before = length();
        let spending = Spending { tenant: "t".into(), key: limit.to_string(), window_ms: 1000, limit };
        assert!(store.spend(&spending, NOW).await.expect("one"));
        grew.push(length() - before);
    }
    assert!(grew[1] > grew[0], "{grew:?}: SQLite writes nothing where nothing changed");
    store.close().await;
    std::fs::remove_dir_all(folder).expect("removed");
}

fn user() -> UserRecord {
    UserRecord {
        tenant: "t".into(),
        object_id: "u".into(),
        body: "{}".into(),
        password_hash: None,
        force_change: false,
        enabled: true,
        valid_from: NOW,
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    }
}
