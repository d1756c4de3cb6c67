//! The registry: how tenants, flows and applications are found, and which application owns a redirect URI.

use proptest::prelude::*;
use vestibule_tenant::clock::Random;
use vestibule_tenant::registry::{Application, Platform, RedirectUri, SecretCheck, credential, names, redirect_uri};
use vestibule_testing::{DEMO, Installation, NOW};

const TENANT_ID: &str = "775527ff-9a37-4307-8b3d-cc311f58d925";
const WEBAPP1: &str = "3f2b8d6e-0c47-4a15-b9e8-61d7a2f05c94";

fn application(uris: &[(&str, Platform)]) -> Application {
    let redirect_uris = uris.iter().map(|(uri, platform)| RedirectUri { uri: (*uri).to_owned(), platform: *platform });
    Application { redirect_uris: redirect_uris.collect(), ..Application::default() }
}

#[tokio::test]
async fn a_tenant_is_found_by_name_domain_and_id_in_any_case() {
    let installation = Installation::demo().await;
    let snapshot = installation.registry().await.everything().await.expect("read");
    for named in [
        "contoso",
        "Contoso",
        "contoso.onmicrosoft.com",
        "CONTOSO.OnMicrosoft.com",
        TENANT_ID,
        &TENANT_ID.to_uppercase(),
    ] {
        assert_eq!(snapshot.tenant(named).expect(named).id, TENANT_ID);
    }
    for named in ["", "contos", "contoso.", "contoso.onmicrosoft.com.evil.test", "fabrikam"] {
        assert!(snapshot.tenant(named).is_none(), "{named}");
    }
}

#[tokio::test]
async fn applications_and_apis_are_found_by_their_ids() {
    let installation = Installation::demo().await;
    let tenant = installation.registry().await.everything().await.expect("read").tenant("contoso").expect("contoso");
    assert_eq!(tenant.application(&WEBAPP1.to_uppercase()).expect("webapp1").name, "webapp1");
    let api = tenant.resource_by_app_id_uri("https://contoso.onmicrosoft.com/tasks-api").expect("my-api1");
    assert_eq!(api.full_scope("tasks.read").as_deref(), Some("https://contoso.onmicrosoft.com/tasks-api/tasks.read"));
    assert!(tenant.resource_by_app_id_uri("https://contoso.onmicrosoft.com/Tasks-api").is_none());
    assert!(tenant.resource_by_app_id_uri("").is_none());
    let app = tenant.application(WEBAPP1).expect("webapp1");
    assert_eq!(app.permitted_scopes(&api), ["tasks.read", "tasks.write"]);
    assert!(app.is_confidential() && app.has_openid_permission("offline_access"));
    assert_eq!(app.origins_of_redirect_uris(), ["http://localhost:5000"]);
    assert!(!api.permitted_scopes(&app).contains(&"tasks.read"));
}

#[tokio::test]
async fn a_flow_is_found_in_any_case_and_keeps_its_canonical_name() {
    let installation = Installation::demo().await;
    let snapshot = installation.registry().await.everything().await.expect("read");
    assert_eq!(snapshot.problems().await.expect("compiled"), [], "every flow of the demo compiles");
    let tenant = snapshot.tenant("contoso").expect("contoso");
    for named in ["B2C_1_signupsignin1", "b2c_1_signupsignin1", "B2C_1_SIGNUPSIGNIN1"] {
        assert_eq!(tenant.flow(named).await.expect("compiled").expect(named).name, "B2C_1_signupsignin1");
    }
    for named in ["B2C_1_signupsignin", ""] {
        assert!(tenant.flow(named).await.expect("looked").is_none(), "{named}");
    }
}

#[tokio::test]
async fn a_change_by_another_node_is_seen_after_a_second_and_the_store_asked_no_oftener() {
    let installation = Installation::demo().await;
    let registry = installation.registry().await;
    registry.refresh_if_changed(NOW).await;
    let contoso = async || registry.tenant("contoso").await.expect("read").expect("contoso");
    let old = contoso().await;
    installation.dev(&DEMO.replace("display_name = \"Contoso\"", "display_name = \"Contoso Ltd\"")).await;
    registry.refresh_if_changed(NOW + 999).await;
    assert_eq!(contoso().await.display_name, "Contoso");
    registry.refresh_if_changed(NOW + 1000).await;
    assert_eq!(contoso().await.display_name, "Contoso Ltd");
    assert_eq!(old.display_name, "Contoso", "a request keeps the tenant that it took");
}

/// Security rows 1 to 14 and 19, with a single registered address.
#[test]
fn only_the_registered_redirect_uri_is_taken() {
    const REGISTERED: &str = "https://rp.example/cb/callback";
    let app = application(&[(REGISTERED, Platform::Web)]);
    assert!(app.redirect_uri(REGISTERED).is_some());
    for attack in [
        // 1: another host, suffix, prefix, glued
        "https://evil.example/cb/callback",
        "https://rp.example.evil.example/cb/callback",
        "https://evilrp.example/cb/callback",
        "https://rp.exampleevil/cb/callback",
        "https://sub.rp.example/cb/callback",
        // 2: user info
        "https://rp.example@evil.example/cb/callback",
        "https://evil.example@rp.example/cb/callback",
        "https://rp.example:x@evil.example/cb/callback",
        "https://rp.example%40evil.example/cb/callback",
        // 3: backslashes
        r"https://evil.example\@rp.example/cb/callback",
        r"https://rp.example\evil.example/cb/callback",
        r"https:\\rp.example\cb\callback",
        // 4: trailing dot, letter case
        "https://rp.example./cb/callback",
        "https://RP.example/cb/callback",
        "HTTPS://rp.example/cb/callback",
        "https://rp.example/cb/Callback",
        // 5: slashes, parents, prefixes
        "https://rp.example/cb/callback/",
        "https://rp.example//cb/callback",
        "https://rp.example/cb",
        "https://rp.example/cb/callback/x",
        "https://rp.example/cb/callback;x",
        "https://rp.example/",
        // 6: traversal
        "https://rp.example/cb/callback/../x",
        "https://rp.example/x/../cb/callback",
        "https://rp.example/cb/callback/%2e%2e/x",
        "https://rp.example/cb/callback/%252e%252e/x",
        // 7: percent-encoded letter
        "https://rp.example/cb/c%61llback",
        // 8: query and fragment
        "https://rp.example/cb/callback?x=1",
        "https://rp.example/cb/callback?",
        "https://rp.example/cb/callback#x",
        "https://rp.example/cb/callback#",
        // 9: ports, schemes
        "https://rp.example:443/cb/callback",
        "https://rp.example:8443/cb/callback",
        "http://rp.example/cb/callback",
        "//rp.example/cb/callback",
        "/cb/callback",
        // 10: code
        "javascript:alert(1)",
        "data:text/html,x",
        "javascript://rp.example/cb/callback",
        // 11: spaces and controls
        " https://rp.example/cb/callback",
        "https://rp.example/cb/callback ",
        "https://rp.example/cb/callback\t",
        "https://rp.example/cb/callback\r\nX: y",
        "https://rp.example/cb/callback\n",
        "https://rp.example/cb/callback\0",
        // 12: look-alikes
        "https://rр.example/cb/callback",
        "https://rp。example/cb/callback",
        "https://[fe80::1%25eth0]/cb/callback",
        // 13: loopback, wildcard
        "http://localhost/cb/callback",
        "http://127.0.0.1/cb/callback",
        "http://[::1]/cb/callback",
        "https://*.example/cb/callback",
        // 14: several in one
        "https://rp.example/cb/callback,https://evil.example/",
        "https://rp.example/cb/callback https://evil.example/",
        // 15: none
        "",
        // 19: another client's
        "https://other.example/cb",
    ] {
        assert!(app.redirect_uri(attack).is_none(), "{attack:?}");
    }
}

#[test]
fn a_native_application_may_listen_at_any_port_of_a_loopback_address() {
    let registered = ["http://127.0.0.1/cb", "http://[::1]:4000/", "http://localhost", "http://localhost:4000/app"];
    let app = application(&registered.map(|uri| (uri, Platform::PublicClient)));
    for right in [
        "http://127.0.0.1/cb",
        "http://127.0.0.1:1/cb",
        "http://127.0.0.1:65535/cb",
        "http://[::1]:4000/",
        "http://[::1]:5000/",
        "http://[::1]:5000",
        "http://localhost",
        "http://localhost/",
        "http://localhost:53124",
        "http://localhost:53124/",
        "http://localhost:53124/app",
        "http://localhost/app",
    ] {
        assert!(app.redirect_uri(right).is_some(), "{right}");
    }
}

#[test]
fn a_loopback_address_differs_by_nothing_but_its_port() {
    let app = application(&[
        ("http://127.0.0.1/cb", Platform::PublicClient),
        ("http://[::1]:4000/", Platform::PublicClient),
        ("http://localhost/app", Platform::PublicClient),
    ]);
    for wrong in [
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:080/cb",
        "http://127.0.0.1:+80/cb",
        "http://127.0.0.1:80",
        "http://127.0.0.1:80/cb/",
        "http://127.0.0.1:80/cb?x",
        "http://127.0.0.1:80@evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.1evil.example/cb",
        "http://127.0.0.2:80/cb",
        "http://localhost:80/cb",
        "https://127.0.0.1:80/cb",
        "http://[::1]:5000/cb",
        "http://127.1:80/cb",
        "http://2130706433:80/cb",
        "http://localhost:53124",
        "http://localhost:53124/App",
        "http://localhost:53124/app/",
        "http://localhost.evil.example/app",
        "http://localhostevil.example/app",
        "http://localhost:53124@evil.example/app",
        "http://localhost:53124.evil.example/app",
        "http://LOCALHOST:53124/app",
        "http://localhost.:53124/app",
        "http://app.localhost:53124/app",
        "https://localhost:53124/app",
    ] {
        assert!(app.redirect_uri(wrong).is_none(), "{wrong}");
    }
}

#[test]
fn only_a_native_application_may_listen_at_any_port() {
    for platform in [Platform::Web, Platform::Spa] {
        for (registered, asked) in [
            ("http://127.0.0.1/cb", "http://127.0.0.1:80/cb"),
            ("http://localhost/cb", "http://localhost:5000/cb"),
            ("http://[::1]/cb", "http://[::1]:5000/cb"),
            ("http://localhost:5000", "http://localhost:5000/"),
        ] {
            assert!(application(&[(registered, platform)]).redirect_uri(asked).is_none(), "{asked}");
        }
    }
}

proptest! {
    #[test]
    fn a_redirect_uri_matches_itself_byte_for_byte_and_nothing_else(
        registered in "https?://[a-z]{1,8}(\\.[a-z]{2,4})?(:[0-9]{2,4})?(/[a-zA-Z0-9._%-]{0,6}){0,3}",
        at in any::<prop::sample::Index>(),
        put in any::<char>(),
        how in 0..4,
    ) {
        let app = application(&[(&registered, Platform::Web)]);
        prop_assert!(app.redirect_uri(&registered).is_some());
        let at = at.index(registered.len());
        let (before, after) = registered.split_at(at);
        let altered = match how {
            0 => format!("{before}{put}{after}"),
            1 => format!("{before}{}", &after[1..]),
            2 => format!("{before}{put}{}", &after[1..]),
            _ => before.to_ascii_uppercase() + after,
        };
        prop_assert_eq!(app.redirect_uri(&altered).is_some(), altered == registered);
    }

    #[test]
    fn two_loopback_uris_match_only_if_their_ports_alone_differ(
        text in "http://(127\\.0\\.0\\.1|\\[::1\\]|localhost)(:[0-9@a:]{0,6})?(/[a-b?#@]{0,4})?",
    ) {
        let app = application(&[("http://localhost/a", Platform::PublicClient)]);
        let port = text.strip_prefix("http://localhost").and_then(|t| t.strip_suffix("/a"));
        let right = port.is_some_and(|p| p.is_empty() || p.strip_prefix(':').is_some_and(|p| {
            p.parse::<u16>().is_ok_and(|n| n > 0 && n.to_string() == p)
        }));
        prop_assert_eq!(app.redirect_uri(&text).is_some(), right, "{}", text);
    }
}

#[test]
fn row_10_and_row_88_what_may_be_registered_as_a_redirect_uri() {
    use Platform::{PublicClient, Spa, Web};
    let long = format!("https://app.contoso.com/{}", "a".repeat(232));
    for (uri, platform) in [
        ("https://app.contoso.com/getAToken", Web),
        ("https://app.contoso.com", Web),
        ("https://app.contoso.com:8443/a/b_c-d.e~f", Spa),
        ("http://localhost:5000/getAToken", Web),
        ("http://127.0.0.1:5000/", Web),
        ("http://[::1]:5000/", Spa),
        ("http://localhost", PublicClient),
        ("com.contoso.app://auth", PublicClient),
        ("com.contoso.app:/auth", PublicClient),
        ("msal3f2b8d6e-0c47-4a15-b9e8-61d7a2f05c94://auth", PublicClient),
        ("urn:ietf:wg:oauth:2.0:oob", PublicClient),
        (&long, Web),
    ] {
        assert_eq!(redirect_uri::validate(uri, platform), Ok(()), "{uri}");
    }
    let longer = format!("{long}a");
    for (uri, platform) in [
        ("", Web),
        ("getAToken", Web),
        ("//app.contoso.com/", Web),
        ("http://app.contoso.com/", Web),
        ("http://localhost.evil.test/", Web),
        ("http://127.0.0.2/", Web),
        ("http://127.1/", Web),
        ("http://2130706433/", Web),
        ("http://0.0.0.0/", Web),
        ("http://[::]/", Web),
        ("https://*.contoso.com/", Web),
        ("https://app.contoso.com/*", Web),
        ("https://app.contoso.com/#x", Web),
        ("https://app.contoso.com/#", Web),
        ("https://app.contoso.com/?a=b", Web),
        ("https://app.contoso.com/?", Web),
        ("https://ann@app.contoso.com/", Web),
        ("https://@app.contoso.com/", Web),
        ("https://ann:pw@app.contoso.com/", Web),
        ("https://app.contoso.com/a b", Web),
        ("https://app.contoso.com/a\n", Web),
        ("https://app.contoso.com/ä", Web),
        ("https://App.contoso.com/", Web),
        ("HTTPS://app.contoso.com/", Web),
        ("https://app.contoso.com:443/", Web),
        ("https://app.contoso.com/a/../b", Web),
        (r"https://app.contoso.com\b", Web),
        ("https:app.contoso.com/", Web),
        ("https:///app.contoso.com/", Web),
        ("https://app.contoso.com/a;b", Web),
        ("https://app.contoso.com/a,b", Web),
        ("https://app.contoso.com/a(b)", Web),
        ("https://app.contoso.com/$a", Web),
        ("https://app.contoso.com/'a'", Web),
        ("https://app.contoso.com/<a>", Web),
        ("https://app.contoso.com/\"a\"", Web),
        (&longer, Web),
        ("com.contoso.app://auth", Web),
        ("com.contoso.app://auth", Spa),
        ("javascript:alert", PublicClient),
        ("JavaScript:alert", PublicClient),
        ("data:text/html", PublicClient),
        ("file:///etc/passwd", PublicClient),
        ("vbscript:x", PublicClient),
        ("blob:https://x", PublicClient),
        ("about:blank", PublicClient),
        ("ws://localhost/", PublicClient),
        ("com.contoso.app://ann@auth", PublicClient),
        ("com.contoso.app://auth#x", PublicClient),
        ("ftp://app.contoso.com/", PublicClient),
        ("localhost:5000/cb", PublicClient),
        ("app.contoso.com:8443/cb", PublicClient),
    ] {
        assert!(redirect_uri::validate(uri, platform).is_err(), "{uri:?}");
    }
}

#[test]
fn an_application_id_uri_is_a_uri_without_surprises() {
    assert!(names::validate_app_id_uri("https://contoso.onmicrosoft.com/tasks-api").is_ok());
    assert!(names::validate_app_id_uri("api://f8c0e2a4-5d1b-4c39-9a76-2be18d40c7f3").is_ok());
    for bad in [
        "tasks-api",
        "http://contoso/x",
        "https://c.test/x?y",
        "https://c.test/*",
        "https://c.test/x/",
        "https://c.test/a b",
        "https://c.test/ä",
    ] {
        assert!(names::validate_app_id_uri(bad).is_err(), "{bad}");
    }
    assert!(names::validate_app_id_uri(&format!("https://c.test/{}", "x".repeat(106))).is_err());
}

#[test]
fn names_follow_the_limits_of_the_contract() {
    assert!(
        names::validate_scope_name("tasks.read").is_ok() && names::validate_scope_name("user_impersonation").is_ok()
    );
    for bad in ["", "tasks read", "tasks/read", ".default", "a\"b", &"x".repeat(41)] {
        assert!(names::validate_scope_name(bad).is_err(), "{bad}");
    }
    for bad in [
        "_dev", "portal", "graph", "tfp", "te", "oidc", "healthz", "readyz", "client", "", "Contoso", "con toso", "-a",
        "a.b",
    ] {
        assert!(names::validate_tenant_name(bad).is_err(), "{bad}");
    }
    for bad in ["signin", "B2C_1_", "B2C_1A_x", "B2C_1_a b", "B2C_1_a/b"] {
        assert!(names::validate_flow_name(bad).is_err(), "{bad}");
    }
    assert!(names::validate_logout_url("https://app.contoso.com/out").is_ok());
    assert!(names::validate_logout_url("com.contoso.app://out").is_err());
}

#[test]
fn a_secret_is_shown_once_and_recognised_by_its_hash_until_it_expires() {
    let made = credential::generate(&Random::seeded(3), Some(1000));
    assert_eq!(made.value.len(), 43, "256 bits");
    assert!(!format!("{made:?}").contains(&made.value), "not even in a log");
    assert!(!made.credential.hash.contains(&made.value[..8]) && made.value.starts_with(&made.credential.hint));
    let other = credential::generate(&Random::seeded(4), None);
    let app = Application { credentials: vec![made.credential, other.credential], ..Application::default() };
    assert_eq!(app.check_secret(&made.value, 999), SecretCheck::Right);
    assert_eq!(app.check_secret(&made.value, 1000), SecretCheck::Expired);
    assert_eq!(app.check_secret(&other.value, i64::MAX), SecretCheck::Right);
    for wrong in ["", "x", &made.value[1..], &made.value.to_uppercase()] {
        assert_eq!(app.check_secret(wrong, 0), SecretCheck::Wrong);
    }
}

#[test]
fn which_applications_authenticate() {
    use Platform::{PublicClient, Spa, Web};
    let uri = "https://app.contoso.com/";
    assert!(application(&[(uri, Web)]).is_confidential());
    assert!(application(&[(uri, Web), (uri, Spa)]).is_confidential());
    assert!(application(&[]).is_confidential(), "a daemon");
    assert!(!application(&[(uri, Spa)]).is_confidential());
    assert!(!application(&[("com.contoso.app://auth", PublicClient)]).is_confidential());
    assert!(!Application { public_client: true, ..application(&[]) }.is_confidential(), "ROPC alone");
}
