//! Documents and key sets by the address that they were asked at: answered before the rest of a request is looked at.
//!
//! Applications ask for them far more often than they change. What is here holds for one state of the registry, and is
//! passed over whenever something is due that only the long way does.

use super::public;
use crate::app::App;
use crate::oauth::target::Target;
use crate::web::request::{Call, authority};
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Request, Response, header};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use vestibule_protocol::urls::Form;
use vestibule_tenant::origin::OriginRef;
use vestibule_tenant::origin::Peer;
use vestibule_tenant::registry::Snapshot;

/// What was answered before.
#[derive(Default)]
pub struct Memory(RwLock<Held>);

#[derive(Default)]
struct Held {
    of: Option<Arc<Snapshot>>,
    /// By path; of each, one for every origin.
    answers: HashMap<String, Vec<(OriginRef, Answer)>>,
}

/// What an address gives.
#[derive(Clone)]
pub(super) enum Answer {
    /// A discovery document.
    Document(Bytes),
    /// The keys of the tenant of this id.
    Keys(String),
}

impl Memory {
    /// Keep what the request's address gives. Only addresses as they are published, and with the policy in the letter
    /// case of its name: strangers cannot fill the memory.
    pub(super) fn keep(&self, snapshot: &Arc<Snapshot>, call: &Call, target: &Target, answer: Answer) {
        // The target may be of a state that was replaced just now.
        let is_current =
            snapshot.tenant(&target.tenant.name).is_some_and(|tenant| Arc::ptr_eq(&tenant, &target.tenant));
        if !is_current || !is_published(call, target) {
            return;
        }
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !held.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, snapshot)) {
            *held = Held { of: Some(Arc::clone(snapshot)), answers: HashMap::new() };
        }
        let of_path = held.answers.entry(call.path.clone()).or_default();
        of_path.retain(|(origin, _)| !Arc::ptr_eq(origin, &call.origin));
        of_path.push((Arc::clone(&call.origin), answer));
    }

    fn find(&self, snapshot: &Arc<Snapshot>, origin: &OriginRef, path: &str) -> Option<Answer> {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        held.of.as_ref().filter(|of| Arc::ptr_eq(of, snapshot))?;
        let of_path = held.answers.get(path)?;
        of_path.iter().find(|(own, _)| Arc::ptr_eq(own, origin)).map(|(_, answer)| answer.clone())
    }
}

/// The answer to this request of `peer`, if it is at hand: what the router would give, but for its line in the log and the
/// id of that.
pub fn answer<B>(app: &App, request: &Request<B>, peer: Peer) -> Option<Response<Body>> {
    let headers = request.headers();
    // One with a body is for those who know how to end such a connection.
    let has_body = headers.contains_key(header::TRANSFER_ENCODING) || headers.contains_key(header::CONTENT_LENGTH);
    if request.method() != Method::GET || request.uri().query().is_some() || has_body {
        return None;
    }
    let now = app.now();
    if app.registry().is_due(now) {
        return None;
    }
    let tls = app.proxies().tls(headers, peer);
    let origin = app.origins().find(tls, authority(request.uri(), headers)?)?;
    let path = request.uri().path();
    let body = match app.memory().find(&app.registry().snapshot(), &origin, path)? {
        Answer::Document(text) => text,
        Answer::Keys(tenant) => app.keys().at_hand(&tenant)?,
    };
    tracing::debug!(origin = origin.url, path, "answered from memory");
    let mut response = public(&Method::GET, body);
    crate::router::add_hsts(app, &origin, &mut response);
    Some(response)
}

/// Whether the request's address is written as one of ours is: the tenant by one of its own spellings, the policy by its
/// name or that in lower case, the endpoint's words in lower case.
fn is_published(call: &Call, target: &Target) -> bool {
    let (tenant, written) = (&target.tenant, &target.written);
    let own = [&tenant.name, &tenant.domain, &tenant.id].contains(&written);
    let start = match target.form {
        Form::Path => format!("/{written}/"),
        Form::Tfp => format!("/tfp/{written}/"),
        Form::Query => return false,
    };
    let Some((policy, tail)) = call.path.strip_prefix(&start).and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let name = &target.flow.name;
    own && (policy == name || policy == name.to_ascii_lowercase())
        && !call.path.contains("//")
        && !tail.bytes().any(|b| b.is_ascii_uppercase())
}
