//! The article's web API: `/hello` for callers with the scope `tasks.read`, `/public` for anyone.

use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use vestibule::{Api, Caller, Outside};

/// The scope that `/hello` needs.
const SCOPE: &str = "tasks.read";

/// The API with the settings of its `.env`. If they are wrong, the API rejects every caller.
pub fn app(settings: BTreeMap<String, String>) -> Router {
    router(&Api::from_map(&settings))
}

/// Like [`app`], with a replacement for clock, random numbers and HTTP.
pub fn app_with(settings: &BTreeMap<String, String>, outside: Outside) -> Router {
    router(&Api::from_map_with_outside(settings, outside))
}

/// The API with this protection.
pub fn router(api: &Api) -> Router {
    Router::new().route("/hello", get(hello)).route_layer(api.require(SCOPE)).route("/public", get(public))
}

async fn hello(caller: Caller) -> Json<Value> {
    let name = caller.claim::<String>("name");
    Json(json!({
        "greeting": format!("Hello {}", name.as_deref().unwrap_or("you")),
        "name": name,
        "objectId": caller.object_id(),
        "scopes": caller.scopes(),
        "application": caller.application(),
        "issuer": caller.claim::<String>("iss"),
    }))
}

async fn public() -> Json<Value> {
    Json(json!({ "greeting": "Hello, visitor" }))
}
