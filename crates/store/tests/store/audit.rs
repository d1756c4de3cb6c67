//! The audit log.

use crate::ground::*;
use vestibule_store::*;

story! {
    async fn an_entry_of_the_same_id_is_counted_and_each_call_learns_how_many_there_are(ground: &Ground) {
        let store = &ground.store;
        assert_eq!(store.audit_counted(&event("1")).await.unwrap(), 1);
        assert_eq!(store.audit_counted(&event("1")).await.unwrap(), 2);
        assert_eq!(store.audit_counted(&event("2")).await.unwrap(), 1);
        let found = store.list_audit(TENANT, None, None, 10).await.unwrap();
        assert_eq!(found, [event("2"), AuditRecord { count: 2, ..event("1") }]);
    }
}

story! {
    async fn entries_are_listed_newest_first_by_user_and_page(ground: &Ground) {
        let store = &ground.store;
        let bare = AuditRecord { client_id: None, object_id: None, at: NOW + 2, ..event("3") };
        let full = AuditRecord { correlation_id: Some("request".into()), at: NOW + 1, ..event("2") };
        store.audit(&[]).await.unwrap();
        store.audit(&[event("1"), full.clone(), bare.clone()]).await.unwrap();
        assert_eq!(store.list_audit(TENANT, None, None, 10).await.unwrap(), [bare, full.clone(), event("1")]);
        assert_eq!(store.list_audit(TENANT, Some(ALICE), None, 10).await.unwrap().len(), 2);
        assert_eq!(store.list_audit(TENANT, None, Some(NOW + 1), 10).await.unwrap(), [event("1")]);
        assert_eq!(store.list_audit(TENANT, Some(ALICE), Some(NOW + 2), 1).await.unwrap(), [full]);
        assert!(store.list_audit(OTHER, None, None, 10).await.unwrap().is_empty());
    }
}

story! {
    async fn requirement_32_entries_are_added_all_or_none_and_never_changed(ground: &Ground) {
        let store = &ground.store;
        store.audit(&[event("1")]).await.unwrap();
        let clash = store.audit(&[event("2"), AuditRecord { outcome: "other".into(), ..event("1") }]).await;
        assert!(matches!(clash, Err(StoreError::Conflict)), "{clash:?}");
        assert_eq!(store.list_audit(TENANT, None, None, 10).await.unwrap(), [event("1")]);
    }
}
