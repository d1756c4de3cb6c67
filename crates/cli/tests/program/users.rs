//! `vestibule user`, while `dev` is running.

use crate::run::{Program, says};
use serde_json::Value;

const DEMO: &str = include_str!("../../demo/vestibule.toml");
const APPLICATION: &str = "0d6a8f1e-93b2-4c57-8e40-5f1b7c2d9a63";
/// A flow and an application with which users sign in by password alone.
const OWNER: &str = r#"
[[tenant.flow]]
name = "B2C_1_ropc"
type = "resource-owner"
claims = ["displayName", "objectId"]

[[tenant.application]]
name = "native1"
client_id = "0d6a8f1e-93b2-4c57-8e40-5f1b7c2d9a63"
redirect_uris.public_client = ["http://127.0.0.1/"]
allow_public_client_flows = true
"#;

/// The answer of the token endpoint.
async fn token(ready: &Value, fields: &[(&str, &str)]) -> Value {
    let tenant = ready["tenant"].as_str().expect("an address");
    let url = format!("{tenant}/contoso.onmicrosoft.com/B2C_1_ropc/oauth2/v2.0/token");
    let fields = [&[("client_id", APPLICATION), ("scope", "openid offline_access")], fields].concat();
    let answer = reqwest::Client::new().post(url).form(&fields).send().await.expect("an answer");
    answer.json().await.expect("JSON")
}

fn refresh_token(answer: &Value) -> String {
    answer["refresh_token"].as_str().unwrap_or_else(|| panic!("a refresh token: {answer}")).to_owned()
}

#[tokio::test]
async fn the_sessions_of_one_user_or_of_everybody_end_under_a_running_server() {
    let data = tempfile::tempdir().expect("a folder");
    let config = data.path().join("vestibule.toml");
    std::fs::write(&config, format!("{DEMO}{OWNER}")).expect("written");
    let folder = data.path().join("data");
    let folder = folder.to_str().expect("text");
    let (_program, ready) = Program::dev(folder.as_ref(), &["--config", config.to_str().expect("text")]);
    let mut held = Vec::new();
    for (name, password) in [("ann@contoso.test", "Ann-likes-tea-1"), ("bob@contoso.test", "Bob-likes-rain-2")] {
        let fields = [("grant_type", "password"), ("username", name), ("password", password)];
        held.push(refresh_token(&token(&ready, &fields).await));
    }
    let refresh = async |held: &str| token(&ready, &[("grant_type", "refresh_token"), ("refresh_token", held)]).await;
    let said = says(&["user", "sign-out", "ann@contoso.test", "--data", folder]);
    assert_eq!(said.trim(), "ann@contoso.test: every session and refresh token has ended.");
    assert_eq!(refresh(&held[0]).await["error"], "invalid_grant");
    let bobs = refresh_token(&refresh(&held[1]).await);
    let said = says(&["user", "sign-out", "--everybody", "--data", folder]);
    assert_eq!(said.trim(), "3 users: every session and refresh token has ended.");
    assert_eq!(refresh(&bobs).await["error"], "invalid_grant");
}
