//! The user's claims, from the claims endpoint or the token response.

use super::token::Token;
use super::{ClaimsEndpoint, OAuth2, authorize, fault};
use crate::claims::value::Value;
use crate::profiles::Claims;
use crate::run::Run;
use crate::run::stop::Stop;
use crate::{Caller, HttpRequest, Method, World};
use serde_json::{Map, Value as Json};
use vestibule_protocol::json::from_stranger;

/// Longest value of a claim, in bytes; longer ones are left out.
const MOST_VALUE: usize = 16 * 1024;
/// Maximum number of claims read from one response.
const MOST_CLAIMS: usize = 1000;

impl OAuth2 {
    /// Reads the user's claims from the claims endpoint.
    pub(super) async fn fetch<W: World>(
        &self,
        run: &mut Run<'_, '_, W>,
        endpoint: &ClaimsEndpoint,
        token: &Token,
    ) -> Result<Claims, Stop> {
        let request = endpoint.request(run, token)?;
        let response = run.world.send(request).await;
        let response = response.map_err(|error| fault::unreachable(format!("the claims endpoint: {error}")))?;
        if !response.is_success() {
            return Err(fault::unreachable(format!("the claims endpoint answered {}", response.status)));
        }
        let members: Map<String, Json> = from_stranger(&response.body)
            .map_err(|_| fault::unreachable("the claims endpoint answered with something other than a JSON object"))?;
        Ok(claims_of(&members, self.resolves_paths))
    }
}

impl ClaimsEndpoint {
    fn request<W: World>(&self, run: &Run<'_, '_, W>, token: &Token) -> Result<HttpRequest, Stop> {
        let mut url = authorize::absolute(run, &self.url)?;
        let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
        match &self.token_parameter {
            Some(name) => {
                url.query_pairs_mut().append_pair(name, &token.access);
            }
            None => headers.push(("authorization".to_owned(), format!("Bearer {}", token.access))),
        }
        if let Some((name, value)) = &self.format {
            url.query_pairs_mut().append_pair(name, value);
        }
        let agent = self.user_agent.as_ref().and_then(|agent| run.resolve(agent, &run.state.bag));
        headers.extend(agent.map(|agent| ("user-agent".to_owned(), agent)));
        Ok(HttpRequest { caller: Caller::UserInfo, method: Method::Get, url: url.into(), headers, body: Vec::new() })
    }
}

/// The members of a response as claims. With paths, nested members are included: `name.first`, `emails.0`.
pub(super) fn claims_of(members: &Map<String, Json>, resolves_paths: bool) -> Claims {
    let mut claims = Claims::new();
    for (name, json) in members {
        put(&mut claims, name.clone(), json, resolves_paths);
    }
    claims
}

fn put(claims: &mut Claims, name: String, json: &Json, resolves_paths: bool) {
    if claims.len() >= MOST_CLAIMS {
        return;
    }
    match json {
        Json::Object(members) if resolves_paths => {
            members.iter().for_each(|(inner, json)| put(claims, format!("{name}.{inner}"), json, true));
        }
        Json::Array(items) if resolves_paths => {
            items.iter().enumerate().for_each(|(at, json)| put(claims, format!("{name}.{at}"), json, true));
        }
        _ => {}
    }
    claims.extend(value(json).map(|value| (name, value)));
}

/// A JSON value as a claim; objects stay JSON for transformations that read it. `None` if it is null or too long.
pub(super) fn value(json: &Json) -> Option<Value> {
    let value = match json {
        Json::Null => return None,
        Json::Bool(yes) => Value::Bool(*yes),
        Json::Number(number) => number.as_i64().map_or_else(|| Value::Text(number.to_string()), Value::Int),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(item).collect()),
        Json::Object(_) => Value::Text(json.to_string()),
    };
    let length = match &value {
        Value::Text(text) => text.len(),
        // Empty items count too: each takes up space in the journey's state.
        Value::List(items) => items.iter().map(|item| item.len() + 1).sum(),
        Value::Bool(_) | Value::Int(_) => 0,
    };
    (length <= MOST_VALUE).then_some(value)
}

fn item(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}
