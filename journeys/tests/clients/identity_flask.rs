//! PyPI `identity[flask]`, the article's own library, against `dev --tls` posing as contoso.b2clogin.com.

use crate::config::{self, DEMO};
use crate::program::Program;
use tokio::process::Command;
use vestibule_journeys::{Browser, Ground};

/// The two ways to configure the library's tenant.
#[derive(Clone, Copy)]
enum By {
    TenantName,
    Authority,
}

async fn start(by: By) -> (Ground, Program) {
    start_with(by, "", "").await
}

/// Starts with a part of the demo's configuration replaced.
async fn start_with(by: By, piece: &str, by_this: &str) -> (Ground, Program) {
    let port = config::free_port();
    let url = format!("http://localhost:{port}");
    let registered = r#"["http://localhost:5000/getAToken"]"#;
    let config = DEMO.replace(registered, &format!(r#"["http://localhost:5000/getAToken", "{url}/getAToken"]"#));
    assert_ne!(config, DEMO, "the demo registers the article's redirect URI");
    assert!(config.contains(piece), "the demo shows {piece:?}");
    let ground = Ground::posing(&config.replacen(piece, by_this, 1)).await;
    let mut command = Command::new(config::python());
    command
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/clients/identity_flask.py"))
        .envs(ground.python_env())
        .env("PORT", port.to_string())
        .env("SESSION_FOLDER", ground.folder().join("flask"))
        .env("REDIRECT_URI", format!("{url}/getAToken"))
        .env("ENDPOINT", format!("{}/hello", ground.api()))
        .env("SCOPE", "https://contoso.onmicrosoft.com/tasks-api/tasks.read")
        .env("CLIENT_ID", ground.env("CLIENT_ID"))
        .env("CLIENT_SECRET", ground.env("CLIENT_SECRET"));
    match by {
        By::TenantName => command
            .env("B2C_TENANT_NAME", "contoso")
            .env("SIGNUPSIGNIN_USER_FLOW", "B2C_1_signupsignin1")
            .env("EDITPROFILE_USER_FLOW", "B2C_1_profile_editing")
            .env("RESETPASSWORD_USER_FLOW", "B2C_1_reset_password"),
        By::Authority => {
            command.env("AUTHORITY", "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_signupsignin1")
        }
    };
    let app = Program::start(command, url).await;
    (ground, app)
}

/// Goes from the app's first page to the tenant's. With the tenant's name, the library shows its own page in between,
/// with a link to the reset flow. With AUTHORITY it knows only one flow: it redirects at once, has no link to reset or
/// edit, and shows AADB2C90118 like any error.
async fn goes_to_the_tenant(by: By, app: &Program, browser: &Browser) {
    browser.goto(&app.url).await;
    if matches!(by, By::TenantName) {
        assert!(browser.text().await.contains("Reset Password"));
        browser.presses("Sign In").await;
    }
    browser.sees("Forgot your password?").await;
    assert!(browser.url().await.starts_with("https://contoso.b2clogin.com/"), "{}", browser.url().await);
}

async fn ann_signs_in(ground: &Ground, browser: &Browser) {
    let ann = ground.demo_user("ann");
    browser.types("email", &ann.name).await;
    browser.types("password", &ann.password).await;
    browser.presses_id("next").await;
    browser.sees("Ann Example").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_tenant_name_the_whole_article_works() {
    let (ground, app) = start(By::TenantName).await;
    let browser = ground.browser().await;
    goes_to_the_tenant(By::TenantName, &app, &browser).await;
    ann_signs_in(&ground, &browser).await;
    assert!(browser.text().await.contains("B2C_1_signupsignin1"), "the tfp claim");

    browser.presses("Call an API").await;
    browser.sees("tasks.read").await;

    browser.goto(&app.url).await;
    browser.presses("Edit Profile").await;
    browser.types("displayName", "Ann the Second").await;
    browser.presses_id("continue").await;
    // The library never redeems the code of an edit: the old name stays until the next sign-in.
    browser.sees("Ann Example").await;

    browser.presses("Logout").await;
    browser.sees("Sign In").await;
    browser.presses("Reset Password").await;
    browser.finds_id("emailVerificationControl_but_send_code").await;
    assert!(browser.url().await.contains("/b2c_1_reset_password/"), "{}", browser.url().await);
    goes_to_the_tenant(By::TenantName, &app, &browser).await;
    let ann = ground.demo_user("ann");
    browser.types("email", &ann.name).await;
    browser.types("password", &ann.password).await;
    browser.presses_id("next").await;
    browser.sees("Ann the Second").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_authority_the_article_works_as_far_as_the_library_goes() {
    let (ground, app) = start(By::Authority).await;
    let browser = ground.browser().await;
    goes_to_the_tenant(By::Authority, &app, &browser).await;
    ann_signs_in(&ground, &browser).await;
    let page = browser.text().await;
    assert!(page.contains("B2C_1_signupsignin1") && !page.contains("Edit Profile"), "{page}");
    // This scope was not requested at the sign-in, so the library refreshes for it.
    browser.presses("Call an API").await;
    browser.sees("tasks.read").await;
    browser.presses("Logout").await;
    // Back at the app, which redirects to the tenant at once; the tenant asks again.
    browser.sees("Forgot your password?").await;
    ann_signs_in(&ground, &browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_and_a_wrong_password_are_told_as_the_library_expects() {
    cancels_and_mistypes(By::TenantName).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_authority_cancel_and_a_wrong_password_are_told_the_same() {
    cancels_and_mistypes(By::Authority).await;
}

async fn cancels_and_mistypes(by: By) {
    let (ground, app) = start(by).await;
    let browser = ground.browser().await;
    goes_to_the_tenant(by, &app, &browser).await;
    browser.types("email", "ann@contoso.test").await;
    browser.types("password", "Not-the-password-1").await;
    browser.presses_id("next").await;
    browser.sees("Your password is incorrect.").await;
    browser.presses("Sign up now").await;
    browser.presses("Cancel").await;
    browser.sees("AADB2C90091").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_new_signs_up() {
    eve_signs_up(By::TenantName).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_authority_somebody_new_signs_up() {
    eve_signs_up(By::Authority).await;
}

async fn eve_signs_up(by: By) {
    let (ground, app) = start(by).await;
    let browser = ground.browser().await;
    let eve = "eve@example.test";
    goes_to_the_tenant(by, &app, &browser).await;
    browser.presses_id("createAccount").await;
    browser.types("email", eve).await;
    browser.presses_id("emailVerificationControl_but_send_code").await;
    let code = ground.code_for(eve).await;
    browser.types("emailVerificationCode", &code).await;
    browser.presses_id("emailVerificationControl_but_verify_code").await;
    browser.types("newPassword", "Three-quiet-lamps-7").await;
    browser.types("reenterPassword", "Three-quiet-lamps-7").await;
    browser.types("displayName", "Eve Example").await;
    browser.presses_id("continue").await;
    browser.sees("Eve Example").await;
    assert!(browser.text().await.contains("newUser"), "the newUser claim");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_by_the_older_link_leads_to_the_reset_flow() {
    let (ground, app) =
        start_with(By::TenantName, "# self_service_reset = false", "self_service_reset = false  ").await;
    let browser = ground.browser().await;
    let ann = ground.demo_user("ann");
    goes_to_the_tenant(By::TenantName, &app, &browser).await;
    browser.presses_id("forgotPassword").await;
    // The library shows AADB2C90118 for five seconds, and then opens the flow for it, whose page this is.
    browser.types("email", &ann.name).await;
    browser.presses_id("emailVerificationControl_but_send_code").await;
    let code = ground.code_for(&ann.name).await;
    browser.types("emailVerificationCode", &code).await;
    browser.presses_id("emailVerificationControl_but_verify_code").await;
    browser.finds_id("emailVerificationControl_success_message").await;
    browser.presses_id("continue").await;
    browser.types("newPassword", "Four-quiet-lamps-8").await;
    browser.types("reenterPassword", "Four-quiet-lamps-8").await;
    browser.presses_id("continue").await;
    // The library never redeems the code of a reset. The tenant's session, which the reset started, signs the user in.
    browser.presses("Sign In").await;
    browser.sees("Ann Example").await;
    browser.presses("Logout").await;
    browser.presses("Sign In").await;
    browser.types("email", &ann.name).await;
    browser.types("password", "Four-quiet-lamps-8").await;
    browser.presses_id("next").await;
    browser.sees("Ann Example").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_authority_a_forgotten_password_is_an_error_with_b2cs_code_and_no_way_on() {
    let (ground, app) = start_with(By::Authority, "# self_service_reset = false", "self_service_reset = false  ").await;
    let browser = ground.browser().await;
    goes_to_the_tenant(By::Authority, &app, &browser).await;
    browser.presses_id("forgotPassword").await;
    browser.sees("AADB2C90118").await;
    let refresh = browser.runs("return document.querySelector('meta[http-equiv=refresh]') !== null").await;
    assert_eq!(refresh, false, "the library knows no reset flow to go to");
    browser.presses("Homepage").await;
    browser.sees("Forgot your password?").await;
}
