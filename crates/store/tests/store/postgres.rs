//! PostgreSQL connections: their number, their server, and the messages when they cannot be used.

use crate::ground::*;
use std::time::{Duration, Instant};
use vestibule_store::*;

/// Maximum number of connections of a store: eight, half as many for journeys, and one that cancels statements.
const MOST: i64 = 13;

#[tokio::test(flavor = "multi_thread")]
async fn callers_that_give_up_leave_no_more_connections_than_there_are() {
    let Some(schema) = Schema::new().await else { return };
    let store = Store::open(&schema.options()).await.unwrap();
    let locked = schema.lock("grants").await;
    let (began, mut most) = (Instant::now(), 0);
    // Longer than it takes to end a connection that does not respond.
    while began.elapsed() < Duration::from_secs(6) {
        let mut callers = tokio::task::JoinSet::new();
        for n in 0..20 {
            let store = store.clone();
            callers.spawn(async move { store.grant_create(&grant(&format!("g{n}")), None, &[]).await });
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        // Dropped in the middle of their statements.
        callers.shutdown().await;
        most = most.max(schema.connections().await);
    }
    assert!((8..=MOST).contains(&most), "{most} connections");
    drop(locked);
    let works = async { while store.grant_create(&grant("later"), None, &[]).await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(30), works).await.expect("it works again by itself");
    store.close().await;
    schema.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_no_writes_is_not_ready_and_not_asked() {
    let Some(schema) = Schema::new().await else { return };
    let role = schema.role().await;
    let store = Store::open(&schema.options_as(&role)).await.unwrap();
    store.put(Put::Application(application())).await.unwrap();
    schema.take_writes("on", &role).await;
    for error in [store.ping().await.unwrap_err(), store.applications(TENANT).await.unwrap_err()] {
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
        assert!(error.to_string().contains("takes no writes (a standby, or read only)"), "{error}");
    }
    schema.take_writes("off", &role).await;
    store.ping().await.unwrap();
    assert_eq!(store.applications(TENANT).await.unwrap().len(), 1);
    store.close().await;
    schema.drop_role(&role).await;
    schema.end().await;
}

#[tokio::test]
async fn of_several_servers_the_one_that_takes_writes_is_used() {
    let Some(schema) = Schema::new().await else { return };
    let url = schema.url_with(|host| format!("127.0.0.1:1,{host},127.0.0.1:2"));
    let store = Store::open(&StoreOptions::new(format!("{url}&target_session_attrs=read-write"))).await.unwrap();
    store.ping().await.unwrap();
    store.close().await;
    let nowhere = schema.url_with(|_| "127.0.0.1:1,127.0.0.1:2".to_owned());
    let error = Store::open(&StoreOptions::new(nowhere)).await.unwrap_err();
    let said = error.to_string();
    assert!(said.contains("127.0.0.1:1 is not usable") && said.contains("127.0.0.1:2 is not usable"), "{said}");
    assert_eq!(said.matches("refused").count(), 2, "each cause once: {said}");
    schema.end().await;
}

#[tokio::test]
async fn a_database_that_is_missing_is_named_with_what_helps() {
    let Some(schema) = Schema::new().await else { return };
    let url = schema.options().url;
    let (start, query) = url.split_once('?').unwrap();
    let (server, _) = start.rsplit_once('/').unwrap();
    let error = Store::open(&StoreOptions::new(format!("{server}/no_such?{query}"))).await.unwrap_err();
    let said = error.to_string();
    assert!(said.contains("\"no_such\" does not exist") && said.contains("create it"), "{said}");
    schema.end().await;
}
