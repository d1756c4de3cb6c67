//! The page API's GETs: `api/{api}/confirmed`, `cancelled`, `unified`, `forgotPassword`, `error`.

use super::claim::ClaimedTransaction;
use super::transaction::Ending;
use crate::oauth::visit::Visit;
use crate::web::request::Call;
use axum::body::Body;
use http::Response;
use vestibule_journey::Event;
use vestibule_protocol::error::Failure;

/// Answers `api/{rest[0]}/{rest[1]}`.
pub(super) async fn handle(visit: Visit<'_>, rest: &[&str]) -> Response<Body> {
    let mut claimed = match ClaimedTransaction::take(visit, visit.call.query.get("csrf_token")).await {
        Ok(claimed) => claimed,
        Err(error) => return error.page(visit),
    };
    if let Some(ending) = claimed.transaction.ending.take() {
        return claimed.finish(visit, ending).await;
    }
    let action = rest.get(1).map(|action| action.to_ascii_lowercase()).unwrap_or_default();
    // A URL of an older page (reload, back button) shows the current step.
    let action = if claimed.current { action.as_str() } else { "" };
    let event = match action {
        "confirmed" => {
            if visit.call.query.get("rememberMe").is_some_and(|v| v.eq_ignore_ascii_case("true")) {
                claimed.transaction.remember_me = true;
            }
            Event::Continue
        }
        "cancelled" => Event::Cancel,
        "forgotpassword" => Event::ForgotPassword,
        "error" => {
            let Failure { code, error, message } = Failure::server_error();
            return claimed.finish(visit, Ending::Failed { code, error: error.to_owned(), message }).await;
        }
        "unified" => choice(visit.call),
        _ => Event::Continue,
    };
    super::go_on(visit, claimed, event).await
}

/// The user's choice on the combined page.
fn choice(call: &Call) -> Event {
    if call.query.get("local").is_some_and(|v| v.eq_ignore_ascii_case("signup")) {
        return Event::SignUp;
    }
    let exchange = call.query.get("claimsexchange").or_else(|| call.query.get("social"));
    exchange.map_or(Event::Continue, |exchange| Event::Choose(exchange.to_owned()))
}
