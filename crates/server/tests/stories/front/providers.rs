//! A sign-in that redirects to a provider's site and back.

use super::hub::{CHOSEN, RETURN, Visitor, With, house, house_with, leave, leave_by, straight};
use super::whole::json;
use http::{Method, StatusCode};
use vestibule_protocol::jwt::claims_unverified;
use vestibule_testing::{Answer, CALLBACK, MINUTE, VERIFIER, WEBAPP1, authorize};

/// Returns true if this is the error page with this message, and contains nothing of the request.
fn is_error(answer: &Answer, code: &str, sentence: &str, visitor: &Visitor) -> bool {
    answer.status == StatusCode::BAD_REQUEST
        && answer.text.contains(code)
        && answer.text.contains(sentence)
        && !answer.text.contains(&visitor.state)
        && answer.text.contains("start again there")
}

#[tokio::test]
async fn the_claims_of_a_provider_reach_the_application_in_a_token() {
    let house = house().await;
    let code = leave(house.browser()).await.back().await.code();
    let secret = house.secret(WEBAPP1);
    let fields = [
        ("client_id", WEBAPP1),
        ("client_secret", secret.as_str()),
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
        ("redirect_uri", CALLBACK),
    ];
    let got = json(&house.token_at("b2c_1a_social", &fields, &[]).await);
    let claims = claims_unverified(got["id_token"].as_str().expect("a token")).expect("a token");
    assert_eq!((claims["sub"].as_str(), claims["name"].as_str()), (Some("42"), Some("Ada")));
}

#[tokio::test]
async fn the_way_there_carries_no_referrer_and_sets_a_cookie_for_the_way_back() {
    let house = house().await;
    let mut browser = house.secure_browser();
    let answer = browser.get(&straight().path()).await;
    assert_eq!(
        (answer.header("referrer-policy"), answer.header("cache-control")),
        (Some("no-referrer"), Some("no-store"))
    );
    let line = browser.set_cookies.iter().find(|line| line.contains("vestibule-return")).expect("a cookie");
    assert!(line.starts_with("__Host-vestibule-return-"), "{line}");
    for word in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age=600"] {
        assert!(line.contains(word), "{word}: {line}");
    }
    let visitor = Visitor::at(browser, &answer.location().expect("an address"));
    assert_eq!(visitor.redirect_uri, format!("https://login.contoso.test{RETURN}"));
}

#[tokio::test]
async fn the_return_address_names_the_policy_where_the_profile_wants_it() {
    let replaced = (r#"RedirectUri">false"#, r#"RedirectUri">true"#);
    let house = house_with(With { replaced, ..With::default() }).await;
    let mut visitor = leave(house.browser()).await;
    let address = "/contoso.onmicrosoft.com/b2c_1a_social/oauth2/authresp";
    assert_eq!(visitor.redirect_uri, format!("http://localhost:8400{address}"));
    let other = visitor.path().replace(RETURN, &address.replace("social", "chosen"));
    assert!(is_error(&visitor.browser.clone().get(&other).await, "AADB2C90046", "another address", &visitor));
    let back = visitor.path().replace(RETURN, address);
    assert!(!visitor.browser.get(&back).await.code().is_empty());
}

#[tokio::test]
async fn a_form_leads_to_a_page_with_a_link_and_a_script_straight_on() {
    let house = house().await;
    let request = authorize().at(CHOSEN);
    let mut browser = house.browser();
    let page = browser.get(&request.path()).await;
    let mut scripted = browser.clone();
    let between = browser.press(&page, "unified", &[("claimsexchange", "Hub"), ("by_form", "true")]).await;
    assert!(between.status == StatusCode::OK && between.text.contains("Continue to Hub"), "{}", between.text);
    assert!(between.text.contains("rel=\"noreferrer\"") && between.header("referrer-policy") == Some("same-origin"));
    let link = between.text.split("id=\"continue\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
    let link = link.expect("a link").replace("&amp;", "&");
    // The page is still open; a script that presses again is redirected to the same place.
    let straight_on = scripted.press(&page, "unified", &[("claimsexchange", "Hub")]).await;
    assert_eq!(straight_on.location().as_deref(), Some(link.as_str()));
    assert!(!Visitor::at(browser, &link).back().await.code().is_empty());
}

#[tokio::test]
async fn a_silent_request_never_leaves() {
    let house = house().await;
    let answer = house.browser().get(&straight().with("prompt", "none").path()).await;
    assert_eq!(answer.error(), ("interaction_required".to_owned(), "90077".to_owned()));
}

#[tokio::test]
async fn a_return_by_post_from_the_providers_site_comes_again_as_a_get() {
    let house = house().await;
    let mut visitor = leave(house.browser()).await;
    let answer = visitor.post_back().await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let again = answer.location().expect("an address");
    assert!(again.starts_with(RETURN) && !again.contains("code="), "{again}");
    assert!(!visitor.browser.get(&again).await.code().is_empty());
    let twice = visitor.post_back().await;
    assert!(is_error(&twice, "AADB2C90046", "was used already", &visitor), "{}", twice.text);
}

#[tokio::test]
async fn an_answer_that_was_posted_by_another_browser_is_of_no_use_to_it() {
    let house = house().await;
    let mut visitor = leave(house.browser()).await;
    let again = visitor.post_back().await.location().expect("an address");
    let answer = house.browser().get(&again).await;
    assert!(is_error(&answer, "AADB2C90211", "another browser", &visitor), "{}", answer.text);
}

#[tokio::test]
async fn a_wrong_secret_ends_at_the_application() {
    let house = house_with(With { secret: Some("wrong"), ..With::default() }).await;
    let answer = leave(house.browser()).await.back().await;
    assert_eq!(answer.error(), ("server_error".to_owned(), "90289".to_owned()));
}

#[tokio::test]
async fn a_missing_key_container_ends_at_the_application() {
    let house = house_with(With { secret: None, ..With::default() }).await;
    let answer = leave(house.browser()).await.back().await;
    assert_eq!(answer.error(), ("server_error".to_owned(), "90025".to_owned()));
}

#[tokio::test]
async fn a_private_address_that_nobody_allowed_is_not_called() {
    let hub = ("http://hub.test/token", "https://127.0.0.1/token");
    let house = house_with(With { mapped: false, replaced: hub, ..With::default() }).await;
    let answer = leave(house.browser()).await.back().await;
    assert_eq!(answer.error(), ("server_error".to_owned(), "90289".to_owned()));
}

#[tokio::test]
async fn who_cancels_at_the_provider_is_told_to_the_application() {
    let house = house().await;
    let mut visitor = leave(house.browser()).await;
    let path = format!("{RETURN}?state={}&error=access_denied&error_description=No%0D%0Athanks", visitor.state);
    let answer = visitor.browser.get(&path).await;
    assert_eq!(answer.error(), ("access_denied".to_owned(), "90273".to_owned()));
}

#[tokio::test]
async fn a_state_that_nobody_sent_is_an_error_page() {
    let house = house().await;
    let mut visitor = leave(house.browser()).await;
    for query in ["", "state=", "state=another&code=1", "code=1", &format!("state={}", "x".repeat(5000))] {
        let answer = visitor.browser.get(&format!("{RETURN}?{query}")).await;
        assert!(is_error(&answer, "AADB2C90046", "No sign-in here waits", &visitor), "{}", answer.text);
    }
    let twice = format!("{}&code=2", visitor.path());
    assert!(is_error(&visitor.browser.get(&twice).await, "AADB2C90122", "more than once", &visitor));
    assert!(!visitor.back().await.code().is_empty(), "the right one still counts");
}

#[tokio::test]
async fn another_browser_cannot_use_the_return_and_this_one_still_can() {
    let house = house().await;
    let mut visitor = leave(house.browser()).await;
    let mut other = leave(house.browser()).await;
    // Not even with B2C's own cookie, which a sibling host can plant.
    let planted = |(name, value): (&String, &String)| name.starts_with("x-ms-").then(|| (name.clone(), value.clone()));
    other.browser.cookies.extend(visitor.browser.cookies.iter().filter_map(planted));
    let answer = other.browser.get(&visitor.path()).await;
    assert!(is_error(&answer, "AADB2C90211", "another browser", &visitor), "{}", answer.text);
    assert!(!visitor.back().await.code().is_empty());
}

#[tokio::test]
async fn a_return_counts_once_and_its_cookie_goes() {
    let house = house().await;
    let mut visitor = leave(house.browser()).await;
    let kept = visitor.browser.cookies.clone();
    assert!(!visitor.back().await.code().is_empty());
    assert!(!visitor.browser.cookies.keys().any(|name| name.contains("return")), "{:?}", visitor.browser.cookies);
    visitor.browser.cookies = kept;
    let twice = visitor.back().await;
    assert!(is_error(&twice, "AADB2C90046", "was used already", &visitor), "{}", twice.text);
}

#[tokio::test]
async fn who_was_away_for_ten_minutes_starts_again() {
    let house = house().await;
    let mut visitor = leave(house.browser()).await;
    house.clock.advance(10 * MINUTE);
    let late = visitor.back().await;
    assert!(is_error(&late, "AADB2C90046", "more than ten minutes", &visitor), "{}", late.text);
}

#[tokio::test]
async fn a_return_to_another_address_of_the_tenant_is_refused() {
    let house = house().await;
    let visitor = leave(house.browser()).await;
    let mut elsewhere = house.secure_browser();
    elsewhere.cookies = visitor.browser.cookies.clone();
    let answer = elsewhere.get(&visitor.path()).await;
    assert!(is_error(&answer, "AADB2C90046", "another address", &visitor), "{}", answer.text);
}

#[tokio::test]
async fn two_tabs_are_away_at_once_and_both_come_back() {
    let house = house().await;
    let mut first = leave(house.browser()).await;
    let mut second = leave_by(first.browser.clone(), &straight().with("state", "second")).await;
    first.browser.cookies = second.browser.cookies.clone();
    assert!(!first.back().await.code().is_empty());
    assert!(!second.back().await.code().is_empty());
}

#[tokio::test]
async fn the_return_address_takes_get_and_post_only() {
    let house = house().await;
    let mut browser = house.browser();
    let request = browser.request(Method::PUT, RETURN).body(axum::body::Body::empty()).expect("a request");
    let answer = browser.send(request).await;
    assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, Some("GET, HEAD, POST")));
}
