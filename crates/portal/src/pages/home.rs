//! The start page of a tenant: what needs attention, what is there, and what an application needs to know.

use crate::answer::{Answer, Problem};
use crate::view::Shell;
use crate::visit::Visit;
use serde_json::{Value, json};
use vestibule_journey::flow::FlowKind;
use vestibule_tenant::config::{EnvFacts, env_for};
use vestibule_tenant::registry::{Application, Tenant};

/// Days before its end from which on a secret is warned of.
const WARNED: i64 = 30;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// `/portal/{tenant}`
pub(crate) async fn show(visit: &Visit<'_>) -> Answer {
    let tenant = visit.tenant()?;
    let people = has_people(visit).await?;
    let flows = tenant.registered_flows().count();
    let values = json!({
        "attention": attention(visit, tenant),
        "figures": [
            { "label": "App registrations", "value": tenant.applications().count(), "href": visit.path("/applications") },
            { "label": "User flows and policies", "value": flows, "href": visit.path("/user-flows") },
            { "label": "User attributes", "value": tenant.attributes.len(), "href": visit.path("/attributes") },
        ],
        "checklist": checklist(visit, tenant, people),
        "endpoints": endpoints(visit, tenant),
        "env": tenant.applications().find(|a| a.is_confidential()).map(|a| env(visit, tenant, a, None)),
    });
    visit.page("home.html", Shell::of(visit, &tenant.display_name), values)
}

async fn has_people(visit: &Visit<'_>) -> Result<bool, Problem> {
    let manage = visit.manage()?;
    Ok(!manage.users(visit.app.accounts()).list(&visit.tenant()?.id, None, 1).await?.is_empty())
}

/// Secrets and certificates that end soon, and flows that do not compile.
fn attention(visit: &Visit<'_>, tenant: &Tenant) -> Vec<Value> {
    let now = visit.app.now();
    let mut found = Vec::new();
    for application in tenant.applications() {
        for credential in &application.credentials {
            let Some(days) = credential.expires_at.map(|at| (at - now).div_euclid(DAY)).filter(|d| *d < WARNED) else {
                continue;
            };
            let named = if credential.description.is_empty() { &credential.hint } else { &credential.description };
            let (kind, when) = match days {
                ..0 => ("bad", "has expired".to_owned()),
                0 => ("bad", "expires within a day".to_owned()),
                days => ("warn", format!("expires in {days} days")),
            };
            found.push(json!({
                "kind": kind,
                "text": format!("The credential {named:?} of {} {when}.", application.name),
                "href": visit.path(&format!("/applications/{}/secrets", application.client_id)),
            }));
        }
    }
    found
}

/// The steps of the article, with those that are done.
fn checklist(visit: &Visit<'_>, tenant: &Tenant, people: bool) -> Vec<Value> {
    let kinds = |kind: FlowKind| tenant.registered_flows().any(|flow| flow.kind() == Some(kind));
    let any = |test: fn(&Application) -> bool| tenant.applications().any(|application| test(application));
    let steps = [
        (kinds(FlowKind::SignUpSignIn), "Create a user flow to sign up and sign in", "/user-flows/new"),
        (kinds(FlowKind::ProfileEditing), "Create a user flow for profile editing", "/user-flows/new"),
        (kinds(FlowKind::PasswordReset), "Create a user flow for password reset", "/user-flows/new"),
        (any(|a| !a.redirect_uris.is_empty()), "Register a web application", "/applications/new"),
        (any(|a| !a.credentials.is_empty()), "Create a client secret", "/applications"),
        (any(|a| !a.scopes.is_empty()), "Register a web API and expose scopes", "/applications/new"),
        (
            any(|a| a.permissions.iter().any(|p| p.consented_at.is_some())),
            "Give the application permissions, and grant admin consent",
            "/applications",
        ),
        (people, "Sign up, or create a user", "/users/new"),
    ];
    let step = |(done, text, rest): (bool, &str, &str)| json!({ "done": done, "text": text, "href": visit.path(rest) });
    steps.into_iter().map(step).collect()
}

/// What goes into the configuration of a client.
fn endpoints(visit: &Visit<'_>, tenant: &Tenant) -> Vec<Value> {
    let origin = &visit.call.origin.public;
    let flow = tenant.registered_flows().find(|flow| flow.kind() == Some(FlowKind::SignUpSignIn));
    let mut found = vec![json!({ "label": "Directory (tenant) ID", "url": tenant.id })];
    if let Some(flow) = flow {
        let base = format!("{origin}/{}/{}", tenant.domain, flow.name());
        found.push(json!({ "label": "Authority", "url": base }));
        let document = format!("{base}/v2.0/.well-known/openid-configuration");
        found.push(json!({ "label": "OpenID Connect metadata document", "url": document }));
    }
    found
}

/// The `.env` of an application.
pub(crate) fn env(visit: &Visit<'_>, tenant: &Tenant, application: &Application, secret: Option<&str>) -> String {
    let development = visit.app.dev().is_some();
    let api = visit.app.dev().and_then(|dev| dev.api_url.as_deref()).map(|url| format!("{url}/hello"));
    let origin = visit.call.origin.public.as_str();
    let facts = EnvFacts { origin, secret, endpoint: api.as_deref(), development, posing: None };
    env_for(tenant, application, &facts)
}
