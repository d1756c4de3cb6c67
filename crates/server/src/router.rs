//! All URLs in one table, and what surrounds each request: timeouts, panics, the log.

use crate::app::App;
use crate::endpoints::{authorize, discovery, logout, token, userinfo};
use crate::oauth::target::{Nothing, Target};
use crate::oauth::visit::Visit;
use crate::web::answer::{self, BROKEN, BUSY, PageError};
use crate::web::request::{Call, ReadError, languages};
use crate::web::{assets, headers, health};
use crate::{dev, interaction};
use axum::body::{Body, HttpBody};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::json;
use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use vestibule_protocol::error::Failure;
use vestibule_protocol::urls::{self, Endpoint};

/// The timeout of a request. Waiting for mail in `dev` is shorter.
const LONGEST: Duration = Duration::from_secs(60);
/// The timeout for reading its body.
const LONGEST_BODY: Duration = Duration::from_secs(30);

const POLICY_TWICE: PageError<'static> =
    PageError::bad(90122, "The request names the policy more than once (p).").advise("Name it once.");

/// Something that answers below a path of its own beside the tenants: the portal.
pub trait Face: Send + Sync + 'static {
    /// Returns true if this path is its own.
    fn takes(&self, path: &str) -> bool;

    /// The path as the log may have it: without what opens anything.
    fn logged<'p>(&self, path: &'p str) -> Cow<'p, str>;

    /// Answer a request to such a path.
    fn answer<'a>(&'a self, app: &'a App, call: &'a Call) -> Pin<Box<dyn Future<Output = Response<Body>> + Send + 'a>>;
}

/// The router of the tenants alone.
pub fn router(app: App) -> axum::Router {
    router_with(app, None)
}

/// The router of the tenants, and of a face beside them.
pub fn router_with(app: App, face: Option<Arc<dyn Face>>) -> axum::Router {
    axum::Router::new().fallback(move |request: Request<Body>| {
        let (app, face) = (app.clone(), face.clone());
        async move {
            let is_head = request.method() == Method::HEAD;
            let response = outer(&app, face.as_ref(), request).await;
            if is_head { without_body(response) } else { response }
        }
    })
}

/// The response to HEAD: that to GET, without its body (RFC 9110 section 9.3.2).
fn without_body(response: Response<Body>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact().filter(|length| *length > 0) {
        parts.headers.entry(header::CONTENT_LENGTH).or_insert(HeaderValue::from(length));
    }
    Response::from_parts(parts, Body::empty())
}

/// Routes that ignore the host, and all others.
async fn outer(app: &App, face: Option<&Arc<dyn Face>>, request: Request<Body>) -> Response<Body> {
    let languages = languages("", request.headers());
    if let Err(message) = headers::check(&request) {
        return unread(app, &ReadError { status: StatusCode::BAD_REQUEST, message }, &languages);
    }
    if let Some(response) = health::handle(app, request.uri().path()).await {
        return response;
    }
    if let Some(response) = assets::handle(&request) {
        return response;
    }
    app.registry().refresh_if_changed(app.now()).await;
    let read = tokio::time::timeout(LONGEST_BODY, Call::read(app, request)).await;
    match read {
        Ok(Ok(call)) => guarded(app, face, call).await,
        Ok(Err(refused)) => unread(app, &refused, &languages),
        Err(_) => answer::status(StatusCode::REQUEST_TIMEOUT),
    }
}

/// Answer in a task of its own: a browser that goes away does not stop a step half-way, and a fault stays with its
/// request.
async fn guarded(app: &App, face: Option<&Arc<dyn Face>>, call: Call) -> Response<Body> {
    let began = Instant::now();
    let call = Arc::new(call);
    let face = face.filter(|face| face.takes(&call.path));
    let task = tokio::spawn({
        let (app, call) = (app.clone(), Arc::clone(&call));
        let face = face.cloned();
        async move {
            match face {
                Some(face) => face.answer(&app, &call).await,
                None => answer(&app, &call).await,
            }
        }
    });
    let mut response = match tokio::time::timeout(LONGEST, task).await {
        Ok(Ok(response)) => response,
        Ok(Err(fault)) => {
            tracing::error!(correlation_id = call.correlation_id, %fault, "a request ended in a fault");
            answer::error_page(app, &call, "", BROKEN)
        }
        Err(_) => {
            tracing::error!(correlation_id = call.correlation_id, "a request took too long");
            answer::error_page(app, &call, "", BUSY)
        }
    };
    answer::add_hsts(app, &call.origin, &mut response);
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().entry(header::RETRY_AFTER).or_insert(HeaderValue::from_static("5"));
    }
    if let Ok(id) = HeaderValue::from_str(&call.correlation_id) {
        response.headers_mut().insert(HeaderName::from_static("x-ms-request-id"), id);
    }
    let path = face.map_or(Cow::Borrowed(call.path.as_str()), |face| face.logged(&call.path));
    log(&call, &path, response.status(), began);
    response
}

/// Answer a request to a tenant. A face may ask the tenants by it, as any program does over the network.
pub async fn answer(app: &App, call: &Call) -> Response<Body> {
    if app.dev().is_some() && dev::is_dev(&call.path) {
        return Box::pin(dev::handle(app, call)).await;
    }
    let Some(route) = urls::parse(&call.path) else { return nothing(app, call, "Nothing answers at this address.") };
    if route.endpoint == Endpoint::ProviderReturn {
        return Box::pin(interaction::returned(app, call, &route)).await;
    }
    let target = match Target::find(app, call, &route).await {
        Ok(target) => target,
        Err(why) => {
            let message = match why {
                Nothing::Tenant => "No tenant of this name answers here.",
                Nothing::Policy => "The tenant has no user flow or policy of this name.",
                Nothing::Twice => return answer::error_page(app, call, "", POLICY_TWICE),
                Nothing::Unreadable => return answer::error_page(app, call, "", BUSY),
            };
            return match route.endpoint {
                Endpoint::Discovery | Endpoint::DiscoveryV1 | Endpoint::Keys => no_document(app, call, message, true),
                Endpoint::Token | Endpoint::UserInfo => no_document(app, call, message, false),
                _ => nothing(app, call, message),
            };
        }
    };
    if route.endpoint == Endpoint::Discovery && discovery::is_for_nobody(&target) {
        return no_document(app, call, "No application of the tenant is set to openid = \"strict\".", true);
    }
    let visit = Visit { app, call, target: &target };
    // Boxed, because otherwise every request would move as much memory as the largest handler needs.
    match route.endpoint {
        Endpoint::Discovery | Endpoint::DiscoveryV1 => discovery::document(visit).await,
        Endpoint::Keys => Box::pin(discovery::keys(visit)).await,
        Endpoint::Authorize | Endpoint::AuthorizeV1 => Box::pin(authorize::handle(visit)).await,
        Endpoint::Token => Box::pin(token::handle(visit)).await,
        Endpoint::Logout => Box::pin(logout::handle(visit)).await,
        Endpoint::UserInfo => Box::pin(userinfo::handle(visit)).await,
        Endpoint::SelfAsserted | Endpoint::DisplayControl | Endpoint::PageApi | Endpoint::Telemetry => {
            Box::pin(interaction::handle(visit, &route)).await
        }
        // Answered above: the URL does not name a policy.
        Endpoint::ProviderReturn => answer::not_found(),
    }
}

/// 404 as a page.
fn nothing(app: &App, call: &Call, message: &str) -> Response<Body> {
    let advice = "Look at the address: it names the tenant first, then the user flow.";
    let error = PageError { status: StatusCode::NOT_FOUND, code: None, message, advice: Some(advice) };
    answer::error_page(app, call, "", error)
}

/// 404 for a program. If `public`, any page may read it, as it may read the document.
fn no_document(app: &App, call: &Call, message: &str, public: bool) -> Response<Body> {
    tracing::info!(
        correlation_id = call.correlation_id,
        sentence = message,
        "a program asked for nothing that is here"
    );
    let failure = Failure::new(90022, "invalid_request", message);
    let description = failure.description(&call.correlation_id, app.now());
    let body = json!({ "error": failure.error, "error_description": description });
    let mut response = answer::json(StatusCode::NOT_FOUND, &body);
    if public {
        discovery::share(&mut response);
    }
    response
}

/// The response to a request that could not be read.
fn unread(app: &App, refused: &ReadError, languages: &[String]) -> Response<Body> {
    let page = crate::pages::ErrorPage {
        code: None,
        message: refused.message,
        advice: None,
        correlation_id: &app.random().uuid(),
        at: app.now(),
        tenant_name: "",
        languages,
    };
    answer::html(refused.status, app.pages().error(&page), "", &[])
}

/// Logs one line per request without anything secret: no query, no form, no cookie.
fn log(call: &Call, path: &str, status: StatusCode, began: Instant) {
    let client_id = call.query.get("client_id").or_else(|| call.body.get("client_id"));
    let client_id = client_id.filter(|id| id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'));
    tracing::info!(
        method = %call.method,
        origin = call.origin.url,
        path,
        status = status.as_u16(),
        client_id,
        ip = %call.ip,
        correlation_id = call.correlation_id,
        ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "request"
    );
}
