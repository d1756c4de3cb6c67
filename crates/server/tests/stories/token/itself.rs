//! Tokens for applications themselves: client credentials.

use super::ground::{API, DAEMON, Form, NATIVE, ORIGIN, POLICY, START, TENANT, house};
use serde_json::{Value, json};

fn asking(client: &'static str, secret: &'static str) -> Form<'static> {
    let mut form = Form::from([
        ("grant_type", "client_credentials"),
        ("client_id", client),
        ("scope", "https://contoso.onmicrosoft.com/tasks-api/.default"),
    ]);
    if !secret.is_empty() {
        form.insert("client_secret", secret);
    }
    form
}

#[tokio::test]
async fn a_daemon_gets_its_roles_as_scp_and_nothing_else() {
    let house = house().await;
    let reply = house.token(&asking(DAEMON, "daemon-secret")).await.ok();
    let now = START / 1000;
    let claims = house.claims(&reply.member("access_token")).await;
    let expected = json!({
        "ver": "1.0", "iss": format!("{ORIGIN}/{TENANT}/v2.0/"), "aud": API, "sub": DAEMON, "azp": DAEMON, "azpacr": "1",
        "scp": "tasks.sync", "tfp": POLICY, "nbf": now, "iat": now, "exp": now + 3600,
    });
    assert_eq!(Value::Object(claims), expected);
    let answer = reply.json();
    assert_eq!(answer.get("expires_in"), Some(&json!(3600)));
    assert_eq!(answer.get("resource"), Some(&json!(API)));
    for absent in ["id_token", "refresh_token", "profile_info", "client_info"] {
        assert!(answer.get(absent).is_none(), "{absent}");
    }
    assert_eq!(house.audit().await, [("token.clientCredentials".to_owned(), "success".to_owned())]);
}

#[tokio::test]
async fn without_its_secret_it_gets_nothing() {
    let house = house().await;
    for (client, secret, code) in
        [(DAEMON, "", 90079), (DAEMON, "wrong", 90081), (NATIVE, "", 90079), (NATIVE, "any", 90084)]
    {
        assert_eq!(house.token(&asking(client, secret)).await.token_error().0, code, "{client} {secret}");
    }
    let mut elsewhere = asking(DAEMON, "daemon-secret");
    elsewhere.insert("scope", "https://contoso.onmicrosoft.com/notes-api/.default");
    assert_eq!(house.token(&elsewhere).await.token_error().0, 90205);
    elsewhere.remove("scope");
    assert_eq!(house.token(&elsewhere).await.token_error().0, 90010);
}
