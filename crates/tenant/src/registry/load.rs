//! From the store's records to a snapshot: records are joined, bodies read, flows compiled.

use super::records::{application, body};
use super::{Application, Flow, RegistryError, Snapshot, Tenant};
use std::collections::BTreeMap;
use std::sync::Arc;
use vestibule_journey::flow::{CustomAttribute, FlowSettings, chain};
use vestibule_journey::{CompileOptions, Folder, Policy, Problem, Severity, Source, compile};
use vestibule_store::{FlowRecord, Store, TenantRecord};

/// Everything that the store has registered. Policies of `old` whose settings did not change are used again.
pub(super) async fn snapshot(store: &Store, old: Option<&Snapshot>) -> Result<Snapshot, RegistryError> {
    let mut snapshot = Snapshot::default();
    for record in store.tenants().await? {
        let before = old.and_then(|o| o.tenants.iter().find(|t| t.id == record.id));
        let tenant = tenant(store, record, before.map(Arc::as_ref), &mut snapshot.problems).await?;
        snapshot.tenants.push(Arc::new(tenant));
    }
    Ok(snapshot)
}

async fn tenant(
    store: &Store,
    record: TenantRecord,
    old: Option<&Tenant>,
    problems: &mut Vec<Problem>,
) -> Result<Tenant, RegistryError> {
    let attributes = store.list_custom_attributes(&record.id).await?;
    let attributes: Result<Vec<_>, _> = attributes.iter().map(|a| body("attribute", &a.name, &a.body)).collect();
    let mut tenant = Tenant {
        settings: body("tenant", &record.name, &record.body)?,
        attributes: attributes?,
        flows: BTreeMap::new(),
        applications: applications(store, &record.id).await?,
        id: record.id,
        name: record.name,
        domain: record.domain,
        display_name: record.display_name,
    };
    for record in store.list_flows(&tenant.id).await? {
        match flow(&tenant, &record, old)? {
            Ok(flow) => drop(tenant.flows.insert(record.name.to_ascii_lowercase(), flow)),
            Err(found) => problems.extend(found),
        }
    }
    for (id, compiled) in policies(store, &tenant).await? {
        match compiled {
            Ok(policy) => {
                let flow = Flow { name: id.clone(), kind: None, policy: Arc::new(policy), settings: None };
                tenant.flows.insert(id.to_ascii_lowercase(), Arc::new(flow));
            }
            Err(found) => problems.extend(found),
        }
    }
    Ok(tenant)
}

/// PolicyId of a custom policy, and what it compiles to.
type Compiled = (String, Result<Policy, Vec<Problem>>);

/// The custom policies that applications can name, compiled with their bases.
async fn policies(store: &Store, tenant: &Tenant) -> Result<Vec<Compiled>, RegistryError> {
    let records = store.list_policies(&tenant.id).await?;
    let folder = Folder::new(records.into_iter().map(|r| Source { name: format!("{}.xml", r.id), text: r.xml }));
    let options = CompileOptions { tenant: Some(tenant.domain.clone()), key_containers: None };
    let compiled = |id: &str| match folder.chain_of(id)? {
        Ok(chain) => Some((id.to_owned(), compile(&chain, &options).map(|compiled| compiled.policy))),
        Err(problem) => Some((id.to_owned(), Err(vec![problem]))),
    };
    Ok(folder.relying_parties().filter_map(compiled).collect())
}

/// The flow of this record: that of `old` if nothing that its policy is made from changed.
fn flow(
    tenant: &Tenant,
    record: &FlowRecord,
    old: Option<&Tenant>,
) -> Result<Result<Arc<Flow>, Vec<Problem>>, RegistryError> {
    let settings: FlowSettings = body("flow", &record.name, &record.body)?;
    let same_tenant = old.filter(|o| o.attributes == tenant.attributes && o.domain == tenant.domain);
    let known = same_tenant.and_then(|o| o.flow(&record.name)).filter(|f| f.settings.as_ref() == Some(&settings));
    if let Some(known) = known {
        return Ok(Ok(known));
    }
    Ok(compile_flow(&settings, &tenant.attributes, &tenant.domain).map(|policy| {
        let kind = Some(settings.kind);
        Arc::new(Flow { name: record.name.clone(), kind, policy: Arc::new(policy), settings: Some(settings) })
    }))
}

/// The policy that a user flow is.
///
/// # Errors
/// What is wrong with the settings, at line 0 of a file named after the flow.
pub(crate) fn compile_flow(
    settings: &FlowSettings,
    attributes: &[CustomAttribute],
    domain: &str,
) -> Result<Policy, Vec<Problem>> {
    let problem = |message| Problem { severity: Severity::Error, file: settings.name.clone(), line: 0, message };
    let chain =
        chain(settings, attributes, domain).map_err(|found| found.into_iter().map(problem).collect::<Vec<_>>())?;
    let options = CompileOptions { tenant: Some(domain.to_owned()), key_containers: None };
    compile(&chain, &options).map(|compiled| compiled.policy)
}

async fn applications(store: &Store, tenant: &str) -> Result<BTreeMap<String, Arc<Application>>, RegistryError> {
    let rows = store.registrations(tenant).await?;
    let keyed = |application: Application| (application.client_id.to_ascii_lowercase(), Arc::new(application));
    rows.into_iter().map(|row| application(row).map(keyed)).collect()
}
