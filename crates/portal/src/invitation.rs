//! The link that makes somebody an administrator: shown, claimed by one browser, turned into an account.

use crate::answer::{Answer, Problem, html, see};
use crate::fields;
use crate::view::Shell;
use crate::visit::Visit;
use cookie::SameSite;
use http::StatusCode;
use serde_json::{Value, json};
use vestibule_server::web::answer;
use vestibule_server::web::browser::{lasting, make, own_name};
use vestibule_tenant::accounts::{UserError, attributes};
use vestibule_tenant::manage::{AcceptError, Actor, NewAdministrator, SHORTEST_PASSWORD};

const COOKIE: &str = "vestibule-invitation";
/// Seconds that the cookie stays; the invitation itself ends earlier.
const COOKIE_SECONDS: i64 = 900;

/// A page with one button: chat programs open links to show what is behind them, and must not use one up.
pub(crate) async fn show(visit: &Visit<'_>) -> Answer {
    must_be_open(visit).await?;
    let values = json!({ "action": visit.call.path, "errors": [] });
    Ok(bare(visit, StatusCode::OK, "invitation.html", "You are invited to the portal", values))
}

/// Bind the invitation to this browser.
pub(crate) async fn claim(visit: &Visit<'_>) -> Answer {
    must_be_ours(visit)?;
    let manage = visit.app.manage(Actor::Server);
    let administrators = manage.administrators(visit.app.accounts(), &visit.portal.admin);
    if must_be_open(visit).await? {
        return Ok(see(&format!("{}/account", visit.call.path)));
    }
    let claimed = administrators.claim(visit.param("invitation")).await?;
    let browser = claimed.ok_or(Problem::Bad("This invitation was used before, or has ended."))?;
    let mut response = see(&format!("{}/account", visit.call.path));
    let cookie = make(&visit.call.origin, own_name(&visit.call.origin, COOKIE), browser, SameSite::Strict);
    answer::cookie(&mut response, &lasting(cookie, COOKIE_SECONDS));
    Ok(response)
}

/// The form for the account.
pub(crate) async fn account_form(visit: &Visit<'_>) -> Answer {
    if !must_be_open(visit).await? {
        return Err(Problem::Bad("Open the invitation's link first."));
    }
    Ok(form(visit, StatusCode::OK, Vec::new()))
}

/// Make the account, and go on to the sign-in.
pub(crate) async fn account(visit: &Visit<'_>) -> Answer {
    must_be_ours(visit)?;
    let new = NewAdministrator {
        email: visit.field("email").to_owned(),
        name: visit.field("name").to_owned(),
        password: visit.call.body.get("password").unwrap_or_default().to_owned(),
    };
    let manage = visit.app.manage(Actor::Server);
    let administrators = manage.administrators(visit.app.accounts(), &visit.portal.admin);
    let browser = browser(visit).unwrap_or_default();
    let error = match administrators.accept(visit.param("invitation"), browser, &new).await {
        Ok(_) => {
            let mut response = see("/portal");
            let gone = make(&visit.call.origin, own_name(&visit.call.origin, COOKIE), String::new(), SameSite::Strict);
            answer::cookie(&mut response, &lasting(gone, 0));
            return Ok(response);
        }
        Err(error) => error,
    };
    Ok(form(visit, StatusCode::UNPROCESSABLE_ENTITY, vec![sentence(error)?]))
}

fn sentence(error: AcceptError) -> Result<Value, Problem> {
    match error {
        AcceptError::Ended => Err(Problem::Bad("This invitation was used before, or has ended.")),
        AcceptError::Short => {
            let text = format!("Choose a password of at least {SHORTEST_PASSWORD} characters.");
            Ok(fields::error("password", text))
        }
        AcceptError::User(UserError::AlreadyExists) => {
            Ok(fields::error("email", "An administrator has this address already."))
        }
        AcceptError::User(UserError::Refused { attribute, .. }) => Ok(match attribute.as_str() {
            "password" => fields::error("password", "This password is too easy to guess: choose another."),
            "displayName" => fields::error("name", format!("The name {}.", attributes::expected(&attribute))),
            _ => fields::error("email", format!("The address {}.", attributes::expected(&attribute))),
        }),
        AcceptError::User(other) => Err(other.into()),
    }
}

fn form(visit: &Visit<'_>, status: StatusCode, errors: Vec<Value>) -> http::Response<axum::body::Body> {
    let values = json!({
        "action": visit.call.path,
        "errors": errors,
        "form": { "email": visit.field("email"), "name": visit.field("name") },
        "shortest": SHORTEST_PASSWORD,
    });
    bare(visit, status, "invitation-account.html", "Make your account", values)
}

/// Returns true if this browser claimed the invitation.
async fn must_be_open(visit: &Visit<'_>) -> Result<bool, Problem> {
    let manage = visit.app.manage(Actor::Server);
    let administrators = manage.administrators(visit.app.accounts(), &visit.portal.admin);
    let (secret, browser) = (visit.param("invitation"), browser(visit));
    if !administrators.is_open(secret, browser).await? {
        return Err(Problem::Bad("This invitation was used before, or has ended."));
    }
    Ok(browser.is_some() && administrators.is_claimed_by(secret, browser.unwrap_or_default()).await?)
}

fn must_be_ours(visit: &Visit<'_>) -> Result<(), Problem> {
    if visit.call.is_cross_site() || !visit.call.is_form { Err(Problem::Foreign) } else { Ok(()) }
}

fn browser<'v>(visit: &'v Visit<'_>) -> Option<&'v str> {
    visit.call.cookie(&own_name(&visit.call.origin, COOKIE))
}

fn bare(
    visit: &Visit<'_>,
    status: StatusCode,
    template: &str,
    title: &str,
    values: Value,
) -> http::Response<axum::body::Body> {
    html(status, visit.portal.view.render(template, Shell::bare(visit.app, title), values))
}
