//! Deleting a tenant.

use crate::ground::*;
use crate::rows::*;
use vestibule_store::*;

story! {
    async fn a_deleted_tenant_takes_everything_along_but_its_version_and_its_audit(ground: &Ground) {
        let store = &ground.store;
        store.put(Put::Tenant(other_tenant())).await.unwrap();
        let file = Some(AppliedFile { hash: "file".into(), applied_at: NOW });
        done(store.commit(&ChangeSet { applied_file: file, ..everything() }).await.unwrap());
        store.create_user(&user(ALICE), &[email(ALICE, "alice@example.com")], &[event("1")]).await.unwrap();
        store.session_put(&session("session")).await.unwrap();
        store.code_create(&grant("g"), &code("c", "g"), &[]).await.unwrap();
        let set = ChangeSet { audit: vec![event("2")], ..change().delete(Delete::Tenant) };
        assert_eq!(done(store.commit(&set).await.unwrap()), (2, vec![0]));

        assert_eq!(store.tenants().await.unwrap(), [other_tenant()]);
        assert_eq!(store.user(TENANT, ALICE).await.unwrap(), None);
        assert_eq!(store.code_peek(TENANT, "c").await.unwrap(), None);
        assert_eq!(store.application(TENANT, APP).await.unwrap(), None);
        assert!(store.list_signing_keys(TENANT).await.unwrap().is_empty());
        assert!(store.applied_files(TENANT).await.unwrap().is_empty());
        assert_eq!((store.version(TENANT).await.unwrap(), events(store).await.len()), (2, 2));
        assert_eq!(store.commit(&set).await.unwrap(), Committed::Unchanged);
    }
}

story! {
    async fn every_node_learns_that_a_tenant_is_gone(ground: &Ground) {
        let store = &ground.store;
        done(store.commit(&everything()).await.unwrap());
        done(store.commit(&change().put(flow_with(FLOW, "new"))).await.unwrap());
        done(store.commit(&change().delete(Delete::Tenant)).await.unwrap());
        assert_eq!(store.changes_since(TENANT, 2, 10).await.unwrap(), Since::Everything { version: 3 });
        let again = done(store.commit(&everything()).await.unwrap());
        assert_eq!(again, (4, vec![4; 6]), "a tenant of the same id goes on where it ended");
        let since = store.changes_since(TENANT, 2, 10).await.unwrap();
        assert_eq!(since, Since::Everything { version: 4 }, "also to a node that did not look in between");
    }
}

story! {
    async fn no_table_keeps_rows_of_a_deleted_tenant(ground: &Ground) {
        let store = &ground.store;
        done(store.commit(&everything()).await.unwrap());
        store.create_user(&user(ALICE), &[email(ALICE, "alice@example.com")], &[]).await.unwrap();
        assert!(store.mail_enqueue(&mail("mail")).await.unwrap());
        done(store.commit(&change().delete(Delete::Tenant)).await.unwrap());
        // The same rows can be created again, because none of them is left.
        done(store.commit(&everything()).await.unwrap());
        store.create_user(&user(ALICE), &[email(ALICE, "alice@example.com")], &[]).await.unwrap();
        assert!(store.mail_enqueue(&mail("mail")).await.unwrap());
    }
}
