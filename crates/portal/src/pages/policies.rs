//! Custom policies and policy keys: what is there, what is wrong with it, and the files.

use super::tag;
use crate::answer::{Answer, Problem};
use crate::view::Shell;
use crate::visit::Visit;
use axum::body::Body;
use http::{HeaderValue, Response, header};
use serde_json::{Value, json};
use vestibule_server::web::answer;

/// `/portal/{tenant}/policies`
pub(crate) async fn list(visit: &Visit<'_>) -> Answer {
    let tenant = visit.tenant()?;
    let registrations = visit.manage()?.registrations(&tenant.id).await?;
    let problems = tenant.problems().await?;
    let rows = registrations.policies.values().map(|policy| {
        let file = format!("{}.xml", policy.id);
        let wrong = problems.iter().filter(|p| p.file == policy.id || p.file == file).map(ToString::to_string);
        json!({
            "id": policy.id,
            "base": base(&policy.xml),
            "size": format!("{} bytes", policy.xml.len()),
            "problems": wrong.collect::<Vec<_>>(),
            "href": visit.path(&format!("/policies/{}", policy.id)),
        })
    });
    let keys = registrations.key_containers.values().map(|container| {
        let state =
            if container.keys.iter().any(|key| key.enabled) { tag("good", "Active") } else { tag("warn", "No key") };
        let usage = container.keys.first().map(|key| json!(key.usage)).unwrap_or(Value::Null);
        json!({ "name": container.name, "usage": usage.as_str().unwrap_or_default(), "state": state })
    });
    let values = json!({
        "rows": rows.collect::<Vec<_>>(),
        "policy_keys": keys.collect::<Vec<_>>(),
        "upload_action": null,
    });
    let shell = Shell::of(visit, "Custom policies").command("vestibule policy check policies");
    visit.page("policies.html", shell, values)
}

/// The PolicyId of the base, read without a parser: only to be shown.
fn base(xml: &str) -> Option<&str> {
    let inside = xml.split_once("<BasePolicy>")?.1.split_once("</BasePolicy>")?.0;
    Some(inside.split_once("<PolicyId>")?.1.split_once("</PolicyId>")?.0.trim())
}

/// The file of a policy.
pub(crate) async fn download(visit: &Visit<'_>) -> Answer {
    let registrations = visit.manage()?.registrations(&visit.tenant()?.id).await?;
    let policy = registrations.policies.get(&visit.param("policy").to_lowercase()).ok_or(Problem::NotFound)?;
    let mut response = Response::new(Body::from(policy.xml.clone()));
    answer::private(&mut response);
    let headers = response.headers_mut();
    // Text and not XML, which a browser would run scripts of.
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    let name = format!("attachment; filename=\"{}.xml\"", policy.id);
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}
