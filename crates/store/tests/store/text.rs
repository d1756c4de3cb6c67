//! Text is returned unchanged, or rejected before it is stored.

use crate::ground::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use vestibule_store::*;

story! {
    async fn any_text_comes_back_as_it_went_in(ground: &Ground) {
        let store = &ground.store;
        let handle = tokio::runtime::Handle::current();
        let mut runner = TestRunner::new_with_rng(
            Config { cases: 100, failure_persistence: None, ..Config::default() },
            proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
        );
        let count = std::sync::atomic::AtomicU32::new(0);
        let told = tokio::task::block_in_place(|| {
            runner.run(&(any::<String>(), any::<String>()), |(key, body)| {
                let id = format!("user{}", count.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
                let wanted = UserRecord { body, ..user(&id) };
                let name = IdentityRecord { value_key: format!("{id}:{key}"), value: key.clone(), ..email(&id, "") };
                handle.block_on(async {
                    let created = store.create_user(&wanted, std::slice::from_ref(&name), &[]).await;
                    if key.contains('\0') || wanted.body.contains('\0') {
                        prop_assert!(matches!(created, Err(StoreError::Refused)), "{:?}", created);
                        return Ok(());
                    }
                    created.expect("created");
                    let found = store.user_by_identity(TENANT, name.kind, "", &name.value_key).await.expect("looked up");
                    prop_assert_eq!(found, Some(wanted));
                    prop_assert_eq!(store.identities(TENANT, &id).await.expect("listed"), vec![name]);
                    Ok(())
                })
            })
        });
        told.unwrap();
    }
}

story! {
    async fn a_nul_is_refused_with_a_sentence_and_nothing_is_written(ground: &Ground) {
        let store = &ground.store;
        let bad = UserRecord { body: "a\0b".into(), ..user(ALICE) };
        let refused = store.create_user(&bad, &[], &[]).await.unwrap_err();
        assert!(matches!(refused, StoreError::Refused), "{refused:?}");
        assert!(refused.to_string().contains("NUL"), "{refused}");
        let name = email(ALICE, "a\0@example.com");
        assert!(matches!(store.create_user(&user(ALICE), &[name], &[]).await, Err(StoreError::Refused)));
        assert_eq!(store.count_users(TENANT).await.unwrap(), 0);
        assert!(matches!(store.user(TENANT, "\0").await, Err(StoreError::Refused)), "in a question too");
        assert!(matches!(store.session_get(TENANT, "\0", NOW).await, Err(StoreError::Refused)));
        assert!(matches!(store.journey_create("j", TENANT, "here", "\0", NOW).await, Err(StoreError::Refused)));
        store.create_user(&user(ALICE), &[], &[]).await.unwrap();
    }
}

story! {
    async fn a_very_long_name_is_stored_or_refused_but_never_a_failure(ground: &Ground) {
        let store = &ground.store;
        // Random letters, since PostgreSQL compresses repetitions.
        let mut state = 1u64;
        let long: String = (0..100_000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                char::from(b'a' + u8::try_from((state >> 33) % 26).unwrap())
            })
            .collect();
        let created = store.create_user(&user(ALICE), &[email(ALICE, &long)], &[]).await;
        assert!(matches!(created, Ok(()) | Err(StoreError::Refused)), "{created:?}");
        let found = store.user_by_identity(TENANT, IdentityKind::EmailAddress, "", &long).await.unwrap();
        assert_eq!(found.is_some(), created.is_ok());
    }
}
