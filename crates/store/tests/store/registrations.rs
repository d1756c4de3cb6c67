//! Tenants, applications, flows, policies and keys, and the version that tells of changes.

use crate::ground::*;
use vestibule_store::*;

fn tenant() -> TenantRecord {
    TenantRecord {
        id: TENANT.into(),
        name: "contoso".into(),
        domain: "contoso.onmicrosoft.com".into(),
        display_name: "Contoso".into(),
        body: "{}".into(),
    }
}

story! {
    async fn only_a_change_moves_the_version(ground: &Ground) {
        let store = &ground.store;
        assert_eq!((store.version(TENANT).await.unwrap(), store.versions().await.unwrap()), (0, 0));
        assert!(store.upsert_tenant(&tenant()).await.unwrap());
        assert!(!store.upsert_tenant(&tenant()).await.unwrap());
        assert_eq!(store.version(TENANT).await.unwrap(), 1);
        let changed = TenantRecord { display_name: "Contoso Ltd".into(), ..tenant() };
        assert!(store.upsert_tenant(&changed).await.unwrap());
        let other =
            TenantRecord { id: OTHER.into(), name: "fabrikam".into(), domain: "fabrikam.example".into(), ..tenant() };
        assert!(store.upsert_tenant(&other).await.unwrap());
        assert_eq!(store.version(TENANT).await.unwrap(), 2);
        assert_eq!(store.versions().await.unwrap(), 3, "the sum over all tenants");
        assert_eq!(store.tenants().await.unwrap(), [changed, other]);

        let clash = TenantRecord { id: "third".into(), ..tenant() };
        assert!(matches!(store.upsert_tenant(&clash).await, Err(StoreError::Conflict)));
        assert_eq!(store.versions().await.unwrap(), 3);
    }
}

story! {
    async fn applications_come_and_go_with_all_they_have(ground: &Ground) {
        let store = &ground.store;
        assert!(store.upsert_application(&application()).await.unwrap());
        let touched = ApplicationRecord { updated_at: NOW + 1, ..application() };
        assert!(!store.upsert_application(&touched).await.unwrap(), "the time alone is no change");
        let renamed = ApplicationRecord { name: "web".into(), ..touched };
        assert!(store.upsert_application(&renamed).await.unwrap());
        assert_eq!(store.list_applications(TENANT).await.unwrap(), [renamed]);
        assert!(store.list_applications(OTHER).await.unwrap().is_empty());

        store.upsert_credential(&credential()).await.unwrap();
        store.upsert_scope(&scope()).await.unwrap();
        store.upsert_app_role(&role()).await.unwrap();
        store.upsert_permission(&permission()).await.unwrap();
        store.code_create(&grant("g"), &code("c", "g"), &[]).await.unwrap();
        let before = store.version(TENANT).await.unwrap();
        assert!(store.delete_application(TENANT, APP).await.unwrap());
        assert!(!store.delete_application(TENANT, APP).await.unwrap());
        assert_eq!(store.version(TENANT).await.unwrap(), before + 1);
        assert!(store.list_credentials(TENANT).await.unwrap().is_empty());
        assert!(store.list_scopes(TENANT).await.unwrap().is_empty());
        assert!(store.list_app_roles(TENANT).await.unwrap().is_empty());
        assert!(store.list_permissions(TENANT).await.unwrap().is_empty());
        assert_eq!(store.code_peek(TENANT, "c").await.unwrap(), None);
    }
}

fn credential() -> CredentialRecord {
    CredentialRecord {
        tenant: TENANT.into(),
        id: "credential".into(),
        client_id: APP.into(),
        kind: CredentialKind::Secret,
        hash: "hash".into(),
        hint: "abc".into(),
        description: "first".into(),
        created_at: NOW,
        expires_at: None,
        certificate: None,
    }
}

story! {
    async fn credentials_are_added_changed_and_removed(ground: &Ground) {
        let store = &ground.store;
        let orphan = store.upsert_credential(&credential()).await;
        assert!(matches!(orphan, Err(StoreError::Conflict)), "without an application: {orphan:?}");
        store.upsert_application(&application()).await.unwrap();
        assert!(store.upsert_credential(&credential()).await.unwrap());
        assert!(!store.upsert_credential(&credential()).await.unwrap());
        let ending = CredentialRecord { expires_at: Some(NOW + DAY), ..credential() };
        assert!(store.upsert_credential(&ending).await.unwrap());
        assert!(!store.upsert_credential(&ending).await.unwrap());
        let certificate = CredentialRecord {
            id: "certificate".into(),
            kind: CredentialKind::Certificate,
            created_at: NOW + 1,
            certificate: Some("MIIC".into()),
            ..credential()
        };
        assert!(store.upsert_credential(&certificate).await.unwrap());
        assert_eq!(store.list_credentials(TENANT).await.unwrap(), [ending, certificate]);
        assert!(store.delete_credential(TENANT, "credential").await.unwrap());
        assert!(!store.delete_credential(TENANT, "credential").await.unwrap());
        assert_eq!(store.list_credentials(TENANT).await.unwrap().len(), 1);
    }
}

fn scope() -> ScopeRecord {
    ScopeRecord {
        tenant: TENANT.into(),
        client_id: APP.into(),
        name: "tasks.read".into(),
        body: "{}".into(),
        enabled: true,
    }
}

fn role() -> AppRoleRecord {
    AppRoleRecord { tenant: TENANT.into(), client_id: APP.into(), value: "tasks.manage".into(), body: "{}".into() }
}

fn permission() -> PermissionRecord {
    PermissionRecord {
        tenant: TENANT.into(),
        client_id: APP.into(),
        resource: "https://contoso.onmicrosoft.com/tasks-api".into(),
        value: "tasks.read".into(),
        kind: PermissionKind::Delegated,
        consented_at: None,
    }
}

story! {
    async fn scopes_and_roles_are_added_changed_and_removed(ground: &Ground) {
        let store = &ground.store;
        assert!(matches!(store.upsert_scope(&scope()).await, Err(StoreError::Conflict)));
        assert!(matches!(store.upsert_app_role(&role()).await, Err(StoreError::Conflict)));
        store.upsert_application(&application()).await.unwrap();
        assert!(store.upsert_scope(&scope()).await.unwrap());
        assert!(!store.upsert_scope(&scope()).await.unwrap());
        let off = ScopeRecord { enabled: false, ..scope() };
        assert!(store.upsert_scope(&off).await.unwrap());
        assert_eq!(store.list_scopes(TENANT).await.unwrap(), [off]);
        assert!(store.delete_scope(TENANT, APP, "tasks.read").await.unwrap());
        assert!(!store.delete_scope(TENANT, APP, "tasks.read").await.unwrap());

        assert!(store.upsert_app_role(&role()).await.unwrap());
        let described = AppRoleRecord { body: r#"{"displayName":"Manage"}"#.into(), ..role() };
        assert!(store.upsert_app_role(&described).await.unwrap());
        assert!(!store.upsert_app_role(&described).await.unwrap());
        assert_eq!(store.list_app_roles(TENANT).await.unwrap(), [described]);
        assert!(store.delete_app_role(TENANT, APP, "tasks.manage").await.unwrap());
        assert!(store.list_app_roles(TENANT).await.unwrap().is_empty());
    }
}

story! {
    async fn a_permission_is_asked_for_consented_and_taken_back(ground: &Ground) {
        let store = &ground.store;
        assert!(matches!(store.upsert_permission(&permission()).await, Err(StoreError::Conflict)));
        store.upsert_application(&application()).await.unwrap();
        assert!(store.upsert_permission(&permission()).await.unwrap());
        let consented = PermissionRecord { consented_at: Some(NOW), ..permission() };
        assert!(store.upsert_permission(&consented).await.unwrap());
        assert!(!store.upsert_permission(&consented).await.unwrap());
        let of_itself = PermissionRecord { kind: PermissionKind::Application, ..permission() };
        assert!(store.upsert_permission(&of_itself).await.unwrap());
        assert_eq!(store.list_permissions(TENANT).await.unwrap(), [of_itself, consented.clone()]);
        assert!(store.delete_permission(&permission()).await.unwrap());
        assert!(!store.delete_permission(&consented).await.unwrap());
        assert_eq!(store.list_permissions(TENANT).await.unwrap().len(), 1);
    }
}

story! {
    async fn flows_and_policies_are_one_without_regard_to_case(ground: &Ground) {
        let store = &ground.store;
        let flow = |name: &str| FlowRecord {
            tenant: TENANT.into(),
            name: name.into(),
            body: "{}".into(),
            updated_at: NOW,
        };
        assert!(store.upsert_flow(&flow("B2C_1_signupsignin1")).await.unwrap());
        assert!(!store.upsert_flow(&flow("B2C_1_signupsignin1")).await.unwrap());
        assert!(store.upsert_flow(&flow("B2C_1_SignUpSignIn1")).await.unwrap());
        assert_eq!(store.list_flows(TENANT).await.unwrap(), [flow("B2C_1_SignUpSignIn1")]);
        assert!(store.delete_flow(TENANT, "b2c_1_SIGNUPSIGNIN1").await.unwrap());
        assert!(store.list_flows(TENANT).await.unwrap().is_empty());

        let policy = |id: &str| PolicyRecord {
            tenant: TENANT.into(),
            id: id.into(),
            xml: "<TrustFrameworkPolicy/>".into(),
            updated_at: NOW,
        };
        assert!(store.upsert_policy(&policy("B2C_1A_SIGNIN")).await.unwrap());
        assert!(store.upsert_policy(&policy("B2C_1A_signin")).await.unwrap());
        assert!(!store.upsert_policy(&policy("B2C_1A_signin")).await.unwrap());
        assert_eq!(store.list_policies(TENANT).await.unwrap(), [policy("B2C_1A_signin")]);
        assert!(store.delete_policy(TENANT, "b2c_1a_signin").await.unwrap());
        assert!(!store.delete_policy(TENANT, "b2c_1a_signin").await.unwrap());
    }
}

story! {
    async fn attributes_and_key_containers_are_added_changed_and_removed(ground: &Ground) {
        let store = &ground.store;
        let attribute =
            CustomAttributeRecord { tenant: TENANT.into(), name: "LoyaltyNumber".into(), body: "{}".into() };
        assert!(store.upsert_custom_attribute(&attribute).await.unwrap());
        assert!(!store.upsert_custom_attribute(&attribute).await.unwrap());
        assert_eq!(store.list_custom_attributes(TENANT).await.unwrap(), [attribute]);
        assert!(store.delete_custom_attribute(TENANT, "LoyaltyNumber").await.unwrap());

        let container = KeyContainerRecord {
            tenant: TENANT.into(),
            name: "B2C_1A_FacebookSecret".into(),
            body: "sealed".into(),
            updated_at: NOW,
        };
        assert!(store.upsert_key_container(&container).await.unwrap());
        let changed = KeyContainerRecord { body: "sealed anew".into(), ..container };
        assert!(store.upsert_key_container(&changed).await.unwrap());
        assert!(!store.upsert_key_container(&changed).await.unwrap());
        assert_eq!(store.list_key_containers(TENANT).await.unwrap(), [changed]);
        assert!(store.delete_key_container(TENANT, "B2C_1A_FacebookSecret").await.unwrap());
        assert!(!store.delete_key_container(TENANT, "B2C_1A_FacebookSecret").await.unwrap());
    }
}

story! {
    async fn signing_keys_are_listed_in_the_order_of_use_and_retired(ground: &Ground) {
        let store = &ground.store;
        let key = |kid: &str, use_from| SigningKeyRecord {
            tenant: TENANT.into(),
            kid: kid.into(),
            container: "B2C_1A_TokenSigningKeyContainer".into(),
            private_key: "sealed".into(),
            public_jwk: "{}".into(),
            created_at: NOW,
            use_from,
            retire_at: None,
        };
        store.signing_key_insert(&key("next", NOW + DAY)).await.unwrap();
        store.signing_key_insert(&key("now", NOW)).await.unwrap();
        assert!(matches!(store.signing_key_insert(&key("now", NOW)).await, Err(StoreError::Conflict)));
        assert!(store.signing_key_retire(TENANT, "now", NOW + 2 * DAY).await.unwrap());
        assert!(!store.signing_key_retire(TENANT, "none", NOW).await.unwrap());
        let retired = SigningKeyRecord { retire_at: Some(NOW + 2 * DAY), ..key("now", NOW) };
        assert_eq!(store.list_signing_keys(TENANT).await.unwrap(), [retired, key("next", NOW + DAY)]);
        assert_eq!(store.version(TENANT).await.unwrap(), 3, "every node learns of it");
    }
}
