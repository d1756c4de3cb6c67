//! Single sign-on sessions.

use crate::ground::*;
use vestibule_store::*;

story! {
    async fn a_session_is_there_until_it_ends(ground: &Ground) {
        let store = &ground.store;
        let kept = SessionRecord { persistent: true, object_id: None, ..session("s") };
        store.session_put(&kept).await.unwrap();
        assert!(matches!(store.session_put(&kept).await, Err(StoreError::Conflict)), "ids are never used again");
        assert_eq!(store.session_get(TENANT, "s", NOW).await.unwrap(), Some(kept.clone()));
        assert_eq!(store.session_get(OTHER, "s", NOW).await.unwrap(), None);

        let used = SessionRecord { used_at: NOW + HOUR, expires_at: NOW + DAY + HOUR, ..kept.clone() };
        store.sign_in(Some(SessionChange::Use(used.clone())), None, &[]).await.unwrap();
        assert_eq!(store.session_get(TENANT, "s", NOW + DAY).await.unwrap().as_ref(), Some(&used));
        let late = SessionRecord { used_at: NOW + 3 * DAY, expires_at: NOW + 9 * DAY, ..used };
        for change in [SessionChange::Use(late.clone()), SessionChange::Save(late)] {
            let done = store.sign_in(Some(change), None, &[]).await;
            assert!(matches!(done, Err(StoreError::Conflict)), "{done:?}");
        }
        assert_eq!(store.session_get(TENANT, "s", NOW + 3 * DAY).await.unwrap(), None, "no way back");
        store.session_put(&kept).await.unwrap();

        assert_eq!(store.session_delete(TENANT, "s").await.unwrap().map(|s| s.id_hash).as_deref(), Some("s"));
        assert_eq!(store.session_delete(TENANT, "s").await.unwrap(), None);
    }
}

story! {
    async fn a_session_that_was_over_once_is_not_back_when_the_clock_is(ground: &Ground) {
        let store = &ground.store;
        store.session_put(&session("s")).await.unwrap();
        assert_eq!(store.session_get(TENANT, "s", NOW + DAY).await.unwrap(), None);
        assert_eq!(store.session_get(TENANT, "s", NOW).await.unwrap(), None);
    }
}

story! {
    async fn of_two_that_change_a_session_at_once_the_second_gives_nothing_until_it_read_again(ground: &Ground) {
        let store = &ground.store;
        store.session_put(&session("s")).await.unwrap();
        let one = SessionRecord { body: r#"{"apps":["a"]}"#.into(), persistent: true, ..session("s") };
        let two = SessionRecord { body: r#"{"apps":["b"]}"#.into(), ..session("s") };
        store.sign_in(Some(SessionChange::Save(one.clone())), None, &[]).await.unwrap();
        let given = (grant("g"), code("c", "g"));
        let instead = SessionChange::Begin { session: session("t"), instead_of: Some(Box::new(two.clone())) };
        for change in [SessionChange::Save(two.clone()), SessionChange::Use(two), instead] {
            let late = store.sign_in(Some(change), Some(given.clone()), &[event("1")]).await;
            assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
        }
        assert_eq!(store.session_get(TENANT, "t", NOW).await.unwrap(), None);
        assert_eq!(store.session_get(TENANT, "s", NOW).await.unwrap(), Some(SessionRecord { version: 2, ..one }));
        assert_eq!(store.grant(TENANT, "g").await.unwrap(), None);
        assert_eq!(store.list_audit(TENANT, None, None, 9).await.unwrap(), []);
    }
}

story! {
    async fn a_session_takes_the_place_of_the_one_before(ground: &Ground) {
        let store = &ground.store;
        store.session_put(&session("s1")).await.unwrap();
        let next = SessionChange::Begin { session: session("s2"), instead_of: Some(Box::new(session("s1"))) };
        store.sign_in(Some(next), Some((grant("g"), code("c", "g"))), &[event("1")]).await.unwrap();
        assert_eq!(store.session_get(TENANT, "s1", NOW).await.unwrap(), None);
        assert_eq!(store.session_get(TENANT, "s2", NOW).await.unwrap(), Some(session("s2")));
        assert!(store.code_peek(TENANT, "c").await.unwrap().is_some());
        assert_eq!(store.list_audit(TENANT, None, None, 9).await.unwrap(), [event("1")]);
    }
}

story! {
    async fn the_sessions_of_a_user_end_together(ground: &Ground) {
        let store = &ground.store;
        for (id, created_at) in [("s1", NOW), ("s2", NOW + 1)] {
            store.session_put(&SessionRecord { created_at, ..session(id) }).await.unwrap();
        }
        store.session_put(&SessionRecord { object_id: Some("bob".into()), ..session("s3") }).await.unwrap();
        let ids: Vec<_> =
            store.sessions_of_user(TENANT, ALICE, NOW).await.unwrap().into_iter().map(|s| s.id_hash).collect();
        assert_eq!(ids, ["s2", "s1"]);
        assert_eq!(store.session_delete_of_user(TENANT, ALICE).await.unwrap(), 2);
        assert!(store.session_get(TENANT, "s3", NOW).await.unwrap().is_some());
    }
}
