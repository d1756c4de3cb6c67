//! Sign-out (OpenID Connect RP-Initiated Logout): ends the browser's sessions at the tenant, then redirects to the
//! application if the address is verified.

use crate::app::App;
use crate::oauth::id_token_hint::Hint;
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
    /// A valid `id_token_hint`.
    hint: Option<Hint>,
    /// True if an `id_token_hint` was sent that is not valid.
    forged: bool,
    /// `post_logout_redirect_uri`.
    uri: Option<&'a str>,
}

/// The next step.
enum Next<'a> {
    /// End these sessions, then redirect, or show the signed-out page.
    Leave { sessions: Vec<&'a BrowserSession>, uri: Option<String> },
    /// Ask the user first.
    Ask,
}

/// Answers the request.
pub async fn handle(visit: Visit<'_>) -> Response<Body> {
    if visit.call.method != Method::GET && visit.call.method != Method::POST {
        return answer::method_not_allowed("GET, HEAD, POST");
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
    let sent = params.get("id_token_hint");
    let hint = match sent {
        Some(token) => Hint::read(visit, token).await,
        None => None,
    };
    if visit.policy().relying_party.session.require_id_token_hint && hint.is_none() {
        return Err(match sent {
            None => PageError::bad(90272, "The id_token_hint parameter has not been specified in the request."),
            Some(_) => PageError::bad(90210, "The id_token_hint specified in the request could not be validated."),
        }
        .advise(ADVICE));
    }
    let client_id = params.get("client_id");
    if let (Some(hint), Some(client_id)) = (&hint, client_id)
        && !hint.is_for(client_id)
    {
        return Err(
            PageError::bad(90209, "The id_token_hint was not issued to the application in the request.").advise(ADVICE)
        );
    }
    let audience = hint.as_ref().and_then(Hint::audience);
    let application = audience.or(client_id).and_then(|id| visit.tenant().application(id));
    if client_id.is_some() && application.is_none() {
        let message = "The client id provided in the request is not registered in this tenant.";
        return Err(PageError::bad(90018, message).advise(ADVICE));
    }
    // Users may sign out of a disabled application, but are not redirected to it.
    let is_open = application.as_ref().is_none_or(|application| application.enabled);
    let uri = params.get("post_logout_redirect_uri").filter(|_| is_open);
    let forged = sent.is_some() && hint.is_none();
    Ok(SignOutRequest { params, application, hint, forged, uri })
}

async fn sign_out(visit: Visit<'_>, request: &SignOutRequest<'_>) -> Result<Response<Body>, StoreError> {
    let sessions = session::all(visit).await?;
    let next = if confirmed(visit) {
        Next::Leave { sessions: sessions.iter().collect(), uri: request.followed(visit.target) }
    } else {
        match decide(visit.target, request, &sessions) {
            Ok(next) => next,
            Err(problem) => return Ok(visit.error_page(problem)),
        }
    };
    let Next::Leave { sessions, uri } = next else { return Ok(ask(visit, request)) };
    let (ended, cookies) = session::end(visit, &sessions).await?;
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

/// Decides whether to sign out at once or to ask first. Any site can send a browser here, so a request ends only
/// sessions that it proves to know, either by an ID token of their user, or by a URL of an application that was signed
/// in to (OpenID Connect RP-Initiated Logout section 2).
fn decide<'a>(
    target: &Target,
    request: &SignOutRequest<'_>,
    sessions: &'a [BrowserSession],
) -> Result<Next<'a>, PageError<'static>> {
    let uri = request.followed(target);
    if let (Some(_), Some(asked), None) = (&request.application, request.uri, &uri) {
        return Err(not_registered(asked).advise(ADVICE));
    }
    let known: Vec<&BrowserSession> = sessions.iter().filter(|one| request.knows(target, one)).collect();
    Ok(if known.is_empty() && !sessions.is_empty() { Next::Ask } else { Next::Leave { sessions: known, uri } })
}

impl SignOutRequest<'_> {
    /// The URL to go to when the sessions have ended: it belongs to the named application, or to any application of
    /// the tenant if the request names none.
    fn followed(&self, target: &Target) -> Option<String> {
        let uri = self.uri?;
        let ours = match &self.application {
            Some(application) => is_its(target, application, uri),
            None => target.tenant.applications().any(|application| is_on_its_origin(target, application, uri)),
        };
        ours.then(|| uri.to_owned())
    }

    /// Returns true if the request may end this session without asking.
    fn knows(&self, target: &Target, session: &BrowserSession) -> bool {
        if let Some(hint) = &self.hint {
            return hint.is_about(session.record.object_id.as_deref());
        }
        let Some(uri) = self.uri.filter(|_| !self.forged) else { return false };
        let named = |id: &&String| self.application.as_ref().is_none_or(|a| a.client_id.eq_ignore_ascii_case(id));
        let applications =
            session.body.applications.iter().filter(named).filter_map(|id| target.tenant.application(id));
        // By the letter of the standard, a request without an ID token always needs confirmation.
        applications.filter(|application| !application.is_strict()).any(|application| match self.application {
            Some(_) => is_its(target, &application, uri),
            None => is_on_its_origin(target, &application, uri),
        })
    }
}

/// The reason why the redirect is not followed: the URL is not registered, or is not valid.
fn not_registered(uri: &str) -> PageError<'static> {
    if url::Url::parse(uri).is_ok() {
        PageError::bad(
            90006,
            "The post_logout_redirect_uri provided in the request is not registered for the client id.",
        )
    } else {
        PageError::bad(90067, "The post logout redirect URI has an invalid format. Specify an https based URL.")
    }
}

/// Returns true if the application has registered exactly this address.
fn is_registered(application: &Application, uri: &str) -> bool {
    application.redirect_uri(uri).is_some() || application.logout_url.as_deref() == Some(uri)
}

/// Returns true if the named application may receive the user at this address. As in B2C, any address on the origin of
/// a redirect URI will do, unless the flow requires an `id_token_hint` or the application is set to `openid =
/// "strict"`.
fn is_its(target: &Target, application: &Application, uri: &str) -> bool {
    let exact = target.flow.policy.relying_party.session.require_id_token_hint;
    is_registered(application, uri) || (!exact && is_on_its_origin(target, application, uri))
}

/// Returns true if the URL has the scheme, host and port of one of the application's redirect URIs, if that suffices.
/// It must be spelled as a browser would send it, so that nothing hides the real host. Disabled applications receive
/// no users. An application set to `openid = "strict"` restricts its whole origin to registered URLs, which also
/// applies to its neighbours on that origin.
fn is_on_its_origin(target: &Target, application: &Application, uri: &str) -> bool {
    let Ok(url) = url::Url::parse(uri) else { return false };
    let plain = url.as_str() == uri || url.as_str().strip_suffix('/') == Some(uri);
    let bare = url.username().is_empty() && url.password().is_none() && !uri.contains(['@', '\\']);
    let origin = url.origin().ascii_serialization();
    let has_origin = |one: &Application| one.enabled && one.origins_of_redirect_uris().contains(&origin);
    let is_guarded = || target.tenant.applications().any(|other| other.is_strict() && has_origin(other));
    plain && bare && has_origin(application) && (!is_guarded() || is_neighbour(application, uri))
}

/// Returns true if an application beside a strict one has registered exactly this URL.
fn is_neighbour(application: &Application, uri: &str) -> bool {
    !application.is_strict() && is_registered(application, uri)
}

fn with_state(uri: &str, state: Option<&str>) -> String {
    let Some(state) = state else { return uri.to_owned() };
    let (rest, fragment) = uri.split_once('#').map_or((uri, None), |(rest, fragment)| (rest, Some(fragment)));
    let joint = if rest.contains('?') { '&' } else { '?' };
    let query = encode(&[("state".to_owned(), state.to_owned())]);
    let fragment = fragment.map(|f| format!("#{f}")).unwrap_or_default();
    format!("{rest}{joint}{query}{fragment}")
}

/// Asks the user. The answer is a POST with a CSRF value that only this browser's page has.
fn ask(visit: Visit<'_>, request: &SignOutRequest<'_>) -> Response<Body> {
    let browser = Browser::of(visit.app, visit.call);
    let fields: Vec<(String, String)> =
        READ.iter().filter_map(|name| Some(((*name).to_owned(), request.params.get(name)?.to_owned()))).collect();
    let question = SignOutQuestion {
        action: &format!("/{}/{}/oauth2/v2.0/logout", visit.target.written, visit.target.flow.name),
        csrf: &csrf(visit.app, &browser),
        fields: &fields,
        tenant_name: &visit.tenant().display_name,
        languages: &[visit.language()],
    };
    let target = request.followed(visit.target);
    let text = visit.app.pages().sign_out_question(&question);
    let mut response = answer::html(StatusCode::OK, text, "", target.as_slice());
    if let Some(cookie) = browser.cookie(visit.call) {
        answer::cookie(&mut response, &cookie);
    }
    response
}

/// Returns true if the user confirmed the question.
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
    let text = visit.app.pages().signed_out(&visit.tenant().display_name, &[visit.language()]);
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
