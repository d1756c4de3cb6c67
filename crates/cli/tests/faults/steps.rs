//! Steps of users and applications that many tests share.

use crate::server::{CALLBACK, CLIENT, SECRET};
use vestibule_testing::mail_server::MailServer;
use vestibule_testing::{Answer, Browser, Disconnected, encode};

/// The result of a step, unless the connection broke.
pub(crate) type Got<T> = Result<T, Disconnected>;

/// A password that the strong rule accepts.
pub(crate) const PASSWORD: &str = "Three-quiet-lamps-7";
const FLOW: &str = "/contoso.onmicrosoft.com/B2C_1_in";

/// The application redirects the browser; returns the first response.
pub(crate) async fn opens(browser: &mut Browser, prompt: &str) -> Got<Answer> {
    let fields = [
        ("client_id", CLIENT),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid offline_access"),
        ("state", "a-state"),
        ("nonce", "a-nonce"),
        ("prompt", prompt),
    ];
    let query = encode(fields.iter().filter(|(_, value)| !value.is_empty()));
    browser.try_get(&format!("{FLOW}/oauth2/v2.0/authorize?{query}")).await
}

/// Signs in; returns a redirect with a code, or the page again.
pub(crate) async fn signs_in(browser: &mut Browser, address: &str, password: &str) -> Got<Answer> {
    let page = opens(browser, "login").await?;
    browser.try_submit(&page, &[("email", address), ("password", password)]).await
}

/// Returns true if the browser's session signs it in without a page.
pub(crate) async fn is_signed_in(browser: &mut Browser) -> Got<bool> {
    let answer = opens(browser, "none").await?;
    assert!(answer.status == 302, "{answer:?}");
    Ok(answer.parameter(CALLBACK, "code").is_some())
}

/// Requests a code by mail on this page; returns the next page.
pub(crate) async fn asks_for_a_code(browser: &mut Browser, page: &Answer, address: &str) -> Got<Answer> {
    let send = format!("{}:SendCode", page.attribute("data-control"));
    browser.try_submit(page, &[("control_action", &send), (&page.attribute("data-address"), address)]).await
}

/// Verifies the address; returns the next page, or `None` if no mail came or the code was rejected.
pub(crate) async fn verifies(
    browser: &mut Browser,
    mail: &MailServer,
    page: &Answer,
    address: &str,
) -> Got<Option<Answer>> {
    mail.forget(address);
    let mut page = asks_for_a_code(browser, page, address).await?;
    // Mail is sent at least once: a mail from before a crash may arrive in between, with an invalid code.
    for _ in 0..3 {
        let Some(code) = mail.code_for(address).await else { return Ok(None) };
        let check = format!("{}:VerifyCode", page.attribute("data-control"));
        let (email, field) = (page.attribute("data-address"), page.attribute("data-code"));
        page = browser.try_submit(&page, &[("control_action", &check), (&email, address), (&field, &code)]).await?;
        if page.text.contains("data-state=\"verified\"") {
            return Ok(Some(page));
        }
    }
    Ok(None)
}

/// Goes to the sign-up form.
pub(crate) async fn goes_to_sign_up(browser: &mut Browser) -> Got<Answer> {
    let page = opens(browser, "login").await?;
    browser.try_press(&page, "unified", &[("local", "signup")]).await
}

/// Submits the sign-up form with a verified address.
pub(crate) async fn signs_up_on(browser: &mut Browser, form: &Answer, address: &str, password: &str) -> Got<Answer> {
    let fields =
        [("email", address), ("newPassword", password), ("reenterPassword", password), ("displayName", "Somebody")];
    browser.try_submit(form, &fields).await
}

/// Forgotten password: goes to the page for a new one.
pub(crate) async fn goes_to_reset(browser: &mut Browser, mail: &MailServer, address: &str) -> Got<Option<Answer>> {
    let page = opens(browser, "login").await?;
    let exchange = page.settings()["config"]["forgotPasswordLinkOverride"].as_str().expect("an exchange").to_owned();
    let form = browser.try_press(&page, "unified", &[("claimsexchange", &exchange)]).await?;
    let Some(form) = verifies(browser, mail, &form, address).await? else { return Ok(None) };
    browser.try_submit(&form, &[("email", address)]).await.map(Some)
}

/// Submits the new password.
pub(crate) async fn resets_on(browser: &mut Browser, form: &Answer, password: &str) -> Got<Answer> {
    browser.try_submit(form, &[("newPassword", password), ("reenterPassword", password)]).await
}

/// The application signs the user out; returns the redirect back to it.
pub(crate) async fn signs_out(browser: &mut Browser) -> Got<Answer> {
    let fields = [("client_id", CLIENT), ("post_logout_redirect_uri", CALLBACK)];
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    browser.try_get(&format!("{FLOW}/oauth2/v2.0/logout?{query}")).await
}

/// The application redeems a code.
pub(crate) async fn redeems(browser: &mut Browser, code: &str) -> Got<Answer> {
    token(browser, &[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)]).await
}

/// The application refreshes.
pub(crate) async fn refreshes(browser: &mut Browser, token_: &str) -> Got<Answer> {
    token(browser, &[("grant_type", "refresh_token"), ("refresh_token", token_)]).await
}

async fn token(browser: &mut Browser, fields: &[(&str, &str)]) -> Got<Answer> {
    let mut all = vec![("client_id", CLIENT), ("client_secret", SECRET), ("scope", "openid offline_access")];
    all.extend_from_slice(fields);
    browser.try_call(&format!("{FLOW}/oauth2/v2.0/token"), &all).await
}
