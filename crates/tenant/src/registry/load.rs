//! Loads a tenant from the store: joins records and parses their JSON, but does not compile policies.

use super::flows::{RegisteredFlow, Shared};
use super::records::{application, body};
use super::{Application, RegistryError, Tenant};
use std::collections::BTreeMap;
use std::sync::Arc;
use vestibule_journey::flow::{CustomAttribute, FlowSettings};
use vestibule_store::{FlowRecord, Store, TenantRecord};

/// Registered flows by lower-case name.
pub(super) type Flows = BTreeMap<String, Arc<RegisteredFlow>>;
/// Applications by lower-case client id.
pub(super) type Applications = BTreeMap<String, Arc<Application>>;

/// A tenant at a given version.
#[derive(Clone, Debug)]
pub(super) struct Loaded {
    pub(super) version: i64,
    pub(super) tenant: Arc<Tenant>,
}

/// The tenant with this GUID, and everything that is registered in it; `None` if it was deleted.
pub(super) async fn tenant(store: &Store, shared: &Arc<Shared>, id: &str) -> Result<Option<Loaded>, RegistryError> {
    // Read the version first: a change between the reads is then noticed by the next check.
    let version = store.version(id).await?;
    let Some(record) = store.tenant_by_id(id).await? else { return Ok(None) };
    let mut tenant = Tenant { shared: Arc::clone(shared), ..of_record(record.record)? };
    tenant.attributes = attributes(store, id).await?.into();
    tenant.flows = user_flows(store, id).await?;
    tenant.flows.extend(custom_policies(store, id).await?);
    tenant.applications = applications(store, id).await?;
    Ok(Some(Loaded { version, tenant: Arc::new(tenant) }))
}

/// The tenant of this record, without any registrations.
pub(super) fn of_record(record: TenantRecord) -> Result<Tenant, RegistryError> {
    Ok(Tenant {
        settings: body("tenant", &record.name, &record.body)?,
        id: record.id,
        name: record.name,
        domain: record.domain,
        display_name: record.display_name,
        ..Tenant::default()
    })
}

pub(super) async fn attributes(store: &Store, tenant: &str) -> Result<Vec<CustomAttribute>, RegistryError> {
    let rows = store.custom_attributes(tenant).await?;
    rows.iter().map(|row| body("attribute", &row.record.name, &row.record.body)).collect()
}

async fn user_flows(store: &Store, tenant: &str) -> Result<Flows, RegistryError> {
    let rows = store.flows(tenant).await?;
    let keyed = |row: FlowRecord| Ok((row.name.to_ascii_lowercase(), user_flow(row)?));
    rows.into_iter().map(|row| keyed(row.record)).collect()
}

pub(super) fn user_flow(row: FlowRecord) -> Result<Arc<RegisteredFlow>, RegistryError> {
    let settings: FlowSettings = body("flow", &row.name, &row.body)?;
    Ok(Arc::new(RegisteredFlow::of_settings(row.name, settings)))
}

/// The custom policies, without their files.
pub(super) async fn custom_policies(store: &Store, tenant: &str) -> Result<Flows, RegistryError> {
    let ids = store.policy_ids(tenant).await?;
    Ok(ids.into_iter().map(|id| (id.to_ascii_lowercase(), Arc::new(RegisteredFlow::of_policy(id)))).collect())
}

pub(super) async fn applications(store: &Store, tenant: &str) -> Result<Applications, RegistryError> {
    let rows = store.registrations(tenant).await?;
    let keyed = |application: Application| (application.client_id.to_ascii_lowercase(), Arc::new(application));
    rows.into_iter().map(|row| application(row).map(keyed)).collect()
}
