//! Which of the requested scopes an application gets.

use super::ground::{API, DAEMON, READ, STRICT, WEB, WRITE};
use super::registered::tenant;
use vestibule_protocol::error::Failure;
use vestibule_protocol::scope::Scopes;
use vestibule_server::oauth::scopes::{Granted, Resource, decide, decide_for_itself};
use vestibule_tenant::registry::Tenant;

const NOTES: &str = "https://contoso.onmicrosoft.com/notes-api/notes.read";

fn asked(tenant: &Tenant, client_id: &str, scope: &str) -> Result<Granted, u32> {
    let application = tenant.application(client_id).expect("an application");
    decide(tenant, &application, &Scopes::parse(scope).expect("legal")).map_err(|Failure { code, .. }| code)
}

fn resource(client_id: &str, scopes: &[&str]) -> Option<Resource> {
    let scopes = scopes.iter().map(|s| (*s).to_owned()).collect();
    Some(Resource { client_id: client_id.to_owned(), scopes })
}

#[test]
fn scopes_of_one_api_come_back_in_full_and_are_short_in_the_token() {
    let scope = format!("offline_access openid profile {WRITE} {READ}");
    let granted = asked(&tenant(), WEB, &scope).expect("granted");
    assert_eq!(granted.scopes.to_string(), scope);
    assert!(granted.openid && granted.offline);
    assert_eq!(granted.resource, resource(API, &["tasks.write", "tasks.read"]));
}

#[test]
fn only_openid_connects_scopes_give_no_access_token_unless_by_the_letter() {
    assert_eq!(asked(&tenant(), WEB, "openid profile email").expect("granted").resource, None);
    assert_eq!(asked(&tenant(), STRICT, "openid").expect("granted").resource, resource(STRICT, &[]));
}

#[test]
fn the_own_client_id_gives_a_token_for_oneself() {
    let granted = asked(&tenant(), WEB, &format!("openid {}", WEB.to_uppercase())).expect("granted");
    assert_eq!(granted.resource, resource(WEB, &[]));
    assert_eq!(granted.scopes.to_string(), format!("openid {}", WEB.to_uppercase()));
    assert_eq!(asked(&tenant(), WEB, API), Err(90117));
}

#[test]
fn what_was_not_consented_is_left_out_and_alone_refused() {
    let secret = "https://contoso.onmicrosoft.com/tasks-api/tasks.secret";
    let granted = asked(&tenant(), WEB, &format!("openid {secret} {READ}")).expect("granted");
    assert_eq!(granted.scopes.to_string(), format!("openid {READ}"));
    assert_eq!(asked(&tenant(), WEB, &format!("openid {secret}")), Err(90205));
}

#[test]
fn wrong_requests_have_b2cs_codes() {
    for (scope, code) in [
        ("", 90010),
        ("offline_access", 90055),
        ("https://contoso.onmicrosoft.com/tasks-api/tasks.none", 90117),
        ("https://contoso.onmicrosoft.com/tasks-api/.default", 90117),
        ("https://graph.microsoft.com/User.Read", 90117),
        ("tasks.read", 90117),
    ] {
        assert_eq!(asked(&tenant(), WEB, scope), Err(code), "{scope}");
    }
    assert_eq!(asked(&tenant(), WEB, &format!("{READ} {NOTES}")), Err(90146));
    assert_eq!(asked(&tenant(), WEB, &format!("{READ} {WEB}")), Err(90146));
}

#[test]
fn permissions_of_openid_connect_are_needed_too() {
    let tenant = tenant();
    let mut application = (*tenant.application(WEB).expect("webapp1")).clone();
    application.openid_permissions = vec!["openid".to_owned()];
    let asked = Scopes::parse("openid offline_access").expect("legal");
    let granted = decide(&tenant, &application, &asked).expect("granted");
    assert_eq!((granted.offline, granted.scopes.to_string().as_str()), (false, "openid"));
    application.openid_permissions.clear();
    assert_eq!(decide(&tenant, &application, &asked).map_err(|f| f.code), Err(90107));
}

#[test]
fn an_application_for_itself_gets_its_roles() {
    let tenant = tenant();
    let daemon = tenant.application(DAEMON).expect("my-daemon1");
    let ask = |scope: &str| {
        decide_for_itself(&tenant, &daemon, &Scopes::parse(scope).expect("legal")).map_err(|Failure { code, .. }| code)
    };
    let api = "https://contoso.onmicrosoft.com/tasks-api/.default";
    assert_eq!(ask(api).expect("granted").resource, resource(API, &["tasks.sync"]));
    assert_eq!(ask(&format!("{API}/.default")).expect("granted").resource, resource(API, &["tasks.sync"]));
    assert_eq!(ask(""), Err(90010));
    assert_eq!(ask(READ), Err(99068));
    assert_eq!(ask("https://contoso.onmicrosoft.com/none/.default"), Err(90117));
    assert_eq!(ask("https://contoso.onmicrosoft.com/notes-api/.default"), Err(90205));
    for odd in [format!("{api} openid"), format!("{api} {api}2"), "openid".to_owned(), ".default".to_owned()] {
        assert_eq!(ask(&odd), Err(99068), "{odd}");
    }
}
