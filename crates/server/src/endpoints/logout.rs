//! Sign-out (OpenID Connect RP-Initiated Logout): ends the browser's sessions at the tenant, then redirects to the
//! application if the address is verified.

use crate::app::App;
use crate::oauth::id_token_hint;
use crate::oauth::session::{self, BrowserSession};
use crate::oauth::target::Target;
use crate::oauth::visit::Visit;
use crate::pages::SignOutQuestion;
use crate::web::answer::{self, BUSY, PageError};
use crate::web::browser::Browser;
use crate::web::query::encode;
use crate::web::request::Params;
use axum::body::Body;
use http::{Method, Response, StatusCode};
use std::sync::Arc;
use vestibule_protocol::digest::constant_time_eq;
use vestibule_protocol::jwt;
use vestibule_store::{AuditRecord, StoreError};
use vestibule_tenant::registry::Application;

/// The parameters that this endpoint reads; each may be sent once.
const READ: &[&str] = &["id_token_hint", "client_id", "post_logout_redirect_uri", "state"];
const ADVICE: &str =
    "You are still signed in. The application that sent you here is set up wrongly; tell those who run it.";

/// A parsed sign-out request.
struct SignOutRequest<'a> {
    params: &'a Params,
    /// The application, named by an `id_token_hint` of ours or by `client_id`.
    application: Option<Arc<Application>>,
    /// Whether the request has a valid `id_token_hint`.
    hinted: bool,
    /// `post_logout_redirect_uri`.
    uri: Option<&'a str>,
}

/// The next step.
enum Next {
    /// End the sessions, then redirect, or show the signed-out page.
    Leave(Option<String>),
    /// Ask the user first.
    Ask,
}

/// Answers the request.
pub async fn handle(visit: Visit<'_>) -> Response<Body> {
    if visit.call.method != Method::GET && visit.call.method != Method::POST {
        return answer::method_not_allowed("GET, POST");
    }
    let request = match read(visit).await {
        Ok(request) => request,
        Err(problem) => return visit.error_page(problem),
    };
    match sign_out(visit, &request).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(correlation_id = visit.call.correlation_id, %error, "a session could not be ended");
            visit.error_page(BUSY)
        }
    }
}

async fn read<'a>(visit: Visit<'a>) -> Result<SignOutRequest<'a>, PageError<'static>> {
    let params = if visit.call.method == Method::POST { &visit.call.body } else { &visit.call.query };
    if params.any_repeated(READ).is_some() {
        return Err(PageError::bad(90122, "The request contains a parameter more than once.").advise(ADVICE));
    }
    let hint = params.get("id_token_hint");
    let claims = match hint {
        Some(token) => id_token_hint::claims(visit, token).await,
        None => None,
    };
    if visit.policy().relying_party.session.require_id_token_hint && claims.is_none() {
        return Err(match hint {
            None => PageError::bad(90272, "The id_token_hint parameter has not been specified in the request."),
            Some(_) => PageError::bad(90210, "The id_token_hint specified in the request could not be validated."),
        }
        .advise(ADVICE));
    }
    let audience = claims.as_ref().and_then(|c| jwt::audiences(c).into_iter().next());
    let client_id = params.get("client_id");
    if let (Some(audience), Some(client_id)) = (&audience, client_id)
        && !audience.eq_ignore_ascii_case(client_id)
    {
        return Err(
            PageError::bad(90209, "The id_token_hint was not issued to the application in the request.").advise(ADVICE)
        );
    }
    let application = audience.as_deref().or(client_id).and_then(|id| visit.tenant().application(id));
    if client_id.is_some() && application.is_none() {
        let message = "The client id provided in the request is not registered in this tenant.";
        return Err(PageError::bad(90018, message).advise(ADVICE));
    }
    // People may leave a disabled application, and are not sent to it.
    let is_open = application.as_ref().is_none_or(|application| application.enabled);
    let uri = params.get("post_logout_redirect_uri").filter(|_| is_open);
    Ok(SignOutRequest { params, application, hinted: claims.is_some(), uri })
}

async fn sign_out(visit: Visit<'_>, request: &SignOutRequest<'_>) -> Result<Response<Body>, StoreError> {
    let sessions = session::all(visit).await?;
    let next = if confirmed(visit) {
        Next::Leave(request.uri.filter(|uri| is_of_tenant(visit.target, request, uri)).map(str::to_owned))
    } else {
        match decide(visit.target, request, &sessions) {
            Ok(next) => next,
            Err(problem) => return Ok(visit.error_page(problem)),
        }
    };
    match next {
        Next::Ask => Ok(ask(visit, request)),
        Next::Leave(uri) => {
            let (ended, cookies) = session::end(visit).await?;
            visit.app.store().audit(&entries(visit, request, &ended)).await?;
            let mut response = match uri {
                Some(uri) => answer::redirect(&visit.call.method, &with_state(&uri, request.params.get("state"))),
                None => signed_out(visit),
            };
            for cookie in &cookies {
                answer::cookie(&mut response, cookie);
            }
            Ok(response)
        }
    }
}

/// Decides whether to sign out at once or to ask first.
fn decide(
    target: &Target,
    request: &SignOutRequest<'_>,
    sessions: &[BrowserSession],
) -> Result<Next, PageError<'static>> {
    if let (Some(application), Some(uri)) = (&request.application, request.uri) {
        if is_its(target, application, uri) {
            return Ok(Next::Leave(Some(uri.to_owned())));
        }
        let message = "The post_logout_redirect_uri provided in the request is not registered for the client id.";
        return Err(PageError::bad(90006, message).advise(ADVICE));
    }
    if request.hinted || sessions.is_empty() {
        let uri = request.uri.filter(|uri| is_of_tenant(target, request, uri));
        return Ok(Next::Leave(uri.map(str::to_owned)));
    }
    let of_a_session = |uri: &&str| {
        let ids = sessions.iter().flat_map(|found| &found.body.applications);
        let applications = ids.filter_map(|id| target.tenant.application(id));
        applications
            .filter(|application| !application.is_strict())
            .any(|application| is_on_its_origin(&application, uri))
    };
    Ok(request.uri.filter(of_a_session).map_or(Next::Ask, |uri| Next::Leave(Some(uri.to_owned()))))
}

/// Whether the application has registered exactly this address.
fn is_registered(application: &Application, uri: &str) -> bool {
    application.redirect_uri(uri).is_some() || application.logout_url.as_deref() == Some(uri)
}

/// Whether the named application may receive the user at this address. As in B2C, any address on the origin of a redirect
/// URI will do, unless the flow requires an `id_token_hint` or the application is set to `openid = "strict"`.
fn is_its(target: &Target, application: &Application, uri: &str) -> bool {
    let exact = target.flow.policy.relying_party.session.require_id_token_hint || application.is_strict();
    is_registered(application, uri) || (!exact && is_on_its_origin(application, uri))
}

/// Whether a sign-out without a session may redirect to this address: it belongs to the named application, or to any of
/// the tenant if the request names none.
fn is_of_tenant(target: &Target, request: &SignOutRequest<'_>, uri: &str) -> bool {
    match &request.application {
        Some(application) => is_its(target, application, uri),
        None => {
            let mut all = target.tenant.applications();
            all.any(|application| !application.is_strict() && is_on_its_origin(application, uri))
        }
    }
}

/// Whether the address has the scheme, host and port of one of the application's redirect URIs. It must be spelled as a
/// browser would send it, so that nothing hides the real host. A disabled application receives nobody.
fn is_on_its_origin(application: &Application, uri: &str) -> bool {
    let Ok(url) = url::Url::parse(uri) else { return false };
    let plain = url.as_str() == uri || url.as_str().strip_suffix('/') == Some(uri);
    let bare = url.username().is_empty() && url.password().is_none() && !uri.contains(['@', '\\']);
    let origin = url.origin().ascii_serialization();
    application.enabled && plain && bare && application.origins_of_redirect_uris().contains(&origin)
}

fn with_state(uri: &str, state: Option<&str>) -> String {
    let Some(state) = state else { return uri.to_owned() };
    let (rest, fragment) = uri.split_once('#').map_or((uri, None), |(rest, fragment)| (rest, Some(fragment)));
    let joint = if rest.contains('?') { '&' } else { '?' };
    let query = encode(&[("state".to_owned(), state.to_owned())]);
    let fragment = fragment.map(|f| format!("#{f}")).unwrap_or_default();
    format!("{rest}{joint}{query}{fragment}")
}

/// Shows the question. The answer to it is a POST with a CSRF value that only this browser's page has.
fn ask(visit: Visit<'_>, request: &SignOutRequest<'_>) -> Response<Body> {
    let browser = Browser::of(visit.app, visit.call);
    let fields: Vec<(String, String)> =
        READ.iter().filter_map(|name| Some(((*name).to_owned(), request.params.get(name)?.to_owned()))).collect();
    let question = SignOutQuestion {
        action: &format!("/{}/{}/oauth2/v2.0/logout", visit.target.written, visit.target.flow.name),
        csrf: &csrf(visit.app, &browser),
        fields: &fields,
        tenant_name: &visit.tenant().display_name,
        languages: &visit.call.languages(),
    };
    let origin =
        request.uri.filter(|uri| is_of_tenant(visit.target, request, uri)).and_then(|uri| url::Url::parse(uri).ok());
    let origins: Vec<String> = origin.map(|url| url.origin().ascii_serialization()).into_iter().collect();
    let mut response = answer::html(StatusCode::OK, visit.app.pages().sign_out_question(&question), "", &origins);
    if let Some(cookie) = browser.cookie(visit.call) {
        answer::cookie(&mut response, &cookie);
    }
    response
}

/// Whether the user confirmed the question.
fn confirmed(visit: Visit<'_>) -> bool {
    let sent =
        visit.call.body.get("csrf_token").filter(|_| visit.call.method == Method::POST && !visit.call.is_cross_site());
    let browser = Browser::known(visit.call);
    sent.zip(browser).is_some_and(|(sent, browser)| constant_time_eq(sent, &csrf(visit.app, &browser)))
}

fn csrf(app: &App, browser: &Browser) -> String {
    app.sealer().mac("sign-out", browser.secret())
}

fn signed_out(visit: Visit<'_>) -> Response<Body> {
    let text = visit.app.pages().signed_out(&visit.tenant().display_name, &visit.call.languages());
    answer::html(StatusCode::OK, text, "", &[])
}

fn entries(visit: Visit<'_>, request: &SignOutRequest<'_>, ended: &[BrowserSession]) -> Vec<AuditRecord> {
    let entry = |found: &BrowserSession| AuditRecord {
        id: visit.app.random().uuid_at(visit.now()),
        tenant: visit.tenant_id().to_owned(),
        at: visit.now(),
        event: "user.signOut".to_owned(),
        outcome: "success".to_owned(),
        client_id: request.application.as_ref().map(|a| a.client_id.clone()),
        object_id: found.record.object_id.clone(),
        correlation_id: Some(visit.call.correlation_id.clone()),
        detail: serde_json::json!({ "policy": visit.target.flow.name, "address": visit.call.ip }).to_string(),
        actor: None,
        count: 1,
    };
    ended.iter().map(entry).collect()
}
