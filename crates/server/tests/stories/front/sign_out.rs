//! Sign-out (docs/b2c.md, "Sign-out").

use http::StatusCode;
use vestibule_testing::{
    ANN, BOB, Browser, CALLBACK, CALLBACK2, DEMO, House, IMPLICIT1, MINUTE, STORIES, WEBAPP1, WEBAPP2, authorize,
    encode,
};

/// The redirect URI of [`IMPLICIT1`].
const IMPLICIT: &str = "https://implicit.example/cb";

fn logout(fields: &[(&str, &str)]) -> String {
    logout_at("B2C_1_signupsignin1", fields)
}

fn logout_at(flow: &str, fields: &[(&str, &str)]) -> String {
    format!("/contoso.onmicrosoft.com/{flow}/oauth2/v2.0/logout?{}", encode(fields))
}

async fn is_signed_in(browser: &mut Browser) -> bool {
    browser.get(&authorize().with("prompt", "none").path()).await.carried(CALLBACK, '?').contains_key("code")
}

#[tokio::test]
async fn the_articles_library_signs_out_and_comes_back() {
    let house = House::dev().await;
    let mut browser = house.browser();
    browser.sign_in(&authorize(), ANN).await.code();
    let mut thief = browser.clone();
    // Not encoded, appended with a question mark, and not a redirect URI itself (docs/compatibility.md, "Sign-out").
    let path =
        "/contoso.onmicrosoft.com/b2c_1_signupsignin1/oauth2/logout?post_logout_redirect_uri=http://localhost:5000/";
    let answer = browser.get(path).await;
    assert_eq!((answer.status, answer.location().as_deref()), (StatusCode::FOUND, Some("http://localhost:5000/")));
    assert!(!browser.cookies.keys().any(|name| name.contains("vestibule-sso-")));
    assert!(!is_signed_in(&mut thief).await, "the session is dead, whoever holds its cookie");
    let again = browser.get(path).await;
    assert_eq!(again.location().as_deref(), Some("http://localhost:5000/"), "nothing to end: back it goes");
}

#[tokio::test]
async fn row_51_a_bare_request_asks_first() {
    let house = House::dev().await;
    let mut browser = house.browser();
    browser.sign_in(&authorize(), ANN).await.code();
    let question = browser.get(&logout(&[])).await;
    assert!(question.status == StatusCode::OK && question.text.contains("id=\"signOut\""), "{}", question.text);
    assert!(is_signed_in(&mut browser).await);
    let csrf = question.text.split("name=\"csrf_token\" value=\"").nth(1).and_then(|t| t.split('"').next());
    let csrf = csrf.expect("a value").to_owned();
    let forged = browser.clone().post(&logout(&[]), &[("csrf_token", "forged")]).await;
    assert!(forged.text.contains("id=\"signOut\""));
    let answer = browser.post(&logout(&[]), &[("csrf_token", &csrf)]).await;
    assert!(answer.status == StatusCode::OK && answer.text.contains("You are signed out"), "{}", answer.text);
    assert!(!is_signed_in(&mut browser).await);
    let nobody = house.browser().get(&logout(&[])).await;
    assert!(nobody.text.contains("You are signed out"));
}

#[tokio::test]
async fn row_20_an_address_that_is_no_applications_is_never_followed() {
    let house = House::dev().await;
    let tricks = [
        "http://evil.test/",
        "http://localhost:5000.evil.test/",
        "http://localhost:5000@evil.test/",
        "http://evil.test@localhost:5000/",
        "http://localhost:5000\\@evil.test/",
        "http:\\\\localhost:5000/",
        "http://localhost:5001/",
        "https://localhost:5000/",
        "http://LOCALHOST:5000/",
        "http://localhost.:5000/",
        "//localhost:5000/",
        "/",
        "javascript:alert(1)",
        "data:text/html,x",
        " http://localhost:5000/",
        "http://localhost:5000/ http://evil.test/",
        "http://localhost:5000/\r\nSet-Cookie: x=y",
        "http://localhost:5000/x/../y",
    ];
    for trick in tricks {
        let mut browser = house.browser();
        browser.sign_in(&authorize(), ANN).await.code();
        let answer = browser.get(&logout(&[("post_logout_redirect_uri", trick)])).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::OK, None), "{trick:?}");
        let named = browser.get(&logout(&[("post_logout_redirect_uri", trick), ("client_id", WEBAPP1)])).await;
        assert_eq!((named.status, named.location()), (StatusCode::BAD_REQUEST, None), "{trick:?}");
        let nobody = house.browser().get(&logout(&[("post_logout_redirect_uri", trick)])).await;
        assert_eq!((nobody.status, nobody.location()), (StatusCode::OK, None), "{trick:?}");
    }
}

#[tokio::test]
async fn an_application_of_another_session_is_asked_about_and_then_followed() {
    let house = House::dev().await;
    let mut browser = house.browser();
    browser.sign_in(&authorize(), ANN).await.code();
    let fields = [("post_logout_redirect_uri", "https://two.example/bye"), ("state", "s 1")];
    let question = browser.get(&logout(&fields)).await;
    assert!(question.text.contains("id=\"signOut\""), "{}", question.text);
    let policy = question.header("content-security-policy").expect("a policy");
    assert!(policy.contains("form-action 'self' https://two.example;"), "{policy}");
    let csrf = question.text.split("name=\"csrf_token\" value=\"").nth(1).and_then(|t| t.split('"').next());
    let mut all = fields.to_vec();
    all.push(("csrf_token", csrf.expect("a value")));
    let answer = browser.post(&logout(&[]), &all).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location().as_deref(), Some("https://two.example/bye?state=s%201"));
}

#[tokio::test]
async fn whoever_leaves_an_application_that_was_disabled_meanwhile_is_not_sent_back_to_it() {
    let house = House::dev().await;
    let callback = "https://implicit.example/cb";
    let request = authorize().with("client_id", IMPLICIT1).with("redirect_uri", callback);
    let mut browser = house.browser();
    let answer = browser.sign_in(&request.with("response_type", "id_token"), ANN).await;
    let token = answer.carried(callback, '#')["id_token"].clone();
    let id = format!("client_id = \"{}\"", IMPLICIT1);
    let disabled = STORIES.replacen(&id, &format!("{id}\nenabled = false"), 1);
    house.installation.dev(&format!("{DEMO}{disabled}")).await;
    house.clock.advance(2_000);

    let mut back = vec![("post_logout_redirect_uri", callback)];
    for named in [None, Some(IMPLICIT1)] {
        back.extend(named.map(|id| ("client_id", id)));
        let question = browser.get(&logout(&back)).await;
        assert!(question.text.contains("id=\"signOut\""), "{named:?}: {} {}", question.status, question.text);
    }
    back.push(("id_token_hint", &token));
    let answer = browser.get(&logout(&back)).await;
    assert!(answer.status == StatusCode::OK && answer.text.contains("You are signed out"), "{}", answer.text);
    assert!(!is_signed_in(&mut browser).await);
    let nobody = browser.get(&logout(&back)).await;
    assert_eq!((nobody.status, nobody.location()), (StatusCode::OK, None));
}

#[tokio::test]
async fn a_named_application_goes_back_by_its_list() {
    let house = House::dev().await;
    let mut browser = house.browser();
    browser.sign_in(&authorize().of_webapp2(), ANN).await;
    let fields = [("post_logout_redirect_uri", "https://two.example/signed-out"), ("client_id", WEBAPP2)];
    assert_eq!(browser.get(&logout(&fields)).await.location().as_deref(), Some("https://two.example/signed-out"));
    let fields = [("post_logout_redirect_uri", CALLBACK2), ("client_id", WEBAPP2), ("state", "x")];
    assert_eq!(browser.get(&logout(&fields)).await.location(), Some(format!("{CALLBACK2}?state=x")));
    let twice = browser.get(&format!("{}&client_id={WEBAPP1}", logout(&fields))).await;
    assert_eq!((twice.status, twice.location()), (StatusCode::BAD_REQUEST, None));
}

#[tokio::test]
async fn a_flow_that_wants_a_hint_believes_its_own_only() {
    let house = House::dev().await;
    let mut browser = house.browser();
    browser.sign_in(&authorize().at("B2C_1_legacy"), ANN).await.code();
    let bare = browser.get(&logout_at("B2C_1_legacy", &[("post_logout_redirect_uri", CALLBACK)])).await;
    assert!(bare.status == StatusCode::BAD_REQUEST && bare.text.contains("AADB2C90272"), "{}", bare.text);
    let forged = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.";
    let fields = [("post_logout_redirect_uri", CALLBACK), ("id_token_hint", forged)];
    let answer = browser.get(&logout_at("B2C_1_legacy", &fields)).await;
    assert!(answer.status == StatusCode::BAD_REQUEST && answer.text.contains("AADB2C90210"), "{}", answer.text);
    assert!(is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn requirement_14_an_id_token_of_ours_vouches_for_the_request() {
    let house = House::dev().await;
    let callback = "https://implicit.example/cb";
    let request = authorize()
        .at("B2C_1_legacy")
        .with("client_id", IMPLICIT1)
        .with("redirect_uri", callback)
        .with("response_type", "id_token");
    let mut browser = house.browser();
    let token = browser.sign_in(&request, ANN).await.carried(callback, '#')["id_token"].clone();
    let wrong = [("post_logout_redirect_uri", "https://implicit.example/other"), ("id_token_hint", token.as_str())];
    assert_eq!(browser.get(&logout_at("B2C_1_legacy", &wrong)).await.status, StatusCode::BAD_REQUEST);
    let foreign = [("client_id", WEBAPP1), ("id_token_hint", token.as_str())];
    assert_eq!(browser.get(&logout_at("B2C_1_legacy", &foreign)).await.status, StatusCode::BAD_REQUEST);
    house.clock.advance(600 * MINUTE);
    let fields = [("post_logout_redirect_uri", callback), ("id_token_hint", token.as_str()), ("state", "s")];
    let answer = browser.get(&logout_at("B2C_1_legacy", &fields)).await;
    assert_eq!(answer.location(), Some(format!("{callback}?state=s")), "its age does not matter");
    assert!(!is_signed_in(&mut browser).await);
}

/// The ID token from a sign-in to an application that may get one from authorize.
async fn id_token(browser: &mut Browser, who: (&str, &str)) -> String {
    let request =
        authorize().with("client_id", IMPLICIT1).with("redirect_uri", IMPLICIT).with("response_type", "id_token");
    browser.sign_in(&request, who).await.carried(IMPLICIT, '#')["id_token"].clone()
}

/// Opens a link to sign-out from another site; it must ask for confirmation, and end nothing.
async fn is_asked(browser: &mut Browser, fields: &[(&str, &str)]) {
    let question = browser.get(&logout(fields)).await;
    assert_eq!((question.status, question.location()), (StatusCode::OK, None), "{fields:?}");
    assert!(question.text.contains("id=\"signOut\""), "{fields:?}: {}", question.text);
    assert!(is_signed_in(browser).await, "{fields:?}");
}

#[tokio::test]
async fn row_51_a_link_with_an_application_that_the_session_never_signed_in_to_is_asked_about() {
    let house = House::dev().await;
    let mut browser = house.browser();
    browser.sign_in(&authorize(), ANN).await.code();
    is_asked(&mut browser, &[("client_id", WEBAPP2), ("post_logout_redirect_uri", CALLBACK2)]).await;
    is_asked(&mut browser, &[("client_id", WEBAPP2), ("post_logout_redirect_uri", "https://two.example/bye")]).await;
    is_asked(&mut browser, &[("client_id", IMPLICIT1), ("post_logout_redirect_uri", IMPLICIT)]).await;
    is_asked(&mut browser, &[("client_id", WEBAPP1)]).await;
    let own = [("client_id", WEBAPP1), ("post_logout_redirect_uri", CALLBACK)];
    assert_eq!(browser.get(&logout(&own)).await.location().as_deref(), Some(CALLBACK), "and its own signs out");
}

#[tokio::test]
async fn row_51_a_link_with_an_id_token_about_somebody_else_is_asked_about() {
    let house = House::dev().await;
    let bobs = id_token(&mut house.browser(), BOB).await;
    let mut browser = house.browser();
    let anns = id_token(&mut browser, ANN).await;
    for more in [&[][..], &[("post_logout_redirect_uri", IMPLICIT)], &[("client_id", IMPLICIT1)]] {
        let mut fields = vec![("id_token_hint", &*bobs)];
        fields.extend(more);
        is_asked(&mut browser, &fields).await;
    }
    // A later sign-in of hers elsewhere does not matter: the token is about her.
    let fields = [("id_token_hint", &*anns), ("post_logout_redirect_uri", IMPLICIT)];
    assert_eq!(browser.get(&logout(&fields)).await.location().as_deref(), Some(IMPLICIT));
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn where_each_application_has_a_session_one_signs_out_of_its_own() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let request = authorize().at("B2C_1_by_application");
    browser.sign_in(&request, ANN).await.code();
    browser.sign_in(&request.clone().of_webapp2(), ANN).await;
    let out = [("client_id", WEBAPP2), ("post_logout_redirect_uri", CALLBACK2)];
    assert_eq!(browser.get(&logout_at("B2C_1_by_application", &out)).await.location().as_deref(), Some(CALLBACK2));
    browser.get(&request.clone().with("prompt", "none").path()).await.code();
    let other = browser.get(&request.of_webapp2().with("prompt", "none").path()).await;
    assert_eq!(other.carried(CALLBACK2, '?')["error"], "interaction_required");
}

#[tokio::test]
async fn an_application_beside_a_strict_one_goes_back_only_where_it_is_registered() {
    let neighbour = "[[tenant.application]]\nname = \"neighbour\"\ndemo_secret = true\n\
                     client_id = \"77777777-0c47-4a15-b9e8-61d7a2f05c94\"\n\
                     redirect_uris.web = [\"https://strict.example/neighbour\"]\n";
    let house = House::builder().dev().configure(neighbour).open().await;
    let mut browser = house.browser();
    let id = "77777777-0c47-4a15-b9e8-61d7a2f05c94";
    let own = "https://strict.example/neighbour";
    browser.sign_in(&authorize().with("client_id", id).with("redirect_uri", own), ANN).await;
    for elsewhere in ["https://strict.example/", "https://strict.example/cb", "https://strict.example/redirect?to=x"] {
        is_asked(&mut browser, &[("post_logout_redirect_uri", elsewhere)]).await;
        let named = browser.get(&logout(&[("post_logout_redirect_uri", elsewhere), ("client_id", id)])).await;
        assert_eq!((named.status, named.location()), (StatusCode::BAD_REQUEST, None), "{elsewhere}");
        let nobody = house.browser().get(&logout(&[("post_logout_redirect_uri", elsewhere)])).await;
        assert_eq!((nobody.status, nobody.location()), (StatusCode::OK, None), "{elsewhere}");
    }
    assert_eq!(browser.get(&logout(&[("post_logout_redirect_uri", own)])).await.location().as_deref(), Some(own));
}

#[tokio::test]
async fn row_38_a_sign_out_with_an_id_token_that_is_not_ours_is_asked_about() {
    let house = House::dev().await;
    let mut browser = house.browser();
    browser.sign_in(&authorize(), ANN).await.code();
    for hint in ["x", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."] {
        let own = [("client_id", WEBAPP1), ("post_logout_redirect_uri", CALLBACK), ("id_token_hint", hint)];
        is_asked(&mut browser, &own).await;
        is_asked(&mut browser, &own[1..]).await;
    }
}
