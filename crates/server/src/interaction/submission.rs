//! Handles the POSTs of a page: its form and the actions of its verification controls, sent by our script, by B2C's,
//! by custom pages, or by a browser without scripts.

use super::claim::{ClaimError, ClaimedTransaction};
use super::transaction::Ending;
use super::{go_on, note_wrong_code, run};
use crate::oauth::visit::Visit;
use crate::pages::{BY_FORM, form_values};
use crate::web::answer;
use crate::web::query::encode;
use crate::web::request::Call;
use axum::body::Body;
use http::{Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use vestibule_journey::event::Form;
use vestibule_journey::{Event, Notice, Outcome, Page, PageKind, WorldError};

/// Fields of the form that belong to the page and are not claims.
const OURS: &[&str] = &["request_type", "csrf_token", "control_action", "action", "rememberMe", "claim_id"];
/// `result` of the older verification, if the code or the address was rejected.
const CLASSIC_REFUSED: u32 = 3;

/// The request.
struct Sent {
    event: Event,
    /// True if this is the form itself, and not an action that leaves the page as it is.
    submits: bool,
    /// True for the older verification: the response contains `result`.
    classic: bool,
}

/// Answers `POST SelfAsserted`.
pub(super) async fn form(visit: Visit<'_>) -> Response<Body> {
    let claimed = match begin(visit).await {
        Ok(claimed) => claimed,
        Err(response) => return response,
    };
    if visit.call.body.get("action") == Some("cancel") && claimed.current {
        return go_on(visit, claimed, Event::Cancel).await;
    }
    act(visit, claimed, read(visit.call)).await
}

/// Answers `POST SelfAsserted/DisplayControlAction/vbeta/{rest[0]}/{rest[1]}`.
pub(super) async fn control(visit: Visit<'_>, rest: &[&str]) -> Response<Body> {
    let claimed = match begin(visit).await {
        Ok(claimed) => claimed,
        Err(response) => return response,
    };
    let word = |n: usize| percent_decode_str(rest.get(n).copied().unwrap_or_default()).decode_utf8_lossy().into_owned();
    let event = Event::Act { control: word(0), action: word(1), form: values(visit.call) };
    act(visit, claimed, Sent { event, submits: false, classic: false }).await
}

/// Claims the transaction, or returns an error in a form that the sender understands.
async fn begin(visit: Visit<'_>) -> Result<ClaimedTransaction, Response<Body>> {
    if !visit.call.is_form {
        return Err(answer::status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let csrf = visit.call.header("x-csrf-token").or_else(|| visit.call.body.get("csrf_token"));
    match ClaimedTransaction::take(visit, csrf).await {
        Ok(claimed) => Ok(claimed),
        // A script goes on to `confirmed`, which repeats the response.
        Err(ClaimError::Repeated(_)) if by_script(visit.call) => {
            Err(answer::json(StatusCode::OK, &json!({ "status": "200" })))
        }
        Err(ClaimError::ErrorPage(problem)) if by_script(visit.call) => {
            let code = problem.code.map(|code| format!("AADB2C{code:05}"));
            let message = format!("{} {}", problem.message, problem.advice.unwrap_or_default());
            let body = json!({ "status": "400", "errorCode": code, "message": message });
            Err(answer::json(problem.status, &body))
        }
        Err(ClaimError::StartAgain(_)) if by_script(visit.call) => {
            let message = "This sign-in was begun before an update of the service. Please reload the page.";
            Err(answer::json(StatusCode::CONFLICT, &json!({ "status": "400", "message": message })))
        }
        Err(error) => Err(error.page(visit)),
    }
}

/// Returns true if the sender reads JSON: B2C's script signals this by sending the CSRF value as a header.
fn by_script(call: &Call) -> bool {
    call.headers.contains_key("x-csrf-token")
}

/// The action that the form requests.
fn read(call: &Call) -> Sent {
    let acts = |control: &str, action: &str, classic| Sent {
        event: Event::Act { control: control.to_owned(), action: action.to_owned(), form: values(call) },
        submits: false,
        classic,
    };
    // A button of a control, pressed without script.
    if let Some((control, action)) = call.body.get("control_action").and_then(|v| v.rsplit_once(':')) {
        return acts(control, action, false);
    }
    let claim = call.body.get("claim_id").unwrap_or_default();
    match call.body.get("request_type") {
        Some("VERIFICATION_REQUEST") => acts(claim, "SendCode", true),
        Some("VALIDATION_REQUEST") => acts(claim, "VerifyCode", true),
        _ => Sent { event: Event::Submit(values(call)), submits: true, classic: false },
    }
}

/// The values of the form; the older verification calls them `claim_value` and `user_input`.
fn values(call: &Call) -> Form {
    let mut form = form_values(call.body.iter());
    form.retain(|name, _| !OURS.contains(&name.as_str()));
    form
}

/// The journey's current page.
async fn current(visit: Visit<'_>, claimed: &mut ClaimedTransaction) -> Result<Box<Page>, WorldError> {
    match run(visit, &mut claimed.transaction, Event::Continue).await? {
        Outcome::Page(page) => Ok(page),
        _ => Err(WorldError::Broken("the journey stands at no page".to_owned())),
    }
}

/// Passes the event to the journey, and answers.
async fn act(visit: Visit<'_>, mut claimed: ClaimedTransaction, sent: Sent) -> Response<Body> {
    // From an older page, or a repeated form: redirect to the journey's current step.
    if !claimed.current || claimed.transaction.accepted || claimed.transaction.ending.is_some() {
        claimed.release(visit).await;
        return taken(visit, sent.classic);
    }
    if sent.submits {
        claimed.transaction.remember_me =
            visit.call.body.get("rememberMe").is_some_and(|v| v.eq_ignore_ascii_case("true"));
    }
    let outcome = run(visit, &mut claimed.transaction, sent.event).await;
    if let Ok(Outcome::Refused(notice)) = &outcome {
        note_wrong_code(visit, &claimed.transaction, notice).await;
    }
    match outcome {
        Ok(Outcome::Accepted) => {
            // For an action of a control, this means that the page does not show that control.
            claimed.transaction.accepted = sent.submits;
            keep_and_tell(visit, &claimed, sent.classic).await
        }
        Ok(Outcome::Refused(notice)) if by_script(visit.call) => refused(visit, claimed, &notice, sent.classic).await,
        Ok(Outcome::Acted(_)) if by_script(visit.call) => keep_and_tell(visit, &claimed, sent.classic).await,
        Ok(Outcome::Refused(notice) | Outcome::Acted(notice)) => {
            claimed.show_again(visit, Some(&notice), &values(visit.call)).await
        }
        Ok(Outcome::Page(page)) => {
            let values = values(visit.call);
            let shown = super::show::Shown { page: &page, notice: None, values: &values };
            claimed.keep_and_show(visit, &shown).await
        }
        Ok(other) => {
            claimed.transaction.ending = Ending::of(other);
            keep_and_tell(visit, &claimed, sent.classic).await
        }
        Err(error) => failed(visit, claimed, &error).await,
    }
}

async fn keep_and_tell(visit: Visit<'_>, claimed: &ClaimedTransaction, classic: bool) -> Response<Body> {
    match claimed.keep(visit).await {
        Ok(()) => taken(visit, classic),
        Err(_) if by_script(visit.call) => unavailable(),
        Err(response) => response,
    }
}

/// The submission was accepted: a script goes on to `confirmed`, a browser without script is redirected there.
fn taken(visit: Visit<'_>, classic: bool) -> Response<Body> {
    if by_script(visit.call) {
        let body = if classic { json!({ "status": "200", "result": 0 }) } else { json!({ "status": "200" }) };
        return answer::json(StatusCode::OK, &body);
    }
    let field = |name: &str, value: Option<&str>| (name.to_owned(), value.unwrap_or_default().to_owned());
    let query = encode(&[
        field("csrf_token", visit.call.body.get("csrf_token")),
        field("tx", visit.call.query.get("tx")),
        field("p", Some(&visit.target.flow.name)),
        field(BY_FORM, Some("true")),
    ]);
    let location = format!("/{}/{}/api/SelfAsserted/confirmed?{query}", visit.target.written, visit.target.flow.name);
    answer::redirect(&visit.call.method, &location)
}

/// The submission was rejected: always 200, as B2C's script expects.
async fn refused(visit: Visit<'_>, mut claimed: ClaimedTransaction, notice: &Notice, classic: bool) -> Response<Body> {
    let page = match current(visit, &mut claimed).await {
        Ok(page) => page,
        Err(error) => return failed(visit, claimed, &error).await,
    };
    if claimed.keep(visit).await.is_err() {
        return unavailable();
    }
    // B2C reports a wrong sign-in as 90054 if a policy has no code of its own, and other rejections as 90158.
    let otherwise = if page.kind == PageKind::Unified { 90054 } else { 90158 };
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
    put("status", json!("400"));
    put("errorCode", json!(format!("AADB2C{:05}", notice.code.unwrap_or(otherwise))));
    put("message", json!(visit.app.pages().notice_text(notice, &page.strings, &page.language)));
    // Left out if there is none: scripts treat any value as a claim name.
    if let Some(claim) = &notice.claim {
        put("claim", json!(claim));
    }
    if classic {
        put("result", json!(CLASSIC_REFUSED));
    }
    answer::json(StatusCode::OK, &body)
}

/// Something outside the journey failed: the page stays, and the user may try again.
async fn failed(visit: Visit<'_>, claimed: ClaimedTransaction, error: &WorldError) -> Response<Body> {
    let response = claimed.broken(visit, error).await;
    if by_script(visit.call) { unavailable() } else { response }
}

fn unavailable() -> Response<Body> {
    let message = "The service is temporarily unavailable. Please try again in a few minutes.";
    let body = json!({ "status": "400", "errorCode": "AADB2C90035", "message": message });
    answer::json(StatusCode::SERVICE_UNAVAILABLE, &body)
}
