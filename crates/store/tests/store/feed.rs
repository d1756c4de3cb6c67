//! How a node learns which objects have changed.

use crate::ground::*;
use crate::rows::*;
use vestibule_store::*;

fn objects(since: Since) -> (i64, Vec<ObjectKey>) {
    let Since::Objects { version, objects } = since else { panic!("{since:?}") };
    (version, objects)
}

story! {
    async fn a_node_reads_what_changed_since_it_looked(ground: &Ground) {
        let store = &ground.store;
        assert_eq!(objects(store.changes_since(TENANT, 0, 10).await.unwrap()), (0, vec![]));
        done(store.commit(&everything()).await.unwrap());
        done(store.commit(&change().put(Put::Scope(scope("tasks.write"))).put(flow_with(FLOW, "new"))).await.unwrap());
        done(store.commit(&change().delete(Delete::Flow(FLOW.into()))).await.unwrap());
        let since = objects(store.changes_since(TENANT, 1, 10).await.unwrap());
        assert_eq!(since, (3, vec![application_key(), flow_key(FLOW)]), "each once, deleted ones too");
        assert_eq!(objects(store.changes_since(TENANT, 3, 10).await.unwrap()), (3, vec![]));
        assert_eq!(objects(store.changes_since(TENANT, 0, 10).await.unwrap()).1.len(), 6);
        let too_many = store.changes_since(TENANT, 0, 8).await.unwrap();
        assert_eq!(too_many, Since::Everything { version: 3 }, "six, two and one");
    }
}

story! {
    async fn a_change_by_an_older_program_reloads_the_tenant(ground: &Ground) {
        let store = &ground.store;
        done(store.commit(&everything()).await.unwrap());
        // As the previous version writes: no column for versions, no row of changes.
        ground
            .meddle(&format!(
                "INSERT INTO flows (tenant, name_lower, name, body, updated_at)
                   VALUES ('{TENANT}', 'b2c_1_old', 'B2C_1_old', '{{}}', 1);
                 INSERT INTO versions (tenant, version) VALUES ('{TENANT}', 1)
                   ON CONFLICT (tenant) DO UPDATE SET version = versions.version + 1"
            ))
            .await;
        assert_eq!(store.changes_since(TENANT, 1, 10).await.unwrap(), Since::Everything { version: 2 });
        assert_eq!(store.flow(TENANT, "B2C_1_old").await.unwrap().unwrap().version, 1);
        done(store.commit(&change().put(flow_with("B2C_1_old", "new"))).await.unwrap());
        assert_eq!(store.changes_since(TENANT, 1, 10).await.unwrap(), Since::Everything { version: 3 });
        assert_eq!(objects(store.changes_since(TENANT, 2, 10).await.unwrap()), (3, vec![flow_key("B2C_1_old")]));
    }
}

story! {
    async fn a_version_from_the_future_reloads_the_tenant(ground: &Ground) {
        done(ground.store.commit(&everything()).await.unwrap());
        let since = ground.store.changes_since(TENANT, 9, 10).await.unwrap();
        assert_eq!(since, Since::Everything { version: 1 }, "a backup was restored");
    }
}

story! {
    async fn every_write_of_one_row_names_its_object(ground: &Ground) {
        let store = &ground.store;
        store.put(Put::Application(application())).await.unwrap();
        store.put(Put::Scope(scope("tasks.read"))).await.unwrap();
        store.put(Put::Flow(flow(FLOW))).await.unwrap();
        store.put(Put::SigningKey(signing_key("key"))).await.unwrap();
        assert!(store.retire("key", NOW).await.unwrap());
        assert!(!store.retire("key", NOW).await.unwrap(), "its end is as wanted");
        let (version, named) = objects(store.changes_since(TENANT, 0, 10).await.unwrap());
        let container = ObjectKey::new(ObjectKind::KeyContainer, CONTAINER);
        assert_eq!((version, named), (5, vec![application_key(), flow_key(FLOW), container]));
        assert_eq!(store.application(TENANT, APP).await.unwrap().unwrap().version, 2);
    }
}

/// The number of racing writers, and of changes that each makes.
const WRITERS: usize = 6;
const CHANGES: usize = 5;

story! {
    async fn a_reader_beside_racing_writers_misses_no_change(ground: &Ground) {
        let (store, other) = (ground.store.clone(), ground.another().await);
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            let store = if writer % 2 == 0 { store.clone() } else { other.clone() };
            writers.spawn(async move {
                for n in 0..CHANGES {
                    let set = change().put(Put::Flow(flow(&format!("B2C_1_{writer}_{n}"))));
                    done(store.commit(&set).await.unwrap());
                }
            });
        }
        let (mut known, mut seen) = (0, Vec::new());
        while seen.len() < WRITERS * CHANGES {
            let (version, objects) = objects(store.changes_since(TENANT, known, 100).await.unwrap());
            assert_eq!(i64::try_from(objects.len()).unwrap(), version - known, "a number for each change");
            for object in &objects {
                assert!(store.flow(TENANT, object.id()).await.unwrap().is_some(), "{object:?} can be read");
            }
            known = version;
            seen.extend(objects);
        }
        writers.join_all().await;
        other.close().await;
        assert_eq!(store.flows(TENANT).await.unwrap().len(), WRITERS * CHANGES);
    }
}

story! {
    async fn all_versions_are_one_query_and_told_only_when_they_moved(ground: &Ground) {
        let store = &ground.store;
        done(store.commit(&everything()).await.unwrap());
        store.put(Put::Tenant(other_tenant())).await.unwrap();
        done(store.commit(&change().put(flow_with(FLOW, "new"))).await.unwrap());
        let expected = [(TENANT, 2), (OTHER, 1)].map(|(id, version)| TenantVersion { tenant: id.into(), version });
        assert_eq!(store.tenant_versions_above(2).await.unwrap(), expected);
        assert!(store.tenant_versions_above(3).await.unwrap().is_empty());
        let heads = store.tenant_heads().await.unwrap();
        let heads: Vec<_> = heads.iter().map(|head| (head.name.as_str(), head.domain.as_str(), head.version)).collect();
        assert_eq!(heads, [("contoso", "contoso.onmicrosoft.com", 2), ("fabrikam", "fabrikam.example", 1)]);
    }
}

story! {
    async fn changes_of_a_thousand_versions_ago_are_forgotten(ground: &Ground) {
        let store = &ground.store;
        done(store.commit(&everything()).await.unwrap());
        ground.meddle("UPDATE versions SET version = 1000").await;
        done(store.commit(&change().put(flow_with(FLOW, "new"))).await.unwrap());
        ground.meddle("UPDATE versions SET version = 1").await;
        let since = store.changes_since(TENANT, 0, 10).await.unwrap();
        assert_eq!(since, Since::Everything { version: 1 }, "the first version's rows are gone");
    }
}
