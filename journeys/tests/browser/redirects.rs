//! Every kind of redirect URI, by every response mode, with script and without: the answer arrives.

use crate::steps::{goes_to_sign_in, signs_in};
use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::response::Html;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use vestibule_journeys::{Browser, Ground};

/// A native application of the demo's tenant. Its loopback redirect URIs match with any port.
const NATIVE: &str = "55555555-0c47-4a15-b9e8-61d7a2f05c94";
const FLOW: &str = "contoso.onmicrosoft.com/B2C_1_signupsignin1";

/// The demo, with that application.
fn config() -> String {
    let demo = include_str!("../../../crates/cli/demo/vestibule.toml");
    let own = format!(
        "[[tenant.application]]\nname = \"native1\"\nclient_id = {NATIVE:?}\nredirect_uris.public_client = [\"http://localhost/cb\", \
         \"http://127.0.0.1/cb\", \"http://[::1]/cb\", \"https://localhost:1/cb\", \"com.example.app:/cb\", \
         \"msal{NATIVE}://auth\", \"urn:ietf:wg:oauth:2.0:oob\"]\n"
    );
    // Applications may be anywhere below their tenant; the demo ends with its users.
    format!("{demo}\n{own}")
}

/// An application that shows the response that it received.
async fn application(host: &str) -> String {
    let listener = TcpListener::bind(format!("{host}:0")).await.expect("a port");
    let port = listener.local_addr().map(|address: SocketAddr| address.port()).expect("an address");
    let router = Router::new().fallback(arrived);
    tokio::spawn(async move { axum::serve(listener, router).await.expect("served") });
    port.to_string()
}

async fn arrived(request: Request) -> Html<String> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 65_536).await.unwrap_or_default();
    let query = parts.uri.query().unwrap_or_default();
    Html(format!("<p>Arrived: {query} {}</p>", String::from_utf8_lossy(&body)))
}

/// How a test detects that a response has reached a redirect URI.
enum Kind {
    /// The application's page shows it.
    Page,
    /// No server responds there: the browser's URL shows it.
    Address,
    /// No program handles the scheme: the browser requests it all the same, unless a form that leads there is blocked.
    Program,
}

/// A redirect URI under test, in a separate browser: one that waits for a program accepts no more clicks.
struct Trial<'a> {
    ground: &'a Ground,
    browser: Browser,
    script: bool,
    uri: &'a str,
    kind: &'a Kind,
}

impl Trial<'_> {
    fn authorize(&self, mode: &str) -> String {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("client_id", NATIVE),
                ("redirect_uri", self.uri),
                ("response_type", "code"),
                ("response_mode", mode),
                ("scope", "openid"),
                ("prompt", "login"),
                ("code_challenge", challenge),
                ("code_challenge_method", "S256"),
            ])
            .finish();
        format!("{}/{FLOW}/oauth2/v2.0/authorize?{query}", self.ground.tenant())
    }

    /// Signs in, which must reach the application with a code.
    async fn signs_in(self, mode: &str) {
        self.browser.goto(&self.authorize(mode)).await;
        let ann = self.ground.demo_user("ann");
        signs_in(&self.browser, &ann.name, &ann.password).await;
        self.goes_on(mode).await;
        self.arrives("code=").await;
    }

    /// Cancels on the sign-up page, which must reach the application with an error.
    async fn cancels(self, mode: &str) {
        self.browser.goto(&self.authorize(mode)).await;
        self.browser.presses("Sign up now").await;
        self.browser.presses("Cancel").await;
        self.goes_on(mode).await;
        self.arrives("error=access_denied").await;
    }

    /// Without script, the page that posts the response has a button.
    async fn goes_on(&self, mode: &str) {
        if mode == "form_post" && !self.script {
            self.browser.presses("Continue").await;
        }
    }

    /// Signs out with the page that asks for confirmation, which must redirect back.
    async fn signs_out(self) {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("client_id", NATIVE), ("post_logout_redirect_uri", self.uri), ("state", "left")])
            .finish();
        goes_to_sign_in(self.ground, &self.browser).await;
        let ann = self.ground.demo_user("ann");
        signs_in(&self.browser, &ann.name, &ann.password).await;
        self.browser.sees("Ann Example").await;
        self.browser.follows(&format!("{}/{FLOW}/oauth2/v2.0/logout?{query}", self.ground.tenant())).await;
        if self.browser.text().await.contains("Do you want to sign out?") {
            self.browser.presses_id("continue").await;
        }
        self.arrives("state=left").await;
    }

    async fn arrives(self, what: &str) {
        match self.kind {
            Kind::Page => {
                self.browser.sees("Arrived:").await;
                let seen = format!("{} {}", self.browser.text().await, self.browser.url().await);
                assert!(seen.contains(what), "{}: {seen}", self.uri);
            }
            Kind::Address => self.browser.comes_to(&format!("{}?", self.uri), what).await,
            Kind::Program => {
                let asked = self.browser.asks_for(self.uri).await;
                assert!(asked.contains(what), "{}: {asked}", self.uri);
            }
        }
        self.browser.closes().await;
    }
}

/// Tests a redirect URI in browsers with script and without.
async fn tries(uri: impl Fn(&str) -> String, host: Option<&str>, kind: Kind, modes: &[&str]) {
    let ground = Ground::with_config(Some(&config())).await;
    let port = match host {
        Some(host) => application(host).await,
        None => String::new(),
    };
    let uri = uri(&port);
    for script in [true, false] {
        let trial = async || {
            let browser = if script { ground.browser().await } else { ground.browser_without_script().await };
            Trial { ground: &ground, browser, script, uri: &uri, kind: &kind }
        };
        for mode in modes {
            trial().await.signs_in(mode).await;
            trial().await.cancels(mode).await;
        }
        trial().await.signs_out().await;
    }
}

const ALL: &[&str] = &["query", "fragment", "form_post"];
/// Browsers can post a form only to web addresses.
const BY_ADDRESS: &[&str] = &["query", "fragment"];

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_arrives_at_localhost() {
    tries(|port| format!("http://localhost:{port}/cb"), Some("127.0.0.1"), Kind::Page, ALL).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_arrives_at_the_loopback_address_of_ipv4() {
    tries(|port| format!("http://127.0.0.1:{port}/cb"), Some("127.0.0.1"), Kind::Page, ALL).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_arrives_at_the_loopback_address_of_ipv6() {
    tries(|port| format!("http://[::1]:{port}/cb"), Some("[::1]"), Kind::Page, ALL).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_arrives_by_https() {
    tries(|_| "https://localhost:1/cb".to_owned(), None, Kind::Address, &["query"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_arrives_at_a_private_scheme() {
    tries(|_| "com.example.app:/cb".to_owned(), None, Kind::Program, BY_ADDRESS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_arrives_at_the_scheme_of_msal() {
    tries(|_| format!("msal{NATIVE}://auth"), None, Kind::Program, BY_ADDRESS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_arrives_at_the_out_of_band_urn() {
    tries(|_| "urn:ietf:wg:oauth:2.0:oob".to_owned(), None, Kind::Program, BY_ADDRESS).await;
}
