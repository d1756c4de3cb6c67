//! A fake OAuth 2.0 provider on loopback, and a tenant whose policies use it.

use super::custom_policies;
use axum::extract::Form;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use vestibule_protocol::pkce;
use vestibule_tenant::manage::{Actor, ContainerValue, NewContainerKey};
use vestibule_tenant::registry::key_container::KeyUse;
use vestibule_testing::{Answer, Authorize, Browser, House, TENANT, authorize, encode};

pub(super) const SECRET: &str = "the hub's secret";
pub(super) const RETURN: &str = "/contoso.onmicrosoft.com/oauth2/authresp";
/// Redirects to the hub at once.
pub(super) const STRAIGHT: &str = "B2C_1A_social";
/// Shows a page with providers first.
pub(super) const CHOSEN: &str = "B2C_1A_chosen";

type Parameters = BTreeMap<String, String>;

/// Redeems a code that equals its challenge.
async fn token(Form(sent): Form<Parameters>) -> (StatusCode, Json<Value>) {
    let value = |name: &str| sent.get(name).map(String::as_str).unwrap_or_default();
    let answer = if value("client_secret") != SECRET {
        json!({ "error": "invalid_client" })
    } else if pkce::challenge(value("code_verifier")) != value("code") || !value("redirect_uri").ends_with("authresp") {
        json!({ "error": "invalid_grant" })
    } else {
        return (StatusCode::OK, Json(json!({ "access_token": "at-1", "token_type": "Bearer", "expires_in": 60 })));
    };
    (StatusCode::BAD_REQUEST, Json(answer))
}

async fn me(headers: HeaderMap) -> (StatusCode, Json<Value>) {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if authorization != Some("Bearer at-1") {
        return (StatusCode::UNAUTHORIZED, Json(json!({})));
    }
    (StatusCode::OK, Json(json!({ "id": "42", "name": "Ada" })))
}

async fn provider() -> SocketAddr {
    let router = Router::new().route("/token", post(token)).route("/me", get(me));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// The differences between the tenants of these tests.
pub(super) struct With {
    pub(super) secret: Option<&'static str>,
    pub(super) mapped: bool,
    /// A text of the policy, and its replacement.
    pub(super) replaced: (&'static str, &'static str),
}

impl Default for With {
    fn default() -> Self {
        Self { secret: Some(SECRET), mapped: true, replaced: ("", "") }
    }
}

/// A tenant that uses the hub.
pub(super) async fn house() -> House {
    house_with(With::default()).await
}

pub(super) async fn house_with(with: With) -> House {
    let address = provider().await;
    let mut hosts = vestibule_outbound::HostMap::default();
    if with.mapped {
        hosts.insert("hub.test", address).expect("a name");
    }
    let installation = custom_policies::installation(&policies(with.replaced)).await;
    let house = House::builder().dev().over(&installation).with(|options| options.outbound_hosts = hosts).open().await;
    if let Some(secret) = with.secret {
        let value = ContainerValue::Secret(secret.to_owned().into());
        let key = NewContainerKey { value, usage: KeyUse::Signature, not_before: None, expires_at: None };
        let manage = house.app.manage(Actor::Server);
        manage.add_container_key(house.app.keys(), TENANT, "B2C_1A_HubSecret", &key).await.expect("added");
    }
    house
}

/// The policies of an exported user flow, and two that use the hub.
fn policies(replaced: (&str, &str)) -> Vec<(String, String)> {
    let mut policies = custom_policies::exported();
    let straight = include_str!("policies/social.xml").replacen(replaced.0, replaced.1, 1);
    assert!(straight.contains(replaced.1), "{replaced:?}");
    let journey = r#"<DefaultUserJourney ReferenceId="Straight" />"#;
    let chosen = straight.replace(STRAIGHT, CHOSEN).replace(journey, &journey.replace("Straight", "Chosen"));
    policies.extend([("Social.xml".to_owned(), straight), ("Chosen.xml".to_owned(), chosen)]);
    policies
}

/// A browser at the hub, about to return.
pub(super) struct Visitor {
    pub(super) browser: Browser,
    pub(super) state: String,
    code: String,
    pub(super) redirect_uri: String,
}

pub(super) fn straight() -> Authorize {
    authorize().at(STRAIGHT)
}

/// The parameters of the URL to which this response redirects.
pub(super) fn asked(url: &str) -> Parameters {
    assert!(url.starts_with("http://hub.test/authorize?"), "{url}");
    url::Url::parse(url).expect("a URL").query_pairs().into_owned().collect()
}

/// Opens the application's request, and follows its redirect.
pub(super) async fn leave(browser: Browser) -> Visitor {
    leave_by(browser, &straight()).await
}

pub(super) async fn leave_by(mut browser: Browser, request: &Authorize) -> Visitor {
    let answer = browser.get(&request.path()).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.text);
    Visitor::at(browser, &answer.location().expect("an address"))
}

impl Visitor {
    pub(super) fn at(browser: Browser, url: &str) -> Self {
        let mut asked = asked(url);
        let mut take = |name: &str| asked.remove(name).unwrap_or_else(|| panic!("{name} in {url}"));
        Self { browser, state: take("state"), code: take("code_challenge"), redirect_uri: take("redirect_uri") }
    }

    /// The path and query to which the hub redirects the browser.
    pub(super) fn path(&self) -> String {
        format!("{RETURN}?{}", encode(&self.answer()))
    }

    pub(super) fn answer(&self) -> [(&str, &str); 2] {
        [("state", &self.state), ("code", &self.code)]
    }

    /// Returns by a link or redirect.
    pub(super) async fn back(&mut self) -> Answer {
        let path = self.path();
        self.browser.get(&path).await
    }

    /// Returns by a form on the hub's site: without cookies that cross-site forms do not send.
    pub(super) async fn post_back(&mut self) -> Answer {
        let cookies = std::mem::take(&mut self.browser.cookies);
        let request = self.browser.request(Method::POST, RETURN);
        let request = request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, "http://hub.test")
            .header("sec-fetch-site", "cross-site")
            .body(encode(&self.answer()).into())
            .expect("a request");
        let answer = self.browser.send(request).await;
        self.browser.cookies.extend(cookies);
        answer
    }
}
