//! A browser is redirected to an OAuth 2.0 provider and returns.

use crate::stories::chain;
use crate::support::{Memory, Visit, claims, compiled, form, request};
use std::collections::BTreeMap;
use url::Url;
use vestibule_journey::{
    Caller, CompileOptions, Event, HttpError, Outcome, Policy, Redirect, Request, ReturnUris, Session, Source, Stray,
    compile,
};
use vestibule_protocol::pkce;

const RETURN_URI: &str = "https://login.example/contoso.onmicrosoft.com/oauth2/authresp";
const MINUTE: i64 = 60_000;

fn sources() -> [Source; 2] {
    let [base, _] = chain("SignIn", "");
    [base, Source { name: "Provider.xml".to_owned(), text: include_str!("policies/Provider.xml").to_owned() }]
}

fn policy() -> Policy {
    compiled(&sources())
}

/// The policy with other metadata of its provider.
fn policy_with(from: &str, to: &str) -> Policy {
    let [base, mut leaf] = sources();
    assert!(leaf.text.contains(from), "{from}");
    leaf.text = leaf.text.replacen(from, to, 1);
    compiled(&[base, leaf])
}

/// A world in which the provider responds correctly.
fn world() -> Memory {
    let mut world = Memory::new();
    world.secrets.insert("B2C_1A_HubSecret".to_owned(), "s3 cret&".to_owned());
    world.answer(200, r#"{"access_token":"at-1","token_type":"Bearer","expires_in":3600}"#);
    world.answer(200, r#"{"id":42,"name":"Ada","emails":[{"value":"ada@hub.example"}]}"#);
    world
}

fn visit<'a>(policy: &'a Policy, world: &'a mut Memory) -> Visit<'a> {
    let return_uris = ReturnUris { tenant: RETURN_URI.to_owned(), policy: format!("{RETURN_URI}?policy") };
    let request = Request { domain_hint: Some("hub.example".to_owned()), return_uris, ..request() };
    Visit::with(policy, world, Session::default(), request)
}

fn leave(visit: &mut Visit<'_>) -> Redirect {
    match visit.event(Event::Continue) {
        Outcome::Redirect(redirect) => redirect,
        other => panic!("no redirect: {other:?}\n{:#?}", visit.state.trace),
    }
}

fn returned(state: &str) -> Event {
    Event::Returned(form(&[("state", state), ("code", "c-1")]))
}

fn stray(visit: &mut Visit<'_>, event: Event) -> Stray {
    match visit.event(event) {
        Outcome::Stray(stray) => stray,
        other => panic!("no stray: {other:?}"),
    }
}

fn query(url: &str) -> BTreeMap<String, String> {
    Url::parse(url).expect("a URL").query_pairs().into_owned().collect()
}

#[test]
fn the_browser_goes_to_the_provider_and_its_claims_come_back() {
    let (policy, mut world) = (policy(), world());
    let mut visit = visit(&policy, &mut world);
    let redirect = leave(&mut visit);
    assert!(!redirect.after_page && redirect.provider == "Hub");
    visit.accepted(returned(&redirect.state));
    let issued = visit.token();
    assert!(issued.interactive && issued.signed_in_at.is_some());
    let claims = claims(&issued);
    let expected =
        [("address", "ada@hub.example"), ("idp_access_token", "at-1"), ("name", "Ada"), ("sub", "42"), ("way", "hub")];
    assert_eq!(claims, expected.map(|(name, value)| (name, value.to_owned())).into());
}

#[test]
fn the_authorization_request_carries_state_and_challenge() {
    let (policy, mut world) = (policy(), world());
    let mut visit = visit(&policy, &mut world);
    let redirect = leave(&mut visit);
    assert!(redirect.url.starts_with("https://hub.example/authorize?tenant=all&client_id=our+client&"));
    let query = query(&redirect.url);
    assert_eq!((query["redirect_uri"].as_str(), query["response_type"].as_str()), (RETURN_URI, "code"));
    assert_eq!((query["scope"].as_str(), query["login_hint"].as_str()), ("profile email", "hint@example.com"));
    assert_eq!(query["state"], redirect.state);
    assert_eq!((query["code_challenge_method"].as_str(), query["code_challenge"].len()), ("S256", 43));
    assert_eq!(redirect.state.len(), 43, "256 bits");
}

#[test]
fn the_token_request_redeems_the_code_with_verifier_and_secret() {
    let (policy, mut world) = (policy(), world());
    let mut visit = visit(&policy, &mut world);
    let redirect = leave(&mut visit);
    visit.accepted(returned(&redirect.state));
    let [token, me] = world.requests.as_slice() else { panic!("two requests: {:?}", world.requests) };
    assert_eq!((token.caller, token.url.as_str()), (Caller::Token, "https://hub.example/token"));
    let body = query(&format!("https://x/?{}", String::from_utf8_lossy(&token.body)));
    assert_eq!(pkce::challenge(&body["code_verifier"]), query(&redirect.url)["code_challenge"]);
    assert_eq!((body["code"].as_str(), body["redirect_uri"].as_str()), ("c-1", RETURN_URI));
    assert_eq!((body["client_id"].as_str(), body["client_secret"].as_str()), ("our client", "s3 cret&"));
    assert_eq!((me.caller, me.url.as_str()), (Caller::UserInfo, "https://api.hub.example/me"));
    assert!(me.headers.contains(&("authorization".to_owned(), "Bearer at-1".to_owned())));
}

#[test]
fn a_policy_may_ask_for_a_header_with_the_secret_and_for_tokens_in_the_query() {
    let items = r#"<Item Key="HttpBinding">POST</Item>"#;
    let more = r#"<Item Key="HttpBinding">GET</Item><Item Key="token_endpoint_auth_method">client_secret_basic</Item>
        <Item Key="ClaimsEndpointAccessTokenName">oauth_token</Item><Item Key="ClaimsEndpointFormatName">format</Item>
        <Item Key="ClaimsEndpointFormat">json</Item>"#;
    let (policy, mut world) = (policy_with(items, more), world());
    let mut visit = visit(&policy, &mut world);
    let redirect = leave(&mut visit);
    visit.accepted(returned(&redirect.state));
    let [token, me] = world.requests.as_slice() else { panic!("two requests: {:?}", world.requests) };
    assert!(query(&token.url).contains_key("code") && !token.url.contains("secret") && token.body.is_empty());
    let header = ("authorization".to_owned(), "Basic b3VyK2NsaWVudDpzMytjcmV0JTI2".to_owned());
    assert!(token.headers.contains(&header), "{:?}", token.headers);
    assert_eq!(me.url, "https://api.hub.example/me?oauth_token=at-1&format=json");
}

#[test]
fn a_foreign_state_changes_nothing_and_the_right_one_still_counts() {
    let (policy, mut world) = (policy(), world());
    let mut visit = visit(&policy, &mut world);
    let redirect = leave(&mut visit);
    assert_eq!(stray(&mut visit, returned("another")), Stray::Foreign);
    assert_eq!(stray(&mut visit, Event::Returned(form(&[("code", "c-1")]))), Stray::Foreign);
    assert!(visit.world.requests.is_empty(), "nothing was redeemed");
    visit.accepted(returned(&redirect.state));
    visit.token();
}

#[test]
fn a_second_return_is_not_awaited() {
    let (policy, mut world) = (policy(), world());
    let mut visit = visit(&policy, &mut world);
    assert_eq!(stray(&mut visit, returned("early")), Stray::NotAwaited);
    let redirect = leave(&mut visit);
    visit.accepted(returned(&redirect.state));
    assert_eq!(stray(&mut visit, returned(&redirect.state)), Stray::NotAwaited);
    assert_eq!(visit.world.requests.len(), 2, "the code was redeemed once");
}

#[test]
fn after_ten_minutes_a_return_is_late_and_the_browser_is_sent_again() {
    let (policy, mut world) = (policy(), world());
    let mut visit = visit(&policy, &mut world);
    let first = leave(&mut visit);
    visit.world.now += 10 * MINUTE;
    assert_eq!(stray(&mut visit, returned(&first.state)), Stray::Late);
    let second = leave(&mut visit);
    assert_ne!(second.state, first.state);
    assert_eq!(stray(&mut visit, returned(&first.state)), Stray::Foreign);
    visit.accepted(returned(&second.state));
    visit.token();
}

#[test]
fn while_the_browser_is_away_a_reload_sends_it_to_the_same_place_and_old_pages_change_nothing() {
    let (policy, mut world) = (policy(), world());
    let mut visit = visit(&policy, &mut world);
    let first = leave(&mut visit);
    visit.world.now += 9 * MINUTE;
    assert_eq!(leave(&mut visit), first);
    visit.submit(&[("displayName", "Eve")]);
    visit.accepted(Event::Choose("SouthExchange".to_owned()));
    assert_eq!(leave(&mut visit), first);
}

#[test]
fn a_redirect_after_a_page_says_so() {
    let (policy, mut world) = (policy(), world());
    let mut visit = visit(&policy, &mut world);
    visit.state.request.domain_hint = None;
    assert_eq!(visit.page().choices.len(), 2);
    visit.accepted(Event::Choose("HubExchange".to_owned()));
    assert!(leave(&mut visit).after_page);
}

#[test]
fn a_refusal_of_the_provider_reaches_the_application() {
    let policy = policy();
    for (error, oauth) in [("access_denied", "access_denied"), ("invalid_scope", "server_error")] {
        let mut world = world();
        let mut visit = visit(&policy, &mut world);
        let state = leave(&mut visit).state;
        let answer = form(&[("state", &state), ("error", error), ("error_description", "No\r\nthanks")]);
        let (code, as_oauth, message) = visit.failed(Event::Returned(answer));
        assert_eq!((code, as_oauth), (90273, oauth));
        let expected = format!("An invalid response was received : 'Error: {error},Error Description: Nothanks'");
        assert_eq!(message, expected);
        assert!(world.requests.is_empty());
    }
}

#[test]
fn a_provider_that_does_not_answer_well_ends_the_journey() {
    let policy = policy();
    let token = r#"{"access_token":"at-1"}"#;
    let answers: [&[(u16, &str)]; 9] = [
        &[(500, "")],
        &[(200, "<html>")],
        &[(200, "{}")],
        &[(200, r#"{"error":"invalid_client"}"#)],
        &[(400, token)],
        &[(200, r#"{"access_token":"a\r\nb"}"#)],
        &[(200, token), (401, "{}")],
        &[(200, token), (200, "[]")],
        &[(200, token), (200, "not JSON")],
    ];
    for script in answers {
        let mut world = world();
        world.answers.clear();
        script.iter().for_each(|(status, body)| world.answer(*status, body));
        let mut visit = visit(&policy, &mut world);
        let state = leave(&mut visit).state;
        let (code, error, _) = visit.failed(returned(&state));
        assert_eq!((code, error), (90289, "server_error"), "{script:?}");
    }
}

#[test]
fn a_provider_that_answers_with_a_form_is_understood() {
    let (policy, mut world) = (policy(), world());
    world.answers.pop_front();
    world.answers.push_front(Memory::response(200, "access_token=at-2&token_type=bearer"));
    let mut visit = visit(&policy, &mut world);
    let state = leave(&mut visit).state;
    visit.accepted(returned(&state));
    assert_eq!(claims(&visit.token())["idp_access_token"], "at-2");
}

#[test]
fn a_timeout_and_a_missing_key_end_the_journey_in_their_own_codes() {
    let policy = policy();
    let mut world = world();
    world.answers = [Err(HttpError::Timeout)].into();
    let mut away = visit(&policy, &mut world);
    let state = leave(&mut away).state;
    assert_eq!(away.failed(returned(&state)).0, 90289);
    world.secrets.clear();
    let mut away = visit(&policy, &mut world);
    let state = leave(&mut away).state;
    assert_eq!(away.failed(returned(&state)).0, 90025);
}

#[test]
fn a_half_written_provider_counts_only_where_it_is_reached() {
    assert!(policy().id.ends_with("Social"));
    let [base, mut leaf] = sources();
    leaf.text = leaf
        .text
        .replace(r#"TechnicalProfileReferenceId="Hub-OAuth2""#, r#"TechnicalProfileReferenceId="Unfinished-OAuth2""#);
    let problems = compile(&[base, leaf], &CompileOptions::default()).expect_err("it cannot run");
    let told: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    for needed in ["client_id", "AccessTokenEndpoint"] {
        assert!(told.contains(&format!("Unfinished-OAuth2 needs the metadata item {needed}").as_str()), "{told:?}");
    }
    assert!(told.iter().any(|message| message.starts_with("authorization_endpoint is a URL")), "{told:?}");
}
