//! Takes out what management refuses, with a line for each: the rules are management's, and none of them is here.

use super::report::Report;
use crate::manage::{Refusal, Registrations, offered, refusals};
use crate::registry::redirect_uri::MOST;
use crate::registry::{Application, Platform};
use std::collections::BTreeSet;
use vestibule_store::ObjectKind;

/// Make these registrations such that management takes them.
pub(super) fn settle(tenant: &mut Registrations, report: &mut Report) {
    app_id_uris(tenant, report);
    loop {
        let mut refused = refusals(tenant);
        refused.retain(|refusal| refusal.object.kind() != ObjectKind::Tenant);
        if refused.is_empty() {
            break;
        }
        let mut taken = BTreeSet::new();
        // Later items of a list first: the places of the earlier ones stay as they are.
        for refusal in refused.iter().rev() {
            let item = refusal.field.split(']').next().unwrap_or_default();
            if taken.insert((&refusal.object, item)) {
                report.by_hand(format!("{} ({})", refusal.why, owner(tenant, refusal)));
                take_out(tenant, refusal);
            }
        }
    }
    permissions(tenant, report);
}

/// The object of a refusal, for people.
fn owner(tenant: &Registrations, refusal: &Refusal) -> String {
    let id = refusal.object.id();
    let name = tenant.applications.get(id).map_or(id, |application| &application.name);
    format!("{} {name}", crate::manage::kind_name(refusal.object.kind()))
}

/// Take out the field; where that is not possible, or it is there no more, the object. So every round takes something.
fn take_out(tenant: &mut Registrations, refusal: &Refusal) {
    let id = refusal.object.id();
    match refusal.object.kind() {
        ObjectKind::Application => {
            if !tenant.applications.get_mut(id).is_some_and(|application| field_of(application, &refusal.field)) {
                tenant.applications.remove(id);
            }
        }
        ObjectKind::Flow => match tenant.flows.get_mut(id) {
            Some(flow) if refusal.field == "attributes" && !flow.attributes.is_empty() => flow.attributes.clear(),
            _ => drop(tenant.flows.remove(id)),
        },
        ObjectKind::CustomAttribute => drop(tenant.attributes.remove(id)),
        ObjectKind::Policy => drop(tenant.policies.remove(id)),
        ObjectKind::KeyContainer => drop(tenant.key_containers.remove(id)),
        ObjectKind::Tenant => {}
    }
}

/// Take a field of an application out. Returns false if it cannot be.
fn field_of(application: &mut Application, field: &str) -> bool {
    let (list, index) = match field.split_once('[') {
        Some((list, rest)) => (list, rest.split(']').next().and_then(|number| number.parse().ok())),
        None => (field, None),
    };
    let platform = |platform| {
        let of = application.redirect_uris.iter().enumerate().filter(|(_, uri)| uri.platform == platform);
        of.map(|(at, _)| at).collect::<Vec<_>>()
    };
    let at = |places: Vec<usize>| index.and_then(|index: usize| places.get(index).copied());
    match (list, index) {
        ("redirect_uris.web", _) => removed(at(platform(Platform::Web)), &mut application.redirect_uris),
        ("redirect_uris.spa", _) => removed(at(platform(Platform::Spa)), &mut application.redirect_uris),
        ("redirect_uris.public_client", _) => {
            removed(at(platform(Platform::PublicClient)), &mut application.redirect_uris)
        }
        ("redirect_uris", _) if application.redirect_uris.len() > MOST => {
            application.redirect_uris.truncate(MOST);
            true
        }
        ("scope", Some(_)) => removed(index, &mut application.scopes),
        ("app_role", Some(_)) => removed(index, &mut application.app_roles),
        ("credentials", Some(_)) => removed(index, &mut application.credentials),
        ("logout_url", _) => application.logout_url.take().is_some(),
        ("app_id_uri", _) => {
            let other = format!("api://{}", application.client_id);
            application.app_id_uri.replace(other.clone()).is_some_and(|known| known != other)
        }
        _ => false,
    }
}

fn removed<T>(index: Option<usize>, list: &mut Vec<T>) -> bool {
    let found = index.filter(|index| *index < list.len());
    found.map(|index| list.remove(index)).is_some()
}

/// Scopes are named by the Application ID URI, which is one application's.
fn app_id_uris(tenant: &mut Registrations, report: &mut Report) {
    let mut known = BTreeSet::new();
    for application in tenant.applications.values_mut() {
        let has_some = application.app_id_uri.is_some();
        let exposes = !application.scopes.is_empty() || !application.app_roles.is_empty();
        let is_free = application.app_id_uri.as_ref().is_none_or(|uri| known.insert(uri.to_ascii_lowercase()));
        if has_some && !is_free || !has_some && exposes {
            let uri = format!("api://{}", application.client_id);
            let name = &application.name;
            report.by_hand(format!(
                "{name:?} has no Application ID URI of its own, and gets {uri}: its scopes begin with it"
            ));
            application.app_id_uri = Some(uri);
        }
    }
}

/// Permissions for what was taken out.
fn permissions(tenant: &mut Registrations, report: &mut Report) {
    let all = tenant.clone();
    for application in tenant.applications.values_mut() {
        application.permissions.retain(|permission| match offered(permission, &all) {
            Ok(()) => true,
            Err(why) => {
                report.by_hand(format!("a permission of {:?} is left out: {why}", application.name));
                false
            }
        });
    }
}
