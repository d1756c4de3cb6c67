//! Rows 20 and 51, requirement 14: the OpenID Foundation's modules for logout started by the application
//! (`oidcc-rp-initiated-logout…`), with a strict application.

use super::ground::{STRICT, is_signed_in, logout, strict_tokens};
use http::StatusCode;
use vestibule_testing::{Answer, Browser, House, STRICT1, authorize};

async fn signed_in(house: &House) -> (Browser, String) {
    let mut browser = house.browser();
    let hint = strict_tokens(house, &mut browser).await.member("id_token");
    (browser, hint)
}

fn asks(answer: &Answer) -> bool {
    answer.status == StatusCode::OK && answer.location().is_none() && answer.text.contains("id=\"signOut\"")
}

/// Presses the confirmation button.
async fn confirm(browser: &mut Browser, question: &Answer, fields: &[(&str, &str)]) -> Answer {
    let csrf = question.text.split("name=\"csrf_token\" value=\"").nth(1).and_then(|t| t.split('"').next());
    let mut all = fields.to_vec();
    all.push(("csrf_token", csrf.expect("a value")));
    browser.post(&logout(&[]), &all).await
}

#[tokio::test]
async fn oidcc_rp_initiated_logout() {
    let house = House::dev().await;
    let (mut browser, hint) = signed_in(&house).await;
    let fields = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", STRICT), ("state", "a b&c")];
    let answer = browser.get(&logout(&fields)).await;
    assert_eq!(answer.carried(STRICT, '?')["state"], "a b&c");
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_state() {
    let house = House::dev().await;
    let (mut browser, hint) = signed_in(&house).await;
    let fields = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", STRICT)];
    assert_eq!(browser.get(&logout(&fields)).await.location().as_deref(), Some(STRICT));
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_by_post() {
    let house = House::dev().await;
    let (mut browser, hint) = signed_in(&house).await;
    let fields = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", STRICT)];
    let answer = browser.post(&logout(&[]), &fields).await;
    assert_eq!((answer.status, answer.location().as_deref()), (StatusCode::SEE_OTHER, Some(STRICT)));
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_params_and_only_state() {
    let house = House::dev().await;
    for fields in [vec![], vec![("state", "x")]] {
        let (mut browser, _) = signed_in(&house).await;
        let question = browser.get(&logout(&fields)).await;
        assert!(asks(&question), "row 51: {}", question.text);
        assert!(is_signed_in(&mut browser).await);
        let answer = confirm(&mut browser, &question, &fields).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::OK, None), "there is nowhere to go");
        assert!(!is_signed_in(&mut browser).await);
    }
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_no_post_logout_redirect_uri() {
    let house = House::dev().await;
    let (mut browser, hint) = signed_in(&house).await;
    let answer = browser.get(&logout(&[("id_token_hint", &hint), ("state", "x")])).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::OK, None));
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_without_a_hint_asks_also_where_the_client_is_named() {
    let house = House::dev().await;
    let (mut browser, _) = signed_in(&house).await;
    let fields = [("client_id", STRICT1), ("post_logout_redirect_uri", STRICT), ("state", "x")];
    let question = browser.get(&logout(&fields)).await;
    assert!(asks(&question), "{}", question.text);
    assert!(is_signed_in(&mut browser).await);
    assert_eq!(confirm(&mut browser, &question, &fields).await.carried(STRICT, '?')["state"], "x");
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri_and_query_added() {
    let house = House::dev().await;
    let (mut browser, hint) = signed_in(&house).await;
    let added = format!("{STRICT}?foo=bar");
    for uri in ["https://evil.example/", "https://strict.example/", "https://strict.example/other", &added] {
        for named in [vec![("id_token_hint", hint.as_str())], vec![("client_id", STRICT1)]] {
            let mut fields = named;
            fields.push(("post_logout_redirect_uri", uri));
            let answer = browser.get(&logout(&fields)).await;
            assert_eq!((answer.status, answer.location()), (StatusCode::BAD_REQUEST, None), "{uri}");
            assert!(is_signed_in(&mut browser).await, "{uri}");
        }
        // The request names no application: for a strict application, the origin alone is not sufficient.
        let fields = [("post_logout_redirect_uri", uri)];
        let question = browser.get(&logout(&fields)).await;
        assert!(asks(&question), "{uri}: {}", question.text);
        let answer = confirm(&mut browser.clone(), &question, &fields).await;
        assert_eq!(answer.location(), None, "{uri}");
        browser = signed_in(&house).await.0;
    }
}

#[tokio::test]
async fn oidcc_rp_initiated_logout_bad_and_modified_and_no_id_token_hint() {
    let house = House::dev().await;
    let (mut browser, hint) = signed_in(&house).await;
    let mut modified = hint.clone();
    modified.replace_range(hint.len() - 6..hint.len() - 2, "AAAA");
    for bad in ["bad", modified.as_str(), ""] {
        let fields = [("id_token_hint", bad), ("post_logout_redirect_uri", STRICT)];
        let question = browser.get(&logout(&fields)).await;
        assert!(asks(&question), "{bad}: {}", question.text);
        assert!(is_signed_in(&mut browser).await, "{bad}");
    }
}

#[tokio::test]
async fn row_59_a_session_is_dead_at_the_tenant_whoever_holds_its_cookie() {
    let house = House::dev().await;
    let (mut browser, hint) = signed_in(&house).await;
    let mut thief = browser.clone();
    assert!(is_signed_in(&mut thief).await);
    browser.get(&logout(&[("id_token_hint", &hint)])).await;
    assert!(!is_signed_in(&mut thief).await);
    assert!(thief.get(&authorize().path()).await.is_page("Unified"));
}
