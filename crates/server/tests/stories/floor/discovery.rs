//! Requirement 15: every member of the discovery document of strict applications is correct, and only they get it.

use super::ground::strict;
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use vestibule_protocol::jwt::{claims_unverified, header, verify};
use vestibule_testing::signer::{JWT_BEARER, SIGNER, Signer};
use vestibule_testing::{ANN, Answer, Browser, House, LOCAL, NOW, READ, TENANT, VERIFIER, WEBAPP1, authorize, encode};

/// The id of a strict application with all permissions. Its redirect URI follows.
const APP: &str = "99999999-0c47-4a15-b9e8-61d7a2f05c94";
const HOME: &str = "https://all.example/cb";

/// A tenant with that application, the document it reads, and a browser in which Ann is signed in to it.
struct Ground {
    house: House,
    document: Value,
    browser: Browser,
    p256: Signer,
}

impl Ground {
    async fn new() -> Self {
        let p256 = Signer::p256();
        let api = "[[tenant.application]]\nname = \"roles-api\"\napp_id_uri = \"https://contoso.onmicrosoft.com/roles\"\n\
                   app_role = [{ value = \"tasks.sync\" }]\n";
        let app = format!(
            "[[tenant.application]]\nname = \"all\"\nclient_id = \"{APP}\"\nredirect_uris.web = [\"{HOME}\"]\n\
             openid = \"strict\"\ndemo_secret = true\nimplicit_id_token = true\nimplicit_access_token = true\n\
             permissions = [\"roles-api/tasks.sync\"]\ncertificates = [\"\"\"\n{}\"\"\", \"\"\"\n{}\"\"\"]\n",
            SIGNER.pem, p256.pem
        );
        let house = House::builder().dev().configure(&format!("{api}{app}")).open().await;
        let document = document(&house, &format!("/oidc/{TENANT}/b2c_1_signupsignin1")).await;
        let mut browser = house.browser();
        browser.sign_in(&strict().with("client_id", APP).with("redirect_uri", HOME), ANN).await;
        Self { house, document, browser, p256 }
    }

    fn list(&self, member: &str) -> Vec<String> {
        let list = self.document[member].as_array().unwrap_or_else(|| panic!("{member}"));
        list.iter().map(|one| one.as_str().expect("text").to_owned()).collect()
    }

    fn endpoint(&self, member: &str) -> String {
        let url = self.document[member].as_str().unwrap_or_else(|| panic!("{member}"));
        url.strip_prefix(LOCAL).expect("ours").to_owned()
    }

    /// Calls authorize with the existing session; `change` sets parameters.
    async fn authorize(&mut self, change: &[(&str, &str)]) -> Answer {
        let mut request = strict().with("client_id", APP).with("redirect_uri", HOME).with("prompt", "none");
        for (name, value) in change {
            request = request.with(name, value);
        }
        let path = format!("{}?{}", self.endpoint("authorization_endpoint"), request.query());
        self.browser.get(&path).await
    }

    async fn code(&mut self, change: &[(&str, &str)]) -> String {
        self.authorize(change).await.carried(HOME, '?')["code"].clone()
    }

    /// Calls the token endpoint, with the secret in the form unless another proof is given.
    async fn token(&self, fields: &[(&str, &str)], proof: Option<(&str, &str)>) -> Answer {
        let secret = self.house.secret(APP);
        let mut all = vec![("code_verifier", VERIFIER), ("redirect_uri", HOME)];
        all.extend_from_slice(fields);
        let basic = vestibule_protocol::digest::to_base64(format!("{APP}:{secret}").as_bytes());
        let basic = format!("Basic {basic}");
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
        match proof {
            Some(("client_secret_basic", _)) => headers.push(("authorization", &basic)),
            Some((kind, text)) => all.extend([("client_assertion_type", kind), ("client_assertion", text)]),
            None => all.extend([("client_id", APP), ("client_secret", &secret)]),
        }
        self.house.send(Method::POST, &self.endpoint("token_endpoint"), &headers, &encode(&all)).await
    }

    /// Signs in, with these parameters at authorize, and redeems the code.
    async fn tokens(&mut self, change: &[(&str, &str)]) -> Answer {
        let code = self.code(change).await;
        self.token(&[("grant_type", "authorization_code"), ("code", &code)], None).await.ok()
    }

    async fn userinfo(&self, tokens: &Answer) -> Map<String, Value> {
        let bearer = format!("Bearer {}", tokens.member("access_token"));
        let path = self.endpoint("userinfo_endpoint");
        let answer = self.house.send(Method::GET, &path, &[("authorization", &bearer)], "").await.ok();
        serde_json::from_str(&answer.text).expect("claims")
    }

    fn assertion(&self, alg: &str) -> String {
        let signer = if alg == "ES256" { &self.p256 } else { &*SIGNER };
        let (now, thumbprint) = (NOW / 1000, signer.certificate().x5t);
        let claims = json!({ "iss": APP, "sub": APP, "aud": self.document["token_endpoint"], "iat": now,
                             "exp": now + 200, "jti": alg });
        signer.sign(&json!({ "alg": alg, "typ": "JWT", "x5t": thumbprint }), &claims)
    }
}

async fn document(house: &House, base: &str) -> Value {
    house.get(&format!("{base}/v2.0/.well-known/openid-configuration")).await.ok().json()
}

/// The members that are tested here, and the test of each.
const PROVED: [(&str, &str); 20] = [
    ("issuer", "the_issuer_is_the_documents_address"),
    ("authorization_endpoint", "the_issuer_is_the_documents_address"),
    ("token_endpoint", "the_issuer_is_the_documents_address"),
    ("jwks_uri", "the_issuer_is_the_documents_address"),
    ("id_token_signing_alg_values_supported", "the_issuer_is_the_documents_address"),
    ("authorization_response_iss_parameter_supported", "the_issuer_is_the_documents_address"),
    ("response_types_supported", "every_response_type"),
    ("response_modes_supported", "every_response_mode"),
    ("scopes_supported", "every_scope"),
    ("claims_supported", "every_claim"),
    ("claims_parameter_supported", "the_parameter_claims"),
    ("userinfo_endpoint", "the_parameter_claims"),
    ("subject_types_supported", "subjects_are_the_same"),
    ("grant_types_supported", "every_grant"),
    ("token_endpoint_auth_methods_supported", "every_proof"),
    ("token_endpoint_auth_signing_alg_values_supported", "every_proof"),
    ("code_challenge_methods_supported", "every_challenge_method"),
    ("request_uri_parameter_supported", "what_is_not_supported"),
    ("request_parameter_supported", "what_is_not_supported"),
    ("end_session_endpoint", "sign_out"),
];

#[tokio::test]
async fn requirement_15_every_member_of_the_document_has_a_story() {
    let ground = Ground::new().await;
    let known: BTreeSet<&str> = PROVED.iter().map(|(member, _)| *member).collect();
    let unproved: Vec<_> = ground.document.as_object().expect("a document").keys().collect();
    assert!(unproved.iter().all(|member| known.contains(member.as_str())), "{unproved:?}");
    let stories = include_str!("discovery.rs");
    for (member, story) in PROVED {
        assert!(stories.contains(&format!("fn requirement_15_{story}")), "{member}: {story}");
    }
}

#[tokio::test]
async fn requirement_15_the_issuer_is_the_documents_address_and_that_of_answers_and_tokens() {
    let mut ground = Ground::new().await;
    let issuer = ground.document["issuer"].clone();
    assert_eq!(issuer, format!("{LOCAL}/oidc/{TENANT}/b2c_1_signupsignin1/v2.0/"));
    let carried = ground.authorize(&[]).await.carried(HOME, '?');
    assert_eq!(
        (&Value::from(&*carried["iss"]), &ground.document["authorization_response_iss_parameter_supported"]),
        (&issuer, &json!(true))
    );
    let tokens = ground.token(&[("grant_type", "authorization_code"), ("code", &carried["code"])], None).await.ok();
    let keys = ground.house.get(&ground.endpoint("jwks_uri")).await.ok().json();
    let token = tokens.member("id_token");
    let head = header(&token).expect("a header");
    assert!(ground.list("id_token_signing_alg_values_supported").contains(&head.alg));
    assert!(keys["keys"].as_array().expect("keys").iter().any(|key| key["kid"].as_str() == head.kid.as_deref()));
    let keys = ground.house.app.keys().verifying(TENANT).await.expect("keys");
    for token in [token, tokens.member("access_token")] {
        assert_eq!(verify(&token, &keys).expect("our signature")["iss"], issuer);
    }
}

#[tokio::test]
async fn requirement_15_every_response_type_is_given() {
    let mut ground = Ground::new().await;
    let types = ground.list("response_types_supported");
    assert_eq!(types.len(), 8, "of an application that may have all: {types:?}");
    for kind in &types {
        let joint = if kind == "code" { '?' } else { '#' };
        let carried = ground.authorize(&[("response_type", kind)]).await.carried(HOME, joint);
        for (word, member) in [("code", "code"), ("id_token", "id_token"), ("token", "access_token")] {
            assert_eq!(kind.split(' ').any(|one| one == word), carried.contains_key(member), "{kind}: {carried:?}");
        }
    }
    let usual = document(&House::dev().await, &format!("/oidc/{TENANT}/b2c_1_signupsignin1")).await;
    assert_eq!(usual["response_types_supported"], json!(["code"]), "where no application may have tokens");
    assert!(!usual["grant_types_supported"].as_array().expect("a list").contains(&json!("implicit")));
}

#[tokio::test]
async fn requirement_15_every_response_mode_is_given() {
    let mut ground = Ground::new().await;
    for mode in ground.list("response_modes_supported") {
        let answer = ground.authorize(&[("response_mode", &mode)]).await;
        match &*mode {
            "query" => assert!(answer.carried(HOME, '?').contains_key("code")),
            "fragment" => assert!(answer.carried(HOME, '#').contains_key("code")),
            "form_post" => assert!(answer.text.contains("name='code'"), "{}", answer.text),
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn requirement_15_every_scope_is_granted() {
    let mut ground = Ground::new().await;
    let scopes = ground.list("scopes_supported");
    let tokens = ground.tokens(&[("scope", &scopes.join(" "))]).await;
    assert_eq!(tokens.member("scope").split(' ').collect::<BTreeSet<_>>(), scopes.iter().map(|s| &**s).collect());
    assert!(!tokens.member("refresh_token").is_empty());
}

#[tokio::test]
async fn requirement_15_every_claim_is_given_that_the_person_has() {
    let mut ground = Ground::new().await;
    let tokens = ground.tokens(&[("scope", "openid profile email address phone")]).await;
    let mut given = claims_unverified(&tokens.member("id_token")).expect("a token");
    given.extend(ground.userinfo(&tokens).await);
    let claims = ground.list("claims_supported");
    // Claims that only a sign-up, a reset or an external provider supplies.
    let rare = ["newUser", "isForgotPassword", "idp"];
    let absent: Vec<_> = claims.iter().filter(|c| !given.contains_key(*c) && !rare.contains(&c.as_str())).collect();
    assert!(absent.is_empty(), "{absent:?}: {given:?}");
    assert!(claims.iter().any(|claim| claim == "sub") && !claims.iter().any(|claim| claim == "acr"), "{claims:?}");
}

#[tokio::test]
async fn requirement_15_the_parameter_claims_is_read() {
    let mut ground = Ground::new().await;
    assert_eq!(ground.document["claims_parameter_supported"], true);
    let plain = ground.tokens(&[("scope", "openid")]).await;
    assert!(!ground.userinfo(&plain).await.contains_key("name"));
    let asked = ground.tokens(&[("scope", "openid"), ("claims", r#"{"userinfo":{"name":null}}"#)]).await;
    assert_eq!(ground.userinfo(&asked).await["name"], "Ann Example");
    let malformed = ground.authorize(&[("claims", "{")]).await.carried(HOME, '?');
    assert_eq!(malformed["error"], "invalid_request");
}

#[tokio::test]
async fn requirement_15_subjects_are_the_same_for_every_application() {
    let mut ground = Ground::new().await;
    let sub = |tokens: &Answer| claims_unverified(&tokens.member("id_token")).expect("a token")["sub"].clone();
    let ours = sub(&ground.tokens(&[]).await);
    let code = ground.browser.get(&authorize().path()).await.code();
    let theirs = sub(&super::ground::redeem(&ground.house, WEBAPP1, &code, &[]).await);
    assert_eq!((ours == theirs, ground.list("subject_types_supported")), (true, vec!["public".to_owned()]));
}

#[tokio::test]
async fn requirement_15_every_grant_is_given() {
    let mut ground = Ground::new().await;
    for grant in ground.list("grant_types_supported") {
        let tokens = ground.tokens(&[("scope", "openid offline_access")]).await;
        let refresh_token = tokens.member("refresh_token");
        let fields = match &*grant {
            "authorization_code" | "implicit" => continue,
            "refresh_token" => vec![("refresh_token", &*refresh_token)],
            "client_credentials" => vec![("scope", "https://contoso.onmicrosoft.com/roles/.default")],
            other => panic!("{other}"),
        };
        let all: Vec<_> = [("grant_type", &*grant)].into_iter().chain(fields).collect();
        assert!(!ground.token(&all, None).await.ok().member("access_token").is_empty(), "{grant}");
    }
}

#[tokio::test]
async fn requirement_15_every_proof_of_an_application_is_accepted() {
    let mut ground = Ground::new().await;
    let algs = ground.list("token_endpoint_auth_signing_alg_values_supported");
    for method in ground.list("token_endpoint_auth_methods_supported") {
        let proofs: Vec<Option<(&str, String)>> = match &*method {
            "client_secret_post" => vec![None],
            "client_secret_basic" => vec![Some(("client_secret_basic", String::new()))],
            "private_key_jwt" => algs.iter().map(|alg| Some((JWT_BEARER, ground.assertion(alg)))).collect(),
            other => panic!("{other}"),
        };
        for proof in proofs {
            let code = ground.code(&[]).await;
            let proof = proof.as_ref().map(|(kind, text)| (*kind, text.as_str()));
            let answer = ground.token(&[("grant_type", "authorization_code"), ("code", &code)], proof).await;
            assert_eq!(answer.status, StatusCode::OK, "{method}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn requirement_15_every_challenge_method_and_no_other_is_accepted() {
    let mut ground = Ground::new().await;
    let listed = ground.list("code_challenge_methods_supported");
    for method in ["S256", "plain", "S512"] {
        let carried: BTreeMap<_, _> = ground.authorize(&[("code_challenge_method", method)]).await.carried(HOME, '?');
        assert_eq!(carried.contains_key("code"), listed.contains(&method.to_owned()), "{method}");
    }
}

#[tokio::test]
async fn requirement_15_what_is_not_supported_is_refused_by_its_error() {
    let mut ground = Ground::new().await;
    // If left out, `request_parameter_supported` means false, and `request_uri_parameter_supported` true.
    assert_eq!(ground.document.get("request_parameter_supported"), None);
    assert_eq!(ground.document["request_uri_parameter_supported"], false);
    for (name, error) in [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")] {
        assert_eq!(ground.authorize(&[(name, "x")]).await.carried(HOME, '?')["error"], error);
    }
}

#[tokio::test]
async fn requirement_15_sign_out_is_where_the_document_says() {
    let mut ground = Ground::new().await;
    let hint = ground.tokens(&[]).await.member("id_token");
    let query = encode(&[("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", HOME)]);
    let path = format!("{}?{query}", ground.endpoint("end_session_endpoint"));
    assert_eq!(ground.browser.get(&path).await.location().as_deref(), Some(HOME));
    assert_eq!(ground.authorize(&[]).await.carried(HOME, '?')["error"], "interaction_required");
}

/// The URLs at which applications in B2C mode read the document of a flow.
fn addresses_of_b2c() -> Vec<String> {
    let mut all = Vec::new();
    for tenant in [TENANT, "contoso.onmicrosoft.com", "contoso"] {
        all.extend(["", "/tfp", "/te"].map(|prefix| format!("{prefix}/{tenant}/B2C_1_signupsignin1")));
    }
    all
}

#[tokio::test]
async fn a_strict_neighbour_changes_no_document_of_applications_as_in_b2c() {
    let house = House::dev().await;
    let code = house.browser().sign_in(&authorize().with("scope", &format!("openid {READ}")), ANN).await.code();
    let tokens = super::ground::redeem(&house, WEBAPP1, &code, &[]).await;
    let issuer = |name: &str| claims_unverified(&tokens.member(name)).expect("a token")["iss"].clone();
    for address in addresses_of_b2c() {
        let document = document(&house, &address).await;
        assert_eq!(document["issuer"], issuer("id_token"), "{address}");
        assert_eq!(document["issuer"], issuer("access_token"), "{address}");
        assert_eq!(document.get("userinfo_endpoint"), None, "{address}");
    }
}

#[tokio::test]
async fn the_token_of_a_strict_application_for_an_api_as_in_b2c_has_the_apis_issuer() {
    let permitted = "[[tenant.application]]\nname = \"caller\"\nclient_id = \"99999999-0c47-4a15-b9e8-61d7a2f05c94\"\n\
                     redirect_uris.web = [\"https://all.example/cb\"]\nopenid = \"strict\"\ndemo_secret = true\n\
                     permissions = [\"my-api1/tasks.read\"]\n";
    let house = House::builder().dev().configure(permitted).open().await;
    let request = strict().with("client_id", APP).with("redirect_uri", HOME).with("scope", &format!("openid {READ}"));
    let code = house.browser().sign_in(&request, ANN).await.carried(HOME, '?')["code"].clone();
    let tokens = super::ground::redeem(&house, APP, &code, &[("redirect_uri", HOME)]).await;
    let issuer = |name: &str| claims_unverified(&tokens.member(name)).expect("a token")["iss"].clone();
    let b2c = document(&house, "/contoso.onmicrosoft.com/B2C_1_signupsignin1").await;
    let own = document(&house, &format!("/oidc/{TENANT}/B2C_1_signupsignin1")).await;
    assert_eq!((issuer("id_token"), issuer("access_token")), (own["issuer"].clone(), b2c["issuer"].clone()));
}

#[tokio::test]
async fn an_address_of_strict_applications_serves_no_other() {
    let house = House::dev().await;
    let path = format!("/oidc/{TENANT}/b2c_1_signupsignin1/oauth2/v2.0");
    let page = house.browser().get(&format!("{path}/authorize?{}", authorize().query())).await;
    assert!(page.status == StatusCode::BAD_REQUEST && page.text.contains("openid ="), "{}", page.text);
    let form = encode(&[("grant_type", "authorization_code"), ("client_id", WEBAPP1), ("code", "x")]);
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let refused = house.send(Method::POST, &format!("{path}/token"), &kind, &form).await;
    assert_eq!(refused.member("error"), "unauthorized_client");
    let older = house.get(&format!("/oidc/{TENANT}/b2c_1_signupsignin1/.well-known/openid-configuration")).await;
    assert_eq!(older.status, StatusCode::NOT_FOUND);
}
