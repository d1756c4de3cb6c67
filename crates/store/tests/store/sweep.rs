//! Removal of expired rows: what has expired is deleted, what may still matter stays.

use crate::ground::*;
use vestibule_store::*;

async fn sweep_all(store: &Store, now: i64) -> u64 {
    let mut count = 0;
    loop {
        match store.sweep(now).await.expect("swept") {
            0 => return count,
            more => count += more,
        }
    }
}

story! {
    async fn what_has_ended_goes_and_the_rest_stays(ground: &Ground) {
        let store = &ground.store;
        store.create_user(&user(ALICE), &[], &[event("1")]).await.unwrap();
        store.session_put(&session("s1")).await.unwrap();
        store.session_put(&SessionRecord { expires_at: NOW + 90 * DAY, ..session("s2") }).await.unwrap();
        store.journey_create("j", TENANT, "here", "{}", NOW + HOUR).await.unwrap();
        store.spend(&spending("key", 1), NOW).await.unwrap();
        store.save_lockout(&crate::limits::lockout(), NOW).await.unwrap();
        let unknown = LockoutRecord { object_id: "name:nobody".into(), ..crate::limits::lockout() };
        store.save_lockout(&unknown, NOW).await.unwrap();
        store.mail_enqueue(&mail("waiting")).await.unwrap();
        store.mail_enqueue(&mail("sent")).await.unwrap();
        store.mail_sent("sent", NOW).await.unwrap();
        assert!(store.take_client_assertion(TENANT, "a", NOW).await.unwrap());
        assert!(store.take_client_assertion(OTHER, "b", NOW + 90 * DAY).await.unwrap());

        assert_eq!(sweep_all(store, NOW).await, 0);
        // The budget, the journey, the session, the sent mail, the attempt for an unknown user, an assertion. Alice's
        // rows are extended.
        assert_eq!(sweep_all(store, NOW + 31 * DAY).await, 7);
        assert!(store.take_client_assertion(TENANT, "a", NOW).await.unwrap());
        assert!(!store.take_client_assertion(OTHER, "b", NOW + 90 * DAY).await.unwrap());
        assert!(store.session_get(TENANT, "s2", NOW).await.unwrap().is_some());
        assert!(store.lockout(TENANT, ALICE, false).await.unwrap().is_some());
        assert_eq!(store.lockout(TENANT, "name:nobody", false).await.unwrap(), None);
        let mails = store.list_mail(TENANT, None, 10).await.unwrap();
        assert_eq!(mails.into_iter().map(|mail| mail.id).collect::<Vec<_>>(), ["waiting"]);
        assert_eq!(events(store).await, ["1"], "the audit log stays");
    }
}

story! {
    async fn a_family_is_kept_as_long_as_a_replay_can_be_told(ground: &Ground) {
        let store = &ground.store;
        store.code_create(&grant("g"), &code("c", "g"), &[]).await.unwrap();
        store.code_redeem(TENANT, "c", Some(&refresh("r", "g")), NOW, &[]).await.unwrap();
        assert_eq!(sweep_all(store, NOW + DAY).await, 0);
        let replay = store.code_redeem(TENANT, "c", None, NOW + DAY, &[]).await.unwrap();
        assert!(matches!(replay, Redeemed::AlreadyUsed { .. }), "{replay:?}");
        assert_eq!(sweep_all(store, NOW + 3 * DAY).await, 2, "the code; the grant is put off");
        assert!(store.refresh_peek(TENANT, "r").await.unwrap().is_some());
        assert_eq!(sweep_all(store, NOW + 15 * DAY).await, 2, "the refresh token, then the empty grant");
        assert_eq!(store.grant(TENANT, "g").await.unwrap(), None);
    }
}

story! {
    async fn a_grant_waits_for_its_last_refresh_token(ground: &Ground) {
        let store = &ground.store;
        let last = RefreshRecord { expires_at: NOW + 90 * DAY, ..refresh("r2", "g") };
        store.grant_create(&grant("g"), Some(&refresh("r1", "g")), &[]).await.unwrap();
        assert_eq!(sweep_all(store, NOW + 3 * DAY).await, 1, "the grant is put off");
        let rotation =
            rotation("r1", &last, NOW + 10 * DAY);
        assert_eq!(store.refresh_rotate(rotation, &[]).await.unwrap(), Rotated::Won);
        assert_eq!(sweep_all(store, NOW + 16 * DAY).await, 3, "the first token, its successor; the grant is put off");
        assert!(store.refresh_peek(TENANT, "r2").await.unwrap().is_some());
        assert_eq!(sweep_all(store, NOW + 91 * DAY).await, 2, "the last token and the grant");
    }
}

story! {
    async fn a_grant_without_tokens_goes_when_no_access_token_can_be_good(ground: &Ground) {
        let store = &ground.store;
        store.grant_create(&grant("g"), None, &[]).await.unwrap();
        assert_eq!(sweep_all(store, NOW + 2 * DAY - 1).await, 0);
        assert_eq!(sweep_all(store, NOW + 2 * DAY).await, 1);
    }
}

story! {
    async fn a_grant_that_an_older_version_made_is_looked_at_once(ground: &Ground) {
        let store = &ground.store;
        store.grant_create(&grant("g"), Some(&refresh("r", "g")), &[]).await.unwrap();
        ground.meddle("UPDATE grants SET sweep_at = 0").await;
        assert_eq!(sweep_all(store, NOW).await, 1);
        assert_eq!(sweep_all(store, NOW + 14 * DAY).await, 0);
        assert_eq!(sweep_all(store, NOW + 15 * DAY).await, 2, "the token and the grant");
    }
}

story! {
    async fn the_successor_of_a_used_token_is_kept_for_minutes_and_the_token_longer(ground: &Ground) {
        let store = &ground.store;
        store.grant_create(&grant("g"), Some(&refresh("r1", "g")), &[]).await.unwrap();
        let rotation = rotation("r1", &refresh("r2", "g"), NOW);
        assert_eq!(store.refresh_rotate(rotation, &[]).await.unwrap(), Rotated::Won);
        // Five minutes by which the sweeping node's clock may be ahead, and one more.
        assert_eq!(sweep_all(store, NOW + 6 * MINUTE - 1).await, 0);
        assert_eq!(sweep_all(store, NOW + 6 * MINUTE).await, 1);
        let (token, _) = store.refresh_peek(TENANT, "r1").await.unwrap().unwrap();
        assert_eq!(token.used_at, Some(NOW), "a replay is still told");
        assert_eq!(store.successor("r1", NOW).await.unwrap(), None);
    }
}

story! {
    async fn one_sweep_takes_a_bounded_bite(ground: &Ground) {
        let store = &ground.store;
        let more = usize::try_from(SWEEP_BATCH).unwrap() + 20;
        for n in 0..more {
            store.journey_create(&format!("j{n}"), TENANT, "here", "{}", NOW).await.unwrap();
        }
        assert_eq!(store.sweep(NOW).await.unwrap(), SWEEP_BATCH.unsigned_abs());
        assert_eq!(store.sweep(NOW).await.unwrap(), 20);
        assert_eq!(store.sweep(NOW).await.unwrap(), 0);
    }
}
