//! User attributes: the built-in ones, and the tenant's own.

use super::word;
use crate::answer::{Answer, Problem};
use crate::fields::refused;
use crate::view::Shell;
use crate::visit::Visit;
use http::StatusCode;
use serde_json::{Value, json};
use vestibule_journey::flow::{self, CustomAttribute};

/// `/portal/{tenant}/attributes`
pub(crate) async fn list(visit: &Visit<'_>) -> Answer {
    page(visit, StatusCode::OK, Vec::new())
}

fn page(visit: &Visit<'_>, status: StatusCode, errors: Vec<Value>) -> Answer {
    let tenant = visit.tenant()?;
    let own = tenant.attributes.iter().map(|attribute| {
        json!({
            "name": attribute.name,
            "type": attribute.data_type,
            "description": attribute.description,
            "built_in": false,
            "remove_href": visit.path(&format!("/attributes/{}/delete", attribute.name)),
        })
    });
    let built_in = flow::choices(&[]).into_iter().filter(|choice| choice.can_collect).map(|choice| {
        json!({
            "name": choice.label,
            "type": "String",
            "description": "",
            "built_in": true,
            "remove_href": null,
        })
    });
    let data_type = if visit.field("data_type").is_empty() { "String" } else { visit.field("data_type") };
    let values = json!({
        "rows": own.chain(built_in).collect::<Vec<_>>(),
        "form": { "name": visit.field("name"), "data_type": data_type, "description": visit.field("description") },
        "types": ["String", "Boolean", "Int"],
        "errors": errors,
        "action": visit.path("/attributes"),
    });
    let shell = Shell::of(visit, "User attributes")
        .command("vestibule attribute add ShoeSize --type Int")
        .toml("[[tenant.attribute]]\nname = \"ShoeSize\"\ntype = \"Int\"");
    visit.page_with(status, "attributes.html", shell, values)
}

/// Add an attribute.
pub(crate) async fn add(visit: &Visit<'_>) -> Answer {
    let attribute = CustomAttribute {
        name: visit.field("name").to_owned(),
        data_type: visit.field("data_type").to_owned(),
        description: visit.field("description").to_owned(),
    };
    match visit.manage()?.put_attribute(&visit.tenant()?.id, Some(0), &attribute).await {
        Ok(_) => visit.done("/attributes", "created").await,
        Err(vestibule_tenant::manage::ManageError::Stale { .. }) => {
            let text = format!("The tenant has an attribute {} already.", attribute.name);
            page(visit, StatusCode::UNPROCESSABLE_ENTITY, vec![crate::fields::error("name", text)])
        }
        Err(why) => {
            let errors = refused(why, &[("name", "name"), ("type", "data_type"), ("description", "description")])?;
            page(visit, StatusCode::UNPROCESSABLE_ENTITY, errors)
        }
    }
}

/// The question before an attribute is deleted.
pub(crate) async fn ask_delete(visit: &Visit<'_>) -> Answer {
    let (tenant, name) = (visit.tenant()?, visit.param("attribute"));
    if !tenant.attributes.iter().any(|attribute| attribute.name == name) {
        return Err(Problem::NotFound);
    }
    let values = json!({
        "question": format!("Delete the attribute {name}?"),
        "consequences": [
            "User flows can no longer collect or return it. A flow that does keeps it from being deleted.",
            "The values of the tenant's users stay stored and come back if you add it again.",
        ],
        "button": "Delete",
        "action": visit.call.path,
        "cancel_href": visit.path("/attributes"),
        "hidden": [],
        "type_name": null,
    });
    let shell = Shell::of(visit, "Delete an attribute")
        .below(&[("User attributes", visit.path("/attributes"))])
        .command(format!("vestibule attribute delete {}", word(name)));
    visit.page("confirm.html", shell, values)
}

/// Delete an attribute.
pub(crate) async fn delete(visit: &Visit<'_>) -> Answer {
    visit.manage()?.delete_attribute(&visit.tenant()?.id, visit.param("attribute"), None).await?;
    visit.done("/attributes", "deleted").await
}
