//! Users and identities.

use crate::ground::*;
use vestibule_store::*;

const BOB: &str = "bbbbbbbb-0000-4000-8000-000000000001";

story! {
    async fn a_user_is_found_by_object_id_and_by_every_identity(ground: &Ground) {
        let store = &ground.store;
        let alice = user(ALICE);
        let federated = IdentityRecord {
            issuer: "https://idp.example".into(),
            kind: IdentityKind::Federated,
            ..email(ALICE, "subject-1")
        };
        let names = [email(ALICE, "Alice@Example.com"), federated.clone()];
        store.create_user(&alice, &names, &[event("1")]).await.unwrap();

        assert_eq!(store.user(TENANT, ALICE).await.unwrap().as_ref(), Some(&alice));
        let local = store.user_by_identity(TENANT, IdentityKind::EmailAddress, "", "alice@example.com").await.unwrap();
        assert_eq!(local.as_ref(), Some(&alice));
        let elsewhere = store.user_by_identity(TENANT, federated.kind, &federated.issuer, "subject-1").await.unwrap();
        assert_eq!(elsewhere, Some(alice));
        assert_eq!(store.identities(TENANT, ALICE).await.unwrap(), names);
        assert_eq!(events(store).await, ["1"]);

        assert_eq!(store.user(OTHER, ALICE).await.unwrap(), None, "another tenant sees nothing");
        let other_kind = store.user_by_identity(TENANT, IdentityKind::UserName, "", "alice@example.com").await.unwrap();
        assert_eq!(other_kind, None);
    }
}

story! {
    async fn a_name_belongs_to_one_user_and_a_refused_sign_up_leaves_nothing(ground: &Ground) {
        let store = &ground.store;
        store.create_user(&user(ALICE), &[email(ALICE, "alice@example.com")], &[]).await.unwrap();
        let names = [email(BOB, "bob@example.com"), email(BOB, "ALICE@example.com")];
        let refused = store.create_user(&user(BOB), &names, &[event("1")]).await;
        assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
        assert_eq!(store.user(TENANT, BOB).await.unwrap(), None);
        assert!(events(store).await.is_empty());
        let again = store.create_user(&user(ALICE), &[], &[]).await;
        assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");

        let elsewhere = UserRecord { tenant: OTHER.into(), ..user(ALICE) };
        let name = IdentityRecord { tenant: OTHER.into(), ..email(ALICE, "alice@example.com") };
        store.create_user(&elsewhere, &[name], &[]).await.unwrap();
        assert_eq!(store.count_users(TENANT).await.unwrap(), 1, "another tenant may have the same name");
    }
}

story! {
    async fn of_two_changes_to_the_same_version_one_is_refused(ground: &Ground) {
        let store = &ground.store;
        store.create_user(&user(ALICE), &[email(ALICE, "alice@example.com")], &[]).await.unwrap();
        let changed =
            UserRecord { body: "{}".into(), enabled: false, force_change: true, updated_at: NOW + 1, ..user(ALICE) };
        let names = [email(ALICE, "alice@example.com"), email(ALICE, "a@example.com")];
        assert_eq!(store.update_user(&changed, Some(&names), Ends::default(), &[event("1")]).await.unwrap(), 2);
        let late = store.update_user(&changed, Some(&[]), Ends::default(), &[event("2")]).await;
        assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");

        assert_eq!(store.user(TENANT, ALICE).await.unwrap(), Some(UserRecord { version: 2, ..changed.clone() }));
        assert_eq!(store.identities(TENANT, ALICE).await.unwrap().len(), 2);
        assert_eq!(events(store).await, ["1"]);
        assert_eq!(store.update_user(&UserRecord { version: 2, ..changed }, None, Ends::default(), &[]).await.unwrap(), 3);
        assert_eq!(store.identities(TENANT, ALICE).await.unwrap().len(), 2, "identities stay unless given");
    }
}

story! {
    async fn a_change_that_takes_anothers_name_changes_nothing(ground: &Ground) {
        let store = &ground.store;
        store.create_user(&user(ALICE), &[email(ALICE, "alice@example.com")], &[]).await.unwrap();
        store.create_user(&user(BOB), &[email(BOB, "bob@example.com")], &[]).await.unwrap();
        let changed = UserRecord { body: "{}".into(), ..user(BOB) };
        let refused = store.update_user(&changed, Some(&[email(BOB, "alice@example.com")]), Ends::default(), &[]).await;
        assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
        assert_eq!(store.user(TENANT, BOB).await.unwrap(), Some(user(BOB)));
        assert_eq!(store.identities(TENANT, BOB).await.unwrap(), [email(BOB, "bob@example.com")]);
    }
}

story! {
    async fn a_reset_ends_what_was_open_and_a_new_hash_does_not(ground: &Ground) {
        let store = &ground.store;
        store.create_user(&user(ALICE), &[], &[]).await.unwrap();
        store.session_put(&session("s")).await.unwrap();
        store.code_create(&grant("g"), &code("c", "g"), &[]).await.unwrap();

        let quiet = UserRecord { password_hash: Some("$argon2id$2".into()), force_change: true, ..user(ALICE) };
        assert_eq!(store.update_user(&quiet, None, Ends::default(), &[event("1")]).await.unwrap(), 2);
        let alice = store.user(TENANT, ALICE).await.unwrap().unwrap();
        assert_eq!(alice.password_hash.as_deref(), Some("$argon2id$2"));
        assert_eq!((alice.force_change, alice.valid_from, alice.version), (true, NOW, 2));
        assert!(store.session_get(TENANT, "s", NOW).await.unwrap().is_some());

        let reset = UserRecord { password_hash: Some("$argon2id$3".into()), force_change: false, ..alice };
        let ends = Ends { sessions_at: Some(NOW + 2), lockouts: true };
        assert!(store.update_user(&reset, None, ends, &[event("2")]).await.is_ok());
        let alice = store.user(TENANT, ALICE).await.unwrap().unwrap();
        assert_eq!((alice.force_change, alice.valid_from), (false, NOW + 2));
        assert_eq!(store.session_get(TENANT, "s", NOW).await.unwrap(), None);
        assert_eq!(store.grant(TENANT, "g").await.unwrap().unwrap().revoked_at, Some(NOW + 2));
        assert_eq!(store.code_redeem(TENANT, "c", None, NOW, &[]).await.unwrap(), Redeemed::Gone);

        let late = store.update_user(&reset, None, ends, &[event("3")]).await;
        assert!(matches!(late, Err(StoreError::Conflict)), "of a version that is over: {late:?}");
    }
}

story! {
    async fn a_better_hash_of_an_old_password_does_not_undo_a_reset(ground: &Ground) {
        let store = &ground.store;
        store.create_user(&user(ALICE), &[], &[]).await.unwrap();
        assert!(store.rehash_password(TENANT, ALICE, "$argon2id$1", "$argon2id$better").await.unwrap());
        assert!(!store.rehash_password(TENANT, ALICE, "$argon2id$1", "$argon2id$late").await.unwrap());
        let alice = store.user(TENANT, ALICE).await.unwrap().unwrap();
        assert_eq!(alice.password_hash.as_deref(), Some("$argon2id$better"));
    }
}

story! {
    async fn revoking_sessions_ends_sessions_and_grants(ground: &Ground) {
        let store = &ground.store;
        store.create_user(&user(ALICE), &[], &[]).await.unwrap();
        store.session_put(&session("s")).await.unwrap();
        store.grant_create(&grant("g"), None, &[]).await.unwrap();
        assert!(store.revoke_sessions(TENANT, ALICE, NOW + 5, &[event("1")]).await.unwrap());
        assert!(!store.revoke_sessions(TENANT, BOB, NOW + 5, &[event("2")]).await.unwrap());
        assert_eq!(store.user(TENANT, ALICE).await.unwrap().unwrap().valid_from, NOW + 5);
        assert!(store.sessions_of_user(TENANT, ALICE, NOW).await.unwrap().is_empty());
        assert!(store.grants_of_user(TENANT, ALICE).await.unwrap().is_empty());
        assert_eq!(events(store).await, ["1"]);
    }
}

story! {
    async fn the_end_of_sessions_does_not_go_back_for_a_clock_that_is_a_little_behind(ground: &Ground) {
        const MINUTE: i64 = 60_000;
        let store = &ground.store;
        store.create_user(&user(ALICE), &[], &[]).await.unwrap();
        for (now, valid_from) in [
            (NOW + 60 * MINUTE, NOW + 60 * MINUTE),
            (NOW + 56 * MINUTE, NOW + 60 * MINUTE + 1),
            // After the clock has been corrected.
            (NOW + 5 * MINUTE, NOW + 5 * MINUTE),
            (NOW + 6 * MINUTE, NOW + 6 * MINUTE),
        ] {
            assert!(store.revoke_sessions(TENANT, ALICE, now, &[]).await.unwrap());
            assert_eq!(store.user(TENANT, ALICE).await.unwrap().unwrap().valid_from, valid_from, "{now}");
        }
    }
}

story! {
    async fn a_deleted_user_leaves_nothing_but_the_audit_log(ground: &Ground) {
        let store = &ground.store;
        store.create_user(&user(ALICE), &[email(ALICE, "alice@example.com")], &[event("1")]).await.unwrap();
        store.session_put(&session("s")).await.unwrap();
        store.grant_create(&grant("g"), Some(&refresh("r", "g")), &[]).await.unwrap();
        store.code_create(&grant("h"), &code("c", "h"), &[]).await.unwrap();
        store.remember_device(TENANT, ALICE, "d", NOW).await.unwrap();
        store.save_lockout(&crate::limits::lockout(), NOW).await.unwrap();

        assert!(store.delete_user(TENANT, ALICE, &[event("2")]).await.unwrap());
        assert!(!store.delete_user(TENANT, ALICE, &[event("3")]).await.unwrap());
        assert_eq!(store.user(TENANT, ALICE).await.unwrap(), None);
        assert_eq!(store.session_get(TENANT, "s", NOW).await.unwrap(), None);
        assert_eq!(store.refresh_peek(TENANT, "r").await.unwrap(), None);
        assert_eq!(store.code_peek(TENANT, "c").await.unwrap(), None);
        assert_eq!(store.device_seen(TENANT, ALICE, "d").await.unwrap(), None);
        assert_eq!(store.lockout(TENANT, ALICE, false).await.unwrap(), None);
        assert_eq!(events(store).await, ["2", "1"]);
        store.create_user(&user(BOB), &[email(BOB, "alice@example.com")], &[]).await.unwrap();
    }
}

story! {
    async fn lists_and_searches_go_page_by_page(ground: &Ground) {
        let store = &ground.store;
        for n in 0..5 {
            let id = format!("aaaaaaaa-0000-4000-8000-00000000000{n}");
            store.create_user(&user(&id), &[email(&id, &format!("per_son{n}@example.com"))], &[]).await.unwrap();
        }
        store.create_user(&user(BOB), &[email(BOB, "perXson@example.com")], &[]).await.unwrap();
        assert_eq!(store.count_users(TENANT).await.unwrap(), 6);
        assert_eq!(store.count_users(OTHER).await.unwrap(), 0);
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = store.list_users(TENANT, after.as_deref(), 4).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.object_id.clone());
            seen.extend(page.into_iter().map(|user| user.object_id));
        }
        assert_eq!(seen.len(), 6);
        assert!(seen.is_sorted());
        assert_eq!(store.search_users(TENANT, "per_", 100).await.unwrap().len(), 5, "_ means itself");
        assert_eq!(store.search_users(TENANT, "per", 3).await.unwrap().len(), 3);
        assert!(store.search_users(TENANT, "%", 100).await.unwrap().is_empty(), "% means itself");
        assert!(store.search_users(TENANT, "\\", 100).await.unwrap().is_empty());
    }
}
