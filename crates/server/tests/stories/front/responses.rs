//! Authorization responses by query, fragment and form post, with codes and tokens (docs/b2c.md, "Answers to the
//! application").

use std::collections::BTreeMap;
use vestibule_protocol::digest::sha256_base64url;
use vestibule_protocol::jwt::claims_unverified;
use vestibule_server::oauth::grant::{CodeBody, GrantBody};
use vestibule_testing::{ANN, CALLBACK, CHALLENGE, House, IMPLICIT1, NOW, TENANT, authorize};

const IMPLICIT: &str = "https://implicit.example/cb";

#[tokio::test]
async fn requirement_5_a_code_comes_back_with_what_was_asked_written_down_beside_it() {
    let house = House::dev().await;
    let answer = house.browser().sign_in(&authorize(), ANN).await;
    let carried = answer.carried(CALLBACK, '?');
    assert_eq!(carried.keys().collect::<Vec<_>>(), ["code", "iss", "state"]);
    let hash = sha256_base64url(carried["code"].as_bytes());
    let (code, grant) = house.app.store().code_peek(TENANT, &hash).await.expect("read").expect("stored");
    assert_eq!((code.expires_at, code.used_at), (NOW + 60_000, None));
    let body: CodeBody = serde_json::from_str(&code.body).expect("a body");
    assert_eq!(body.redirect_uri, CALLBACK);
    assert_eq!(body.challenge.map(|(_, challenge)| challenge).as_deref(), Some(CHALLENGE));
    let body: GrantBody = serde_json::from_str(&grant.body).expect("a body");
    assert_eq!(
        (body.nonce.as_deref(), body.auth_time, body.policy.as_str()),
        (Some("a-nonce"), NOW / 1000, "B2C_1_signupsignin1")
    );
    assert_eq!(body.origin, "http://localhost:8400");
    assert!(body.issued.interactive);
    let audit = house.app.store().list_audit(TENANT, Some(&grant.object_id), None, 10).await.expect("an audit");
    assert!(audit.iter().any(|entry| entry.event == "user.signIn" && entry.outcome == "success"));
}

#[tokio::test]
async fn each_response_mode_carries_the_same() {
    let house = House::dev().await;
    let fragment = house.browser().sign_in(&authorize().with("response_mode", "fragment"), ANN).await;
    assert!(fragment.carried(CALLBACK, '#').contains_key("code"));
    let posted = house.browser().sign_in(&authorize().with("response_mode", "form_post"), ANN).await;
    let code = regex_value(&posted.text, "code");
    let text = posted.text.replace(&code, "CODE");
    let nonce = text.split("nonce=\"").nth(1).and_then(|t| t.split('"').next()).expect("a nonce").to_owned();
    assert!(posted.header("content-security-policy").expect("a policy").contains(&format!("'nonce-{nonce}'")));
    let filters = vec![(r"\?v=[0-9a-f]+", "?v=HASH")];
    insta::with_settings!({ snapshot_path => "snapshots", prepend_module_to_snapshot => false, filters => filters }, {
        insta::assert_snapshot!("form-post", text.replace(&nonce, "NONCE"));
    });
    let refused =
        house.browser().get(&authorize().with("response_mode", "form_post").with("prompt", "none").path()).await;
    assert_eq!(regex_value(&refused.text, "error"), "interaction_required");
    assert_eq!(regex_value(&refused.text, "state"), "a-state");
}

/// The value of a hidden input.
fn regex_value(text: &str, name: &str) -> String {
    let rest = text.split(&format!("name='{name}' value='")).nth(1).unwrap_or_else(|| panic!("{name}: {text}"));
    rest.split('\'').next().expect("a value").to_owned()
}

#[tokio::test]
async fn tokens_come_in_the_fragment_bound_to_each_other() {
    let house = House::dev().await;
    let request = authorize()
        .with("client_id", IMPLICIT1)
        .with("redirect_uri", IMPLICIT)
        .with("scope", "openid https://contoso.onmicrosoft.com/tasks-api/tasks.read")
        .with("response_type", "code id_token token");
    let carried = house.browser().sign_in(&request, ANN).await.carried(IMPLICIT, '#');
    let keys: Vec<&String> = carried.keys().collect();
    assert_eq!(keys, ["access_token", "code", "expires_in", "id_token", "iss", "scope", "state", "token_type"]);
    let id = claims_unverified(&carried["id_token"]).expect("a token");
    assert_eq!(id["c_hash"], vestibule_protocol::digest::half_hash(&carried["code"]));
    assert_eq!(id["at_hash"], vestibule_protocol::digest::half_hash(&carried["access_token"]));
    assert_eq!((id["nonce"].as_str(), id["iss"].as_str()), (Some("a-nonce"), Some(carried["iss"].as_str())));
    let access = claims_unverified(&carried["access_token"]).expect("a token");
    assert_eq!(access["scp"], "tasks.read");
    let only: BTreeMap<String, String> =
        house.browser().sign_in(&request.with("response_type", "id_token"), ANN).await.carried(IMPLICIT, '#');
    assert_eq!(only.keys().collect::<Vec<_>>(), ["id_token", "iss", "state"]);
}
