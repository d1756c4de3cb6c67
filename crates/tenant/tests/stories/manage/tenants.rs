//! Tenants: changing and deleting them, and settings that only an operator of the server may change.

use super::{NOW, TENANT, house, refused};
use vestibule_store::ObjectKind;
use vestibule_tenant::clock::{Clock, Random};
use vestibule_tenant::manage::{Actor, Manage, ManageError};

#[tokio::test]
async fn a_changed_tenant_keeps_its_id_and_a_stale_version_changes_nothing() {
    let house = house().await;
    let done = house.manage.change_tenant(TENANT, None, |tenant| {
        tenant.id = "another".to_owned();
        tenant.display_name = "Contoso Ltd".to_owned();
    });
    let version = done.await.expect("changed").version_of(ObjectKind::Tenant, TENANT).expect("a version");
    let stale = house.manage.change_tenant(TENANT, Some(version - 1), |tenant| tenant.display_name.clear()).await;
    assert!(matches!(stale, Err(ManageError::Stale { .. })), "{stale:?}");
    assert_eq!(house.registrations().await.tenant.display_name, "Contoso Ltd");
}

#[tokio::test]
async fn a_deleted_tenant_leaves_its_audit_entries_alone() {
    let house = house().await;
    house.application("webapp1").await;
    house.manage.delete_tenant(TENANT, None).await.expect("deleted");
    let left = house.registrations().await;
    assert!(left.tenant.name.is_empty() && left.applications.is_empty());
    assert!(house.audit().await.iter().any(|entry| entry.event == "tenant.delete"));
    let again = house.manage.delete_tenant(TENANT, None).await;
    assert!(matches!(again, Err(ManageError::NotFound(_))), "{again:?}");
}

#[tokio::test]
async fn only_an_operator_opens_networks_to_the_calls_of_a_tenant() {
    let house = house().await;
    let open = async |manage: &Manage| {
        let networks = vec!["10.0.0.0/8".to_owned()];
        manage.change_tenant(TENANT, None, |tenant| tenant.settings.outbound_allow.clone_from(&networks)).await
    };
    assert!(refused(open(&house.manage).await)[0].0.starts_with("outbound_allow"));
    let operator = Actor::command_line(None);
    let operator = Manage::new(house.store.clone(), Clock::fixed(NOW), Random::system(), operator);
    open(&operator).await.expect("an operator may");
}
