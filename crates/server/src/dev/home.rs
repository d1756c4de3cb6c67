//! The home page of `dev`.

use super::{CLOCK, OUTBOX};
use crate::app::App;
use crate::pages::{DevFlow, DevHome};
use crate::web::answer::{self, BUSY};
use crate::web::query::encode;
use crate::web::request::Call;
use axum::body::Body;
use http::{Response, StatusCode};
use std::sync::Arc;
use vestibule_journey::flow::FlowKind;
use vestibule_protocol::urls::{Endpoints, Form};
use vestibule_tenant::registry::{Flow, RegistryError, Tenant};

pub(super) async fn page(app: &App, call: &Call) -> Response<Body> {
    let tenant = match tenant(app, call).await {
        Ok(tenant) => tenant,
        Err(error) => {
            tracing::error!(%error, "the tenant cannot be read");
            return answer::error_page(app, call, "", BUSY);
        }
    };
    let (tenant, flows) = tenant.unzip();
    let mut count = 0;
    if let Some(tenant) = &tenant {
        count = app.mailer().newest(&tenant.id, None, usize::MAX).await.map_or(0, |mails| mails.len());
    }
    let dev = app.dev().cloned();
    let nonce = app.random().token();
    let home = DevHome {
        tenant_name: tenant.as_ref().map(|t| t.display_name.clone()).unwrap_or_default(),
        tenant: tenant.as_ref().map(|t| t.domain.clone()).unwrap_or_default(),
        flows: match (&tenant, &flows) {
            (Some(tenant), Some(flows)) => flows.iter().map(|flow| of_flow(call, tenant, flow)).collect(),
            _ => Vec::new(),
        },
        users: dev.as_ref().map(|d| d.users.clone()).unwrap_or_default(),
        env_text: dev.as_ref().map(|d| d.env_text.clone()).unwrap_or_default(),
        web_url: dev.as_ref().and_then(|d| d.web_url.clone()),
        api_url: dev.as_ref().and_then(|d| d.api_url.clone()),
        outbox_path: OUTBOX.to_owned(),
        outbox_count: count,
        clock_path: CLOCK.to_owned(),
        now: app.now(),
        ahead: app.clock().offset() / 1000,
        nonce: nonce.clone(),
    };
    answer::html(StatusCode::OK, app.pages().dev_home(&home), &nonce, &[])
}

/// The first tenant that this origin serves, with its flows.
async fn tenant(app: &App, call: &Call) -> Result<Option<(Arc<Tenant>, Vec<Arc<Flow>>)>, RegistryError> {
    let head = app.registry().heads().into_iter().find(|t| call.origin.serves(&t.name));
    let Some(head) = head else { return Ok(None) };
    let Some(tenant) = app.registry().tenant(&head.id).await? else { return Ok(None) };
    let flows = tenant.all_flows().await?;
    Ok(Some((tenant, flows)))
}

fn of_flow(call: &Call, tenant: &Tenant, flow: &Flow) -> DevFlow {
    let endpoints = Endpoints {
        origin: &call.origin.public,
        tenant: &tenant.domain,
        tenant_id: &tenant.id,
        policy: &flow.name,
        form: Form::Path,
    };
    DevFlow {
        name: flow.name.clone(),
        kind: kind(flow).to_owned(),
        run_url: run_url(tenant, flow, &endpoints),
        metadata_url: endpoints.discovery(),
        strict_metadata_url: tenant
            .applications()
            .any(|a| a.enabled && a.is_strict())
            .then(|| Endpoints { tenant: &tenant.id, form: Form::Openid, ..endpoints }.discovery()),
    }
}

fn kind(flow: &Flow) -> &'static str {
    match flow.kind {
        Some(FlowKind::SignUpSignIn) => "Sign up and sign in",
        Some(FlowKind::SignUp) => "Sign up",
        Some(FlowKind::SignIn) => "Sign in",
        Some(FlowKind::ProfileEditing) => "Profile editing",
        Some(FlowKind::PasswordReset) => "Password reset",
        Some(FlowKind::ResourceOwner) => "Resource owner password",
        None => "Custom policy",
    }
}

/// An authorize request for the first application that can use a code without PKCE.
fn run_url(tenant: &Tenant, flow: &Flow, endpoints: &Endpoints<'_>) -> Option<String> {
    if flow.policy.relying_party.resource_owner {
        return None;
    }
    let mut applications = tenant.applications().filter(|a| a.enabled && !a.require_pkce && !a.is_spa());
    let (client_id, redirect_uri) =
        applications.find_map(|a| Some((a.client_id.clone(), a.redirect_uris.first()?.uri.clone())))?;
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let query = encode(&[
        field("client_id", &client_id),
        field("response_type", "code"),
        field("redirect_uri", &redirect_uri),
        field("scope", "openid"),
        field("state", "run-user-flow"),
        field("nonce", "run-user-flow"),
    ]);
    Some(format!("{}?{query}", endpoints.authorize(false)))
}
