//! Changes of a tenant's configuration: written completely, at the version that was read, or not at all.

use crate::ground::*;
use crate::rows::*;
use vestibule_store::*;

story! {
    async fn a_change_of_many_objects_is_one_version_of_the_tenant(ground: &Ground) {
        let store = &ground.store;
        let (version, objects) = done(store.commit(&everything()).await.unwrap());
        assert_eq!((version, objects), (1, vec![1; 6]), "six objects, one of them with five rows");
        assert_eq!(store.version(TENANT).await.unwrap(), 1);
        let registration = store.application(TENANT, APP).await.unwrap().unwrap();
        assert_eq!((registration.application, registration.version), (application(), 1));
        assert_eq!(registration.credentials, [credential("secret")]);
        assert_eq!(store.list_signing_keys(TENANT).await.unwrap(), [signing_key("key")]);
    }
}

story! {
    async fn a_repeat_writes_nothing_and_says_so(ground: &Ground) {
        let store = &ground.store;
        let mut set = change().put(Put::Flow(flow(FLOW))).put(Put::Tenant(tenant()));
        set.audit = vec![event("1")];
        done(store.commit(&set).await.unwrap());
        set.audit = vec![event("2")];
        assert_eq!(store.commit(&set).await.unwrap(), Committed::Unchanged);
        let later = FlowRecord { updated_at: NOW + 1, ..flow(FLOW) };
        assert_eq!(store.commit(&change().put(Put::Flow(later))).await.unwrap(), Committed::Unchanged);
        assert_eq!(store.flow(TENANT, FLOW).await.unwrap(), Some(Versioned { record: flow(FLOW), version: 1 }));
        assert_eq!((store.version(TENANT).await.unwrap(), events(store).await), (1, vec!["1".to_owned()]));
        set.audit_always = true;
        assert_eq!(store.commit(&set).await.unwrap(), Committed::Unchanged);
        assert_eq!(events(store).await, ["2", "1"], "an attempt that the caller wants on record");
    }
}

story! {
    async fn of_many_writers_who_read_the_same_version_one_wins(ground: &Ground) {
        let store = &ground.store;
        done(store.commit(&change().put(Put::Flow(flow(FLOW)))).await.unwrap());
        let mut all = tokio::task::JoinSet::new();
        for n in 0..10 {
            let store = store.clone();
            let set = change().expect(flow_key(FLOW), 1).put(flow_with(FLOW, &n.to_string()));
            all.spawn(async move { store.commit(&set).await.unwrap() });
        }
        let (won, lost): (Vec<_>, Vec<_>) =
            all.join_all().await.into_iter().partition(|committed| matches!(committed, Committed::Done { .. }));
        assert_eq!(won.len(), 1, "{won:?}");
        assert!(lost.iter().all(|stale| *stale == Committed::Stale { object: flow_key(FLOW), version: 2 }), "{lost:?}");
        assert_eq!(store.flow(TENANT, FLOW).await.unwrap().unwrap().version, 2);
    }
}

story! {
    async fn a_stale_change_writes_nothing(ground: &Ground) {
        let store = &ground.store;
        done(store.commit(&everything()).await.unwrap());
        let mut set = change().expect(application_key(), 1).expect(flow_key("b2c_1_SIGNUPSIGNIN1"), 7);
        set = set.put(Put::Flow(flow("B2C_1_other"))).delete(Delete::Application(APP.into()));
        set.audit = vec![event("1")];
        assert_eq!(store.commit(&set).await.unwrap(), Committed::Stale { object: flow_key(FLOW), version: 1 });
        assert_eq!(store.flow(TENANT, "B2C_1_other").await.unwrap(), None);
        assert!(store.application(TENANT, APP).await.unwrap().is_some());
        assert_eq!((store.version(TENANT).await.unwrap(), events(store).await.len()), (1, 0));
    }
}

story! {
    async fn version_0_demands_that_an_object_does_not_exist(ground: &Ground) {
        let store = &ground.store;
        let create = change().expect(flow_key(FLOW), 0).put(flow_with(FLOW, "first"));
        done(store.commit(&create).await.unwrap());
        let again = change().expect(flow_key(FLOW), 0).put(flow_with(FLOW, "second"));
        assert_eq!(store.commit(&again).await.unwrap(), Committed::Stale { object: flow_key(FLOW), version: 1 });
        let gone = change().expect(flow_key("B2C_1_gone"), 3).delete(Delete::Flow("B2C_1_gone".into()));
        assert_eq!(store.commit(&gone).await.unwrap(), Committed::Stale { object: flow_key("B2C_1_gone"), version: 0 });
    }
}

story! {
    async fn a_row_that_conflicts_undoes_the_whole_change(ground: &Ground) {
        let store = &ground.store;
        store.put(Put::Tenant(other_tenant())).await.unwrap();
        let taken = TenantRecord { domain: other_tenant().domain, ..tenant() };
        let mut set = change().put(Put::Flow(flow(FLOW))).put(Put::Tenant(taken));
        set.audit = vec![event("1")];
        assert!(matches!(store.commit(&set).await, Err(StoreError::Conflict)));
        let orphan = change().put(Put::Flow(flow(FLOW))).put(Put::Scope(scope("tasks.read")));
        assert!(matches!(store.commit(&orphan).await, Err(StoreError::Conflict)), "a part without its application");
        store.audit(&[event("2")]).await.unwrap();
        set = ChangeSet { audit: vec![event("2")], ..change().put(Put::Flow(flow(FLOW))) };
        assert!(matches!(store.commit(&set).await, Err(StoreError::Conflict)), "an entry that exists");
        assert!(store.flows(TENANT).await.unwrap().is_empty());
        assert_eq!((store.version(TENANT).await.unwrap(), events(store).await), (0, vec!["2".to_owned()]));
    }
}

story! {
    async fn a_row_of_another_tenant_is_rejected(ground: &Ground) {
        let set = ChangeSet::new(OTHER).put(Put::Flow(flow(FLOW)));
        assert!(matches!(ground.store.commit(&set).await, Err(StoreError::Refused)));
        assert!(ground.store.flows(TENANT).await.unwrap().is_empty());
    }
}

story! {
    async fn each_part_counts_in_its_applications_version(ground: &Ground) {
        let store = &ground.store;
        done(store.commit(&everything()).await.unwrap());
        let off = ScopeRecord { enabled: false, ..scope("tasks.read") };
        let several = change().put(Put::Scope(off)).put(Put::Scope(scope("tasks.write")));
        assert_eq!(done(store.commit(&several).await.unwrap()), (2, vec![2]), "two parts, one step");
        let expecting = change().expect(application_key(), 2).delete(Delete::Credential("secret".into()));
        assert_eq!(done(store.commit(&expecting).await.unwrap()), (3, vec![3]));
        let PermissionRecord { client_id, resource, value, kind, .. } = permission();
        let rest = change()
            .delete(Delete::Permission { client_id: client_id.clone(), resource, value, kind })
            .delete(Delete::AppRole { client_id: client_id.clone(), value: role().value })
            .delete(Delete::Scope { client_id, name: "tasks.read".into() });
        assert_eq!(done(store.commit(&rest).await.unwrap()), (4, vec![4]));
        assert_eq!(store.commit(&rest).await.unwrap(), Committed::Unchanged);
        let registration = store.application(TENANT, APP).await.unwrap().unwrap();
        assert_eq!(registration.scopes, [scope("tasks.write")]);
        assert_eq!((registration.credentials.len(), registration.permissions.len()), (0, 0));
    }
}

story! {
    async fn a_credential_cannot_move_to_another_application(ground: &Ground) {
        let store = &ground.store;
        let other = ApplicationRecord { client_id: "other".into(), ..application() };
        let set = everything().put(Put::Application(other));
        done(store.commit(&set).await.unwrap());
        let moved = CredentialRecord { client_id: "other".into(), ..credential("secret") };
        let committed = store.commit(&change().put(Put::Credential(moved))).await;
        assert!(matches!(committed, Err(StoreError::Conflict)), "{committed:?}");
        assert_eq!(store.application(TENANT, APP).await.unwrap().unwrap().credentials, [credential("secret")]);
    }
}

story! {
    async fn an_object_that_is_made_again_never_has_a_version_that_it_had(ground: &Ground) {
        let store = &ground.store;
        done(store.commit(&change().put(Put::Flow(flow(FLOW)))).await.unwrap());
        done(store.commit(&change().put(flow_with(FLOW, "second"))).await.unwrap());
        done(store.commit(&change().delete(Delete::Flow(FLOW.to_uppercase()))).await.unwrap());
        let again = change().put(Put::Flow(flow(FLOW)));
        assert_eq!(done(store.commit(&again).await.unwrap()), (4, vec![4]));
        let late = change().expect(flow_key(FLOW), 1).put(flow_with(FLOW, "late"));
        assert_eq!(store.commit(&late).await.unwrap(), Committed::Stale { object: flow_key(FLOW), version: 4 });
    }
}

story! {
    async fn deleted_rows_make_room_for_those_that_are_put(ground: &Ground) {
        let store = &ground.store;
        done(store.commit(&everything()).await.unwrap());
        let swap = change().put(Put::Flow(flow("B2C_1_new"))).delete(Delete::Flow(FLOW.into()));
        let again = swap.clone().put(Put::Flow(flow(FLOW)));
        assert_eq!(done(store.commit(&swap).await.unwrap()), (2, vec![2, 0]));
        assert_eq!(done(store.commit(&again).await.unwrap()), (3, vec![3]), "there is nothing to delete");
    }
}

story! {
    async fn signing_keys_count_in_their_containers_version(ground: &Ground) {
        let store = &ground.store;
        done(store.commit(&everything()).await.unwrap());
        done(store.commit(&change().put(Put::SigningKey(signing_key("next")))).await.unwrap());
        assert_eq!(store.key_container(TENANT, CONTAINER).await.unwrap().unwrap().version, 2);
        let retire = vec![Retirement { kid: "key".into(), retire_at: NOW + DAY }];
        let retire = ChangeSet { retire, ..change() };
        done(store.commit(&retire).await.unwrap());
        assert_eq!(store.commit(&retire).await.unwrap(), Committed::Unchanged);
        assert_eq!(store.key_container(TENANT, CONTAINER).await.unwrap().unwrap().version, 3);
        let exists = store.commit(&change().put(Put::SigningKey(signing_key("key")))).await;
        assert!(matches!(exists, Err(StoreError::Conflict)), "{exists:?}");
    }
}

story! {
    async fn requirement_32_an_entry_of_a_change_says_who_made_it(ground: &Ground) {
        let store = &ground.store;
        let actor = Some(r#"{"kind":"person"}"#.to_owned());
        let by = |id: &str| AuditRecord { actor: actor.clone(), ..event(id) };
        let set = ChangeSet { audit: vec![by("1"), by("2")], ..change().put(Put::Flow(flow(FLOW))) };
        done(store.commit(&set).await.unwrap());
        store.audit(&[AuditRecord { at: NOW + 1, ..event("3") }]).await.unwrap();
        let listed = store.list_audit(TENANT, None, None, 10).await.unwrap();
        let actors: Vec<_> = listed.into_iter().map(|entry| (entry.id, entry.actor)).collect();
        assert_eq!(actors, [("3".into(), None), ("2".into(), actor.clone()), ("1".into(), actor.clone())]);
    }
}

story! {
    async fn the_file_that_was_applied_last_is_the_last_of_the_list(ground: &Ground) {
        let store = &ground.store;
        let apply = |hash: &str, applied_at| ChangeSet {
            applied_file: Some(AppliedFile { hash: hash.into(), applied_at }),
            ..change()
        };
        done(store.commit(&apply("a", 1).put(Put::Flow(flow(FLOW)))).await.unwrap());
        assert_eq!(store.commit(&apply("b", 2)).await.unwrap(), Committed::Unchanged, "a file alone is no change");
        store.commit(&apply("b", 3)).await.unwrap();
        store.commit(&apply("c", 4)).await.unwrap();
        store.commit(&apply("a", 5)).await.unwrap();
        let files = store.applied_files(TENANT).await.unwrap();
        let files: Vec<_> = files.iter().map(|file| (file.hash.as_str(), file.applied_at)).collect();
        assert_eq!(files, [("b", 2), ("c", 4), ("a", 5)]);
        assert!(store.applied_files(OTHER).await.unwrap().is_empty());
    }
}
