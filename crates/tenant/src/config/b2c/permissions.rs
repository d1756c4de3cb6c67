//! Permissions that applications declare: by id at the API that has the scope or role.

use super::node::Node;
use super::report::Report;
use crate::registry::{Application, Permission, PermissionKind};
use std::collections::BTreeMap;

/// Microsoft Graph, of which applications of a B2C tenant ask `openid` and `offline_access`.
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
/// The ids of OpenID Connect's permissions at Microsoft Graph, the same in every tenant.
const OPENID: [(&str, &str); 2] =
    [("37f7f235-527c-4136-accd-4a02d197296e", "openid"), ("7427e0e9-2fba-42fe-b0c0-848c9e6a8182", "offline_access")];

/// Scopes and app roles by client id of the API and their own id.
pub(super) struct Apis(BTreeMap<(String, String), (String, PermissionKind)>);

impl Apis {
    /// What these applications expose.
    pub(super) fn of<'a, 'j: 'a>(all: impl Iterator<Item = (&'a Application, &'a Node<'j>)>) -> Self {
        let mut found = BTreeMap::new();
        for (application, node) in all {
            let scopes = node.member("api").and_then(|api| api.list("oauth2PermissionScopes")).unwrap_or_default();
            let roles = node.list("appRoles").unwrap_or_default();
            let known_role = |value: &str| application.app_roles.iter().any(|role| role.value == value);
            let all = scopes.iter().map(|scope| (scope, PermissionKind::Delegated));
            for (item, kind) in all.chain(roles.iter().map(|role| (role, PermissionKind::Application))) {
                if let (Ok(Some(id)), Ok(Some(value))) = (item.text_of("id"), item.text_of("value"))
                    && (kind == PermissionKind::Delegated || known_role(value))
                {
                    let key = (application.client_id.clone(), id.to_ascii_lowercase());
                    found.insert(key, (value.to_owned(), kind));
                }
            }
        }
        Self(found)
    }
}

/// Read the permissions of an application, which are granted at that time or not.
///
/// # Errors
/// A sentence with file and path.
pub(super) fn read(
    to: &mut Application,
    node: &Node<'_>,
    apis: &Apis,
    granted: Option<i64>,
    report: &mut Report,
) -> Result<(), String> {
    let mut openid = Vec::new();
    for resource in node.list("requiredResourceAccess")? {
        let api = resource.needed("resourceAppId")?.text()?.to_ascii_lowercase();
        for access in resource.list("resourceAccess")? {
            let id = access.needed("id")?.text()?.to_ascii_lowercase();
            let own = OPENID.iter().find(|(known, _)| api == GRAPH && *known == id);
            match (own, apis.0.get(&(api.clone(), id.clone()))) {
                (Some((_, name)), _) => openid.push((*name).to_owned()),
                (None, Some((value, kind))) => add(to, &api, value, *kind, granted),
                (None, None) if api == GRAPH => {
                    report.no_counterpart(format!("the permission {id} of {:?} at Microsoft Graph", to.name));
                }
                (None, None) => {
                    let line =
                        format!("the permission {id} of {:?}: no application {api} with it is in the file", to.name);
                    report.by_hand(line);
                }
            }
        }
    }
    if !openid.is_empty() {
        openid.sort_by_key(|name| OPENID.iter().position(|(_, known)| known == name));
        openid.dedup();
        to.openid_permissions = openid;
    }
    if granted.is_none() && !to.permissions.is_empty() {
        report.by_hand(format!("consent to the permissions of {:?}: Graph's applications do not say it", to.name));
    }
    Ok(())
}

fn add(to: &mut Application, api: &str, value: &str, kind: PermissionKind, consented_at: Option<i64>) {
    if !to.permissions.iter().any(|known| known.resource_client_id == api && known.value == value) {
        to.permissions.push(Permission {
            resource_client_id: api.to_owned(),
            value: value.to_owned(),
            kind,
            consented_at,
        });
    }
}
