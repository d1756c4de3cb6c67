//! Serves documents and key sets from the cache, before the rest of a request is read.
//!
//! The cache is bypassed whenever the request needs something that only the full handler does.

use super::public;
use crate::app::App;
use crate::app::documents::CachedDocument;
use crate::oauth::visit::Visit;
use crate::web::answer::add_hsts;
use crate::web::headers;
use crate::web::request::authority;
use axum::body::Body;
use http::{Method, Request, Response, header};
use vestibule_protocol::urls::Form;
use vestibule_tenant::origin::Peer;

/// Caches the response for the request's URL. Only URLs in their published spelling are cached, so that strangers
/// cannot fill the cache.
pub(super) fn store(visit: Visit<'_>, document: CachedDocument) {
    if is_published(visit) {
        let (app, call) = (visit.app, visit.call);
        app.documents().insert(app.registry(), &visit.target.tenant, &call.origin, &call.path, document);
    }
}

/// Returns the response to this request of `peer`, if it is cached. It equals the router's response except for the
/// request id, and no line is written to the request log.
pub fn answer<B>(app: &App, request: &Request<B>, peer: Peer) -> Option<Response<Body>> {
    if headers::check(request).is_err() {
        return None;
    }
    let headers = request.headers();
    // A request with a body needs the server that knows how to drain it.
    let has_body = headers.contains_key(header::TRANSFER_ENCODING) || headers.contains_key(header::CONTENT_LENGTH);
    if request.method() != Method::GET || request.uri().query().is_some() || has_body {
        return None;
    }
    if app.registry().is_due(app.now()) {
        return None;
    }
    let tls = app.proxies().tls(headers, peer);
    let origin = app.origins().find(tls, authority(request.uri(), headers)?)?;
    let path = request.uri().path();
    let body = match app.documents().get(app.registry(), &origin, path)? {
        CachedDocument::Discovery(text) => text,
        CachedDocument::Keys(tenant) => app.keys().at_hand(&tenant)?,
    };
    tracing::debug!(origin = origin.url, path, "answered from the cache");
    let mut response = public(&Method::GET, body);
    add_hsts(app, &origin, &mut response);
    Some(response)
}

/// Returns true if the request's URL is spelled like a published one: the tenant in one of its own spellings, the
/// policy by its name or its name in lower case, the endpoint's path in lower case.
fn is_published(visit: Visit<'_>) -> bool {
    let (target, path) = (visit.target, &visit.call.path);
    let (tenant, written) = (&target.tenant, &target.written);
    let own = [&tenant.name, &tenant.domain, &tenant.id].contains(&written);
    let start = match target.form {
        Form::Path => format!("/{written}/"),
        Form::Tfp => format!("/tfp/{written}/"),
        Form::Openid => format!("/oidc/{written}/"),
        Form::Query => return false,
    };
    let Some((policy, tail)) = path.strip_prefix(&start).and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let name = &target.flow.name;
    own && (policy == name || policy == name.to_ascii_lowercase())
        && !path.contains("//")
        && !tail.bytes().any(|b| b.is_ascii_uppercase())
}
