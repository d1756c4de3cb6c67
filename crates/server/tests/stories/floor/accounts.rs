//! Rows 50, 58, 89, 97 to 110 and requirement 21: users and their browsers.

use super::ground::{is_signed_in, redeem, refresh, tokens};
use http::StatusCode;
use serde_json::Value;
use vestibule_tenant::clock::Random;
use vestibule_testing::{
    ANN, Answer, BOB, Browser, DEMO, House, Installation, MINUTE, STORIES, TENANT, WEBAPP1, authorize,
};

const CONTROL: &str = "/SelfAsserted/DisplayControlAction/vbeta/emailVerificationControl";
const PASSWORD: &str = "Kite-over-Harbour-7";

async fn sign_up_page(browser: &mut Browser) -> Answer {
    let page = browser.get(&authorize().path()).await;
    browser.press(&page, "unified", &[("local", "signup")]).await
}

async fn reset_page(browser: &mut Browser) -> Answer {
    let page = browser.get(&authorize().path()).await;
    let exchange = page.settings()["config"]["forgotPasswordLinkOverride"].as_str().expect("an exchange").to_owned();
    browser.press(&page, "unified", &[("claimsexchange", &exchange)]).await
}

fn code_field(page: &Answer) -> String {
    page.fields().into_iter().find(|name| name.ends_with("erificationCode")).expect("the code's input")
}

/// The control's name, from the page: each flow uses a different one.
fn control(page: &Answer) -> String {
    let rest = page.text.split("data-control=\"").nth(1).unwrap_or_else(|| panic!("a control: {}", page.text));
    let name = rest.split('"').next().expect("a value");
    CONTROL.replace("emailVerificationControl", name)
}

async fn send(browser: &mut Browser, page: &Answer, address: &str) -> Value {
    browser.script(page, &format!("{}/SendCode", control(page)), &[("email", address)]).await
}

async fn check(browser: &mut Browser, page: &Answer, address: &str, code: &str) -> Value {
    let name = code_field(page);
    browser.script(page, &format!("{}/VerifyCode", control(page)), &[("email", address), (&name, code)]).await
}

#[tokio::test]
async fn row_58_hostile_cookies_count_as_none() {
    let house = House::dev().await;
    let mut known = house.browser();
    known.sign_in(&authorize(), ANN).await.code();
    let long = "x".repeat(4000);
    for bad in ["", "\"", "%00", "<script>alert(1)</script>", "' OR 1=1 --", "../../etc/hostname", "a=b=c", "é", &long]
    {
        let mut browser = house.browser();
        for name in known.cookies.keys() {
            browser.cookies.insert(name.clone(), bad.to_owned());
        }
        let page = browser.get(&authorize().path()).await;
        assert!(page.is_page("Unified"), "{bad}: {} {}", page.status, page.text);
        assert!(!page.text.contains("<script>alert"), "{bad}");
        assert_eq!(browser.get(&authorize().with("prompt", "none").path()).await.error().1, "90077", "{bad}");
    }
}

#[tokio::test]
async fn row_58_a_changed_session_cookie_is_no_session() {
    let house = House::dev().await;
    let mut browser = house.browser();
    browser.sign_in(&authorize(), ANN).await.code();
    let names: Vec<String> = browser.cookies.keys().filter(|name| name.contains("vestibule-sso-")).cloned().collect();
    for name in names {
        let mut changed = browser.clone();
        let value = &changed.cookies[&name];
        let end = if value.ends_with('A') { "B" } else { "A" };
        let value = format!("{}{end}", &value[..value.len() - 1]);
        changed.cookies.insert(name, value);
        assert!(!is_signed_in(&mut changed).await);
    }
    assert!(is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn row_89_sign_ins_side_by_side_are_separate() {
    let house = std::sync::Arc::new(House::dev().await);
    let mut race = tokio::task::JoinSet::new();
    for n in 0..6 {
        let house = std::sync::Arc::clone(&house);
        race.spawn(async move {
            let mut browser = house.browser();
            let code = browser.sign_in(&authorize(), if n % 2 == 0 { ANN } else { BOB }).await.code();
            let name = redeem(&house, WEBAPP1, &code, &[]).await.member("id_token");
            let claims = vestibule_protocol::jwt::claims_unverified(&name).expect("a token");
            let cookie = browser.cookies.iter().find(|(name, _)| name.contains("vestibule-sso-")).expect("a session");
            (n % 2, claims["name"].as_str().expect("a name").to_owned(), code, cookie.1.clone())
        });
    }
    let all = race.join_all().await;
    assert!(all.iter().all(|(who, name, ..)| name == if *who == 0 { "Ann Example" } else { "Bob Example" }), "{all:?}");
    let codes: std::collections::BTreeSet<&String> = all.iter().map(|one| &one.2).collect();
    let sessions: std::collections::BTreeSet<&String> = all.iter().map(|one| &one.3).collect();
    assert_eq!((codes.len(), sessions.len()), (6, 6));
    let bytes = |id: &&String| vestibule_protocol::digest::from_base64url(id).map(|bytes| bytes.len());
    assert!(sessions.iter().all(|id| bytes(id) == Some(32)), "256 bits: {sessions:?}");
}

#[tokio::test]
async fn row_97_a_reset_and_a_sign_up_answer_alike_for_people_and_strangers() {
    let house = House::dev().await;
    for (known, unknown) in [(ANN.0, "nobody@contoso.test"), (BOB.0, "someone.else@contoso.test")] {
        let mut answers = Vec::new();
        for address in [known, unknown] {
            let mut browser = house.browser();
            let page = if known == ANN.0 { reset_page(&mut browser).await } else { sign_up_page(&mut browser).await };
            let sent = send(&mut browser, &page, address).await;
            let wrong = check(&mut browser, &page, address, "000000").await;
            assert!(!house.code_for(address).await.is_empty(), "a mail goes to both");
            answers.push((sent, wrong));
        }
        assert_eq!(answers[0], answers[1]);
    }
}

#[tokio::test]
async fn row_97_and_row_98_a_sign_in_answers_alike_and_costs_the_same_hash() {
    let house = House::dev().await;
    let mut answers = Vec::new();
    for name in [ANN.0, "nobody@contoso.test", "not an address", "' OR 1=1 --"] {
        let mut browser = house.browser();
        let page = browser.get(&authorize().path()).await;
        let input = page.sign_in_name();
        let before = house.app.accounts().hashes();
        let fields = [("request_type", "RESPONSE"), (input.as_str(), name), ("password", "Wrong-guess-of-1")];
        let answer = browser.script_raw(&page, "/SelfAsserted", &fields).await;
        if name.contains('@') {
            assert_eq!(house.app.accounts().hashes() - before, 1, "{name}");
            answers.push((answer.status, answer.text));
        } else {
            assert!(answer.status == StatusCode::OK && answer.text.contains("AADB2C"), "row 68: {}", answer.text);
        }
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn row_105_a_sign_up_takes_what_the_flow_asks_for_and_nothing_else() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = sign_up_page(&mut browser).await;
    let address = "mallory@contoso.test";
    assert_eq!(send(&mut browser, &page, address).await["status"], "200");
    let code = house.code_for(address).await;
    assert_eq!(check(&mut browser, &page, address, &code).await["status"], "200");
    let ann = "a7d3f1c2-64b8-4e0f-8c95-1f2e7b9d4063";
    let fields = [
        ("request_type", "RESPONSE"),
        ("email", address),
        ("newPassword", PASSWORD),
        ("reenterPassword", PASSWORD),
        ("displayName", "Mallory"),
        ("objectId", ann),
        ("oid", ann),
        ("sub", ann),
        ("isAdmin", "true"),
        ("roles", "admin"),
        ("accountEnabled", "false"),
        ("tokensValidFrom", "2099-01-01"),
        ("jobTitle", "Boss"),
        ("authenticationSource", "x"),
        ("signInNames.emailAddress", ANN.0),
    ];
    assert_eq!(browser.script(&page, "/SelfAsserted", &fields).await["status"], "200");
    let claims = claims_of(&house, browser.press(&page, "confirmed", &[]).await).await;
    assert_ne!(claims["sub"], ann);
    assert_eq!(claims["emails"], serde_json::json!([address]));
    assert!(["roles", "isAdmin", "jobTitle"].iter().all(|name| !claims.contains_key(*name)), "{claims:?}");
}

#[tokio::test]
async fn row_105_an_edited_profile_takes_what_the_flow_asks_for_and_nothing_else() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let before = claims_of(&house, browser.sign_in(&authorize(), ANN).await).await;
    let page = browser.get(&authorize().at("B2C_1_profile_editing").path()).await;
    let bob = "b18e5a94-3c7d-4f26-a0b1-92c64d8e7f35";
    let fields = [
        ("displayName", "Ann Newname"),
        ("objectId", bob),
        ("oid", bob),
        ("sub", bob),
        ("email", BOB.0),
        ("signInNames.emailAddress", BOB.0),
        ("email_verified", "true"),
        ("jobTitle", "Boss"),
        ("accountEnabled", "false"),
        ("newPassword", PASSWORD),
        ("password", PASSWORD),
        ("roles", "admin"),
    ];
    browser.submit(&page, &fields).await.code();
    let after = claims_of(&house, house.browser().sign_in(&authorize(), ANN).await).await;
    assert_eq!((after["name"].as_str(), &after["sub"]), (Some("Ann Newname"), &before["sub"]));
    assert_eq!(after["emails"], serde_json::json!([ANN.0]));
    assert!(["roles", "jobTitle", "email_verified"].iter().all(|name| !after.contains_key(*name)), "{after:?}");
    let bobs = claims_of(&house, house.browser().sign_in(&authorize(), BOB).await).await;
    assert_eq!(bobs["name"], "Bob Example", "and nobody else is changed");
}

/// The claims of the ID token that the article's application gets for this response.
async fn claims_of(house: &House, answer: Answer) -> serde_json::Map<String, Value> {
    let token = redeem(house, WEBAPP1, &answer.code(), &[]).await.member("id_token");
    vestibule_protocol::jwt::claims_unverified(&token).expect("a token")
}

#[tokio::test]
async fn row_66_what_somebody_calls_themselves_is_text_wherever_it_is_shown() {
    let house = House::dev().await;
    let mut browser = house.browser();
    browser.sign_in(&authorize(), ANN).await.code();
    let edit = authorize().at("B2C_1_profile_editing");
    for name in ["\"><img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "javascript:alert(1)"] {
        let page = browser.get(&edit.path()).await;
        // A name with markup is rejected, one without is kept unchanged: neither becomes a tag.
        let answer = browser.submit(&page, &[("displayName", name), ("givenName", "{{7*7}}"), ("surname", name)]).await;
        for page in [answer, browser.get(&edit.path()).await] {
            assert!(!page.text.contains("<img") && !page.text.contains("<script>alert"), "{name}: {}", page.text);
            assert!(!page.text.contains("href=\"javascript"), "{name}: {}", page.text);
        }
    }
}

#[tokio::test]
async fn row_106_and_row_107_weak_passwords_are_refused_and_long_ones_count_whole() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = sign_up_page(&mut browser).await;
    let address = "lee@contoso.test";
    send(&mut browser, &page, address).await;
    let code = house.code_for(address).await;
    assert_eq!(check(&mut browser, &page, address, &code).await["status"], "200");
    let mut attempt = async |password: &str| {
        let fields = [
            ("request_type", "RESPONSE"),
            ("email", address),
            ("newPassword", password),
            ("reenterPassword", password),
            ("displayName", "Lee"),
        ];
        browser.script(&page, "/SelfAsserted", &fields).await
    };
    let much = "x".repeat(300);
    for weak in ["short1!", "password", "Password1", "passwordpassword", "lee@contoso.test", "abcdefgh", &much] {
        let refused = attempt(weak).await;
        assert_eq!(refused["status"], "400", "{weak}: {refused}");
        assert!(!refused.to_string().contains(weak), "{weak}");
    }
    let long = "Ünïcödé pässwörd mit 雪 und mehr ".repeat(3);
    let long = long.trim().to_owned();
    assert_eq!(attempt(&long).await["status"], "200");
    browser.press(&page, "confirmed", &[]).await.code();
    let mut cut = long.clone();
    cut.pop();
    assert!(house.browser().sign_in(&authorize(), (address, &cut)).await.is_page("Unified"), "to the last character");
    house.browser().sign_in(&authorize(), (address, &long)).await.code();
}

#[tokio::test]
async fn row_108_five_wrong_codes_end_a_code() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = sign_up_page(&mut browser).await;
    let address = "guess@contoso.test";
    send(&mut browser, &page, address).await;
    let code = house.code_for(address).await;
    assert!(code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()), "{code}");
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        assert_eq!(check(&mut browser, &page, address, wrong).await["status"], "400");
    }
    assert_eq!(check(&mut browser, &page, address, &code).await["status"], "400", "too late");
    let entries = house.store().list_audit(TENANT, None, None, 100).await.expect("read");
    let wrong = entries.iter().find(|entry| entry.outcome == "wrongCode").expect("in the audit log");
    assert!(wrong.count == 6 && wrong.detail.contains("127.0.0.1"), "{wrong:?}");
}

#[tokio::test]
async fn row_109_a_code_serves_the_browser_that_asked_for_it() {
    let house = House::dev().await;
    let address = "two@contoso.test";
    let (mut one, mut two) = (house.browser(), house.browser());
    let (page_one, page_two) = (sign_up_page(&mut one).await, sign_up_page(&mut two).await);
    send(&mut one, &page_one, address).await;
    let of_one = house.code_for(address).await;
    assert_eq!(check(&mut two, &page_two, address, &of_one).await["status"], "400", "two asked for none");
    send(&mut two, &page_two, address).await;
    let of_two = house.code_for(address).await;
    if of_one != of_two {
        assert_eq!(check(&mut two, &page_two, address, &of_one).await["status"], "400");
    }
    assert_eq!(check(&mut one, &page_one, address, &of_one).await["status"], "200");
}

#[tokio::test]
async fn row_110_a_code_is_old_after_ten_minutes_and_proves_one_address() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = sign_up_page(&mut browser).await;
    send(&mut browser, &page, "old@contoso.test").await;
    let old = house.code_for("old@contoso.test").await;
    assert_eq!(check(&mut browser, &page, "other@contoso.test", &old).await["status"], "400", "of another address");
    house.clock.advance(11 * MINUTE);
    assert_eq!(check(&mut browser, &page, "old@contoso.test", &old).await["status"], "400");
}

#[tokio::test]
async fn row_110_a_code_is_used_once_and_not_after_the_password_has_changed() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let page = reset_page(&mut browser).await;
    send(&mut browser, &page, ANN.0).await;
    let code = house.code_for(ANN.0).await;
    assert_eq!(check(&mut browser, &page, ANN.0, &code).await["status"], "200");
    let again = check(&mut browser, &page, ANN.0, &code).await;
    assert_eq!(again["status"], "400", "{again}");
    let form = browser.submit(&page, &[("email", ANN.0)]).await;
    let mut second = browser.clone();
    browser.submit(&form, &[("newPassword", PASSWORD), ("reenterPassword", PASSWORD)]).await.code();
    house.clock.advance(MINUTE);
    let other = "Other-over-Harbour-8";
    let late = second.submit(&form, &[("newPassword", other), ("reenterPassword", other)]).await;
    assert!(late.location().is_none(), "the reset is over: {late:?}");
    assert!(house.browser().sign_in(&authorize(), (ANN.0, other)).await.is_page("Unified"));
    let mut browser = house.browser();
    let page = reset_page(&mut browser).await;
    send(&mut browser, &page, ANN.0).await;
    if house.code_for(ANN.0).await != code {
        assert_eq!(check(&mut browser, &page, ANN.0, &code).await["status"], "400", "nor in another reset");
    }
}

#[tokio::test]
async fn requirement_21_a_reset_ends_sessions_and_refresh_tokens() {
    let house = House::dev().await;
    let mut thief = house.browser();
    thief.sign_in(&authorize(), ANN).await.code();
    let stolen = tokens(&house).await.member("refresh_token");
    house.clock.advance(5_000);
    let mut owner = house.browser();
    let page = reset_page(&mut owner).await;
    send(&mut owner, &page, ANN.0).await;
    let code = house.code_for(ANN.0).await;
    assert_eq!(check(&mut owner, &page, ANN.0, &code).await["status"], "200");
    let form = owner.submit(&page, &[("email", ANN.0)]).await;
    owner.submit(&form, &[("newPassword", PASSWORD), ("reenterPassword", PASSWORD)]).await.code();
    assert!(!is_signed_in(&mut thief).await);
    assert_eq!(refresh(&house, &stolen, &[]).await.member("error"), "invalid_grant");
    assert!(house.browser().sign_in(&authorize(), ANN).await.is_page("Unified"), "the old password is none");
    house.browser().sign_in(&authorize(), (ANN.0, PASSWORD)).await.code();
}

#[tokio::test]
async fn requirement_19_who_reads_the_database_finds_nothing_to_act_as_somebody_with() {
    let installation = Installation::on_disk().await;
    installation.dev(&format!("{DEMO}{STORIES}")).await;
    let house = House::builder().dev().over(&installation).with(|options| options.random = Random::seeded(2));
    let house = house.open().await;
    let mut browser = house.browser();
    let page = reset_page(&mut browser).await;
    send(&mut browser, &page, ANN.0).await;
    let mailed = house.code_for(ANN.0).await;
    let given = tokens(&house).await;
    let unused = browser.sign_in(&authorize().with("prompt", "login"), ANN).await.code();
    let session =
        browser.cookies.iter().find(|(name, _)| name.contains("vestibule-sso-")).expect("a session").1.clone();
    house.browser().sign_in(&authorize(), (ANN.0, "A-wrong-guess-7")).await;
    let bytes = installation.files();
    let has = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(has(ANN.0), "the files are those of the store");
    let refresh = given.member("refresh_token");
    let secret = house.secret(WEBAPP1);
    for found in [mailed.as_str(), &refresh, &unused, &session, &secret, ANN.1, "A-wrong-guess-7"] {
        assert!(!has(found), "{found}");
    }
}

/// A flow with which users who sign in by user name reset their password, and such users.
const BY_NAME: &str = r#"
[[tenant.flow]]
name = "B2C_1_reset_by_name"
type = "password-reset"
sign_in_with = "username"
claims = ["objectId"]

[[tenant.user]]
username = "cleo"
email = "cleo@contoso.test"
password = "Cleo-likes-sun-3"

[[tenant.user]]
username = "fred"
email = "fred@contoso.test"
password = "Fred-likes-fog-7"
enabled = false
"#;

#[tokio::test]
async fn row_97_a_reset_by_user_name_answers_alike_for_every_name_to_who_proved_another_address() {
    let house = House::builder().dev().configure(BY_NAME).open().await;
    let eve = "eve@contoso.test";
    let mut answers = Vec::new();
    for name in ["nobody", "cleo", "fred"] {
        let mut browser = house.browser();
        let page = browser.get(&authorize().at("B2C_1_reset_by_name").path()).await;
        let sent = send(&mut browser, &page, eve).await;
        let code = house.code_for(eve).await;
        assert_eq!(check(&mut browser, &page, eve, &code).await["status"], "200");
        let fields = [("request_type", "RESPONSE"), ("UserId", name), ("email", eve)];
        answers.push((sent, browser.script(&page, "/SelfAsserted", &fields).await));
    }
    assert_eq!(answers[0].1["status"], "400", "{answers:?}");
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

/// Carol of the demo must change her password.
const CAROL: (&str, &str) = ("carol@contoso.test", "Carol-likes-snow-3");

#[tokio::test]
async fn a_password_that_must_be_changed_is_not_set_again_by_the_change_or_a_reset() {
    let house = House::dev().await;
    let mut browser = house.browser();
    let form = browser.sign_in(&authorize(), CAROL).await;
    let same = [("newPassword", CAROL.1), ("reenterPassword", CAROL.1)];
    let refused = browser.submit(&form, &same).await;
    assert!(refused.text.contains("Looks like you used an old password."), "{}", refused.text);

    let mut other = house.browser();
    let page = reset_page(&mut other).await;
    send(&mut other, &page, CAROL.0).await;
    let code = house.code_for(CAROL.0).await;
    check(&mut other, &page, CAROL.0, &code).await;
    let form = other.submit(&page, &[("email", CAROL.0)]).await;
    let refused = other.submit(&form, &same).await;
    assert!(refused.text.contains("Looks like you used an old password."), "{}", refused.text);
    other.submit(&form, &[("newPassword", PASSWORD), ("reenterPassword", PASSWORD)]).await.code();
}
