//! Every error of the token endpoint: status, OAuth error, code, text.

use super::ground::{Form, POLICY, WEB, house};
use http::{Method, StatusCode};
use vestibule_protocol::error::Failure;

const URL: &str = "/contoso.onmicrosoft.com/B2C_1_signupsignin1/oauth2/v2.0/token";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[tokio::test]
async fn requirement_13_an_error_is_json_with_b2cs_three_lines() {
    let house = house().await;
    let reply = house.token(&Form::from([("grant_type", "device_code"), ("client_id", WEB)])).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let description = reply.member("error_description");
    let lines: Vec<&str> = description.split("\r\n").collect();
    assert_eq!(lines[0], "AADB2C90086: The supplied grant_type [device_code] is not supported.");
    assert!(lines[1].starts_with("Correlation ID: ") && lines[1].len() == 52, "{description}");
    assert_eq!(lines[2], "Timestamp: 2026-09-21 14:13:20Z");
    assert_eq!((lines[3], lines.len()), ("", 4));
    assert_eq!(reply.json().as_object().map(serde_json::Map::len), Some(2));
}

#[tokio::test]
async fn requirement_13_requests_that_are_no_form_posts_are_refused() {
    let house = house().await;
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let reply = house.send(method, URL, &[], "").await;
        assert_eq!(
            (reply.status, reply.token_error()),
            (StatusCode::BAD_REQUEST, (90226, "invalid_request".to_owned()))
        );
        assert_eq!(reply.header("allow"), Some("POST, OPTIONS"));
    }
    let json = house.send(Method::POST, URL, &[("content-type", "application/json")], "{}").await;
    assert_eq!(json.token_error(), (90122, "invalid_request".to_owned()));
    // The query is ignored: secrets do not belong there.
    let query = house.send(Method::POST, &format!("{URL}?grant_type=client_credentials"), &[FORM], "").await;
    assert_eq!(query.token_error(), (90083, "invalid_request".to_owned()));
    assert!(query.text.contains("grant_type"));
}

#[tokio::test]
async fn row_21_a_parameter_sent_twice_is_an_error_and_unknown_ones_are_ignored() {
    let house = house().await;
    for name in ["client_id", "code", "grant_type", "redirect_uri", "scope", "code_verifier", "refresh_token"] {
        let body = format!("grant_type=authorization_code&client_id={WEB}&{name}=a&{name}=b");
        let reply = house.send(Method::POST, URL, &[FORM], &body).await;
        assert_eq!(reply.token_error(), (90122, "invalid_request".to_owned()), "{name}");
    }
    let body = "grant_type=nonsense&x-client-SKU=a&x-client-SKU=b&claims=%7B%7D";
    let reply = house.send(Method::POST, &format!("{URL}?client-request-id=1"), &[FORM], body).await;
    assert_eq!(reply.token_error().0, 90086);
}

#[tokio::test]
async fn missing_parameters_are_named() {
    let house = house().await;
    for (grant_type, missing) in [("authorization_code", "code"), ("refresh_token", "refresh_token")] {
        let form =
            Form::from([("grant_type", grant_type), ("client_id", WEB), ("client_secret", super::ground::SECRET)]);
        let reply = house.token(&form).await;
        assert_eq!(reply.token_error(), (90083, "invalid_request".to_owned()));
        let text = reply.member("error_description");
        assert!(text.contains(&format!("required parameter: {missing}.")), "{text}");
    }
}

#[tokio::test]
async fn hostile_bytes_are_client_errors() {
    let house = house().await;
    let long = format!("grant_type=refresh_token&client_id={WEB}&refresh_token={}", "a".repeat(60_000));
    for body in
        ["grant_type=%00", "grant_type=%ff", "grant_type", "&&&=&", long.as_str(), "scope=%22&grant_type=password"]
    {
        let reply = house.send(Method::POST, URL, &[FORM], body).await;
        assert!(reply.status.is_client_error(), "{body}: {reply:?}");
    }
    let other = [
        ("grant_type", "client_credentials"),
        ("client_id", super::ground::DAEMON),
        ("client_secret", "daemon-secret"),
        ("scope", "a\"b"),
    ];
    assert_eq!(
        house.token_at(POLICY, &Form::from(other), &[]).await.token_error(),
        (99005, "invalid_scope".to_owned())
    );
}

#[test]
fn the_sentences_are_b2cs() {
    for (failure, text) in [
        (
            Failure::secret_missing(),
            "AADB2C90079: Clients must send a client_secret when redeeming a confidential grant.",
        ),
        (
            Failure::grant_expired(),
            "AADB2C90080: The provided grant has expired. Please re-authenticate and try again.",
        ),
        (
            Failure::secret_unexpected(),
            "AADB2C90084: Public clients should not send a client_secret when redeeming a publicly acquired grant.",
        ),
        (
            Failure::grant_of_other_policy("B2C_1_a", "B2C_1_b"),
            "AADB2C90088: The provided grant has not been issued for this endpoint. Actual Value : B2C_1_a and Expected \
             Value : B2C_1_b",
        ),
        (
            Failure::grant_account_gone(),
            "AADB2C90128: The account associated with this grant no longer exists. Please re-authenticate and try again.",
        ),
        (
            Failure::grant_revoked(),
            "AADB2C90129: The provided grant has been revoked. Please re-authenticate and try again.",
        ),
        (Failure::verifier_wrong(), "AADB2C90183: The supplied code_verifier is invalid."),
        (Failure::password_grant_wrong(), "AADB2C90225: The username or password provided in the request are invalid."),
        (Failure::post_only(), "AADB2C90226: The specified token exchange is only supported over HTTP POST."),
        (
            Failure::grant_of_other_client(),
            "AADB2C90279: The provided client id does not match the client id that issued the grant.",
        ),
    ] {
        let description = failure.description("id", 0);
        assert_eq!(description.split("\r\n").next(), Some(text));
    }
}
