//! The requests that an application may send, and the errors for those that it may not (docs/b2c.md,
//! "Authorize" and "Answers to the application" and "Error codes").

use std::collections::BTreeMap;
use vestibule_testing::{
    ANN, Answer, Authorize, CALLBACK, CHALLENGE, House, IMPLICIT1, NATIVE1, SPA1, TENANT, authorize,
};

const CODE: &str = "https://implicit.example/cb";

/// A request of the application that may have tokens from authorize.
pub(super) fn implicit(response_type: &str) -> Authorize {
    authorize()
        .with("client_id", IMPLICIT1)
        .with("redirect_uri", CODE)
        .with("response_type", response_type)
        .with("scope", "openid https://contoso.onmicrosoft.com/tasks-api/tasks.read")
}

#[tokio::test]
async fn row_31_and_row_34_each_mistake_is_told_to_the_application_by_its_code() {
    let house = House::dev().await;
    let cases: &[(Authorize, &str, &str)] = &[
        (authorize().without("response_type"), "invalid_request", "90083"),
        (authorize().with("response_type", "codes"), "unsupported_response_type", "90013"),
        (authorize().with("response_mode", "web_message"), "invalid_request", "90014"),
        (authorize().without("scope"), "invalid_request", "90010"),
        (authorize().with("scope", "open\"id"), "invalid_scope", "99005"),
        (authorize().with("prompt", "register"), "invalid_request", "90043"),
        (authorize().with("prompt", "none login"), "invalid_request", "90043"),
        (authorize().with("max_age", "-1"), "invalid_request", "90120"),
        (authorize().with("max_age", "soon"), "invalid_request", "90120"),
        (authorize().with("code_challenge_method", "S512"), "invalid_request", "90184"),
        (authorize().with("code_challenge_method", "plain"), "invalid_request", "90184"),
        (authorize().without("code_challenge_method"), "invalid_request", "90184"),
        (authorize().with("code_challenge", "short"), "invalid_request", "90183"),
        (authorize().with("code_challenge", &CHALLENGE[1..]), "invalid_request", "90183"),
        (authorize().with("code_challenge", &CHALLENGE.replace('E', "+")), "invalid_request", "90183"),
        (authorize().with("code_challenge", &format!("{CHALLENGE}=")), "invalid_request", "90183"),
        (authorize().with("code_challenge", &"x".repeat(129)), "invalid_request", "90183"),
        (authorize().with("code_challenge_method", "s256"), "invalid_request", "90184"),
        (authorize().with("code_challenge", ""), "invalid_request", "99059"),
        (authorize().without("code_challenge"), "invalid_request", "99059"),
        (authorize().with("prompt", "none"), "interaction_required", "90077"),
    ];
    for (request, error, code) in cases {
        let answer = house.browser().get(&request.path()).await;
        assert_eq!(answer.error(), ((*error).to_owned(), (*code).to_owned()), "{}", request.path());
        let carried = answer.carried(CALLBACK, '?');
        assert_eq!(carried["state"], "a-state", "{}", request.path());
        assert_eq!(carried["iss"], "http://localhost:8400/775527ff-9a37-4307-8b3d-cc311f58d925/v2.0/");
        let description = &carried["error_description"];
        assert!(description.contains("\r\nCorrelation ID: ") && description.ends_with("Z\r\n"), "{description:?}");
    }
}

#[tokio::test]
async fn row_62_tokens_from_authorize_are_for_applications_that_are_switched_to_it() {
    let house = House::dev().await;
    for response_type in ["id_token", "token", "code id_token", "code token", "id_token token", "code id_token token"] {
        let answer = house.browser().get(&authorize().with("response_type", response_type).path()).await;
        let carried = answer.carried(CALLBACK, '#');
        assert_eq!(
            (carried["error"].as_str(), &carried["error_description"][..11]),
            ("unauthorized_client", "AADB2C90057")
        );
    }
    let told = |answer: Answer| -> BTreeMap<String, String> { answer.carried(CODE, '#') };
    let wrong = told(house.browser().get(&implicit("id_token").without("nonce").path()).await);
    assert_eq!(&wrong["error_description"][..11], "AADB2C90083");
    let wrong = told(house.browser().get(&implicit("id_token").with("scope", "profile").path()).await);
    assert_eq!(&wrong["error_description"][..11], "AADB2C90110");
    let wrong = told(house.browser().get(&implicit("token").with("scope", "openid").path()).await);
    assert_eq!(&wrong["error_description"][..11], "AADB2C90055");
    // Tokens never travel in a query (security row 62).
    let wrong = told(house.browser().get(&implicit("id_token").with("response_mode", "query").path()).await);
    assert_eq!(&wrong["error_description"][..11], "AADB2C90014");
}

#[tokio::test]
async fn row_35_who_keeps_no_secret_must_use_pkce() {
    let house = House::dev().await;
    let spa = authorize().with("client_id", SPA1).with("redirect_uri", "http://localhost:3000/");
    let bare = spa.clone().without("code_challenge").without("code_challenge_method");
    let carried = house.browser().get(&bare.path()).await.carried("http://localhost:3000/", '?');
    assert_eq!(&carried["error_description"][..11], "AADB2C99059");
    assert!(house.browser().get(&spa.path()).await.is_page("Unified"));

    let native = authorize().with("client_id", NATIVE1).with("redirect_uri", "http://127.0.0.1:51234/cb");
    let bare = native.clone().without("code_challenge").without("code_challenge_method");
    let carried = house.browser().get(&bare.path()).await.carried("http://127.0.0.1:51234/cb", '?');
    assert_eq!(&carried["error_description"][..11], "AADB2C99059");
    let plain = native.with("code_challenge_method", "plain").with("code_challenge", CHALLENGE);
    assert!(house.browser().get(&plain.path()).await.is_page("Unified"), "switched on for this application");

    let confidential = authorize().without("code_challenge").without("code_challenge_method").without("nonce");
    assert!(house.browser().get(&confidential.path()).await.is_page("Unified"), "B2C's older applications");
}

#[tokio::test]
async fn row_21_a_parameter_sent_twice_is_an_error_that_the_application_gets() {
    let house = House::dev().await;
    let known = ["scope", "state", "response_type", "nonce", "code_challenge", "prompt", "response_mode", "claims"];
    // Any parameter may be read by a policy.
    for name in known.into_iter().chain(["id_token_hint", "ui_locales", "resource", "display", "x"]) {
        let answer = house.browser().get(&format!("{}&{name}=x&{name}=x", authorize().path())).await;
        assert_eq!(answer.error(), ("invalid_request".to_owned(), "90122".to_owned()), "{name}");
        assert_eq!(answer.carried(CALLBACK, '?').contains_key("state"), name != "state", "{name}");
    }
}

#[tokio::test]
async fn row_21_a_policy_is_named_once() {
    let house = House::dev().await;
    let query = authorize().query();
    for endpoint in ["oauth2/v2.0/authorize", "oauth2/v2.0/logout", "v2.0/.well-known/openid-configuration"] {
        for p in ["p=B2C_1_signupsignin1&p=B2C_1_legacy", "p=B2C_1_signupsignin1&p=B2C_1_signupsignin1"] {
            let answer = house.browser().get(&format!("/contoso.onmicrosoft.com/{endpoint}?{p}&{query}")).await;
            assert_eq!((answer.status, answer.location()), (http::StatusCode::BAD_REQUEST, None), "{endpoint}?{p}");
        }
    }
}

#[tokio::test]
async fn what_msal_adds_is_ignored() {
    let house = House::dev().await;
    let request = authorize()
        .with("client_info", "1")
        .with("x-client-SKU", "msal.js.browser")
        .with("clidata", "1")
        .with("pocd", "1")
        .with("X-AnchorMailbox", "Oid:a@b")
        .with("claims", "{\"id_token\":{\"signin_state\":{\"essential\":false}}}")
        .with("client-request-id", "8f0a");
    let answer = house.browser().sign_in(&request, ANN).await;
    let info = &answer.carried(CALLBACK, '?')["client_info"];
    let info: serde_json::Value =
        serde_json::from_slice(&vestibule_protocol::digest::from_base64url(info).expect("base64url")).expect("JSON");
    assert_eq!(info["uid"], "a7d3f1c2-64b8-4e0f-8c95-1f2e7b9d4063-b2c_1_signupsignin1");
    assert_eq!(info["utid"], TENANT);
}

#[tokio::test]
async fn every_form_of_the_address_opens_the_flow() {
    let house = House::dev().await;
    let query = authorize().query();
    for path in [
        "/contoso.onmicrosoft.com/b2c_1_SIGNUPSIGNIN1/oauth2/v2.0/authorize?",
        "/775527ff-9a37-4307-8b3d-cc311f58d925/B2C_1_signupsignin1/oauth2/v2.0/authorize?",
        "/contoso/B2C_1_signupsignin1//oauth2/v2.0/authorize?",
        "/tfp/contoso.onmicrosoft.com/B2C_1_signupsignin1/oauth2/v2.0/authorize?",
        "/contoso.onmicrosoft.com/oauth2/v2.0/authorize?p=b2c_1_signupsignin1&",
        "/contoso.onmicrosoft.com/B2C_1_signupsignin1/oauth2/v2.0/authorize?p=b2c_1_signupsignin1&",
        "/contoso.onmicrosoft.com/B2C_1_signupsignin1/oauth2/authorize?",
    ] {
        let mut browser = house.browser();
        let page = browser.get(&format!("{path}{query}")).await;
        let answer = browser.sign_in_at(&page, ANN, &[]).await;
        assert!(!answer.code().is_empty(), "{path}");
    }
    let disagreeing = "/contoso.onmicrosoft.com/B2C_1_signupsignin1/oauth2/v2.0/authorize?p=B2C_1_legacy&";
    let answer = house.browser().get(&format!("{disagreeing}{query}")).await;
    assert_eq!(answer.status, http::StatusCode::NOT_FOUND, "row 117");
}
