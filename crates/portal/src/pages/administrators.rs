//! Administrators: who may use the portal, and links that invite.

use crate::answer::{Answer, Problem, see};
use crate::invitation_link;
use crate::view::Shell;
use crate::visit::Visit;
use http::StatusCode;
use serde_json::{Value, json};
use vestibule_protocol::error::timestamp;
use vestibule_tenant::manage::{Administrator, Invitation, Right, Role};

const LIST: &str = "/portal/-/administrators";
const LAST: &str = "This is the last Administrator of all tenants: give somebody else the role first.";
const ROLES: [(Role, &str); 2] = [(Role::Administrator, "Administrator"), (Role::Reader, "Reader")];

/// `/portal/-/administrators`
pub(crate) async fn list(visit: &Visit<'_>) -> Answer {
    page(visit, None).await
}

async fn page(visit: &Visit<'_>, new: Option<&Invitation>) -> Answer {
    let manage = visit.manage()?;
    let found = manage.administrators(visit.app.accounts(), &visit.portal.admin).list().await?;
    let mut rows = Vec::new();
    for one in &found {
        rows.push(row(visit, one)?);
    }
    let tenants = visit.app.registry().heads().into_iter().map(|head| json!({ "value": head.id, "label": head.name }));
    let all = json!({ "value": "", "label": "All tenants and the installation" });
    let tenants: Vec<Value> = std::iter::once(all).chain(tenants).collect();
    let roles = ROLES.iter().map(|(role, label)| json!({ "value": role.as_str(), "label": label }));
    let values = json!({
        "rows": rows,
        "roles": roles.collect::<Vec<_>>(),
        "tenants": tenants,
        "form": { "role": visit.field("role"), "tenant": visit.field("tenant") },
        "new_invitation": new.map(|new| json!({
            "url": invitation_link(&visit.portal.admin, new),
            "expires": timestamp(new.expires_at),
        })),
        "action": LIST,
    });
    let shell = Shell::of(visit, "Administrators").command("vestibule admin invite --role reader");
    visit.page_with(StatusCode::OK, "administrators.html", shell, values)
}

fn row(visit: &Visit<'_>, one: &Administrator) -> Result<Value, Problem> {
    let id = one.user.object_id();
    let rights = one.rights.iter().map(|right| {
        let role = ROLES.iter().find(|(role, _)| *role == right.role).map(|(_, label)| *label).unwrap_or_default();
        let heads = visit.app.registry().heads();
        let tenant = match &right.tenant {
            None => "all tenants".to_owned(),
            Some(id) => heads.into_iter().find(|head| head.id == *id).map_or_else(|| id.clone(), |head| head.name),
        };
        format!("{role} of {tenant}")
    });
    let of_all = one.rights.iter().find(|right| right.tenant.is_none());
    Ok(json!({
        "name": one.user.display_name(),
        "email": one.user.email(),
        "rights": rights.collect::<Vec<_>>(),
        "is_self": visit.who()?.administrator.user.object_id() == id,
        "role": of_all.map(|right| right.role.as_str()).unwrap_or_default(),
        "role_action": of_all.map(|_| format!("{LIST}/{id}/role")),
        "remove_href": format!("{LIST}/{id}/remove"),
    }))
}

/// Make a link that invites. It is on the answer to this request and nowhere else.
pub(crate) async fn invite(visit: &Visit<'_>) -> Answer {
    let role = Role::parse(visit.field("role")).ok_or(Problem::Bad("Select a role."))?;
    let tenant = Some(visit.field("tenant")).filter(|tenant| !tenant.is_empty());
    let known = visit.app.registry().heads();
    if tenant.is_some_and(|tenant| !known.iter().any(|head| head.id == tenant)) {
        return Err(Problem::NotFound);
    }
    let manage = visit.manage()?;
    let administrators = manage.administrators(visit.app.accounts(), &visit.portal.admin);
    let invitation = administrators.invite(&Right { tenant: tenant.map(str::to_owned), role }).await?;
    page(visit, Some(&invitation)).await
}

/// Change the role of a person who has one in all tenants.
pub(crate) async fn change_role(visit: &Visit<'_>) -> Answer {
    let role = Role::parse(visit.field("role")).ok_or(Problem::Bad("Select a role."))?;
    let person = find(visit).await?;
    let manage = visit.manage()?;
    let administrators = manage.administrators(visit.app.accounts(), &visit.portal.admin);
    if !administrators.change_role(person.user.object_id(), &Right { tenant: None, role }).await? {
        return Err(Problem::Refused(LAST.to_owned()));
    }
    Ok(see(&format!("{LIST}?done=saved")))
}

async fn find(visit: &Visit<'_>) -> Result<Administrator, Problem> {
    let manage = visit.manage()?;
    let administrators = manage.administrators(visit.app.accounts(), &visit.portal.admin);
    administrators.get(visit.param("person")).await?.ok_or(Problem::NotFound)
}

/// The question before an administrator is removed.
pub(crate) async fn ask_remove(visit: &Visit<'_>) -> Answer {
    let person = find(visit).await?;
    let name = person.user.display_name().unwrap_or_default();
    let values = json!({
        "question": format!("Remove the administrator {name}?"),
        "consequences": [
            "The person cannot use the portal any more; sessions in it end at once.",
            "The account for the portal is deleted. An account in another tenant stays.",
        ],
        "button": "Remove",
        "action": visit.call.path,
        "cancel_href": LIST,
        "hidden": [],
        "type_name": null,
    });
    let shell = Shell::of(visit, "Remove an administrator").below(&[("Administrators", LIST.to_owned())]);
    visit.page("confirm.html", shell, values)
}

/// Remove an administrator.
pub(crate) async fn remove(visit: &Visit<'_>) -> Answer {
    let person = find(visit).await?;
    let manage = visit.manage()?;
    let administrators = manage.administrators(visit.app.accounts(), &visit.portal.admin);
    if !administrators.remove(person.user.object_id()).await? {
        return Err(Problem::Refused(LAST.to_owned()));
    }
    Ok(see(&format!("{LIST}?done=removed")))
}
