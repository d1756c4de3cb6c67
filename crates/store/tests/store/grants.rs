//! Grants and authorization codes.

use crate::ground::*;
use vestibule_store::*;

story! {
    async fn a_code_is_looked_at_freely_and_redeemed_once(ground: &Ground) {
        let store = &ground.store;
        store.code_create(&grant("g"), &code("c", "g"), &[event("1")]).await.unwrap();
        assert_eq!(store.code_peek(TENANT, "c").await.unwrap(), Some((code("c", "g"), grant("g"))));
        assert_eq!(store.code_peek(OTHER, "c").await.unwrap(), None);
        assert_eq!(store.code_peek(TENANT, "d").await.unwrap(), None);

        let first = store.code_redeem(TENANT, "c", Some(&refresh("r", "g")), NOW + 1, &[event("2")]).await.unwrap();
        assert_eq!(first, Redeemed::Won);
        let code = CodeRecord { used_at: Some(NOW + 1), ..code("c", "g") };
        assert_eq!(store.code_peek(TENANT, "c").await.unwrap(), Some((code, grant("g"))));
        let second = store.code_redeem(TENANT, "c", Some(&refresh("r2", "g")), NOW + 2, &[event("3")]).await.unwrap();
        assert_eq!(second, Redeemed::AlreadyUsed { grant_id: "g".into(), used_at: NOW + 1 });
        assert!(store.refresh_peek(TENANT, "r").await.unwrap().is_some());
        assert_eq!(store.refresh_peek(TENANT, "r2").await.unwrap(), None, "a loser leaves no token");
        assert_eq!(events(store).await, ["2", "1"]);
    }
}

story! {
    async fn a_used_code_is_recognised_after_its_end_and_after_its_grant(ground: &Ground) {
        let store = &ground.store;
        store.code_create(&grant("g"), &code("c", "g"), &[]).await.unwrap();
        store.code_redeem(TENANT, "c", None, NOW, &[]).await.unwrap();
        assert!(store.grant_revoke(TENANT, "g", NOW, &[]).await.unwrap());
        let late = store.code_redeem(TENANT, "c", None, NOW + HOUR, &[]).await.unwrap();
        assert_eq!(late, Redeemed::AlreadyUsed { grant_id: "g".into(), used_at: NOW });
    }
}

story! {
    async fn an_expired_revoked_unknown_or_foreign_code_is_gone(ground: &Ground) {
        let store = &ground.store;
        store.code_create(&grant("g"), &code("c", "g"), &[]).await.unwrap();
        for (tenant, hash, now) in [(TENANT, "c", NOW + MINUTE), (TENANT, "d", NOW), (OTHER, "c", NOW)] {
            assert_eq!(store.code_redeem(tenant, hash, None, now, &[]).await.unwrap(), Redeemed::Gone);
        }
        assert!(store.grant_revoke(TENANT, "g", NOW, &[]).await.unwrap());
        assert_eq!(store.code_redeem(TENANT, "c", None, NOW, &[]).await.unwrap(), Redeemed::Gone);
    }
}

story! {
    async fn a_redemption_that_cannot_store_its_refresh_token_burns_nothing(ground: &Ground) {
        let store = &ground.store;
        store.grant_create(&grant("g"), Some(&refresh("r", "g")), &[]).await.unwrap();
        store.code_create(&grant("h"), &code("c", "h"), &[]).await.unwrap();
        let clash = store.code_redeem(TENANT, "c", Some(&refresh("r", "h")), NOW, &[]).await;
        assert!(matches!(clash, Err(StoreError::Conflict)), "{clash:?}");
        assert!(matches!(store.code_redeem(TENANT, "c", None, NOW, &[]).await.unwrap(), Redeemed::Won));
    }
}

story! {
    async fn a_grant_is_revoked_once(ground: &Ground) {
        let store = &ground.store;
        store.grant_create(&grant("g"), None, &[event("1")]).await.unwrap();
        assert_eq!(store.grant(TENANT, "g").await.unwrap(), Some(grant("g")));
        assert_eq!(store.grant(OTHER, "g").await.unwrap(), None);
        assert!(!store.grant_revoke(OTHER, "g", NOW, &[]).await.unwrap());
        assert!(store.grant_revoke(TENANT, "g", NOW + 1, &[event("2")]).await.unwrap());
        assert!(!store.grant_revoke(TENANT, "g", NOW + 2, &[event("3")]).await.unwrap());
        assert_eq!(store.grant(TENANT, "g").await.unwrap().unwrap().revoked_at, Some(NOW + 1));
        assert_eq!(events(store).await, ["2", "1"]);
    }
}

story! {
    async fn the_grants_of_a_user_are_listed_and_revoked_together(ground: &Ground) {
        let store = &ground.store;
        store.grant_create(&grant("g1"), None, &[]).await.unwrap();
        store.grant_create(&GrantRecord { created_at: NOW + 1, ..grant("g2") }, None, &[]).await.unwrap();
        store.grant_create(&GrantRecord { object_id: "bob".into(), ..grant("g3") }, None, &[]).await.unwrap();
        let ids: Vec<_> = store.grants_of_user(TENANT, ALICE).await.unwrap().into_iter().map(|g| g.id).collect();
        assert_eq!(ids, ["g2", "g1"]);
        assert_eq!(store.grants_revoke_of_user(TENANT, ALICE, NOW).await.unwrap(), 2);
        assert_eq!(store.grants_revoke_of_user(TENANT, ALICE, NOW).await.unwrap(), 0);
        assert_eq!(store.grant(TENANT, "g3").await.unwrap().unwrap().revoked_at, None);
    }
}
