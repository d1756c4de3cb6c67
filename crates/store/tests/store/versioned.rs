//! Reading objects together with their versions.

use crate::ground::*;
use crate::rows::*;
use vestibule_store::*;

fn versioned<T>(record: T, version: i64) -> Versioned<T> {
    Versioned { record, version }
}

story! {
    async fn a_tenant_is_found_by_its_id(ground: &Ground) {
        let store = &ground.store;
        done(store.commit(&everything()).await.unwrap());
        assert_eq!(store.tenant_by_id(TENANT).await.unwrap(), Some(versioned(tenant(), 1)));
        assert_eq!(store.tenant_by_id(OTHER).await.unwrap(), None);
        let renamed = TenantRecord { display_name: "Contoso Ltd".into(), ..tenant() };
        done(store.commit(&change().put(Put::Tenant(renamed.clone()))).await.unwrap());
        assert_eq!(store.tenant_by_id(TENANT).await.unwrap(), Some(versioned(renamed, 2)));
    }
}

story! {
    async fn an_object_is_read_alone_and_in_the_list_of_its_tenant(ground: &Ground) {
        let store = &ground.store;
        done(store.commit(&everything()).await.unwrap());
        assert_eq!(store.flow(TENANT, &FLOW.to_uppercase()).await.unwrap(), Some(versioned(flow(FLOW), 1)));
        assert_eq!(store.flows(TENANT).await.unwrap(), [versioned(flow(FLOW), 1)]);
        let signin = versioned(policy("B2C_1A_signin"), 1);
        assert_eq!(store.policy(TENANT, "b2c_1a_SIGNIN").await.unwrap(), Some(signin.clone()));
        assert_eq!(store.policies(TENANT).await.unwrap(), [signin]);
        assert_eq!(store.custom_attribute(TENANT, "LoyaltyNumber").await.unwrap(), Some(versioned(attribute(), 1)));
        assert_eq!(store.custom_attributes(TENANT).await.unwrap(), [versioned(attribute(), 1)]);
        assert_eq!(store.key_container(TENANT, CONTAINER).await.unwrap(), Some(versioned(container(), 1)));
        assert_eq!(store.key_containers(TENANT).await.unwrap(), [versioned(container(), 1)]);
        assert_eq!(store.applications(TENANT).await.unwrap(), [versioned(application(), 1)]);
        assert_eq!(store.flow(OTHER, FLOW).await.unwrap(), None);
    }
}

story! {
    async fn an_application_is_read_with_everything_that_belongs_to_it(ground: &Ground) {
        let store = &ground.store;
        let bare = ApplicationRecord { client_id: "bare".into(), name: "api".into(), ..application() };
        done(store.commit(&everything().put(Put::Application(bare.clone()))).await.unwrap());
        let whole = Registration {
            credentials: vec![credential("secret")],
            scopes: vec![scope("tasks.read")],
            app_roles: vec![role()],
            permissions: vec![permission()],
            ..versioned(application(), 1).into()
        };
        assert_eq!(store.application(TENANT, APP).await.unwrap(), Some(whole.clone()));
        assert_eq!(store.registrations(TENANT).await.unwrap(), [versioned(bare, 1).into(), whole]);
        assert_eq!(store.application(TENANT, "none").await.unwrap(), None);
        assert!(store.registrations(OTHER).await.unwrap().is_empty());
    }
}
