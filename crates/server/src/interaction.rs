//! A journey in the browser: its pages, their forms, and the page API of B2C's page script.
//!
//! A submission is decided in its POST; the GETs of the page API only continue. A request is accepted if it comes from
//! the browser that began the transaction (cookie) and from one of our pages (CSRF value, Fetch metadata), and if it
//! claims the step. A late or repeated request, or one from an older page, changes nothing and gets the current page.

mod arrival;
mod claim;
mod csrf;
mod departure;
mod page_api;
mod show;
mod submission;
mod transaction;

pub use arrival::returned;
pub use transaction::{Before, Transaction};

use crate::oauth::issue::{self, IssueError, Success};
use crate::oauth::request::Fields;
use crate::oauth::session::{self, JourneyEnd};
use crate::oauth::visit::Visit;
use crate::web::answer;
use crate::web::browser::{self, Browser};
use axum::body::Body;
use claim::ClaimedTransaction;
use cookie::Cookie;
use http::{Method, Response, StatusCode};
use transaction::{Ending, Record};
use vestibule_journey::{Event, Issued, Notice, Outcome, WorldError, advance};
use vestibule_protocol::error::Failure;
use vestibule_protocol::urls::{Endpoint, Route};
use vestibule_store::StoreError;
use vestibule_tenant::accounts::{TenantInfo, Visitor};
use vestibule_tenant::world::WorldContext;

/// How often the end of a journey is tried while other tabs change the session: each change of theirs costs one, and
/// who makes so many at once gets 503.
const ROUNDS: usize = 8;

/// The AADB2C code of a wrong or expired code of a mail.
const WRONG_CODE: u32 = 90159;

/// Answer the request.
pub async fn handle(visit: Visit<'_>, route: &Route<'_>) -> Response<Body> {
    match route.endpoint {
        // Telemetry of B2C's script is not kept.
        Endpoint::Telemetry => answer::status(StatusCode::OK),
        Endpoint::SelfAsserted if visit.call.method == Method::POST => submission::form(visit).await,
        Endpoint::DisplayControl if visit.call.method == Method::POST => submission::control(visit, &route.rest).await,
        Endpoint::PageApi if visit.call.method == Method::GET => page_api::handle(visit, &route.rest).await,
        Endpoint::PageApi => answer::method_not_allowed("GET, HEAD"),
        _ => answer::method_not_allowed("POST"),
    }
}

/// Begin a journey: run it to its first page, or through to its end when single sign-on has everything. `may` refuses
/// an outcome that was promised not to happen.
pub async fn open(
    visit: Visit<'_>,
    mut transaction: Transaction,
    may: impl FnOnce(&Outcome) -> Result<(), Failure>,
) -> Response<Body> {
    let outcome = match run(visit, &mut transaction, Event::Continue).await {
        Ok(outcome) => outcome,
        Err(error) => return show::world_failed(visit, &error),
    };
    if let Err(failure) = may(&outcome) {
        return transaction.authorization.to.failure(visit, &failure);
    }
    let mut browser = Browser::of(visit.app, visit.call);
    transaction.browser = browser.hash();
    match outcome {
        Outcome::Page(page) => match transaction.create(visit).await {
            Ok(()) => show::page(visit, &transaction, &mut browser, &show::Shown::plain(&page)),
            Err(error) => show::store_failed(visit, &error),
        },
        Outcome::Redirect(redirect) => match transaction.create(visit).await {
            Ok(()) => {
                let mut response = departure::leave(visit, &transaction, &redirect).await;
                for cookie in browser.new_cookies(visit.call, &transaction.id) {
                    answer::cookie(&mut response, &cookie);
                }
                response
            }
            Err(error) => show::store_failed(visit, &error),
        },
        other => match Ending::of(other) {
            Some(ending) => end(visit, &transaction, ending).await.0,
            None => visit.error_page(answer::BROKEN),
        },
    }
}

/// Run the journey by one event.
async fn run(visit: Visit<'_>, transaction: &mut Transaction, event: Event) -> Result<Outcome, WorldError> {
    let mut world = visit.app.worlds().of(WorldContext {
        tenant: TenantInfo::from(visit.target.tenant.as_ref()),
        transaction: transaction.writer(),
        visitor: visitor(visit, transaction),
    });
    let outcome = Box::pin(advance(visit.policy(), &mut transaction.state, event, &mut world)).await?;
    if let Outcome::Failed { code, cause, .. } = &outcome {
        tracing::info!(correlation_id = visit.call.correlation_id, code, cause, "a journey failed");
    }
    tracing::debug!(correlation_id = visit.call.correlation_id, trace = ?transaction.state.trace, "a journey went on");
    Ok(outcome)
}

/// The sender of the request.
fn visitor(visit: Visit<'_>, transaction: &Transaction) -> Visitor {
    Visitor {
        source_ip: Some(visit.call.ip),
        device: browser::device(visit.call),
        correlation_id: Some(visit.call.correlation_id.clone()),
        client_id: Some(transaction.authorization.to.client_id.clone()),
    }
}

/// Notes the refusal of a code, which may have been guessed. The person hears of it in any case.
async fn note_wrong_code(visit: Visit<'_>, transaction: &Transaction, notice: &Notice) {
    if notice.code != Some(WRONG_CODE) {
        return;
    }
    let tenant = TenantInfo::from(visit.tenant());
    let visitor = visitor(visit, transaction);
    let noted = visit.app.accounts().note_refusal(&tenant, &visitor, "user.verifyCode", "wrongCode").await;
    if let Err(error) = noted {
        tracing::warn!(correlation_id = visit.call.correlation_id, %error, "a wrong code is not in the audit log");
    }
}

/// The journey is over: the answer for the application, and, to repeat it, its fields.
async fn end(visit: Visit<'_>, transaction: &Transaction, ending: Ending) -> (Response<Body>, Option<Record>) {
    let to = &transaction.authorization.to;
    let issued = match ending {
        Ending::Failed { code, error, message } => {
            let fields = to.error_fields(visit, code, &error, &message);
            let outcome = format!("AADB2C{code:05}");
            let entry = issue::audit_entry(visit, &to.client_id, &outcome);
            if let Err(error) = visit.app.store().audit(&[entry]).await {
                tracing::warn!(correlation_id = visit.call.correlation_id, %error, "a failed sign-in is not in the audit log");
            }
            let done = transaction.done(visit.app, fields);
            return (to.fail(visit, code, &error, &message), Some(done));
        }
        Ending::Token(issued) => issued,
    };
    match give(visit, transaction, &issued).await {
        Ok((fields, session)) => {
            let done = transaction.done(visit.app, fields.clone());
            let mut response = to.send(visit, fields);
            for cookie in session.iter().chain(browser::device_cookie(visit.app, visit.call).iter()) {
                answer::cookie(&mut response, cookie);
            }
            (response, Some(done))
        }
        Err(IssueError::Failure(failure)) => (to.failure(visit, &failure), None),
        Err(IssueError::Page(problem)) => (visit.error_page(problem), None),
        Err(IssueError::Store(error)) => (show::store_failed(visit, &error), None),
    }
}

/// Write down what the journey gives and what becomes of the session: the fields of the answer, and the session's
/// cookie.
async fn give(
    visit: Visit<'_>,
    transaction: &Transaction,
    issued: &Issued,
) -> Result<(Fields, Option<Cookie<'static>>), IssueError> {
    if !transaction.authorization.is_for(issued) {
        return Err(Failure::another_user().into());
    }
    let before = transaction.before.as_ref();
    // Claims that the session kept for one user are never passed on with another's.
    let same_person = before.is_none_or(|before| before.object_id == issued.object_id);
    let state = &transaction.state;
    let how = JourneyEnd {
        issued,
        journey: &if same_person { state.session.kept.clone() } else { state.own_session() },
        remember_me: transaction.remember_me,
    };
    let request = &transaction.authorization;
    for _ in 0..ROUNDS {
        let kept = session::keep(visit, &request.to.client_id, how).await.map_err(IssueError::Store)?;
        let session = kept.change.as_ref();
        match (Success { visit, request, issued, session }).fields().await {
            // Another tab changed the session since it was read.
            Err(IssueError::Store(StoreError::Conflict)) if session.is_some() => {}
            done => return done.map(|fields| (fields, kept.cookie)),
        }
    }
    Err(IssueError::Store(StoreError::Conflict))
}

/// Go on to the next page or to the end, and answer with it.
async fn go_on(visit: Visit<'_>, mut claimed: ClaimedTransaction, event: Event) -> Response<Body> {
    let remember_me = claimed.transaction.remember_me.to_string();
    claimed.transaction.state.request.resolvers.insert("context:kmsi".to_owned(), remember_me);
    let moves = !matches!(event, Event::Continue) || std::mem::take(&mut claimed.transaction.accepted);
    let mut outcome = run(visit, &mut claimed.transaction, event).await;
    if matches!(outcome, Ok(Outcome::Accepted)) {
        outcome = run(visit, &mut claimed.transaction, Event::Continue).await;
    }
    match outcome {
        Ok(Outcome::Page(page)) => {
            if moves {
                claimed.transaction.page += 1;
            }
            claimed.keep_and_show(visit, &show::Shown::plain(&page)).await
        }
        // A choice that the page does not offer: the page as it is, with why.
        Ok(Outcome::Refused(notice) | Outcome::Acted(notice)) => {
            claimed.show_again(visit, Some(&notice), &std::collections::BTreeMap::new()).await
        }
        Ok(Outcome::Redirect(redirect)) => claimed.keep_and_leave(visit, &redirect).await,
        Ok(Outcome::Stray(stray)) => {
            claimed.release(visit).await;
            tracing::warn!(correlation_id = visit.call.correlation_id, %stray, "a return from a provider is refused");
            visit.error_page(claim::GONE)
        }
        Ok(other) => match Ending::of(other) {
            Some(ending) => claimed.finish(visit, ending).await,
            None => claimed.broken(visit, &WorldError::Broken("the journey stands still".to_owned())).await,
        },
        Err(error) => claimed.broken(visit, &error).await,
    }
}
