//! Signing in to the portal: an application like any other, with the administrators' tenant as its provider
//! (RFC 6749, RFC 7636).

use crate::Portal;
use crate::answer::{Answer, Problem, html};
use crate::routes;
use crate::session;
use crate::view::Shell;
use crate::visit::Visit;
use axum::body::{Body, to_bytes};
use cookie::SameSite;
use http::{Method, Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vestibule_protocol::digest::{constant_time_eq, from_base64url, sha256_base64url};
use vestibule_server::app::App;
use vestibule_server::router;
use vestibule_server::web::answer;
use vestibule_server::web::browser::{lasting, make, own_name};
use vestibule_server::web::request::{Call, Params};
use vestibule_tenant::manage::{PORTAL_FLOW, SIGNED_IN_PATH};
use vestibule_tenant::registry::names::ADMIN_TENANT;

const COOKIE: &str = "vestibule-portal-sign-in";
const PURPOSE: &str = "portal-sign-in";
const FORM: &str = "portal-form";
/// For how long a sign-in may take, and a form waits for it, seconds.
const PATIENCE: i64 = 600;
/// Seconds by which `auth_time` may lie before the moment that a fresh sign-in was asked for: it has no fractions.
const ROUNDING: i64 = 1;

/// What the browser brings back from its sign-in, sealed.
#[derive(Debug, Serialize, Deserialize)]
struct Pending {
    state: String,
    nonce: String,
    verifier: String,
    /// The page to go on to.
    next: String,
    /// When it began, milliseconds.
    at: i64,
    /// The person who has to prove who they are again; none: anyone may sign in.
    person: Option<String>,
}

/// Send the browser to the sign-in, and afterwards to `next`, a path of the portal. With `person` only that one may come
/// back.
pub(crate) fn begin(portal: &Portal, app: &App, call: &Call, next: &str, person: Option<&str>) -> Response<Body> {
    let random = app.random();
    let pending = Pending {
        state: random.token(),
        nonce: random.token(),
        verifier: random.token(),
        next: next.to_owned(),
        at: app.now(),
        person: person.map(str::to_owned),
    };
    let redirect_uri = format!("{}{SIGNED_IN_PATH}", portal.admin.origin);
    let challenge = sha256_base64url(pending.verifier.as_bytes());
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &portal.admin.client_id)
        .append_pair("redirect_uri", &redirect_uri)
        .append_pair("response_type", "code")
        .append_pair("scope", "openid")
        .append_pair("state", &pending.state)
        .append_pair("nonce", &pending.nonce)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .append_pair("prompt", "login")
        .finish();
    let sealed = serde_json::to_vec(&pending).ok().and_then(|plain| app.sealer().seal(PURPOSE, &plain));
    let location = format!("/{ADMIN_TENANT}/{PORTAL_FLOW}/oauth2/v2.0/authorize?{query}");
    let mut response = answer::redirect(&Method::POST, &location);
    // Lax, as the way back from the sign-in is not always a way from our own page.
    let cookie = make(&call.origin, own_name(&call.origin, COOKIE), sealed.unwrap_or_default(), SameSite::Lax);
    answer::cookie(&mut response, &lasting(cookie, PATIENCE));
    response
}

/// Ask the person to prove who they are again. A form that was sent waits, sealed, for as long as that may take.
pub(crate) async fn again(visit: &Visit<'_>) -> Answer {
    let who = visit.who()?;
    let object_id = &who.session.object_id;
    let next = match visit.call.method == Method::POST {
        false => visit.call.path.clone(),
        true => {
            let id = visit.app.random().token();
            let form = json!({ "path": visit.call.path, "body": String::from_utf8_lossy(&visit.call.bytes) });
            let sealed = visit.app.sealer().seal(&purpose(object_id), form.to_string().as_bytes());
            let sealed = sealed.ok_or_else(|| Problem::Failed("a form could not be sealed".to_owned()))?;
            let expires_at = visit.app.now() + PATIENCE * 1000;
            visit.app.store().keep_form(&sha256_base64url(id.as_bytes()), object_id, &sealed, expires_at).await?;
            format!("/portal/-/resume/{id}")
        }
    };
    Ok(begin(visit.portal, visit.app, visit.call, &next, Some(object_id)))
}

fn purpose(object_id: &str) -> String {
    format!("{FORM}:{object_id}")
}

/// A page with one button, since opening an address must not change anything.
pub(crate) async fn ask_resume(visit: &Visit<'_>) -> Answer {
    let values = json!({
        "question": "Go on with your change?",
        "consequences": ["You signed in again for it. Nothing has been changed yet."],
        "button": "Go on",
        "action": visit.call.path,
        "cancel_href": "/portal",
        "hidden": [],
        "type_name": null,
    });
    visit.page("confirm.html", Shell::of(visit, "Go on with your change?"), values)
}

/// Go on with the form that waited.
pub(crate) async fn resume(visit: &Visit<'_>) -> Answer {
    let who = visit.who()?;
    let (object_id, now) = (&who.session.object_id, visit.app.now());
    if !who.is_fresh(now) {
        return Err(Problem::NotFound);
    }
    let id = sha256_base64url(visit.param("form").as_bytes());
    let sealed = visit.app.store().take_form(&id, object_id, now).await?.ok_or(Problem::NotFound)?;
    let plain = visit.app.sealer().open(&purpose(object_id), &sealed).map_err(|_| Problem::NotFound)?;
    let form: Value = serde_json::from_slice(&plain).map_err(|_| Problem::NotFound)?;
    let (path, body) = (form["path"].as_str().unwrap_or_default(), form["body"].as_str().unwrap_or_default());
    // The form was checked when it came; the session is new since.
    let body: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(url::form_urlencoded::parse(body.as_bytes()).filter(|(name, _)| name != "csrf"))
        .append_pair("csrf", &who.session.csrf)
        .finish();
    routes::replay(visit, path, body.as_bytes()).await
}

/// The way back from the sign-in. The answer is a page that goes on by itself: a cookie with SameSite=Strict that was set
/// now is not sent along a redirect of a navigation that another site began.
pub(crate) async fn returned(visit: &Visit<'_>) -> Answer {
    let (app, call) = (visit.app, visit.call);
    let pending = pending(app, call).ok_or(Problem::Bad("This sign-in has expired, or began in another browser."))?;
    let is_ours = constant_time_eq(&pending.state, visit.query("state"));
    if !is_ours || app.now() - pending.at > PATIENCE * 1000 {
        return Err(Problem::Bad("This sign-in has expired, or began in another browser."));
    }
    if visit.query("code").is_empty() {
        return Err(Problem::Bad("The sign-in was not completed."));
    }
    let claims = redeem(visit, &pending).await?;
    let person = claims["sub"].as_str().unwrap_or_default();
    let auth_time = claims["auth_time"].as_i64().unwrap_or(0);
    if claims["nonce"].as_str() != Some(&pending.nonce) || auth_time < pending.at / 1000 - ROUNDING {
        return Err(Problem::Bad("The sign-in does not belong to this request."));
    }
    if pending.person.as_deref().is_some_and(|expected| expected != person) {
        return Err(Problem::Bad("Somebody else signed in. Sign in as the person who began this change."));
    }
    let manage = app.manage(vestibule_tenant::manage::Actor::Server);
    let administrator = manage.administrators(app.accounts(), &visit.portal.admin).get(person).await?;
    if administrator.is_none() {
        return Err(Problem::Bad("This account has no role in the portal."));
    }
    let shell = Shell::bare(app, "Signed in").next(&pending.next);
    let mut response = html(StatusCode::OK, visit.portal.view.render("signed-in.html", shell, json!({ "errors": [] })));
    session::begin(app, call, person, auth_time * 1000, &mut response).await?;
    let gone = make(&call.origin, own_name(&call.origin, COOKIE), String::new(), SameSite::Lax);
    answer::cookie(&mut response, &lasting(gone, 0));
    Ok(response)
}

fn pending(app: &App, call: &Call) -> Option<Pending> {
    let sealed = call.cookie(&own_name(&call.origin, COOKIE))?;
    let plain = app.sealer().open(PURPOSE, sealed).ok()?;
    serde_json::from_slice(&plain).ok()
}

/// Redeem the code at the token endpoint. The claims of the ID token need no check of its signature: they come from the
/// issuer itself (OpenID Connect Core 1.0 section 3.1.3.7, number 6).
async fn redeem(visit: &Visit<'_>, pending: &Pending) -> Result<Value, Problem> {
    let redirect_uri = format!("{}{SIGNED_IN_PATH}", visit.portal.admin.origin);
    let form: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("client_id", &visit.portal.admin.client_id)
        .append_pair("redirect_uri", &redirect_uri)
        .append_pair("code", visit.query("code"))
        .append_pair("code_verifier", &pending.verifier)
        .finish();
    let mut call = visit.call.clone();
    call.method = Method::POST;
    call.path = format!("/{ADMIN_TENANT}/{PORTAL_FLOW}/oauth2/v2.0/token");
    call.query = Params::default();
    call.body = Params::parse(form.as_bytes()).map_err(|_| Problem::Bad("The code cannot be read."))?;
    call.is_form = true;
    call.headers.remove(http::header::ORIGIN);
    let response = router::answer(visit.app, &call).await;
    if response.status() != StatusCode::OK {
        return Err(Problem::Bad("The sign-in was used before, or has expired."));
    }
    let body = to_bytes(response.into_body(), 64 * 1024).await.unwrap_or_default();
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    let payload = answer["id_token"].as_str().and_then(|token| token.split('.').nth(1)).and_then(from_base64url);
    let claims = payload.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    claims.ok_or_else(|| Problem::Failed("the token endpoint gave no ID token".to_owned()))
}

/// Sign out of the portal on this browser.
pub(crate) async fn sign_out(visit: &Visit<'_>) -> Answer {
    if visit.call.is_cross_site() {
        return Err(Problem::Foreign);
    }
    if let Some(who) = session::current(visit.app, &visit.portal.admin, visit.call).await? {
        let csrf = visit.field("csrf");
        if !constant_time_eq(csrf, &who.session.csrf) {
            return Err(Problem::Foreign);
        }
    }
    let shell = Shell::bare(visit.app, "You are signed out");
    let values = json!({
        "heading": "You are signed out",
        "text": "This browser has no session in the portal any more.",
        "advice": "Open the portal again to sign in.",
        "correlation_id": null,
        "yours": [],
        "theirs": [],
        "errors": [],
    });
    let mut response = html(StatusCode::OK, visit.portal.view.render("message.html", shell, values));
    session::end(visit.app, visit.call, &mut response).await?;
    Ok(response)
}
