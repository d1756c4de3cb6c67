//! The article's web app: sign in, see the display name and the claims, edit the profile, call an API, sign out.

mod view;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use vestibule::{Auth, Outside, SignIn, User};
use view::page;

/// The timeout for the API's response.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Longest response of the API that is shown, in bytes.
const LONGEST: usize = 64 * 1024;

/// The app with the settings of its `.env`. If they are wrong, the app shows a page that says what to set.
pub fn app(settings: BTreeMap<String, String>) -> Router {
    router(&Auth::from_map(&settings))
}

/// Like [`app`], with a replacement for clock, random numbers and HTTP.
pub fn app_with(settings: &BTreeMap<String, String>, outside: Outside) -> Router {
    router(&Auth::from_map_with_outside(settings, outside))
}

/// The app with this sign-in.
pub fn router(auth: &Auth) -> Router {
    let app = Router::new()
        .route("/", get(index))
        .route("/call_api", get(call_api))
        .route("/static/app.css", get(view::style_sheet))
        .with_state(reqwest::Client::new());
    auth.install(app)
}

async fn index(user: Option<User>, auth: Auth) -> Response {
    let name = if user.is_some() { "index.html" } else { "welcome.html" };
    page(name, &json!({ "user": user.as_ref().map(facts), "links": links(&auth) }))
}

async fn call_api(user: User, auth: Auth, State(client): State<reqwest::Client>) -> Result<Response, SignIn> {
    let settings = auth.settings();
    let Some(endpoint) = settings.and_then(|s| s.endpoint()) else {
        let problem = "Set ENDPOINT and SCOPE in .env to call an API.";
        return Ok(page("api.html", &json!({ "user": facts(&user), "links": links(&auth), "problem": problem })));
    };
    let token = user.token(settings.map(|s| s.scope()).unwrap_or_default()).await?;
    let mut shown = json!({ "user": facts(&user), "links": links(&auth), "endpoint": endpoint });
    match get_json(&client, endpoint, &token.authorization()).await {
        Ok((status, answer)) => {
            shown["status"] = status.into();
            shown["answer"] = answer.into();
        }
        Err(error) => {
            tracing::warn!(%error, endpoint, "the API did not answer");
            shown["problem"] = "The API does not answer. Is it running?".into();
        }
    }
    Ok(page("api.html", &shown))
}

/// Status and body of the API's response; JSON is pretty-printed.
async fn get_json(client: &reqwest::Client, endpoint: &str, bearer: &str) -> reqwest::Result<(u16, String)> {
    let request = client.get(endpoint).header("authorization", bearer).header("accept", "application/json");
    let answer = request.timeout(TIMEOUT).send().await?;
    let status = answer.status().as_u16();
    let text: String = answer.text().await?.chars().take(LONGEST).collect();
    let pretty = serde_json::from_str::<Value>(&text).ok().and_then(|v| serde_json::to_string_pretty(&v).ok());
    Ok((status, pretty.unwrap_or(text)))
}

/// The facts about a user that the templates show.
fn facts(user: &User) -> Value {
    let claims: Vec<Value> =
        user.claims().iter().map(|(name, value)| json!({ "name": name, "value": plain(value) })).collect();
    json!({ "name": user.name(), "email": user.email(), "claims": claims })
}

fn links(auth: &Auth) -> Value {
    json!({
        "sign_in": auth.sign_in_url(),
        "sign_out": auth.sign_out_url(),
        "edit_profile": auth.edit_profile_url(),
        "reset_password": auth.reset_password_url(),
        "call_api": auth.settings().and_then(|s| s.endpoint()).map(|_| "/call_api"),
    })
}

/// A claim in readable form: lists separated by commas, text without quotes.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
