//! A journey in the browser: its pages, their forms, and the page API (custom-policies 5).
//!
//! Submissions decide in their POST; the GETs of the page API only go on. A request counts if it comes from the browser
//! that began the transaction (cookie), from one of our pages (CSRF value, Fetch metadata), and is the one that claims
//! the step. What comes late, twice or from an older page changes nothing: it is shown where the journey stands.

mod csrf;
mod held;
mod page_api;
mod show;
mod submission;
mod transaction;

pub use transaction::{Before, Transaction};

use crate::answer;
use crate::app::App;
use crate::browser::{self, Browser};
use crate::directory::{TenantInfo, Visitor, WorldContext};
use crate::request::Call;
use crate::respond::{self, Fields, NoAnswer, Success};
use crate::session::{self, End};
use crate::store::StoreError;
use crate::target::Target;
use axum::body::Body;
use cookie::Cookie;
use held::Held;
use http::{Method, Response, StatusCode};
use transaction::{Ending, Record};
use vestibule_journey::{Event, Issued, Outcome, WorldError, advance};
use vestibule_protocol::error::Failure;
use vestibule_protocol::urls::{Endpoint, Route};

/// How often the end of a journey is tried while other tabs change the session: each change of theirs costs one, and who
/// makes so many at once gets 503.
const ROUNDS: usize = 8;

/// Answer the request.
pub async fn handle(app: &App, call: &Call, target: &Target, route: &Route<'_>) -> Response<Body> {
    match route.endpoint {
        // Telemetry of B2C's script is not kept.
        Endpoint::Telemetry => answer::status(StatusCode::OK),
        Endpoint::SelfAsserted if call.method == Method::POST => submission::form(app, call, target).await,
        Endpoint::DisplayControl if call.method == Method::POST => {
            submission::control(app, call, target, &route.rest).await
        }
        Endpoint::PageApi if call.method == Method::GET => page_api::handle(app, call, target, &route.rest).await,
        Endpoint::PageApi => answer::method_not_allowed("GET"),
        _ => answer::method_not_allowed("POST"),
    }
}

/// Begin a journey: run it to its first page, or through to its end when single sign-on has everything. `may` refuses an
/// outcome that was promised not to happen.
pub async fn open(
    app: &App,
    call: &Call,
    target: &Target,
    mut transaction: Transaction,
    may: impl FnOnce(&Outcome) -> Result<(), Failure>,
) -> Response<Body> {
    let outcome = match run(app, call, target, &mut transaction, Event::Continue).await {
        Ok(outcome) => outcome,
        Err(error) => return show::world_failed(app, call, target, &error),
    };
    if let Err(failure) = may(&outcome) {
        return transaction.asked.to.failure(app, call, &failure);
    }
    let mut browser = Browser::of(app, call);
    transaction.browser = browser.hash();
    match outcome {
        Outcome::Page(page) => match transaction.create(app, target).await {
            Ok(()) => show::page(app, call, target, &transaction, &mut browser, &show::Shown::plain(&page)),
            Err(error) => show::store_failed(app, call, target, &error),
        },
        other => match Ending::of(other) {
            Some(ending) => end(app, call, target, &transaction, ending).await.0,
            None => answer::problem(app, call, &target.tenant.display_name, answer::BROKEN),
        },
    }
}

/// Run the journey by one event.
async fn run(
    app: &App,
    call: &Call,
    target: &Target,
    transaction: &mut Transaction,
    event: Event,
) -> Result<Outcome, WorldError> {
    let mut world = app.directory().world(WorldContext {
        tenant: TenantInfo::from(target.tenant.as_ref()),
        transaction: transaction.writer(),
        visitor: Visitor { source_ip: Some(call.ip), device: browser::device(call) },
        correlation_id: Some(call.correlation_id.clone()),
    });
    let outcome = Box::pin(advance(&target.flow.policy, &mut transaction.state, event, &mut world)).await?;
    if let Outcome::Failed { code, cause, .. } = &outcome {
        tracing::info!(correlation_id = call.correlation_id, code, cause, "a journey failed");
    }
    tracing::debug!(correlation_id = call.correlation_id, trace = ?transaction.state.trace, "a journey went on");
    Ok(outcome)
}

/// The journey is over: the answer for the application, and, to repeat it, its fields.
async fn end(
    app: &App,
    call: &Call,
    target: &Target,
    transaction: &Transaction,
    ending: Ending,
) -> (Response<Body>, Option<Record>) {
    let to = &transaction.asked.to;
    let issued = match ending {
        Ending::Failed { code, error, message } => {
            let fields = to.error_fields(app, call, code, &error, &message);
            let outcome = format!("AADB2C{code:05}");
            let entry = respond::audit_entry(app, call, target, &to.client_id, &outcome);
            if let Err(error) = app.store().audit(&[entry]).await {
                tracing::warn!(correlation_id = call.correlation_id, %error, "a failed sign-in is not in the audit log");
            }
            let done = transaction.done(app, fields);
            return (to.fail(app, call, code, &error, &message), Some(done));
        }
        Ending::Token(issued) => issued,
    };
    match give(app, call, target, transaction, &issued).await {
        Ok((fields, session)) => {
            let done = transaction.done(app, fields.clone());
            let mut response = to.send(app, call, fields);
            for cookie in session.iter().chain(browser::device_cookie(app, call).iter()) {
                answer::cookie(&mut response, cookie);
            }
            (response, Some(done))
        }
        Err(NoAnswer::Failure(failure)) => (to.failure(app, call, &failure), None),
        Err(NoAnswer::Store(error)) => (show::store_failed(app, call, target, &error), None),
    }
}

/// Write down what the journey gives and what becomes of the session: the fields of the answer, and the session's cookie.
async fn give(
    app: &App,
    call: &Call,
    target: &Target,
    transaction: &Transaction,
    issued: &Issued,
) -> Result<(Fields, Option<Cookie<'static>>), NoAnswer> {
    let before = transaction.before.as_ref();
    // What the session kept of one person is not handed on with another's.
    let same_person = before.is_none_or(|before| before.object_id == issued.object_id);
    let state = &transaction.state;
    let how = End {
        issued,
        journey: &if same_person { state.session.kept.clone() } else { state.own_session() },
        remember_me: transaction.remember_me,
    };
    let asked = &transaction.asked;
    for _ in 0..ROUNDS {
        let kept = session::keep(app, call, target, &asked.to.client_id, how).await.map_err(NoAnswer::Store)?;
        let session = kept.change.as_ref();
        match (Success { target, asked, issued, session }).fields(app, call).await {
            // Another tab changed the session since it was read.
            Err(NoAnswer::Store(StoreError::Conflict)) if session.is_some() => {}
            done => return done.map(|fields| (fields, kept.cookie)),
        }
    }
    Err(NoAnswer::Store(StoreError::Conflict))
}

/// Go on to the next page or to the end, and answer with it.
async fn go_on(app: &App, call: &Call, target: &Target, mut held: Held, event: Event) -> Response<Body> {
    let remember_me = held.transaction.remember_me.to_string();
    held.transaction.state.request.resolvers.insert("context:kmsi".to_owned(), remember_me);
    let moves = !matches!(event, Event::Continue) || std::mem::take(&mut held.transaction.accepted);
    let mut outcome = run(app, call, target, &mut held.transaction, event).await;
    if matches!(outcome, Ok(Outcome::Accepted)) {
        outcome = run(app, call, target, &mut held.transaction, Event::Continue).await;
    }
    match outcome {
        Ok(Outcome::Page(page)) => {
            if moves {
                held.transaction.page += 1;
            }
            held.keep_and_show(app, call, target, &show::Shown::plain(&page)).await
        }
        // A choice that the page does not offer: the page as it is, with why.
        Ok(Outcome::Refused(notice) | Outcome::Acted(notice)) => {
            held.show_again(app, call, target, Some(&notice), &std::collections::BTreeMap::new()).await
        }
        Ok(other) => match Ending::of(other) {
            Some(ending) => held.finish(app, call, target, ending).await,
            None => held.broken(app, call, target, &WorldError::Broken("the journey stands still".to_owned())).await,
        },
        Err(error) => held.broken(app, call, target, &error).await,
    }
}
