//! Unusual browser behaviour: reload, go back, press twice, open two tabs, lose cookies, arrive late or from
//! elsewhere.

use axum::body::Body;
use http::{Method, StatusCode, header};
use serde_json::Value;
use vestibule_protocol::digest::from_base64url;
use vestibule_testing::{ANN, Answer, BOB, CALLBACK, House, MINUTE, TENANT, authorize, encode};

#[tokio::test]
async fn two_first_tabs_that_open_at_once_both_work() {
    let house = House::dev().await;
    // Neither request has a cookie yet; the browser then stores what both responses set, the later one's if names are
    // equal.
    let (mut one, mut other) = (house.browser(), house.browser());
    let first = one.get(&authorize().path()).await;
    let second = other.get(&authorize().path()).await;
    one.cookies.extend(other.cookies);
    assert!(!one.sign_in_at(&first, ANN, &[]).await.code().is_empty());
    assert!(!one.sign_in_at(&second, ANN, &[]).await.code().is_empty());
}

#[tokio::test]
async fn two_tabs_go_their_own_ways() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let one = browser.get(&authorize().with("state", "one").path()).await;
    let two = browser.get(&authorize().with("state", "two").path()).await;
    let form = browser.press(&two, "unified", &[("local", "signup")]).await;
    assert!(form.is_page("SelfAsserted"));
    let answer = browser.sign_in_at(&one, ANN, &[]).await;
    assert_eq!(answer.carried(CALLBACK, '?')["state"], "one");
    let told = browser.press(&form, "cancelled", &[]).await;
    assert_eq!(told.carried(CALLBACK, '?')["state"], "two");
}

#[tokio::test]
async fn a_form_sent_again_gives_the_same_answer_once_more_and_soon_none() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    let first = browser.sign_in_at(&page, ANN, &[]).await.code();
    let second = browser.sign_in_at(&page, ANN, &[]).await.code();
    assert_eq!(first, second, "one code for one interaction");
    house.clock.advance(MINUTE);
    let late = browser.sign_in_at(&page, ANN, &[]).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST);
    assert!(late.text.contains("AADB2C90046") && late.location().is_none(), "{}", late.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_90_six_forms_at_once_make_one_code() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let (mut browser, page) = (browser.clone(), page.clone());
        tasks.spawn(async move { browser.sign_in_at(&page, ANN, &[]).await });
    }
    let mut codes: Vec<String> = tasks.join_all().await.iter().map(Answer::code).collect();
    codes.dedup();
    assert_eq!(codes.len(), 1, "{codes:?}");
}

#[tokio::test]
async fn reload_and_an_older_page_show_where_the_journey_stands() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    let form = browser.press(&page, "unified", &[("local", "signup")]).await;
    assert!(form.is_page("SelfAsserted"));
    let reloaded = browser.press(&page, "unified", &[("local", "signup")]).await;
    assert!(reloaded.is_page("SelfAsserted"), "the address of the older page: {:?}", reloaded.location());
    let name = page.sign_in_name();
    let old = browser.submit(&page, &[(&name, ANN.0), ("password", ANN.1)]).await;
    assert!(old.is_page("SelfAsserted") && old.location().is_none(), "its form is not taken any more");
}

#[tokio::test]
async fn an_expired_transaction_says_to_start_again_and_leads_nowhere() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    house.clock.advance(61 * MINUTE);
    let answer = browser.sign_in_at(&page, ANN, &[]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::BAD_REQUEST, None));
    assert!(answer.text.contains("AADB2C90046") && answer.text.contains("start again"), "{}", answer.text);
    let json = browser.script_raw(&page, "/SelfAsserted", &[("password", "x")]).await;
    assert!(json.status == StatusCode::BAD_REQUEST && json.text.contains("AADB2C90046"), "{}", json.text);
}

#[tokio::test]
async fn a_journey_that_another_version_stored_offers_its_request_again() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    store_in_format_1(&house, &page).await;
    let again = browser.press(&page, "confirmed", &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.text);
    let link = again.text.split("id=\"continue\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
    let link = link.expect("a link").replace("&amp;", "&");
    let page = browser.get(&link).await;
    let home = browser.sign_in_at(&page, ANN, &[]).await;
    assert_eq!((home.code().is_empty(), &*home.carried(CALLBACK, '?')["state"]), (false, "a-state"));
}

#[tokio::test]
async fn another_browser_does_not_learn_the_request_of_a_journey_in_another_format() {
    let house = House::dev().await;
    let page = house.browser().get(&authorize().path()).await;
    store_in_format_1(&house, &page).await;
    let mut stranger = house.browser();
    stranger.get(&authorize().path()).await;
    let answer = stranger.press(&page, "confirmed", &[]).await;
    assert!(answer.text.contains("AADB2C90212") && !answer.text.contains("a-state"), "{}", answer.text);
}

/// Stores the journey of this page as the first version of the program did.
async fn store_in_format_1(house: &House, page: &Answer) {
    let tx = page.settings()["transId"].as_str().expect("a transaction").to_owned();
    let json = from_base64url(tx.trim_start_matches("StateProperties=")).expect("base64url");
    let id: Value = serde_json::from_slice(&json).expect("JSON");
    let (store, id) = (house.app.store(), id["TID"].as_str().expect("an id"));
    let row = store.journey_get(TENANT, id, house.app.now()).await.expect("read").expect("a journey");
    let mut record: Value =
        serde_json::from_slice(&house.app.sealer().open("journey", &row.body).expect("ours")).expect("JSON");
    let state = record["Running"]["state"].as_object_mut().expect("a state");
    state.remove("format");
    state.remove("at");
    let body = house.app.sealer().seal("journey", record.to_string().as_bytes()).expect("sealed");
    store.journey_save(TENANT, id, row.version, &body).await.expect("saved");
}

#[tokio::test]
async fn row_50_a_journey_belongs_to_the_browser_that_began_it() {
    let house = House::dev().await;
    let mut attacker = house.browser();
    let page = attacker.get(&authorize().path()).await;
    let mut lost = house.browser();
    let answer = lost.sign_in_at(&page, ANN, &[]).await;
    assert!(answer.status == StatusCode::BAD_REQUEST && answer.text.contains("AADB2C90211"), "{}", answer.text);
    let mut victim = house.browser();
    victim.get(&authorize().path()).await;
    let answer = victim.sign_in_at(&page, ANN, &[]).await;
    assert!(answer.status == StatusCode::BAD_REQUEST && answer.text.contains("AADB2C90212"), "{}", answer.text);
    assert!(!attacker.get(&authorize().with("prompt", "none").path()).await.error().0.is_empty());
    let mut odd = house.browser();
    odd.cookies.insert("vestibule-browser".to_owned(), "<script>".to_owned());
    assert!(odd.sign_in_at(&page, BOB, &[]).await.text.contains("AADB2C90211"), "treated as none");
}

#[tokio::test]
async fn row_50_cookies_that_a_sibling_host_planted_end_no_sign_in_of_somebody_else() {
    let house = House::dev().await;
    let mut attacker = house.secure_browser();
    let page = attacker.get(&authorize().path()).await;
    let (csrf, name) = (page.csrf(), page.sign_in_name());
    let fields = [("request_type", "RESPONSE"), ("csrf_token", &csrf), (&name, BOB.0), ("password", BOB.1)];
    let last = attacker.post(&page.url("/SelfAsserted", &[]), &fields).await.location().expect("one step is left");
    let secret = attacker.cookies["__Host-vestibule-browser"].clone();
    let mut victim = house.secure_browser();
    // Browsers accept these from a sibling host, but none that begins with `__Host-`.
    let planted = attacker.cookies.iter().filter(|(name, _)| !name.starts_with("__Host-"));
    victim.cookies.extend(planted.map(|(name, value)| (name.clone(), value.clone())));
    for name in ["x-ms-cpim-trans", "vestibule-browser", "\u{a0}__Host-vestibule-browser"] {
        victim.cookies.insert(name.to_owned(), secret.clone());
    }
    let answer = victim.get(&last).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::BAD_REQUEST, None), "{}", answer.text);
    assert!(!victim.cookies.keys().any(|name| name.contains("-sso-")), "nobody is signed in");
    attacker.get(&last).await.code();
}

#[tokio::test]
async fn row_50_forms_from_elsewhere_are_refused() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    let settings = page.settings();
    let csrf = settings["csrf"].as_str().expect("a value");
    let body = |csrf: &str| {
        let name = page.sign_in_name();
        encode(&[("request_type", "RESPONSE"), ("csrf_token", csrf), (&name, ANN.0), ("password", ANN.1)])
    };
    let cases: [(&str, &str, &str); 5] = [
        (header::ORIGIN.as_str(), "http://evil.test", csrf),
        (header::ORIGIN.as_str(), "null", csrf),
        ("sec-fetch-site", "cross-site", csrf),
        ("sec-fetch-site", "same-site", csrf),
        ("sec-fetch-site", "same-origin", "forged"),
    ];
    for (name, value, csrf) in cases {
        let request = browser
            .request(Method::POST, &page.url("/SelfAsserted", &[]))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(name, value)
            .body(Body::from(body(csrf)))
            .expect("a request");
        let answer = browser.send(request).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::FORBIDDEN, None), "{name}: {value}");
    }
    assert!(!browser.sign_in_at(&page, ANN, &[]).await.code().is_empty(), "and the journey is unharmed");
}

#[tokio::test]
async fn row_117_a_journey_of_one_flow_does_not_go_on_at_another() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().at("B2C_1_legacy").path()).await;
    let csrf = page.settings()["csrf"].as_str().expect("a value").to_owned();
    let name = page.sign_in_name();
    let path = page.url("/SelfAsserted", &[]).replace("B2C_1_legacy", "B2C_1_signupsignin1");
    let fields = [("request_type", "RESPONSE"), ("csrf_token", csrf.as_str()), (&name, ANN.0), ("password", ANN.1)];
    let answer = browser.post(&path, &fields).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::BAD_REQUEST, None));
}

#[tokio::test]
async fn odd_requests_of_the_page_api_are_harmless() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().path()).await;
    for exchange in ["", "NoSuchExchange", "<script>", "../..", &"x".repeat(3000)] {
        let answer = browser.press(&page, "unified", &[("claimsexchange", exchange)]).await;
        assert!(answer.status.as_u16() < 500, "{exchange}: {}", answer.text);
        assert!(!answer.text.contains("<script>alert"));
    }
    let base = "/contoso.onmicrosoft.com/B2C_1_signupsignin1";
    for path in ["/api/x/confirmed", "/api/x/confirmed?tx=x", "/api/x/confirmed?tx=StateProperties=eyJUSUQiOjF9"] {
        let answer = browser.get(&format!("{base}{path}")).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::BAD_REQUEST, None), "{path}");
    }
    let control = "/SelfAsserted/DisplayControlAction/vbeta/nothing%2F..%2Fhere/SendCode";
    let answer = browser.script_raw(&page, control, &[("email", "x@contoso.test")]).await;
    assert!(answer.status.as_u16() < 500, "{}", answer.text);
}
