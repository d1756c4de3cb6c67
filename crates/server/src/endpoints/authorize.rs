//! The authorization endpoint (RFC 6749 section 3.1): checks the request, then opens a journey.

pub mod budget;
mod claims;
pub mod request;

use crate::interaction::{self, Before, Transaction};
use crate::oauth::id_token_hint::Hint;
use crate::oauth::resolvers;
use crate::oauth::session::{self, BrowserSession};
use crate::oauth::visit::Visit;
use crate::web::answer::{self, BUSY};
use axum::body::Body;
use http::{Method, Response};
use request::{AuthorizeError, ValidRequest};
use vestibule_journey::{Outcome, Request, State};
use vestibule_protocol::error::Failure;

/// Answers the request.
pub async fn handle(visit: Visit<'_>) -> Response<Body> {
    if visit.call.method != Method::GET && visit.call.method != Method::POST {
        return answer::method_not_allowed("GET, HEAD, POST");
    }
    let request = match request::read(visit) {
        Ok(request) => request,
        Err(AuthorizeError::ErrorPage(problem)) => return visit.error_page(problem),
        Err(AuthorizeError::Redirect(to, failure)) => return to.failure(visit, &failure),
    };
    match session::usable(visit, &request.authorization.to.client_id).await {
        Ok(session) if !budget::allows(visit, session.as_ref()) => budget::spent(visit, &request),
        Ok(session) => open(visit, request, session).await,
        Err(error) => {
            tracing::error!(correlation_id = visit.call.correlation_id, %error, "the session cannot be read");
            visit.error_page(BUSY)
        }
    }
}

async fn open(visit: Visit<'_>, mut request: ValidRequest, session: Option<BrowserSession>) -> Response<Body> {
    let to = &request.authorization.to;
    let hint = match sent_hint(visit, &request).await {
        Ok(hint) => hint,
        Err(()) if request.prompt.none => return to.failure(visit, &Failure::hint_not_believed()),
        // The request specifies a user, but we cannot tell which one. By the letter of the standard, nobody may be
        // signed in silently.
        Err(()) if to.strict => {
            request.prompt.login = true;
            None
        }
        Err(()) => None,
    };
    request.authorization.person.extend(hint.and_then(|hint| hint.person));
    let (person, now) = (&request.authorization.person, visit.now());
    let too_old =
        |found: &BrowserSession| request.max_age.is_some_and(|age| now - found.record.auth_time >= age * 1000);
    let is_another = |found: &BrowserSession| person.iter().any(|id| Some(id) != found.record.object_id.as_ref());
    let stale = session.as_ref().is_some_and(|found| too_old(found) || is_another(found));
    let fresh_login = request.prompt.login || stale;
    let session = session.filter(|_| !fresh_login);
    if request.prompt.none && session.is_none() {
        return to.failure(visit, &Failure::no_session());
    }
    let before = session.as_ref().map(|found| Before { object_id: found.record.object_id.clone() });
    let session_at = session.as_ref().map(|found| found.record.auth_time);
    let journey_session = session.map(|found| found.body.journey).unwrap_or_default();
    let opening = Request {
        resolvers: resolvers::all(visit, request::params(visit.call), &request.application.client_id),
        languages: visit.call.languages(),
        fresh_login,
        domain_hint: request::params(visit.call).get("domain_hint").map(str::to_owned),
        application: request.application.name.clone(),
        return_uris: visit.return_uris(),
        ..Request::default()
    };
    let none = request.prompt.none;
    let mut state = State::new(visit.policy(), opening, journey_session);
    state.session.since = session_at;
    let transaction = Transaction::new(visit, request.authorization, state, before);
    interaction::open(visit, transaction, |outcome| {
        // `prompt=none` shows no page, whatever the policy wants to show (OpenID Connect Core section 3.1.2.1).
        if none && matches!(outcome, Outcome::Page(_) | Outcome::Redirect(_)) {
            Err(Failure::no_session())
        } else {
            Ok(())
        }
    })
    .await
}

/// The `id_token_hint`, if one was sent; an error if it is not an ID token that this tenant issued to this application.
async fn sent_hint(visit: Visit<'_>, request: &ValidRequest) -> Result<Option<Hint>, ()> {
    let Some(sent) = request::params(visit.call).get("id_token_hint") else { return Ok(None) };
    let hint = Hint::read(visit, sent).await.filter(|hint| hint.is_for(&request.application.client_id));
    hint.map(Some).ok_or(())
}
