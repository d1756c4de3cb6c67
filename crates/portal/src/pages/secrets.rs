//! Client secrets: shown once, several at a time, so that one can be replaced while the other works.

use super::applications::{find, shell, tabs};
use super::home::env;
use super::{tag, word};
use crate::answer::Answer;
use crate::answer::Problem;
use crate::fields::{error, refused};
use crate::visit::Visit;
use http::StatusCode;
use serde_json::{Value, json};
use vestibule_protocol::error::timestamp;
use vestibule_tenant::manage::NewSecretOptions;
use vestibule_tenant::registry::credential::NewSecret;
use vestibule_tenant::registry::{Credential, CredentialKind};

const DAY: i64 = 24 * 60 * 60 * 1000;
/// The choices of *Expires*, in days, as Azure offers them; the first is recommended.
const EXPIRES: [(i64, &str); 5] = [
    (180, "Recommended: 180 days (6 months)"),
    (90, "90 days (3 months)"),
    (365, "365 days (12 months)"),
    (545, "545 days (18 months)"),
    (730, "730 days (24 months)"),
];

/// `/portal/{tenant}/applications/{app}/secrets`
pub(crate) async fn list(visit: &Visit<'_>) -> Answer {
    page(visit, StatusCode::OK, None, Vec::new()).await
}

async fn page(visit: &Visit<'_>, status: StatusCode, new: Option<&NewSecret>, errors: Vec<Value>) -> Answer {
    let found = find(visit).await?;
    let (application, tenant) = (&found.application, visit.tenant()?);
    let base = visit.path(&format!("/applications/{}/secrets", application.client_id));
    let of = |kind: CredentialKind| {
        let rows = application.credentials.iter().filter(|c| c.kind == kind);
        rows.map(|credential| row(credential, visit.app.now(), &base)).collect::<Vec<_>>()
    };
    let new_secret = new.map(|new| {
        json!({
            "value": new.value,
            "id": new.credential.id,
            "description": new.credential.description,
            "expires": new.credential.expires_at.map(timestamp),
            "env": env(visit, tenant, application, Some(&new.value)),
        })
    });
    let days = if visit.field("expires").is_empty() { "180" } else { visit.field("expires") };
    let options = EXPIRES.iter().map(
        |(value, label)| json!({ "value": value.to_string(), "label": label, "selected": value.to_string() == days }),
    );
    let values = json!({
        "secrets": of(CredentialKind::Secret),
        "certificates": of(CredentialKind::Certificate),
        "new_secret": new_secret,
        "form": { "description": if new.is_some() { "" } else { visit.field("description") }, "expires": days },
        "expires": options.collect::<Vec<_>>(),
        "errors": errors,
        "action": base,
        "tabs": tabs(visit, application, "/secrets"),
    });
    let command = format!("vestibule app secret add {} --expires 180d", word(&application.name));
    let shell = shell(visit, application, "Certificates & secrets").command(command);
    visit.page_with(status, "secrets.html", shell, values)
}

fn row(credential: &Credential, now: i64, base: &str) -> Value {
    let (kind, expires) = match credential.expires_at {
        None => ("quiet", "never".to_owned()),
        Some(at) => {
            let kind = if at <= now {
                "bad"
            } else if at - now < 30 * DAY {
                "warn"
            } else {
                "good"
            };
            (kind, timestamp(at))
        }
    };
    json!({
        "id": credential.id,
        "description": credential.description,
        "hint": credential.hint,
        "expires": expires,
        "expires_kind": kind,
        "state": tag(kind, &expires),
        "last_used": null,
        "remove_href": format!("{base}/{}/delete", credential.id),
    })
}

/// Add a secret. Its value is on the answer to this request and nowhere else.
pub(crate) async fn add(visit: &Visit<'_>) -> Answer {
    let days: Option<i64> = visit.field("expires").parse().ok().filter(|days| EXPIRES.iter().any(|(d, _)| d == days));
    let Some(days) = days else {
        let errors = vec![error("expires", "Select when the secret expires.")];
        return page(visit, StatusCode::UNPROCESSABLE_ENTITY, None, errors).await;
    };
    let options = NewSecretOptions {
        description: visit.field("description").to_owned(),
        expires_at: Some(visit.app.now() + days * DAY),
    };
    match visit.manage()?.add_secret(&visit.tenant()?.id, visit.param("app"), &options).await {
        Ok(new) => {
            visit.app.registry().refresh().await?;
            page(visit, StatusCode::OK, Some(&new), Vec::new()).await
        }
        Err(why) => {
            let errors = refused(why, &[("credentials", "description"), ("secrets", "description")])?;
            page(visit, StatusCode::UNPROCESSABLE_ENTITY, None, errors).await
        }
    }
}

/// The question before a credential is deleted.
pub(crate) async fn ask_delete(visit: &Visit<'_>) -> Answer {
    let found = find(visit).await?;
    let id = visit.param("credential");
    let credential = found.application.credentials.iter().find(|c| c.id == id).ok_or(Problem::NotFound)?;
    let named = if credential.description.is_empty() { &credential.hint } else { &credential.description };
    let base = visit.path(&format!("/applications/{}/secrets", found.application.client_id));
    let others = found.application.credentials.len() - 1;
    let left = match others {
        0 => "It is the only one: the application cannot sign anybody in until it has another.".to_owned(),
        1 => "One other credential goes on working.".to_owned(),
        others => format!("{others} other credentials go on working."),
    };
    let values = json!({
        "question": format!("Delete the credential {named}?"),
        "consequences": ["It stops working at the next request, and cannot be restored.", left],
        "button": "Delete",
        "action": format!("{base}/{id}/delete"),
        "cancel_href": base,
        "hidden": [],
        "type_name": null,
    });
    let command = format!("vestibule app secret remove {} {id}", word(&found.application.name));
    visit.page("confirm.html", shell(visit, &found.application, "Delete a credential").command(command), values)
}

/// Delete a credential.
pub(crate) async fn delete(visit: &Visit<'_>) -> Answer {
    let id = visit.param("app");
    visit.manage()?.remove_credential(&visit.tenant()?.id, id, visit.param("credential")).await?;
    visit.done(&format!("/applications/{id}/secrets"), "removed").await
}
