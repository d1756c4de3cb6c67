//! Tenants: the list, and a new one.

use crate::answer::{Answer, see};
use crate::fields::refused;
use crate::view::Shell;
use crate::visit::Visit;
use http::StatusCode;
use serde_json::{Value, json};
use vestibule_tenant::manage::TenantFields;

/// `/portal`: the only tenant, or the list.
pub(crate) async fn start(visit: &Visit<'_>) -> Answer {
    let heads = visible(visit)?;
    match heads.as_slice() {
        [only] => Ok(see(&format!("/portal/{}", only.name))),
        _ => Ok(see("/portal/-/tenants")),
    }
}

/// Those that this person may see.
fn visible(visit: &Visit<'_>) -> Result<Vec<vestibule_store::TenantHead>, crate::answer::Problem> {
    let who = visit.who()?;
    Ok(visit.app.registry().heads().into_iter().filter(|head| who.role(Some(&head.id)).is_some()).collect())
}

/// `/portal/-/tenants`
pub(crate) async fn list(visit: &Visit<'_>) -> Answer {
    page(visit, StatusCode::OK, json!({ "name": "", "domain": "", "display_name": "" }), Vec::new()).await
}

async fn page(visit: &Visit<'_>, status: StatusCode, form: Value, errors: Vec<Value>) -> Answer {
    let mut rows = Vec::new();
    for head in visible(visit)? {
        let Some(tenant) = visit.app.registry().tenant(&head.id).await? else { continue };
        rows.push(json!({
            "name": tenant.name,
            "display_name": tenant.display_name,
            "domain": tenant.domain,
            "id": tenant.id,
            "href": format!("/portal/{}", tenant.name),
        }));
    }
    let values = json!({ "tenants": rows, "form": form, "errors": errors, "action": "/portal/-/tenants" });
    let shell = Shell::of(visit, "Tenants").command("vestibule tenant create contoso");
    visit.page_with(status, "tenants.html", shell, values)
}

/// Make a tenant. It needs a user flow and an application before anybody signs in.
pub(crate) async fn create(visit: &Visit<'_>) -> Answer {
    let (name, domain) = (visit.field("name").to_lowercase(), visit.field("domain").to_lowercase());
    let domain = if domain.is_empty() { format!("{name}.onmicrosoft.com") } else { domain };
    let display_name = visit.field("display_name");
    let fields = TenantFields {
        id: visit.app.random().uuid(),
        display_name: if display_name.is_empty() { name.clone() } else { display_name.to_owned() },
        name: name.clone(),
        domain,
        ..TenantFields::default()
    };
    let error = match visit.manage()?.create_tenant(&fields).await {
        Ok(_) => {
            visit.app.registry().refresh().await?;
            visit
                .app
                .keys()
                .prepare(std::slice::from_ref(&fields.id))
                .await
                .map_err(|error| crate::answer::Problem::Failed(error.to_string()))?;
            return Ok(see(&format!("/portal/{name}?done=created")));
        }
        Err(error) => error,
    };
    let errors = refused(error, &[("name", "name"), ("domain", "domain"), ("display_name", "display_name")])?;
    let form = json!({ "name": name, "domain": visit.field("domain"), "display_name": display_name });
    page(visit, StatusCode::UNPROCESSABLE_ENTITY, form, errors).await
}
