//! A handwritten tenant with users and grants, and an HTTP client for its router.

use super::registered::tenant;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use vestibule_journey::{Attributes, Issued, Value as Claim};
use vestibule_protocol::digest::sha256_base64url;
use vestibule_protocol::{jwt, pkce};
use vestibule_server::app::AppOptions;
use vestibule_server::oauth::grant::{ChallengeMethod, CodeBody, GrantBody};
use vestibule_store::{CodeRecord, GrantRecord};
use vestibule_tenant::accounts::{NewUser, TenantInfo};
use vestibule_tenant::clock::{Clock, Random};
use vestibule_tenant::origin::Origin;
use vestibule_tenant::registry::{Platform, Registry, Snapshot};
use vestibule_testing::Installation;

pub(crate) use vestibule_testing::{Answer, LOCAL as ORIGIN, POLICY, READ, TENANT, VERIFIER};

pub(crate) const START: i64 = 1_790_000_000_000;
pub(crate) const WEB: &str = "3f2b8d6e-0c47-4a15-b9e8-61d7a2f05c94";
pub(crate) const API: &str = "f8c0e2a4-5d1b-4c39-9a76-2be18d40c7f3";
pub(crate) const OTHER_API: &str = "f8c0e2a4-5d1b-4c39-9a76-2be18d40c7f4";
pub(crate) const SPA: &str = "c1a94f70-7be2-4d58-8f03-9e5d26b17a48";
pub(crate) const NATIVE: &str = "0d9f6a31-2b7c-4e8d-9f10-a1b2c3d4e5f6";
pub(crate) const DAEMON: &str = "5be7d310-a6f4-4c82-93d9-08f41c6e2b7a";
pub(crate) const STRICT: &str = "7c1f0f0e-9a4b-4d6f-8a55-0c9d8e7f6a5b";
/// Has certificates and no secret.
pub(crate) const CERTIFIED: &str = "8d0c7c55-9a4b-4d6f-8a55-0c9d8e7f6a5b";
/// The same, but accepts each assertion once.
pub(crate) const ONCE: &str = "6f2b1a90-9a4b-4d6f-8a55-0c9d8e7f6a5b";
pub(crate) const DISABLED: &str = "99999999-9a4b-4d6f-8a55-0c9d8e7f6a5b";
/// Contains characters that form encoding changes.
pub(crate) const SECRET: &str = "web~secret+with/odd%characters:1";
pub(crate) const WEB_URI: &str = "http://localhost:5000/getAToken";
pub(crate) const SPA_URI: &str = "http://localhost:3000/";
pub(crate) const SPA_ORIGIN: &str = "http://localhost:3000";
pub(crate) const NATIVE_URI: &str = "http://localhost/native";
pub(crate) const WRITE: &str = "https://contoso.onmicrosoft.com/tasks-api/tasks.write";

/// The handwritten tenant, with Ann in it.
#[derive(Clone)]
pub(crate) struct House {
    house: vestibule_testing::House,
    /// Ann's object id.
    pub(crate) ann: String,
}

impl Deref for House {
    type Target = vestibule_testing::House;

    fn deref(&self) -> &Self::Target {
        &self.house
    }
}

pub(crate) async fn house() -> House {
    house_on(&Installation::new().await).await
}

pub(crate) async fn house_on(installation: &Installation) -> House {
    let snapshot = Snapshot { tenants: vec![Arc::new(tenant())] };
    let builder = vestibule_testing::House::builder().registered(Registry::fixed(snapshot)).over(installation);
    let house = builder.with(later_at_two_addresses).open().await;
    let attributes =
        [("signInNames.emailAddress", "ann@contoso.test"), ("displayName", "Ann"), ("password", "Kite-over-Harbour-7")];
    let attributes: Attributes = attributes.map(|(name, value)| (name.to_owned(), value.into())).into();
    let ann = NewUser { attributes, ..NewUser::default() };
    let ann = house.manage().users(house.app.accounts()).create(&tenant_info(), ann).await.expect("Ann");
    House { ann: ann.object_id().to_owned(), house }
}

impl House {
    /// The tenant of a configuration, with Ann's object id.
    pub(crate) async fn configured(installation: &Installation, ann: &str) -> Self {
        let builder = vestibule_testing::House::builder().over(installation);
        Self { house: builder.with(later_at_two_addresses).open().await, ann: ann.to_owned() }
    }
}

pub(crate) fn tenant_info() -> TenantInfo {
    TenantInfo::from(&tenant())
}

/// Starts at [`START`], with an origin and another that is its internal name.
pub(crate) fn later_at_two_addresses(options: &mut AppOptions) {
    let origin = |url: &str, canonical: Option<&str>| Origin {
        url: url.to_owned(),
        tenants: Vec::new(),
        canonical: canonical.map(str::to_owned),
        portal: false,
    };
    options.origins = vec![origin(ORIGIN, None), origin("http://tenant.localhost", Some(ORIGIN))];
    options.clock = Clock::fixed(START);
}

/// A request to redeem a code, or any other form.
pub(crate) type Form<'a> = BTreeMap<&'a str, &'a str>;

/// The request of an application with a code.
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

/// The request of webapp1 with a refresh token.
pub(crate) fn refreshing(token: &str) -> Form<'_> {
    Form::from([
        ("grant_type", "refresh_token"),
        ("client_id", WEB),
        ("client_secret", SECRET),
        ("refresh_token", token),
    ])
}

impl House {
    /// The result of Ann's sign-in.
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
            id_token_claims: Vec::new(),
            policy: POLICY.to_owned(),
            started_at: self.clock.now(),
            platform,
            obtained: None,
        }
    }

    /// A code for Ann at the default policy with an S256 challenge.
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
        self.store().sign_in(None, Some((record, code)), &[]).await.expect("stored");
        text
    }

    /// Signs in to webapp1, and returns the response with the tokens.
    pub(crate) async fn signed_in(&self, scopes: &[&str]) -> Answer {
        let code = self.code(WEB, scopes).await;
        self.token(&redemption(WEB, WEB_URI, &code)).await.ok()
    }

    /// The claims of a token that this tenant signed.
    pub(crate) async fn claims(&self, token: &str) -> Map<String, Value> {
        let keys = self.app.keys().verifying(TENANT).await.expect("keys");
        jwt::verify(token, &keys).expect("our signature")
    }

    /// The events of requests in the audit log, oldest first, with their outcome.
    pub(crate) async fn audit(&self) -> Vec<(String, String)> {
        let entries = self.house.audit().await.into_iter();
        entries.filter(|(event, _)| event.starts_with("token.") || event == "application.authenticate").collect()
    }
}
