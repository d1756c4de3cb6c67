//! Many tenants: unused ones are not loaded, only changed ones are reloaded, and the cache has a limit.

use std::sync::Arc;
use tokio::task::JoinSet;
use vestibule_store::{ChangeSet, Delete, Put};
use vestibule_tenant::registry::{Registry, RegistryCounts, Tenant};
use vestibule_testing::{DEMO, Installation, NOW, POLICY, WEBAPP1};

const OTHER: &str = "[[tenant]]\nname = \"northwind\"\nid = \"6d0b3f9e-51c8-4a7d-9e02-7b4c8a1f5d36\"\n";

async fn demo() -> (Installation, Arc<Registry>) {
    let installation = Installation::demo().await;
    let registry = Arc::new(installation.registry().await);
    (installation, registry)
}

async fn contoso(registry: &Registry) -> Arc<Tenant> {
    registry.tenant("contoso").await.expect("read").expect("contoso")
}

#[tokio::test]
async fn a_start_reads_no_tenant_and_compiles_no_policy() {
    let (_, registry) = demo().await;
    assert_eq!(registry.counts(), RegistryCounts::default());
    assert_eq!(registry.heads().len(), 1);
    assert!(registry.tenant_at_hand("contoso").is_none());
    contoso(&registry).await;
    assert!(registry.tenant_at_hand("CONTOSO.onmicrosoft.com").is_some());
    assert_eq!((registry.counts().tenants_read, registry.counts().policies_compiled), (1, 0));
}

#[tokio::test]
async fn requests_that_come_together_wait_for_one_reading_and_one_compilation() {
    let (_, registry) = demo().await;
    let mut requests = JoinSet::new();
    for _ in 0..16 {
        let registry = Arc::clone(&registry);
        requests
            .spawn(async move { contoso(&registry).await.flow(POLICY).await.expect("compiled").expect("the flow") });
    }
    let flows = requests.join_all().await;
    assert!(flows.iter().all(|flow| Arc::ptr_eq(flow, &flows[0])));
    assert_eq!((registry.counts().tenants_read, registry.counts().policies_compiled), (1, 1));
}

#[tokio::test]
async fn a_change_of_one_application_reads_one_application() {
    let (installation, registry) = demo().await;
    let old = contoso(&registry).await;
    let flow = old.flow(POLICY).await.expect("compiled").expect("the flow");
    let before = registry.counts();
    installation.dev(&DEMO.replacen("name = \"webapp1\"", "name = \"webapp one\"", 1)).await;
    registry.refresh().await.expect("refreshed");
    let (now, after) = (contoso(&registry).await, registry.counts());
    assert_eq!(now.application(WEBAPP1).expect("webapp1").name, "webapp one");
    assert_eq!(old.application(WEBAPP1).expect("webapp1").name, "webapp1", "a request keeps what it took");
    assert_eq!((after.tenants_read, after.applications_read), (before.tenants_read, before.applications_read + 1));
    assert!(Arc::ptr_eq(&now.flow(POLICY).await.expect("at hand").expect("the flow"), &flow), "not compiled again");
}

#[tokio::test]
async fn a_change_of_one_flow_compiles_one_flow() {
    let (installation, registry) = demo().await;
    let old = contoso(&registry).await;
    let count = old.all_flows().await.expect("compiled").len();
    let id = old.id.clone();
    let deletion = ChangeSet::new(&id).delete(Delete::Flow(POLICY.to_owned()));
    installation.store.commit(&deletion).await.expect("deleted");
    registry.refresh().await.expect("refreshed");
    let flows = contoso(&registry).await.all_flows().await.expect("compiled");
    assert_eq!(flows.len(), count - 1);
    installation.dev(DEMO).await;
    registry.refresh().await.expect("refreshed");
    let compiled = registry.counts().policies_compiled;
    contoso(&registry).await.flow(POLICY).await.expect("compiled").expect("it is back");
    assert_eq!(registry.counts().policies_compiled, compiled, "its text is the same: the cache has it");
    assert_eq!(registry.counts().tenants_read, 1);
}

#[tokio::test]
async fn a_change_of_a_tenant_that_nobody_asked_for_reads_nothing() {
    let (installation, registry) = demo().await;
    installation.dev(&DEMO.replacen("name = \"webapp1\"", "name = \"webapp one\"", 1)).await;
    registry.refresh().await.expect("refreshed");
    assert_eq!((registry.counts().tenants_read, registry.counts().applications_read), (0, 0));
    assert_eq!(contoso(&registry).await.application(WEBAPP1).expect("webapp1").name, "webapp one");
}

#[tokio::test]
async fn tenants_appear_and_disappear_as_another_node_makes_and_deletes_them() {
    let (installation, registry) = demo().await;
    assert!(registry.tenant("northwind").await.expect("looked").is_none());
    installation.dev(OTHER).await;
    registry.refresh_if_changed(NOW).await;
    let northwind = registry.tenant("northwind").await.expect("read").expect("northwind");
    let deletion = ChangeSet::new(&northwind.id).delete(Delete::Tenant);
    installation.store.commit(&deletion).await.expect("deleted");
    registry.refresh_if_changed(NOW + 999).await;
    assert!(registry.tenant_at_hand("northwind").is_some(), "the store is asked once a second");
    registry.refresh_if_changed(NOW + 1000).await;
    assert!(registry.tenant("northwind").await.expect("looked").is_none());
    contoso(&registry).await;
}

#[tokio::test]
async fn a_tenant_is_found_by_its_new_domain_and_its_flows_are_compiled_for_it() {
    let (installation, registry) = demo().await;
    let id = contoso(&registry).await.id.clone();
    let old = contoso(&registry).await.flow(POLICY).await.expect("compiled").expect("the flow");
    let mut record = installation.store.tenant_by_id(&id).await.expect("read").expect("contoso").record;
    record.domain = "contoso.example".to_owned();
    installation.store.commit(&ChangeSet::new(&id).put(Put::Tenant(record))).await.expect("moved");
    registry.refresh().await.expect("refreshed");
    assert!(registry.tenant("contoso.onmicrosoft.com").await.expect("looked").is_none());
    let moved = registry.tenant("contoso.example").await.expect("read").expect("contoso");
    let new = moved.flow(POLICY).await.expect("compiled").expect("the flow");
    assert_ne!(new.policy.hash, old.policy.hash);
}

#[tokio::test]
async fn compiled_policies_stay_within_their_bound_and_come_back_the_same() {
    const BOUND: usize = 3 * 1024 * 1024;
    let (installation, _) = demo().await;
    let registry = Registry::load_with(installation.store.clone(), BOUND).await.expect("a registry");
    let tenant = contoso(&registry).await;
    let first = tenant.flow(POLICY).await.expect("compiled").expect("the flow");
    for _ in 0..2 {
        assert!(tenant.all_flows().await.expect("compiled").len() > 2);
        let counts = registry.counts();
        assert!(counts.policy_bytes <= BOUND && counts.policies_cached == 2, "{counts:?}");
    }
    let again = tenant.flow(POLICY).await.expect("compiled").expect("the flow");
    assert!(!Arc::ptr_eq(&first, &again), "it was evicted");
    assert_eq!(first.policy.hash, again.policy.hash);
}

#[tokio::test]
async fn a_store_that_does_not_answer_leaves_what_was_read() {
    let (installation, registry) = demo().await;
    contoso(&registry).await;
    installation.store.close().await;
    registry.refresh_if_changed(NOW).await;
    assert!(registry.refresh().await.is_err());
    assert_eq!(contoso(&registry).await.name, "contoso");
}
