//! The POSTs of a page: its form, and the actions of its verification controls; from our script, from B2C's own, from
//! other people's, and from a browser without any (custom-policies 5.4, clients 4).

use super::held::{Held, NotTaken};
use super::transaction::Ending;
use super::{go_on, run};
use crate::app::App;
use crate::oauth::respond::encode;
use crate::oauth::target::Target;
use crate::pages::form_values;
use crate::web::answer;
use crate::web::request::Call;
use axum::body::Body;
use http::{Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use vestibule_journey::event::Form;
use vestibule_journey::{Event, Notice, Outcome, Page, PageKind, WorldError};

/// Fields of the form that are ours and not claims.
const OURS: &[&str] = &["request_type", "csrf_token", "control_action", "action", "rememberMe", "claim_id"];
/// `result` of the older verification, when the code or the address was refused.
const CLASSIC_REFUSED: u32 = 3;

/// What was sent.
struct Sent {
    event: Event,
    /// Whether it is the form itself, and not an action that leaves the page as it is.
    submits: bool,
    /// The older verification: the answer has `result`.
    classic: bool,
}

/// Answer `POST SelfAsserted`.
pub(super) async fn form(app: &App, call: &Call, target: &Target) -> Response<Body> {
    let held = match begin(app, call, target).await {
        Ok(held) => held,
        Err(response) => return response,
    };
    if call.body.get("action") == Some("cancel") && held.current {
        return go_on(app, call, target, held, Event::Cancel).await;
    }
    act(app, call, target, held, read(call)).await
}

/// Answer `POST SelfAsserted/DisplayControlAction/vbeta/{rest[0]}/{rest[1]}`.
pub(super) async fn control(app: &App, call: &Call, target: &Target, rest: &[&str]) -> Response<Body> {
    let held = match begin(app, call, target).await {
        Ok(held) => held,
        Err(response) => return response,
    };
    let word = |n: usize| percent_decode_str(rest.get(n).copied().unwrap_or_default()).decode_utf8_lossy().into_owned();
    let event = Event::Act { control: word(0), action: word(1), form: values(call) };
    act(app, call, target, held, Sent { event, submits: false, classic: false }).await
}

/// Claim the transaction, or tell why not in the way the sender understands.
async fn begin(app: &App, call: &Call, target: &Target) -> Result<Held, Response<Body>> {
    if !call.is_form {
        return Err(answer::status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let csrf = call.header("x-csrf-token").or_else(|| call.body.get("csrf_token"));
    match Held::take(app, call, target, csrf).await {
        Ok(held) => Ok(held),
        // A script goes on to `confirmed`, which repeats the answer.
        Err(NotTaken::Repeated(_)) if by_script(call) => Err(answer::json(StatusCode::OK, &json!({ "status": "200" }))),
        Err(NotTaken::Problem(problem)) if by_script(call) => {
            let code = problem.code.map(|code| format!("AADB2C{code:05}"));
            let message = format!("{} {}", problem.message, problem.advice.unwrap_or_default());
            let body = json!({ "status": "400", "errorCode": code, "message": message });
            Err(answer::json(problem.status, &body))
        }
        Err(not_taken) => Err(not_taken.page(app, call, target)),
    }
}

/// Whether the sender reads JSON: B2C's script says so by sending the CSRF value as a header.
fn by_script(call: &Call) -> bool {
    call.headers.contains_key("x-csrf-token")
}

/// What the form asks for.
fn read(call: &Call) -> Sent {
    let acts = |control: &str, action: &str, classic| Sent {
        event: Event::Act { control: control.to_owned(), action: action.to_owned(), form: values(call) },
        submits: false,
        classic,
    };
    // A button of a control, without script.
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

/// The values of the form; the older verification names what it sends `claim_value` and `user_input`.
fn values(call: &Call) -> Form {
    let mut form = form_values(call.body.iter());
    form.retain(|name, _| !OURS.contains(&name.as_str()));
    form
}

/// The page that the journey stands at.
async fn current(app: &App, call: &Call, target: &Target, held: &mut Held) -> Result<Box<Page>, WorldError> {
    match run(app, call, target, &mut held.transaction, Event::Continue).await? {
        Outcome::Page(page) => Ok(page),
        _ => Err(WorldError::Broken("the journey stands at no page".to_owned())),
    }
}

/// Let the journey decide, and answer.
async fn act(app: &App, call: &Call, target: &Target, mut held: Held, sent: Sent) -> Response<Body> {
    // Of an older page, or sent again after it was taken: nothing to do but to go where the journey stands.
    if !held.current || held.transaction.accepted || held.transaction.ending.is_some() {
        held.release(app, target).await;
        return taken(call, target, sent.classic);
    }
    if sent.submits {
        held.transaction.remember_me = call.body.get("rememberMe").is_some_and(|v| v.eq_ignore_ascii_case("true"));
    }
    match run(app, call, target, &mut held.transaction, sent.event).await {
        Ok(Outcome::Accepted) => {
            // Of an action of a control this says that the page does not show it.
            held.transaction.accepted = sent.submits;
            keep_and_tell(app, call, target, &held, sent.classic).await
        }
        Ok(Outcome::Refused(notice)) if by_script(call) => {
            refused(app, call, target, held, &notice, sent.classic).await
        }
        Ok(Outcome::Acted(_)) if by_script(call) => keep_and_tell(app, call, target, &held, sent.classic).await,
        Ok(Outcome::Refused(notice) | Outcome::Acted(notice)) => {
            held.show_again(app, call, target, Some(&notice), &values(call)).await
        }
        Ok(Outcome::Page(page)) => {
            let values = values(call);
            let shown = super::show::Shown { page: &page, notice: None, values: &values };
            held.keep_and_show(app, call, target, &shown).await
        }
        Ok(other) => {
            held.transaction.ending = Ending::of(other);
            keep_and_tell(app, call, target, &held, sent.classic).await
        }
        Err(error) => failed(app, call, target, held, &error).await,
    }
}

async fn keep_and_tell(app: &App, call: &Call, target: &Target, held: &Held, classic: bool) -> Response<Body> {
    match held.keep(app, call, target).await {
        Ok(()) => taken(call, target, classic),
        Err(_) if by_script(call) => unavailable(),
        Err(response) => response,
    }
}

/// It was taken: the sender goes on to `confirmed`, a browser without script by a redirect.
fn taken(call: &Call, target: &Target, classic: bool) -> Response<Body> {
    if by_script(call) {
        let body = if classic { json!({ "status": "200", "result": 0 }) } else { json!({ "status": "200" }) };
        return answer::json(StatusCode::OK, &body);
    }
    let field = |name: &str, value: Option<&str>| (name.to_owned(), value.unwrap_or_default().to_owned());
    let query = encode(&[
        field("csrf_token", call.body.get("csrf_token")),
        field("tx", call.query.get("tx")),
        field("p", Some(&target.flow.name)),
    ]);
    let location = format!("/{}/{}/api/SelfAsserted/confirmed?{query}", target.written, target.flow.name);
    answer::redirect(&call.method, &location)
}

/// It was refused: always 200, as B2C's script wants it.
async fn refused(
    app: &App,
    call: &Call,
    target: &Target,
    mut held: Held,
    notice: &Notice,
    classic: bool,
) -> Response<Body> {
    let page = match current(app, call, target, &mut held).await {
        Ok(page) => page,
        Err(error) => return failed(app, call, target, held, &error).await,
    };
    if held.keep(app, call, target).await.is_err() {
        return unavailable();
    }
    let languages = &held.transaction.state.request.languages;
    // B2C tells of a wrong sign-in by 90054 where a policy has no code of its own; of other refusals by 90158.
    let otherwise = if page.kind == PageKind::Unified { 90054 } else { 90158 };
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
    put("status", json!("400"));
    put("errorCode", json!(format!("AADB2C{:05}", notice.code.unwrap_or(otherwise))));
    put("message", json!(app.pages().notice_text(notice, &page.strings, languages)));
    // Left out where there is none: scripts take what is there for a name.
    if let Some(claim) = &notice.claim {
        put("claim", json!(claim));
    }
    if classic {
        put("result", json!(CLASSIC_REFUSED));
    }
    answer::json(StatusCode::OK, &body)
}

/// The world failed: the page stays, and the person may try again.
async fn failed(app: &App, call: &Call, target: &Target, held: Held, error: &WorldError) -> Response<Body> {
    let response = held.broken(app, call, target, error).await;
    if by_script(call) { unavailable() } else { response }
}

fn unavailable() -> Response<Body> {
    let message = "The service is temporarily unavailable. Please try again in a few minutes.";
    let body = json!({ "status": "400", "errorCode": "AADB2C90035", "message": message });
    answer::json(StatusCode::SERVICE_UNAVAILABLE, &body)
}
