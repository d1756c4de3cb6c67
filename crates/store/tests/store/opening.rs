//! Opening a store: acknowledged data is still there, and a foreign database is rejected with a message.

use crate::ground::*;
use std::task::Poll;
use std::time::Duration;
use vestibule_store::*;

/// Writes one of everything that is guaranteed to be durable.
async fn fill(store: &Store) {
    store.create_user(&user(ALICE), &[email(ALICE, "alice@example.com")], &[event("1")]).await.unwrap();
    let changed = UserRecord { password_hash: Some("$argon2id$new".into()), ..user(ALICE) };
    store.update_user(&changed, None, Ends { sessions_at: Some(NOW + 1), lockouts: true }, &[]).await.unwrap();
    store.session_put(&session("s")).await.unwrap();
    store.code_create(&grant("g"), &code("c", "g"), &[]).await.unwrap();
    store.code_redeem(TENANT, "c", Some(&refresh("r1", "g")), NOW, &[]).await.unwrap();
    let new = refresh("r2", "g");
    let rotation = rotation("r1", &new, NOW);
    store.refresh_rotate(rotation, &[]).await.unwrap();
    store.put(Put::Application(application())).await.unwrap();
    store.mail_enqueue(&mail("m")).await.unwrap();
}

async fn assert_full(store: &Store) {
    let alice = store.user_by_identity(TENANT, IdentityKind::EmailAddress, "", "alice@example.com").await.unwrap();
    assert_eq!(alice.unwrap().password_hash.as_deref(), Some("$argon2id$new"));
    assert!(store.session_get(TENANT, "s", NOW).await.unwrap().is_some());
    let replay = store.code_redeem(TENANT, "c", None, NOW, &[]).await.unwrap();
    assert!(matches!(replay, Redeemed::AlreadyUsed { .. }), "{replay:?}");
    assert!(store.refresh_peek(TENANT, "r1").await.unwrap().unwrap().0.used_at.is_some());
    assert!(store.refresh_peek(TENANT, "r2").await.unwrap().unwrap().0.used_at.is_none());
    assert_eq!(store.applications(TENANT).await.unwrap(), [Versioned { record: application(), version: 1 }]);
    assert_eq!(store.version(TENANT).await.unwrap(), 1);
    assert_eq!(store.list_mail(TENANT, None, 10).await.unwrap(), [mail("m")]);
    assert_eq!(events(store).await, ["1"]);
}

story! {
    async fn what_was_answered_is_there_after_a_restart(ground: &Ground) {
        fill(&ground.store).await;
        ground.store.journey_create("j", TENANT, "here", "{}", NOW + HOUR).await.unwrap();
        ground.store.close().await;
        let store = ground.another().await;
        assert_full(&store).await;
        assert!(store.journey_get(TENANT, "j", NOW).await.unwrap().is_some());
        store.ping().await.unwrap();
        store.close().await;
    }
}

story! {
    async fn a_database_of_a_newer_version_is_refused(ground: &Ground) {
        ground.meddle(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             SELECT 9999, 'tomorrow', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
        )
        .await;
        let refused = ground.another_with(|_| {}).await.unwrap_err();
        assert!(matches!(refused, StoreError::Damaged(_)), "{refused:?}");
        assert!(refused.to_string().contains("newer vestibule (schema 9999)"), "{refused}");
    }
}

story! {
    async fn a_command_refuses_an_older_schema_and_changes_nothing(ground: &Ground) {
        ground.meddle("DELETE FROM _sqlx_migrations WHERE version >= 6").await;
        for _ in 0..2 {
            let refused = ground.another_with(|options| options.older_schema = OlderSchema::Refuse).await.unwrap_err();
            assert!(matches!(refused, StoreError::Damaged(_)), "{refused:?}");
            let said = refused.to_string();
            assert!(said.contains("older vestibule (schema 5; this one has ") && said.contains("serve"), "{said}");
        }
    }
}

story! {
    async fn a_command_takes_a_store_of_its_own_schema(ground: &Ground) {
        fill(&ground.store).await;
        let beside = ground.another_with(|options| options.older_schema = OlderSchema::Refuse).await.unwrap();
        assert_full(&beside).await;
        beside.close().await;
    }
}

#[tokio::test]
async fn a_command_makes_no_store_in_an_empty_postgres() {
    let Some(schema) = Schema::new().await else { return };
    let options = StoreOptions { older_schema: OlderSchema::Refuse, ..schema.options() };
    for _ in 0..2 {
        let refused = Store::open(&options).await.unwrap_err();
        assert!(refused.to_string().contains("there is no store yet; vestibule serve makes it"), "{refused}");
    }
    schema.end().await;
}

story! {
    async fn a_closed_store_is_not_ready(ground: &Ground) {
        ground.store.ping().await.unwrap();
        ground.store.close().await;
        assert!(matches!(ground.store.ping().await, Err(StoreError::Unavailable(_))));
        assert!(matches!(ground.store.tenants().await, Err(StoreError::Unavailable(_))));
    }
}

story! {
    async fn a_table_that_was_changed_by_other_hands_is_damage(ground: &Ground) {
        ground.meddle("ALTER TABLE outbox RENAME TO outbox_of_old").await;
        let found = ground.store.list_mail(TENANT, None, 1).await;
        assert!(matches!(found, Err(StoreError::Damaged(_))), "{found:?}");
    }
}

#[tokio::test]
async fn two_nodes_may_open_an_empty_postgres_at_once() {
    let Some(schema) = Schema::new().await else { return };
    let options = schema.options();
    let (one, two) = tokio::join!(Store::open(&options), Store::open(&options));
    let (one, two) = (one.unwrap(), two.unwrap());
    fill(&one).await;
    assert_full(&two).await;
    one.close().await;
    two.close().await;
    schema.end().await;
}

#[tokio::test]
async fn who_goes_away_while_a_transaction_begins_leaves_none_open_on_postgres() {
    let Some(schema) = Schema::new().await else { return };
    let store = Store::open(&schema.options()).await.unwrap();
    // The last one to stop would leave the connection as it is, so it stops early.
    for woken in (0..16).rev() {
        let grant = grant("g");
        let mut work = std::pin::pin!(store.grant_create(&grant, None, &[]));
        let mut left = woken;
        std::future::poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Pending if left > 0 => {
                left -= 1;
                Poll::Pending
            }
            _ => Poll::Ready(()),
        })
        .await;
    }
    let closed = async { while schema.in_transactions().await > 0 {} };
    tokio::time::timeout(Duration::from_secs(10), closed).await.expect("no transaction is left open");
    store.close().await;
    schema.end().await;
}

#[tokio::test]
async fn a_file_of_the_newest_schema_is_opened_while_another_program_writes_to_it() {
    let folder = folder("busy");
    let path = folder.join("vestibule.db");
    Store::open(&file(&path)).await.unwrap().close().await;
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let store = Store::open(&file(&path)).await.unwrap();
    assert_eq!(store.tenants().await.unwrap(), []);
    store.close().await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn requirement_27_what_was_answered_is_there_after_a_kill() {
    let live = folder("live");
    let store = Store::open(&file(&live.join("vestibule.db"))).await.unwrap();
    fill(&store).await;
    // The files as they are on disk while the store is open: what remains after a kill.
    let left = folder("left");
    for name in ["vestibule.db", "vestibule.db-wal"] {
        std::fs::copy(live.join(name), left.join(name)).unwrap();
    }
    let risen = Store::open(&file(&left.join("vestibule.db"))).await.unwrap();
    assert_full(&risen).await;
    risen.close().await;
    store.close().await;
    std::fs::remove_dir_all(left).unwrap();
    std::fs::remove_dir_all(live).unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_refused_and_named() {
    let folder = folder("damaged");
    let path = folder.join("vestibule.db");
    let store = Store::open(&file(&path)).await.unwrap();
    fill(&store).await;
    store.close().await;
    let mut bytes = std::fs::read(&path).unwrap();
    let (from, to) = (8192, bytes.len() - 4096);
    bytes[from..to].fill(0x5a);
    std::fs::write(&path, &bytes).unwrap();
    let refused = Store::open(&file(&path)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Damaged(_)), "{refused:?}");
    assert!(refused.to_string().contains("vestibule.db"), "{refused}");
    assert!(refused.to_string().contains("backup"), "{refused}");

    std::fs::write(&path, "this is a letter, not a database, and long enough to be taken for one").unwrap();
    let refused = Store::open(&file(&path)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Damaged(_)), "{refused:?}");
    assert!(refused.to_string().contains("vestibule.db"), "{refused}");
    assert!(refused.to_string().contains("backup"), "{refused}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn requirement_30_a_damaged_store_gives_no_backup() {
    let folder = folder("damaged-backup");
    let (path, backup) = (folder.join("vestibule.db"), folder.join("backup"));
    let store = Store::open(&file(&path)).await.unwrap();
    fill(&store).await;
    store.close().await;
    copy(&path, &backup, "copy").await.unwrap();
    let restored = Store::open(&file(&backup)).await.unwrap();
    assert_full(&restored).await;
    restored.close().await;
    std::fs::remove_file(&backup).unwrap();

    let mut bytes = std::fs::read(&path).unwrap();
    let end = bytes.len();
    bytes[end / 2..end].fill(0x5a);
    std::fs::write(&path, &bytes).unwrap();
    let refused = copy(&path, &backup, "copy").await.unwrap_err();
    assert!(matches!(refused, StoreError::Damaged(_)), "{refused:?}");
    assert!(refused.to_string().contains("vestibule.db"), "{refused}");
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with("backup")), "{left:?}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_damaged_file_of_journeys_is_begun_anew() {
    let folder = folder("journeys");
    let path = folder.join("vestibule.db");
    let store = Store::open(&file(&path)).await.unwrap();
    fill(&store).await;
    store.journey_create("j", TENANT, "here", "{}", NOW + HOUR).await.unwrap();
    store.close().await;
    std::fs::write(folder.join("journeys.db"), "this is a letter, not a database, and long enough").unwrap();
    let store = Store::open(&file(&path)).await.unwrap();
    assert_full(&store).await;
    assert_eq!(store.journey_get(TENANT, "j", NOW).await.unwrap(), None);
    store.journey_create("j", TENANT, "here", "{}", NOW + HOUR).await.unwrap();
    store.close().await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_path_may_hold_any_character_and_the_files_are_private() {
    let folder = folder("a b?c%20d#e ü");
    let path = folder.join("file:vestibule.db?mode=memory");
    let store = Store::open(&file(&path)).await.unwrap();
    fill(&store).await;
    for name in ["file:vestibule.db?mode=memory", "file:vestibule.db?mode=memory-wal", "journeys.db"] {
        assert!(folder.join(name).is_file(), "{name}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o077, 0, "{name}");
        }
    }
    store.close().await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_store_that_cannot_be_reached_is_unavailable_and_says_how_to_name_one() {
    let nowhere = Store::open(&file(std::path::Path::new("/nonexistent/folder/vestibule.db"))).await.unwrap_err();
    assert!(matches!(nowhere, StoreError::Unavailable(_)), "{nowhere:?}");
    assert!(nowhere.to_string().contains("/nonexistent/folder/vestibule.db"), "{nowhere}");
    let closed = StoreOptions::new("postgres://nobody@127.0.0.1:1/none");
    let refused = Store::open(&closed).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
    assert!(refused.to_string().contains("refused"), "{refused}");
    let strange = Store::open(&StoreOptions::new("mysql://localhost")).await.unwrap_err();
    assert!(strange.to_string().contains("sqlite: or postgres://"), "{strange}");
    let clash = Store::open(&file(std::path::Path::new("/tmp/journeys.db"))).await.unwrap_err();
    assert!(clash.to_string().contains("choose another name"), "{clash}");
}

#[tokio::test]
async fn stores_in_memory_know_nothing_of_each_other() {
    let (one, two) = (Store::memory().await.unwrap(), Store::memory().await.unwrap());
    fill(&one).await;
    assert_full(&one).await;
    assert_eq!(two.count_users(TENANT).await.unwrap(), 0);
    two.journey_create("j", TENANT, "here", "{}", NOW + HOUR).await.unwrap();
    assert_eq!(one.journey_get(TENANT, "j", NOW).await.unwrap(), None);
}

#[tokio::test]
async fn while_another_program_keeps_the_file_locked_everybody_is_told_together() {
    let folder = folder("locked");
    let path = folder.join("vestibule.db");
    let store = Store::open(&file(&path)).await.unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut all = tokio::task::JoinSet::new();
    for n in 0..300 {
        let store = store.clone();
        all.spawn(async move { store.grant_create(&grant(&format!("g{n}")), None, &[]).await });
    }
    let first = all.join_next().await.unwrap().unwrap();
    other.execute_batch("ROLLBACK").unwrap();
    for done in std::iter::once(first).chain(all.join_all().await) {
        assert!(matches!(done, Err(StoreError::Unavailable(_))), "{done:?}");
    }
    store.grant_create(&grant("later"), None, &[]).await.unwrap();
    store.close().await;
    std::fs::remove_dir_all(folder).unwrap();
}
