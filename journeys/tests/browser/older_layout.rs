//! UI tests written for the older way to verify an address (`Verified.Email`): its element ids, on the starter pack's
//! policies, and nothing else.

use serde_json::Value;
use vestibule_journeys::{Browser, Ground, starter_pack};

const EVE: &str = "eve@example.test";
/// The pack requires 8 to 16 characters.
const PASSWORD: &str = "Quiet-lamps-7";
const CHANGED: &str = "Other-lamps-8";
const APPLICATION: &str = "0d6a8f1e-93b2-4c57-8e40-5f1b7c2d9a63";
/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The demo with a folder of policies, and an application whose redirect URI is the web app's home page, which ignores
/// the response.
async fn ground() -> Option<Ground> {
    let demo = include_str!("../../../crates/cli/demo/vestibule.toml");
    let text = demo.replace("# policies = ", "policies = ");
    assert_ne!(text, demo);
    let application = format!(
        "\n[[tenant.application]]\nname = \"native1\"\nclient_id = \"{APPLICATION}\"\n\
         redirect_uris.public_client = [\"http://127.0.0.1/\"]\n"
    );
    Some(Ground::with_policies(&format!("{text}{application}"), &starter_pack()?).await)
}

/// The redirect URI.
fn callback(ground: &Ground) -> String {
    format!("{}/", ground.web().replace("localhost", "127.0.0.1"))
}

async fn opens(ground: &Ground, browser: &Browser, policy: &str) {
    let mut url: url::Url = format!("{}/contoso.onmicrosoft.com/{policy}/oauth2/v2.0/authorize", ground.tenant())
        .parse()
        .expect("an address");
    url.query_pairs_mut().extend_pairs([
        ("client_id", APPLICATION),
        ("response_type", "code"),
        ("redirect_uri", &callback(ground)),
        ("scope", "openid"),
        ("nonce", "a-nonce"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    browser.goto(url.as_str()).await;
}

/// Waits for the response, and returns the claims of its ID token.
async fn is_home(ground: &Ground, browser: &Browser, policy: &str) -> Value {
    browser.sees("You are not signed in.").await;
    let url: url::Url = browser.url().await.parse().expect("an address");
    let code = url.query_pairs().find(|(name, _)| name == "code").unwrap_or_else(|| panic!("a code: {url}")).1;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", APPLICATION),
        ("code", &code),
        ("code_verifier", VERIFIER),
        ("redirect_uri", &callback(ground)),
    ];
    let url = format!("{}/contoso.onmicrosoft.com/{policy}/oauth2/v2.0/token", ground.tenant());
    let answer = reqwest::Client::new().post(url).form(&form).send().await.expect("an answer");
    let tokens: Value = answer.json().await.expect("JSON");
    let token = tokens["id_token"].as_str().unwrap_or_else(|| panic!("an ID token: {tokens}"));
    vestibule_protocol::jwt::claims_unverified(token).map(Value::Object).expect("a token")
}

/// Verifies with the element ids of `Verified.Email`: a wrong code, a new one, another address.
async fn verifies(ground: &Ground, browser: &Browser) {
    browser.types("email", EVE).await;
    browser.presses_id("email_ver_but_send").await;
    let first = ground.code_for(EVE).await;
    browser.finds_id("email_info").await;
    browser.types("email_ver_input", if first == "000000" { "000001" } else { "000000" }).await;
    browser.presses_id("email_ver_but_verify").await;
    browser.finds_id("email_fail_retry").await;
    browser.presses_id("email_ver_but_resend").await;
    let code = ground.code_for(EVE).await;
    browser.types("email_ver_input", &code).await;
    browser.presses_id("email_ver_but_verify").await;
    browser.finds_id("email_success").await;
    browser.finds_id("email_ver_but_edit").await;
}

async fn chooses(browser: &Browser, password: &str) {
    browser.types("newPassword", password).await;
    browser.types("reenterPassword", password).await;
}

/// Eve signs up; returns the claims that the application gets.
async fn signs_up(ground: &Ground, browser: &Browser) -> Value {
    opens(ground, browser, "B2C_1A_signup_signin").await;
    browser.presses_id("createAccount").await;
    browser.finds_id("email_intro").await;
    verifies(ground, browser).await;
    chooses(browser, PASSWORD).await;
    browser.types("displayName", "Eve Example").await;
    browser.types("givenName", "Eve").await;
    browser.types("surname", "Example").await;
    browser.takes_picture("older-layout").await;
    browser.presses_id("continue").await;
    is_home(ground, browser, "B2C_1A_signup_signin").await
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_up_sign_in_edit_and_reset_by_the_older_ids_alone() {
    let Some(ground) = ground().await else { return };
    let browser = ground.browser().await;
    let made = signs_up(&ground, &browser).await;
    assert_eq!(made["name"], "Eve Example");

    opens(&ground, &browser, "B2C_1A_ProfileEdit").await;
    browser.types("givenName", "Eva").await;
    browser.presses_id("continue").await;
    assert_eq!(is_home(&ground, &browser, "B2C_1A_ProfileEdit").await["sub"], made["sub"]);

    let browser = ground.browser().await;
    opens(&ground, &browser, "B2C_1A_PasswordReset").await;
    verifies(&ground, &browser).await;
    browser.presses_id("continue").await;
    chooses(&browser, CHANGED).await;
    browser.presses_id("continue").await;
    assert_eq!(is_home(&ground, &browser, "B2C_1A_PasswordReset").await["sub"], made["sub"]);

    let browser = ground.browser().await;
    opens(&ground, &browser, "B2C_1A_signup_signin").await;
    for password in [PASSWORD, CHANGED] {
        browser.types("signInName", EVE).await;
        browser.types("password", password).await;
        browser.presses_id("next").await;
        if password == PASSWORD {
            browser.sees("Your password is incorrect").await;
        }
    }
    let claims = is_home(&ground, &browser, "B2C_1A_signup_signin").await;
    assert_eq!((&claims["sub"], claims["given_name"].as_str()), (&made["sub"], Some("Eva")));
}
