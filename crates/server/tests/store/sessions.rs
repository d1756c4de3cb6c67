//! Single sign-on sessions.

use crate::ground::*;
use vestibule_server::store::*;

story! {
    async fn a_session_is_there_until_it_ends(ground: &Ground) {
        let store = &ground.store;
        let kept = SessionRecord { persistent: true, object_id: None, ..session("s") };
        store.session_put(&kept).await.unwrap();
        assert!(matches!(store.session_put(&kept).await, Err(StoreError::Conflict)), "ids are never used again");
        assert_eq!(store.session_get(TENANT, "s", NOW).await.unwrap(), Some(kept.clone()));
        assert_eq!(store.session_get(OTHER, "s", NOW).await.unwrap(), None);

        assert!(store.session_touch(TENANT, "s", NOW + HOUR, NOW + DAY + HOUR).await.unwrap());
        let used = store.session_get(TENANT, "s", NOW + DAY).await.unwrap().unwrap();
        assert_eq!((used.used_at, used.expires_at), (NOW + HOUR, NOW + DAY + HOUR));
        assert!(!store.session_touch(TENANT, "s", NOW + 3 * DAY, NOW + 9 * DAY).await.unwrap(), "no way back");

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
    async fn two_applications_that_sign_in_at_once_are_both_remembered(ground: &Ground) {
        let store = &ground.store;
        store.session_put(&session("s")).await.unwrap();
        let one = SessionRecord { body: r#"{"apps":["a"]}"#.into(), ..session("s") };
        let two = SessionRecord { body: r#"{"apps":["b"]}"#.into(), ..session("s") };
        assert_eq!(store.session_save(&one).await.unwrap(), 2);
        let late = store.session_save(&two).await;
        assert!(matches!(late, Err(StoreError::Conflict)), "the second reads again: {late:?}");
        assert_eq!(store.session_get(TENANT, "s", NOW).await.unwrap(), Some(SessionRecord { version: 2, ..one }));
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
