//! A tenant written by hand, with its people and grants, and a client that speaks HTTP to its router.

use crate::registered::tenant;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use tower::ServiceExt as _;
use vestibule_journey::{Attributes, Issued, Value as Claim};
use vestibule_protocol::digest::sha256_base64url;
use vestibule_protocol::{jwt, pkce};
use vestibule_server::app::{App, AppOptions};
use vestibule_server::oauth::grant::{ChallengeMethod, CodeBody, GrantBody};
use vestibule_store::{CodeRecord, GrantRecord, Store};
use vestibule_tenant::accounts::{AccountSettings, HashParams, NewUser, TenantInfo};
use vestibule_tenant::clock::{Clock, Random};
use vestibule_tenant::mail::MailOptions;
use vestibule_tenant::manage::Actor;
use vestibule_tenant::origin::Origin;
use vestibule_tenant::registry::{Platform, Registry, Snapshot};

pub(crate) const START: i64 = 1_790_000_000_000;
pub(crate) const TENANT: &str = "775527ff-9a37-4307-8b3d-cc311f58d925";
pub(crate) const ORIGIN: &str = "http://localhost:8400";
pub(crate) const POLICY: &str = "B2C_1_signupsignin1";
pub(crate) const WEB: &str = "3f2b8d6e-0c47-4a15-b9e8-61d7a2f05c94";
pub(crate) const API: &str = "f8c0e2a4-5d1b-4c39-9a76-2be18d40c7f3";
pub(crate) const OTHER_API: &str = "f8c0e2a4-5d1b-4c39-9a76-2be18d40c7f4";
pub(crate) const SPA: &str = "c1a94f70-7be2-4d58-8f03-9e5d26b17a48";
pub(crate) const NATIVE: &str = "0d9f6a31-2b7c-4e8d-9f10-a1b2c3d4e5f6";
pub(crate) const DAEMON: &str = "5be7d310-a6f4-4c82-93d9-08f41c6e2b7a";
pub(crate) const STRICT: &str = "7c1f0f0e-9a4b-4d6f-8a55-0c9d8e7f6a5b";
/// It has certificates and no secret.
pub(crate) const CERTIFIED: &str = "8d0c7c55-9a4b-4d6f-8a55-0c9d8e7f6a5b";
/// The same, and takes each assertion once.
pub(crate) const ONCE: &str = "6f2b1a90-9a4b-4d6f-8a55-0c9d8e7f6a5b";
pub(crate) const DISABLED: &str = "99999999-9a4b-4d6f-8a55-0c9d8e7f6a5b";
/// With characters that form encoding changes.
pub(crate) const SECRET: &str = "web~secret+with/odd%characters:1";
pub(crate) const WEB_URI: &str = "http://localhost:5000/getAToken";
pub(crate) const SPA_URI: &str = "http://localhost:3000/";
pub(crate) const SPA_ORIGIN: &str = "http://localhost:3000";
pub(crate) const NATIVE_URI: &str = "http://localhost/native";
pub(crate) const READ: &str = "https://contoso.onmicrosoft.com/tasks-api/tasks.read";
pub(crate) const WRITE: &str = "https://contoso.onmicrosoft.com/tasks-api/tasks.write";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// The running tenant.
#[derive(Clone)]
pub(crate) struct House {
    pub(crate) app: App,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) ann: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Map<String, Value> {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|v| v.to_str().expect("text"))
    }

    /// A member that is text.
    pub(crate) fn text(&self, name: &str) -> String {
        self.json().get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("no {name}: {self:?}")).to_owned()
    }

    /// Tokens came.
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        self
    }

    /// The AADB2C code and the error.
    pub(crate) fn error(&self) -> (u32, String) {
        let description = self.text("error_description");
        let digits = description.strip_prefix("AADB2C").and_then(|d| d.get(..5)).expect("a code");
        (digits.parse().expect("digits"), self.text("error"))
    }
}

pub(crate) async fn house() -> House {
    house_on(Store::memory().await.expect("a store")).await
}

pub(crate) async fn house_on(store: Store) -> House {
    let snapshot = Snapshot { tenants: vec![Arc::new(tenant())] };
    let clock = Clock::fixed(START);
    let settings =
        AccountSettings { hashing: HashParams { memory_kib: 64, passes: 1, lanes: 1 }, ..AccountSettings::default() };
    let app = App::start_with(options(clock.clone()), settings, store.clone(), Registry::fixed(snapshot))
        .await
        .expect("started");
    let mut attributes = Attributes::new();
    attributes.insert("signInNames.emailAddress".to_owned(), "ann@contoso.test".into());
    attributes.insert("displayName".to_owned(), "Ann".into());
    attributes.insert("password".to_owned(), "Kite-over-Harbour-7".into());
    let new = NewUser { attributes, ..NewUser::default() };
    let ann = app
        .manage(Actor::Server)
        .users(app.accounts())
        .create(&tenant_info(), new)
        .await
        .expect("Ann")
        .object_id()
        .to_owned();
    House { app, store, clock, ann }
}

pub(crate) fn tenant_info() -> TenantInfo {
    TenantInfo::from(&tenant())
}

pub(crate) fn options(clock: Clock) -> AppOptions {
    let origin = |url: &str, canonical: Option<&str>| Origin {
        url: url.to_owned(),
        tenants: Vec::new(),
        canonical: canonical.map(str::to_owned),
    };
    AppOptions {
        origins: vec![origin(ORIGIN, None), origin("http://tenant.localhost", Some(ORIGIN))],
        trusted_proxies: Vec::new(),
        master_key: [7; 32],
        mail: MailOptions::Outbox,
        block_list: None,
        outbound_hosts: Default::default(),
        dev: None,
        clock,
        random: Random::system(),
    }
}

/// A request to redeem a code, or anything else: a form.
pub(crate) type Form<'a> = BTreeMap<&'a str, &'a str>;

/// What an application sends with a code.
pub(crate) fn redemption<'a>(client_id: &'a str, redirect_uri: &'a str, code: &'a str) -> Form<'a> {
    let mut form = Form::from([
        ("grant_type", "authorization_code"),
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("code", code),
        ("code_verifier", VERIFIER),
    ]);
    if client_id == WEB {
        form.insert("client_secret", SECRET);
    }
    form
}

/// What webapp1 sends with a refresh token.
pub(crate) fn refreshing(token: &str) -> Form<'_> {
    Form::from([
        ("grant_type", "refresh_token"),
        ("client_id", WEB),
        ("client_secret", SECRET),
        ("refresh_token", token),
    ])
}

impl House {
    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut request = Request::builder().method(method).uri(path).header("host", "localhost:8400");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).expect("a request");
        let response = vestibule_server::router::router(self.app.clone()).oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a body");
        Reply { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).expect("text") }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &[], "").await
    }

    /// Ask the token endpoint of the usual policy.
    pub(crate) async fn token(&self, form: &Form<'_>) -> Reply {
        self.token_at(POLICY, form, &[]).await
    }

    pub(crate) async fn token_at(&self, policy: &str, form: &Form<'_>, headers: &[(&str, &str)]) -> Reply {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.send(Method::POST, &format!("/contoso.onmicrosoft.com/{policy}/oauth2/v2.0/token"), &all, &body).await
    }

    /// What Ann's sign-in ended with.
    pub(crate) fn issued(&self) -> Issued {
        let list = Claim::List(vec!["ann@contoso.test".to_owned()]);
        let claims = [("name", "Ann".into()), ("emails", list), ("oid", self.ann.as_str().into())];
        Issued {
            claims: claims.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            subject: Some(self.ann.clone()),
            object_id: Some(self.ann.clone()),
            bag: BTreeMap::new(),
            interactive: true,
            signed_in_at: Some(self.clock.now()),
        }
    }

    pub(crate) fn grant(&self, platform: Platform, scopes: &[&str]) -> GrantBody {
        GrantBody {
            issued: self.issued(),
            origin: ORIGIN.to_owned(),
            scopes: scopes.iter().map(|s| (*s).to_owned()).collect(),
            auth_time: self.clock.now() / 1000 - 5,
            nonce: Some("a-nonce".to_owned()),
            userinfo_claims: Vec::new(),
            policy: POLICY.to_owned(),
            started_at: self.clock.now(),
            platform,
        }
    }

    /// A code for Ann at the usual policy with an S256 challenge.
    pub(crate) async fn code(&self, client_id: &str, scopes: &[&str]) -> String {
        let (platform, uri) = match client_id {
            SPA => (Platform::Spa, SPA_URI),
            NATIVE => (Platform::PublicClient, NATIVE_URI),
            STRICT => (Platform::Web, "https://strict.test/cb"),
            _ => (Platform::Web, WEB_URI),
        };
        let challenge = Some((ChallengeMethod::S256, pkce::challenge(VERIFIER)));
        self.code_for(client_id, &self.grant(platform, scopes), uri, challenge).await
    }

    pub(crate) async fn code_for(
        &self,
        client_id: &str,
        grant: &GrantBody,
        redirect_uri: &str,
        challenge: Option<(ChallengeMethod, String)>,
    ) -> String {
        let (random, now) = (Random::system(), self.clock.now());
        let text = random.token();
        let record = GrantRecord {
            id: random.uuid(),
            tenant: TENANT.to_owned(),
            client_id: client_id.to_owned(),
            object_id: self.ann.clone(),
            policy: grant.policy.clone(),
            body: serde_json::to_string(grant).expect("JSON"),
            created_at: now,
            revoked_at: None,
        };
        let body = CodeBody { redirect_uri: redirect_uri.to_owned(), challenge };
        let code = CodeRecord {
            hash: sha256_base64url(text.as_bytes()),
            tenant: TENANT.to_owned(),
            grant_id: record.id.clone(),
            body: serde_json::to_string(&body).expect("JSON"),
            expires_at: now + 60_000,
            used_at: None,
        };
        self.store.sign_in(None, Some((record, code)), &[]).await.expect("stored");
        text
    }

    /// Sign in to webapp1 and come home with tokens.
    pub(crate) async fn signed_in(&self, scopes: &[&str]) -> Reply {
        let code = self.code(WEB, scopes).await;
        self.token(&redemption(WEB, WEB_URI, &code)).await.ok()
    }

    /// The claims of a token that this tenant signed.
    pub(crate) async fn claims(&self, token: &str) -> Map<String, Value> {
        let keys = self.app.keys().verifying(TENANT).await.expect("keys");
        jwt::verify(token, &keys).expect("our signature")
    }

    /// Events of the audit log, oldest first, with their outcome.
    pub(crate) async fn audit(&self) -> Vec<(String, String)> {
        let entries = self.store.list_audit(TENANT, None, None, 100).await.expect("entries");
        let is_request = |event: &str| event.starts_with("token.") || event == "application.authenticate";
        let ours = entries.into_iter().rev().filter(|e| is_request(&e.event));
        ours.map(|e| (e.event, e.outcome)).collect()
    }
}
