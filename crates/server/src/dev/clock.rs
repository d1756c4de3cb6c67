//! The clock of `dev`: moves the tenant's time, so that expiry can be tested without waiting.

use crate::app::App;
use crate::web::answer::{self, PageError};
use crate::web::request::Call;
use axum::body::Body;
use http::{Response, StatusCode};
use serde_json::{Value, json};

/// The farthest that it can be moved at once, in seconds: a hundred years.
const FARTHEST: i64 = 100 * 366 * 86_400;

/// A request to the clock.
enum Move {
    Advance(i64),
    Reset,
}

pub(super) fn show(app: &App) -> Response<Body> {
    let now = jiff::Timestamp::from_millisecond(app.now()).unwrap_or_default();
    let body = json!({ "now": app.now(), "time": now.to_string(), "offset_seconds": app.clock().offset() / 1000 });
    answer::json(StatusCode::OK, &body)
}

pub(super) fn set(app: &App, call: &Call) -> Response<Body> {
    match read(call) {
        Some(Move::Advance(seconds)) => app.clock().advance(seconds * 1000),
        Some(Move::Reset) => app.clock().reset(),
        None => {
            let message = "The clock takes advance_seconds (a whole number, negative: backwards) or reset=true.";
            let error = PageError { status: StatusCode::BAD_REQUEST, code: None, message, advice: None };
            return answer::error_page(app, call, "", error);
        }
    }
    tracing::info!(offset_ms = app.clock().offset(), "the clock was moved");
    // The buttons on the home page return to it.
    if call.is_form && call.accepts("text/html") {
        return answer::redirect(&call.method, "/");
    }
    show(app)
}

fn read(call: &Call) -> Option<Move> {
    let json: Option<Value> = if call.is_form { None } else { serde_json::from_slice(&call.bytes).ok() };
    let text = |name: &str| match &json {
        Some(json) => json.get(name).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)),
        None => call.body.get(name).map(str::to_owned),
    };
    let advance = text("advance_seconds").or_else(|| text("advance"));
    if advance.as_deref() == Some("reset") || text("reset").is_some_and(|v| v != "false") {
        return Some(Move::Reset);
    }
    let seconds: i64 = advance?.parse().ok()?;
    (-FARTHEST..=FARTHEST).contains(&seconds).then_some(Move::Advance(seconds))
}
