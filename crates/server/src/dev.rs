//! The pages that only `dev` has: home page, outbox and clock. By default, only this machine can open them.

mod clock;
mod home;
mod outbox;

use crate::app::App;
use crate::web::answer::{self, PageError};
use crate::web::request::Call;
use axum::body::Body;
use http::{Method, Response, StatusCode};

/// The path of the outbox.
const OUTBOX: &str = "/_dev/outbox";
/// The path of the clock.
const CLOCK: &str = "/_dev/clock";

/// Returns true if the path belongs to one of these pages.
#[must_use]
pub fn is_dev(path: &str) -> bool {
    path == "/" || path.starts_with("/_dev/") || path == "/_dev"
}

/// Answers the request. The `Host` header was checked when the request was read, which prevents DNS rebinding.
pub async fn handle(app: &App, call: &Call) -> Response<Body> {
    let refused = |message| {
        let error = PageError { status: StatusCode::FORBIDDEN, code: None, message, advice: None };
        answer::error_page(app, call, "", error)
    };
    let anyone = app.dev().is_some_and(|dev| dev.anyone);
    if !anyone && !call.ip.to_canonical().is_loopback() {
        return refused("The pages for development answer on this machine only.");
    }
    // Other sites may link here: they cannot read the response to a GET.
    if call.is_cross_site() && call.method != Method::GET {
        return refused("The pages for development do not take orders from other sites.");
    }
    match (call.method.as_str(), call.path.as_str()) {
        ("GET", "/" | "/_dev" | "/_dev/") => home::page(app, call).await,
        ("GET", OUTBOX | "/_dev/outbox.json") => outbox::handle(app, call).await,
        ("GET", CLOCK) => clock::show(app),
        ("POST", CLOCK) => clock::set(app, call),
        (_, CLOCK) => answer::method_not_allowed("GET, HEAD, POST"),
        (_, "/" | OUTBOX | "/_dev/outbox.json") => answer::method_not_allowed("GET, HEAD"),
        _ => answer::not_found(),
    }
}

/// Returns true if the sender reads JSON rather than HTML.
fn wants_json(call: &Call) -> bool {
    call.path.ends_with(".json")
        || call.query.get("format") == Some("json")
        || (call.accepts("application/json") && !call.accepts("text/html"))
}
