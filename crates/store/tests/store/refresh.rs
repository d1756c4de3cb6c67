//! Refresh tokens.

use crate::ground::*;
use vestibule_store::*;

story! {
    async fn a_refresh_token_is_exchanged_once_and_the_second_learns_its_successor(ground: &Ground) {
        let store = &ground.store;
        store.grant_create(&grant("g"), Some(&refresh("r1", "g")), &[]).await.unwrap();
        assert_eq!(store.refresh_peek(TENANT, "r1").await.unwrap(), Some((refresh("r1", "g"), grant("g"))));
        let (r2, r3) = (refresh("r2", "g"), refresh("r3", "g"));
        let first = store.refresh_rotate(rotation("r1", &r2, NOW + 1), &[event("1")]).await.unwrap();
        assert_eq!(first, Rotated::Won);
        let second = store.refresh_rotate(rotation("r1", &r3, NOW + 2), &[event("2")]).await.unwrap();
        let token = RefreshRecord { used_at: Some(NOW + 1), ..refresh("r1", "g") };
        assert_eq!(second, Rotated::AlreadyUsed { token, grant: grant("g") });
        assert_eq!(store.successor("r1", NOW + 1).await.unwrap().as_deref(), Some("sealed"));
        assert_eq!(store.refresh_peek(TENANT, "r3").await.unwrap(), None, "a loser leaves no token");
        assert_eq!(store.refresh_rotate(rotation("r2", &r3, NOW + 3), &[]).await.unwrap(), Rotated::Won);
        assert_eq!(events(store).await, ["1"]);
    }
}

story! {
    async fn a_revoked_grant_takes_its_refresh_tokens_along(ground: &Ground) {
        let store = &ground.store;
        store.grant_create(&grant("g"), Some(&refresh("r1", "g")), &[]).await.unwrap();
        store.refresh_rotate(rotation("r1", &refresh("r2", "g"), NOW), &[]).await.unwrap();
        assert!(store.grant_revoke(TENANT, "g", NOW, &[]).await.unwrap());
        let gone = store.refresh_rotate(rotation("r2", &refresh("r3", "g"), NOW), &[]).await.unwrap();
        assert_eq!(gone, Rotated::Gone);
        let (_, grant) = store.refresh_peek(TENANT, "r2").await.unwrap().unwrap();
        assert_eq!(grant.revoked_at, Some(NOW));
    }
}

story! {
    async fn an_expired_unknown_or_foreign_refresh_token_is_gone(ground: &Ground) {
        let store = &ground.store;
        store.grant_create(&grant("g"), Some(&refresh("r1", "g")), &[]).await.unwrap();
        store.grant_create(&grant("h"), None, &[]).await.unwrap();
        let new = refresh("r2", "g");
        let of_another_family = refresh("r2", "h");
        let tries = [
            rotation("r1", &new, NOW + 14 * DAY),
            rotation("r0", &new, NOW),
            Rotation { tenant: OTHER.to_owned(), ..rotation("r1", &new, NOW) },
            rotation("r1", &of_another_family, NOW),
        ];
        for rotation in tries {
            assert_eq!(store.refresh_rotate(rotation.clone(), &[]).await.unwrap(), Rotated::Gone, "{rotation:?}");
        }
        assert_eq!(store.refresh_rotate(rotation("r1", &new, NOW), &[]).await.unwrap(), Rotated::Won);
    }
}

story! {
    async fn a_rotation_that_cannot_store_the_new_token_burns_nothing(ground: &Ground) {
        let store = &ground.store;
        store.grant_create(&grant("g"), Some(&refresh("r1", "g")), &[]).await.unwrap();
        let clash = store.refresh_rotate(rotation("r1", &refresh("r1", "g"), NOW), &[]).await;
        assert!(matches!(clash, Err(StoreError::Conflict)), "{clash:?}");
        let again = store.refresh_rotate(rotation("r1", &refresh("r2", "g"), NOW), &[]).await.unwrap();
        assert_eq!(again, Rotated::Won);
    }
}
