//! May this application ask this? Then a journey opens (contract 2.1).

pub mod request;
mod resolvers;

use crate::answer::{self, BUSY};
use crate::app::App;
use crate::interaction::{self, Before, Transaction};
use crate::request::Call;
use crate::session::{self, Found};
use crate::target::Target;
use axum::body::Body;
use http::{Method, Response};
use request::{AuthorizeRequest, Refusal};
use vestibule_journey::{Outcome, Request, State};
use vestibule_protocol::error::Failure;

/// Answer the request.
pub async fn handle(app: &App, call: &Call, target: &Target) -> Response<Body> {
    if call.method != Method::GET && call.method != Method::POST {
        return answer::method_not_allowed("GET, POST");
    }
    let request = match request::read(call, target) {
        Ok(request) => request,
        Err(Refusal::Page(problem)) => return answer::problem(app, call, &target.tenant.display_name, problem),
        Err(Refusal::Return(to, failure)) => return to.failure(app, call, &failure),
    };
    match session::usable(app, call, target, &request.asked.to.client_id).await {
        Ok(session) => open(app, call, target, request, session).await,
        Err(error) => {
            tracing::error!(correlation_id = call.correlation_id, %error, "the session cannot be read");
            answer::problem(app, call, &target.tenant.display_name, BUSY)
        }
    }
}

async fn open(
    app: &App,
    call: &Call,
    target: &Target,
    request: AuthorizeRequest,
    session: Option<Found>,
) -> Response<Body> {
    let to = &request.asked.to;
    let now = app.now();
    let too_old = |found: &Found| request.max_age.is_some_and(|age| now - found.record.auth_time >= age * 1000);
    let stale = session.as_ref().is_some_and(too_old);
    let fresh_login = request.prompt.login || stale || hint_names_another(app, call, target, session.as_ref()).await;
    let session = session.filter(|_| !fresh_login);
    if request.prompt.none && session.is_none() {
        return to.failure(app, call, &Failure::no_session());
    }
    let before = session.as_ref().map(|found| Before { object_id: found.record.object_id.clone() });
    let session_at = session.as_ref().map(|found| found.record.auth_time);
    let journey_session = session.map(|found| found.body.journey).unwrap_or_default();
    let opening = Request {
        resolvers: resolvers::all(app, call, target, &request),
        languages: call.languages(),
        fresh_login,
        domain_hint: request::params(call).get("domain_hint").map(str::to_owned),
        application: request.application.name.clone(),
        ..Request::default()
    };
    let none = request.prompt.none;
    let mut state = State::new(&target.flow.policy, opening, journey_session);
    state.session.since = session_at;
    let transaction = Transaction::new(app, call, target, request.asked, state, before);
    interaction::open(app, call, target, transaction, |outcome| {
        // Whatever the policy wants to show: `prompt=none` promised that nothing is (security 5, requirement 9).
        if none && matches!(outcome, Outcome::Page(_) | Outcome::Redirect(_)) {
            Err(Failure::no_session())
        } else {
            Ok(())
        }
    })
    .await
}

/// Whether `id_token_hint` is a token of ours for another person than the session's. One that is not ours says nothing.
async fn hint_names_another(app: &App, call: &Call, target: &Target, session: Option<&Found>) -> bool {
    let Some(hint) = request::params(call).get("id_token_hint") else { return false };
    let Some(claims) = crate::logout::hint(app, target, hint).await else { return false };
    let names = |name: &str| claims.get(name).and_then(|v| v.as_str());
    let person = names("oid").or_else(|| names("sub"));
    session.is_some_and(|found| person != found.record.object_id.as_deref())
}
