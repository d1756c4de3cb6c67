//! Tenants, applications, flows, policies and keys, and the version that signals changes.

use crate::ground::*;
use crate::rows::*;
use vestibule_store::*;

/// Reads the application with everything that belongs to it.
async fn registration(store: &Store) -> Registration {
    store.application(TENANT, APP).await.unwrap().unwrap()
}

/// The records without their versions.
fn records<T>(rows: Vec<Versioned<T>>) -> Vec<T> {
    rows.into_iter().map(|row| row.record).collect()
}

story! {
    async fn only_a_change_moves_the_version(ground: &Ground) {
        let store = &ground.store;
        assert_eq!((store.version(TENANT).await.unwrap(), store.versions().await.unwrap()), (0, 0));
        assert!(store.put(Put::Tenant(tenant())).await.unwrap());
        assert!(!store.put(Put::Tenant(tenant())).await.unwrap());
        assert_eq!(store.version(TENANT).await.unwrap(), 1);
        let changed = TenantRecord { display_name: "Contoso Ltd".into(), ..tenant() };
        assert!(store.put(Put::Tenant(changed.clone())).await.unwrap());
        let other = other_tenant();
        assert!(store.put(Put::Tenant(other.clone())).await.unwrap());
        assert_eq!(store.version(TENANT).await.unwrap(), 2);
        assert_eq!(store.versions().await.unwrap(), 3, "the sum over all tenants");
        assert_eq!(store.tenants().await.unwrap(), [changed, other]);

        let clash = TenantRecord { id: "third".into(), ..tenant() };
        assert!(matches!(store.put(Put::Tenant(clash)).await, Err(StoreError::Conflict)));
        assert_eq!(store.versions().await.unwrap(), 3);
    }
}

story! {
    async fn applications_come_and_go_with_all_they_have(ground: &Ground) {
        let store = &ground.store;
        assert!(store.put(Put::Application(application())).await.unwrap());
        let touched = ApplicationRecord { updated_at: NOW + 1, ..application() };
        assert!(!store.put(Put::Application(touched.clone())).await.unwrap(), "the time alone is no change");
        let renamed = ApplicationRecord { name: "web".into(), ..touched };
        assert!(store.put(Put::Application(renamed.clone())).await.unwrap());
        assert_eq!(records(store.applications(TENANT).await.unwrap()), [renamed]);
        assert!(store.applications(OTHER).await.unwrap().is_empty());

        store.put(Put::Credential(credential("credential"))).await.unwrap();
        store.put(Put::Scope(scope("tasks.read"))).await.unwrap();
        store.put(Put::AppRole(role())).await.unwrap();
        store.put(Put::Permission(permission())).await.unwrap();
        store.code_create(&grant("g"), &code("c", "g"), &[]).await.unwrap();
        let before = store.version(TENANT).await.unwrap();
        assert!(store.delete(Delete::Application(APP.into())).await.unwrap());
        assert!(!store.delete(Delete::Application(APP.into())).await.unwrap());
        assert_eq!(store.version(TENANT).await.unwrap(), before + 1);
        assert_eq!(store.application(TENANT, APP).await.unwrap(), None);
        assert_eq!(store.code_peek(TENANT, "c").await.unwrap(), None);
        store.put(Put::Application(application())).await.unwrap();
        let bare = Versioned { record: application(), version: before + 2 };
        assert_eq!(registration(store).await, bare.into(), "made again, it has none of what it had");
    }
}

story! {
    async fn credentials_are_added_changed_and_removed(ground: &Ground) {
        let store = &ground.store;
        let orphan = store.put(Put::Credential(credential("credential"))).await;
        assert!(matches!(orphan, Err(StoreError::Conflict)), "without an application: {orphan:?}");
        store.put(Put::Application(application())).await.unwrap();
        assert!(store.put(Put::Credential(credential("credential"))).await.unwrap());
        assert!(!store.put(Put::Credential(credential("credential"))).await.unwrap());
        let ending = CredentialRecord { expires_at: Some(NOW + DAY), ..credential("credential") };
        assert!(store.put(Put::Credential(ending.clone())).await.unwrap());
        assert!(!store.put(Put::Credential(ending.clone())).await.unwrap());
        let certificate = CredentialRecord {
            id: "certificate".into(),
            kind: CredentialKind::Certificate,
            created_at: NOW + 1,
            certificate: Some("MIIC".into()),
            ..credential("credential")
        };
        assert!(store.put(Put::Credential(certificate.clone())).await.unwrap());
        assert_eq!(registration(store).await.credentials, [ending, certificate]);
        assert!(store.delete(Delete::Credential("credential".into())).await.unwrap());
        assert!(!store.delete(Delete::Credential("credential".into())).await.unwrap());
        assert_eq!(registration(store).await.credentials.len(), 1);
    }
}

story! {
    async fn scopes_and_roles_are_added_changed_and_removed(ground: &Ground) {
        let store = &ground.store;
        assert!(matches!(store.put(Put::Scope(scope("tasks.read"))).await, Err(StoreError::Conflict)));
        assert!(matches!(store.put(Put::AppRole(role())).await, Err(StoreError::Conflict)));
        store.put(Put::Application(application())).await.unwrap();
        assert!(store.put(Put::Scope(scope("tasks.read"))).await.unwrap());
        assert!(!store.put(Put::Scope(scope("tasks.read"))).await.unwrap());
        let off = ScopeRecord { enabled: false, ..scope("tasks.read") };
        assert!(store.put(Put::Scope(off.clone())).await.unwrap());
        assert_eq!(registration(store).await.scopes, [off]);
        assert!(store.delete(Delete::Scope { client_id: APP.into(), name: "tasks.read".into() }).await.unwrap());
        assert!(!store.delete(Delete::Scope { client_id: APP.into(), name: "tasks.read".into() }).await.unwrap());

        assert!(store.put(Put::AppRole(role())).await.unwrap());
        let described = AppRoleRecord { body: r#"{"displayName":"Manage"}"#.into(), ..role() };
        assert!(store.put(Put::AppRole(described.clone())).await.unwrap());
        assert!(!store.put(Put::AppRole(described.clone())).await.unwrap());
        assert_eq!(registration(store).await.app_roles, [described]);
        assert!(store.delete(Delete::AppRole { client_id: APP.into(), value: "tasks.manage".into() }).await.unwrap());
        assert!(registration(store).await.app_roles.is_empty());
    }
}

story! {
    async fn a_permission_is_asked_for_consented_and_taken_back(ground: &Ground) {
        let store = &ground.store;
        assert!(matches!(store.put(Put::Permission(permission())).await, Err(StoreError::Conflict)));
        store.put(Put::Application(application())).await.unwrap();
        assert!(store.put(Put::Permission(permission())).await.unwrap());
        let consented = PermissionRecord { consented_at: Some(NOW), ..permission() };
        assert!(store.put(Put::Permission(consented.clone())).await.unwrap());
        assert!(!store.put(Put::Permission(consented.clone())).await.unwrap());
        let of_itself = PermissionRecord { kind: PermissionKind::Application, ..permission() };
        assert!(store.put(Put::Permission(of_itself.clone())).await.unwrap());
        assert_eq!(registration(store).await.permissions, [of_itself, consented]);
        let PermissionRecord { client_id, resource, value, kind, .. } = permission();
        let delegated = Delete::Permission { client_id, resource, value, kind };
        assert!(store.delete(delegated.clone()).await.unwrap());
        assert!(!store.delete(delegated).await.unwrap());
        assert_eq!(registration(store).await.permissions.len(), 1);
    }
}

story! {
    async fn flows_and_policies_are_one_without_regard_to_case(ground: &Ground) {
        let store = &ground.store;
        assert!(store.put(Put::Flow(flow("B2C_1_signupsignin1"))).await.unwrap());
        assert!(!store.put(Put::Flow(flow("B2C_1_signupsignin1"))).await.unwrap());
        assert!(store.put(Put::Flow(flow("B2C_1_SignUpSignIn1"))).await.unwrap());
        assert_eq!(records(store.flows(TENANT).await.unwrap()), [flow("B2C_1_SignUpSignIn1")]);
        assert!(store.delete(Delete::Flow("b2c_1_SIGNUPSIGNIN1".into())).await.unwrap());
        assert!(store.flows(TENANT).await.unwrap().is_empty());

        assert!(store.put(Put::Policy(policy("B2C_1A_SIGNIN"))).await.unwrap());
        assert!(store.put(Put::Policy(policy("B2C_1A_signin"))).await.unwrap());
        assert!(!store.put(Put::Policy(policy("B2C_1A_signin"))).await.unwrap());
        assert_eq!(records(store.policies(TENANT).await.unwrap()), [policy("B2C_1A_signin")]);
        assert!(store.delete(Delete::Policy("b2c_1a_signin".into())).await.unwrap());
        assert!(!store.delete(Delete::Policy("b2c_1a_signin".into())).await.unwrap());
    }
}

story! {
    async fn attributes_and_key_containers_are_added_changed_and_removed(ground: &Ground) {
        let store = &ground.store;
        assert!(store.put(Put::CustomAttribute(attribute())).await.unwrap());
        assert!(!store.put(Put::CustomAttribute(attribute())).await.unwrap());
        assert_eq!(records(store.custom_attributes(TENANT).await.unwrap()), [attribute()]);
        assert!(store.delete(Delete::CustomAttribute("LoyaltyNumber".into())).await.unwrap());

        assert!(store.put(Put::KeyContainer(container())).await.unwrap());
        let changed = KeyContainerRecord { body: "sealed anew".into(), ..container() };
        assert!(store.put(Put::KeyContainer(changed.clone())).await.unwrap());
        assert!(!store.put(Put::KeyContainer(changed.clone())).await.unwrap());
        assert_eq!(records(store.key_containers(TENANT).await.unwrap()), [changed]);
        assert!(store.delete(Delete::KeyContainer(CONTAINER.into())).await.unwrap());
        assert!(!store.delete(Delete::KeyContainer(CONTAINER.into())).await.unwrap());
    }
}

story! {
    async fn signing_keys_are_listed_in_the_order_of_use_and_retired(ground: &Ground) {
        let store = &ground.store;
        let key = |kid: &str, use_from| SigningKeyRecord { use_from, ..signing_key(kid) };
        store.put(Put::SigningKey(key("next", NOW + DAY))).await.unwrap();
        store.put(Put::SigningKey(key("now", NOW))).await.unwrap();
        assert!(matches!(store.put(Put::SigningKey(key("now", NOW))).await, Err(StoreError::Conflict)));
        assert!(store.retire("now", NOW + 2 * DAY).await.unwrap());
        assert!(!store.retire("none", NOW).await.unwrap());
        let retired = SigningKeyRecord { retire_at: Some(NOW + 2 * DAY), ..key("now", NOW) };
        assert_eq!(store.list_signing_keys(TENANT).await.unwrap(), [retired, key("next", NOW + DAY)]);
        assert_eq!(store.version(TENANT).await.unwrap(), 3, "every node learns of it");
    }
}
