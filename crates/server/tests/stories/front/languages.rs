//! The language of every page, mail and document for users: the texts, and the `lang` attribute.

use super::custom_policies::{exported, installation};
use http::{Method, StatusCode};
use serde_json::Value;
use vestibule_testing::{ANN, Answer, Authorize, Browser, CALLBACK, House, authorize};

/// A house with a policy that has texts in English, and in the language `tag` in place of German.
async fn house_with(tag: &str) -> House {
    let mut policies = exported();
    for (_, text) in &mut policies {
        *text = text
            .replace("Language=\"de\"", &format!("Language=\"{tag}\""))
            .replace("<SupportedLanguage>de<", &format!("<SupportedLanguage>{tag}<"));
    }
    House::builder().dev().over(&installation(&policies).await).open().await
}

fn own() -> Authorize {
    authorize().at("B2C_1A_mine")
}

/// A page for a browser that sends this `Accept-Language`.
async fn get(browser: &mut Browser, path: &str, languages: &str) -> Answer {
    let request = browser.request(Method::GET, path).header("accept-language", languages);
    browser.send(request.body(axum::body::Body::empty()).expect("a request")).await
}

/// The language that the page declares, which must be the same everywhere.
fn language(page: &Answer) -> String {
    let tag = page.text.split("<html lang=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a language");
    if page.text.contains("var SETTINGS") {
        assert_eq!(page.settings()["locale"]["lang"], tag, "the script reads the same");
    }
    tag.to_owned()
}

#[tokio::test]
async fn a_policys_own_texts_name_their_language() {
    for (tag, asked, rtl) in
        [("fr", "fr", false), ("fr", "fr-CA", false), ("ar", "ar-EG", true), ("pt-BR", "pt-BR", false)]
    {
        let house = house_with(tag).await;
        let page = house.browser().get(&own().with("ui_locales", asked).path()).await;
        assert_eq!(language(&page), tag, "{asked}");
        assert_eq!(page.text.contains("<html lang=\"ar\" dir=\"rtl\">"), rtl, "{asked}");
        let page = get(&mut house.browser(), &own().path(), &format!("{asked}, en;q=0.5")).await;
        assert_eq!(language(&page), tag, "{asked}, by the browser");
    }
}

#[tokio::test]
async fn ui_locales_wins_over_the_browser_and_the_policys_default_stands_in() {
    let house = house_with("fr").await;
    for (asked, browser, shown) in [
        ("fr", "en", "fr"),
        ("en", "fr", "en"),
        ("xx fr", "en", "fr"),
        ("fr_CA", "en", "fr"),
        ("xx", "fr;q=0.2, en;q=0.1", "fr"),
        // The policy does not offer German, although our own texts exist in German.
        ("de", "de", "en"),
        ("de", "fr", "fr"),
    ] {
        let page = get(&mut house.browser(), &own().with("ui_locales", asked).path(), browser).await;
        assert_eq!(language(&page), shown, "{asked} {browser}");
    }
}

#[tokio::test]
async fn a_user_flow_speaks_the_built_in_languages() {
    let house = House::dev().await;
    for (asked, shown, word) in [("de-AT", "de", "Anmelden"), ("fr", "en", "Sign in"), ("fr de", "de", "Anmelden")] {
        let mut browser = house.browser();
        let page = browser.get(&authorize().with("ui_locales", asked).path()).await;
        assert_eq!(language(&page), shown, "{asked}");
        assert!(page.text.contains(word), "{}", page.text);
        // Later pages and error messages keep the language, although the browser does not send one.
        let refused = browser.sign_in_at(&page, (ANN.0, "wrong"), &[]).await;
        assert_eq!(language(&refused), shown, "{asked}");
    }
}

#[tokio::test]
async fn pages_outside_journeys_are_in_a_language_that_the_policy_offers() {
    let french = house_with("fr").await;
    let logout = |policy: &str| format!("/contoso.onmicrosoft.com/{policy}/oauth2/v2.0/logout");
    let wrong = |flow: &'static str| authorize().at(flow).with("redirect_uri", "https://elsewhere.test/").path();
    for (flow, asked, shown) in
        [("B2C_1A_mine", "de", "en"), ("B2C_1_signupsignin1", "de", "de"), ("B2C_1_signupsignin1", "fr", "en")]
    {
        for path in [logout(flow), wrong(flow)] {
            assert_eq!(language(&get(&mut french.browser(), &path, asked).await), shown, "{path} {asked}");
        }
    }
    let unread = get(&mut Browser::new(french.router.clone(), "http://elsewhere.test"), "/", "de").await;
    assert_eq!((unread.status, language(&unread).as_str()), (StatusCode::MISDIRECTED_REQUEST, "de"));
}

#[tokio::test]
async fn the_page_that_posts_the_answer_is_in_the_persons_language() {
    let house = House::dev().await;
    let request = authorize().with("response_mode", "form_post").with("ui_locales", "de");
    let page = house.browser().sign_in(&request, ANN).await;
    assert!(page.text.contains(CALLBACK) && language(&page) == "de", "{}", page.text);
}

#[tokio::test]
async fn a_mail_is_in_a_language_that_the_policy_offers() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = browser.get(&authorize().with("ui_locales", "de-CH").path()).await;
    let page = browser.press(&page, "unified", &[("local", "signup")]).await;
    let (control, address) = (page.attribute("data-control"), page.attribute("data-address"));
    let send = format!("{control}:SendCode");
    browser.submit(&page, &[("control_action", &send), (&address, "gail@example.test")]).await;
    let mails = house.get("/_dev/outbox.json").await.json();
    let html = mails[0]["html"].as_str().map(str::to_owned).unwrap_or_default();
    assert!(html.contains("<html lang=\"de\">"), "{html}");
}

#[tokio::test]
async fn culture_resolvers_follow_the_languages_that_the_policy_supports() {
    let house = house_with("fr").await;
    let flow = house.app.registry().tenant("contoso").await.expect("read").expect("a tenant");
    let flow = flow.flow("B2C_1A_mine").await.expect("read").expect("a policy");
    for (asked, culture) in [(vec!["fr-CA"], "fr-CA"), (vec!["de", "fr"], "fr"), (vec!["de"], "en"), (vec![], "en")] {
        let asked: Vec<String> = asked.into_iter().map(str::to_owned).collect();
        assert_eq!(Value::from(flow.policy.culture(&asked)), Value::from(culture), "{asked:?}");
    }
}
