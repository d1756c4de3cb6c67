//! Applying a configuration: once, twice, in part, with secrets.

use vestibule_tenant::accounts::identity;
use vestibule_tenant::config::{Applied, ApplyOptions, EnvFacts, MovedApplication, Posing, demo_secret, env_for};
use vestibule_tenant::registry::{PermissionKind, SecretCheck};
use vestibule_testing::signer::Signer;
use vestibule_testing::{DEMO, Installation, STORIES};

/// The changes as lines.
fn lines(applied: &Applied) -> Vec<String> {
    applied.to_string().lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn applying_twice_changes_nothing_the_second_time() {
    let installation = Installation::new().await;
    let first = lines(&installation.dev(DEMO).await);
    insta::assert_snapshot!(first.join("\n"), @r#"
    + tenant contoso
        display_name: "Contoso"
        domain: "contoso.onmicrosoft.com"
        name: "contoso"
    + contoso: user flow B2C_1_profile_editing
        attributes: [{"name":"displayName","required":true},{"name":"givenName","required":false},{"name":"surname","required":false}]
        claims: ["displayName","emails","givenName","surname","objectId","identityProvider"]
        keep_me_signed_in_days: 30
        type: "profile-editing"
    + contoso: user flow B2C_1_reset_password
        claims: ["displayName","emails","objectId"]
        type: "password-reset"
    + contoso: user flow B2C_1_signupsignin1
        attributes: [{"name":"displayName","required":true},{"name":"givenName","required":false},{"name":"surname","required":false}]
        claims: ["displayName","emails","givenName","surname","objectId","newUser","identityProvider"]
        keep_me_signed_in_days: 30
        type: "sign-up-sign-in"
    + contoso: application my-api1
        app_id_uri: "https://contoso.onmicrosoft.com/tasks-api"
        name: "my-api1"
        scope tasks.read: {"description":"Allows the application to read the tasks of the signed-in person.","display_name":"Read tasks","enabled":true}
        scope tasks.write: {"description":"Allows the application to change the tasks of the signed-in person.","display_name":"Write tasks","enabled":true}
    + contoso: application webapp1
        name: "webapp1"
        permission my-api1/tasks.read: "delegated, granted"
        permission my-api1/tasks.write: "delegated, granted"
        redirect_uris.web: ["http://localhost:5000/getAToken"]
        secret "demo secret of the configuration": "wWd…, digest fD8a6K-g…"
    + contoso: user ann@contoso.test
    + contoso: user bob@contoso.test
    + contoso: user carol@contoso.test
    "#);
    let version = installation.store.versions().await.expect("a version");
    assert_eq!(lines(&installation.dev(DEMO).await), [""; 0]);
    assert_eq!(installation.store.versions().await.expect("a version"), version);
}

#[tokio::test]
async fn a_plan_says_the_same_and_does_nothing() {
    let installation = Installation::new().await;
    let secrets = installation.secrets();
    let plan =
        installation.dev_with(DEMO, ApplyOptions { plan: true, ..ApplyOptions::new(&|_| None) }).await.expect("a plan");
    assert!(installation.store.tenants().await.expect("tenants").is_empty() && !secrets.exists());
    // The demo's secret is random, and a plan does not store one.
    let without_secrets = |applied: Applied| {
        let lines = lines(&applied).into_iter().filter(|line| !line.contains("secret"));
        lines.collect::<Vec<_>>()
    };
    assert_eq!(without_secrets(plan), without_secrets(installation.dev(DEMO).await));
}

#[tokio::test]
async fn what_the_file_does_not_name_stays_and_lists_are_owned_whole() {
    let installation = Installation::demo().await;
    let less = r#"
[[tenant]]
name = "contoso"
id = "775527ff-9a37-4307-8b3d-cc311f58d925"

[[tenant.application]]
name = "my-api1"
client_id = "f8c0e2a4-5d1b-4c39-9a76-2be18d40c7f3"
app_id_uri = "https://contoso.onmicrosoft.com/tasks-api"
scope = [{ name = "tasks.read", display_name = "Read" }]

[[tenant.application]]
name = "webapp1"
client_id = "3f2b8d6e-0c47-4a15-b9e8-61d7a2f05c94"
require_pkce = true
demo_secret = true
"#;
    let applied = installation.dev(less).await;
    insta::assert_snapshot!(lines(&applied).join("\n"), @r#"
    ~ contoso: application my-api1
        scope tasks.read: {"description":"Allows the application to read the tasks of the signed-in person.","display_name":"Read tasks","enabled":true} → {"display_name":"Read","enabled":true}
        scope tasks.write: {"description":"Allows the application to change the tasks of the signed-in person.","display_name":"Write tasks","enabled":true} → nothing
    ~ contoso: application webapp1
        require_pkce: false → true
    "#);
    let tenant = installation.registry().await.everything().await.expect("read").tenant("contoso").expect("contoso");
    assert_eq!(tenant.display_name, "Contoso");
    let app = tenant.application_named("webapp1").expect("webapp1");
    assert!(app.require_pkce && app.redirect_uri("http://localhost:5000/getAToken").is_some());
    let api = tenant.application_named("my-api1").expect("my-api1");
    assert_eq!(app.permitted_scopes(&api), ["tasks.read"]);
}

#[tokio::test]
async fn users_are_created_once_and_their_passwords_never_applied_again() {
    let installation = Installation::demo().await;
    let tenant = "775527ff-9a37-4307-8b3d-cc311f58d925";
    let user = async |address: &str| {
        let name = identity::email(address).expect("an address");
        installation.store.user_by_identity(tenant, name.kind, "", &name.key).await.expect("the store").expect("a user")
    };
    let ann = user("ANN@contoso.test").await;
    assert_eq!(ann.object_id, "a7d3f1c2-64b8-4e0f-8c95-1f2e7b9d4063");
    assert!(
        ann.body.contains("Ann Example") && ann.password_hash.as_ref().is_some_and(|h| h.starts_with("$argon2id$"))
    );
    let changed = DEMO.replace("Ann-likes-tea-1", "Ann-likes-milk-9").replace("Ann Example", "Somebody Else");
    assert_eq!(lines(&installation.dev(&changed).await), [""; 0]);
    assert_eq!(user("ann@contoso.test").await, ann);
    assert!(user("carol@contoso.test").await.force_change);
}

#[tokio::test]
async fn a_password_from_the_environment_is_judged_as_any_other() {
    let installation = Installation::new().await;
    let text =
        "[[tenant]]\nname = \"contoso\"\n[[tenant.user]]\nemail = \"ann@contoso.test\"\npassword_env = \"ANN\"\n";
    let error = installation.serve(text, &[("ANN", "Password1!")]).await.expect_err("too easy").to_string();
    insta::assert_snapshot!(error, @r#"vestibule.toml:3: error: the password of "ann@contoso.test" is too easy to guess: choose another"#);
    installation.serve(text, &[("ANN", "correct horse battery staple")]).await.expect("applied");
}

#[tokio::test]
async fn a_tenant_cannot_change_its_id() {
    let installation = Installation::demo().await;
    let other = "\n[[tenant]]\nname = \"contoso\"\n";
    let error = installation.serve(other, &[]).await.expect_err("another id").to_string();
    assert!(error.starts_with("vestibule.toml:2: error: the store has the tenant \"contoso\""), "{error}");
}

const WITH_SECRET: &str = r#"
[[tenant]]
name = "contoso"
[[tenant.application]]
name = "webapp1"
redirect_uris.web = ["https://app.contoso.com/cb"]
secret_env = "NEW"
"#;

#[tokio::test]
async fn a_secret_comes_from_the_environment_and_rotates_without_a_gap() {
    let installation = Installation::new().await;
    let (old, new) = ("o".repeat(40), "n".repeat(40));
    let check = async |secret: &str| {
        let tenant =
            installation.registry().await.everything().await.expect("read").tenant("contoso").expect("contoso");
        tenant.application_named("webapp1").expect("webapp1").check_secret(secret, vestibule_testing::NOW)
    };
    installation.serve(WITH_SECRET, &[("NEW", &old)]).await.expect("applied");
    assert_eq!((check(&old).await, check(&new).await), (SecretCheck::Right, SecretCheck::Wrong));
    let both = format!("{WITH_SECRET}previous_secret_env = \"OLD\"\n");
    installation.serve(&both, &[("NEW", &new), ("OLD", &old)]).await.expect("applied");
    assert_eq!((check(&old).await, check(&new).await), (SecretCheck::Right, SecretCheck::Right));
    let applied = installation.serve(WITH_SECRET, &[("NEW", &new)]).await.expect("applied");
    let [what, secret] = lines(&applied).try_into().expect("an application and its secret");
    assert_eq!(what, "~ contoso: application webapp1");
    assert!(secret.contains("previous secret") && secret.ends_with("→ nothing"), "{secret}");
    assert_eq!((check(&old).await, check(&new).await), (SecretCheck::Wrong, SecretCheck::Right));
}

#[tokio::test]
async fn certificates_rotate_without_a_gap_and_what_is_named_no_more_is_gone() {
    let installation = Installation::new().await;
    let (old, new) = (Signer::p256(), Signer::p256());
    let text = |signers: &[&Signer]| {
        let pems: Vec<String> = signers.iter().map(|s| format!("\"\"\"{}\"\"\"", s.pem)).collect();
        let head = "[[tenant]]\nname = \"contoso\"\n[[tenant.application]]\nname = \"webapp1\"\n";
        format!("{head}single_use_assertions = true\ncertificates = [{}]\n", pems.join(", "))
    };
    let names = |applied: &Applied, signer: &Signer, end: &str| {
        let lines = lines(applied);
        let named = format!("    certificate {}: ", signer.certificate().fingerprint());
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[1].starts_with(&named) && lines[1].ends_with(end), "{lines:?}");
    };
    let registered = async || {
        let tenant =
            installation.registry().await.everything().await.expect("read").tenant("contoso").expect("contoso");
        let app = tenant.application_named("webapp1").expect("webapp1");
        assert!(app.is_confidential() && app.takes_assertions_once());
        app.certificates().cloned().collect::<Vec<_>>()
    };
    installation.serve(&text(&[&old]), &[]).await.expect("applied");
    assert_eq!(registered().await, [old.certificate()]);
    let applied = installation.serve(&text(&[&old, &new]), &[]).await.expect("applied");
    names(&applied, &new, "Z\"");
    assert_eq!(lines(&installation.serve(&text(&[&old, &new]), &[]).await.expect("applied")), [""; 0]);
    assert_eq!(registered().await.len(), 2);
    let applied = installation.serve(&text(&[&new]), &[]).await.expect("applied");
    names(&applied, &old, "→ nothing");
    assert_eq!(registered().await, [new.certificate()]);
}

#[tokio::test]
async fn missing_and_weak_variables_are_told_before_anything_is_written() {
    let installation = Installation::new().await;
    let error = installation.serve(WITH_SECRET, &[]).await.expect_err("no variable").to_string();
    insta::assert_snapshot!(error, @r#"vestibule.toml:7: error: the environment variable NEW is not set: it holds the secret of "webapp1""#);
    let error = installation.serve(WITH_SECRET, &[("NEW", "short")]).await.expect_err("too short").to_string();
    insta::assert_snapshot!(error, @r#"vestibule.toml:7: error: the secret of "webapp1" in NEW is too short: make one of 32 or more random characters (`openssl rand -base64 32`)"#);
    assert!(installation.store.tenants().await.expect("tenants").is_empty());
}

#[tokio::test]
async fn serve_refuses_what_is_for_demos() {
    let installation = Installation::new().await;
    let error = installation.serve(DEMO, &[]).await.expect_err("a demo").to_string();
    assert_eq!(error.lines().count(), 4, "{error}");
    assert!(error.contains("\"demo_secret\" of \"webapp1\" is for `vestibule dev`"), "{error}");
    assert!(error.contains("\"password\" of \"ann@contoso.test\" is for `vestibule dev`"), "{error}");
}

#[tokio::test]
async fn a_demo_secret_stays_the_same_and_only_its_owner_can_read_it() {
    let installation = Installation::demo().await;
    let client = "3f2b8d6e-0c47-4a15-b9e8-61d7a2f05c94";
    let secret = demo_secret(&installation.secrets(), client).expect("readable").expect("a secret");
    installation.dev(DEMO).await;
    assert_eq!(demo_secret(&installation.secrets(), client).expect("readable"), Some(secret.clone()));
    let tenant = installation.registry().await.everything().await.expect("read").tenant("contoso").expect("contoso");
    let app = tenant.application(client).expect("webapp1");
    assert_eq!(app.check_secret(&secret, vestibule_testing::NOW), SecretCheck::Right);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(installation.secrets()).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn the_web_app_may_run_at_another_port_than_the_file_says_and_no_other_application_moves() {
    let installation = Installation::new().await;
    let (here, there) = ("http://localhost:5000", "http://localhost:5123");
    let moved = MovedApplication { name: "webapp1".to_owned(), from: here.to_owned(), to: there.to_owned() };
    let mine = "\n[[tenant.application]]\nname = \"mine\"\nredirect_uris.web = [\"http://localhost:5000/getAToken\"]\n";
    installation
        .dev_with(&format!("{DEMO}{mine}"), ApplyOptions { moved: Some(&moved), ..ApplyOptions::new(&|_| None) })
        .await
        .expect("applied");
    let tenant = installation.registry().await.everything().await.expect("read").tenant("contoso").expect("contoso");
    for (name, origin, other) in [("webapp1", there, here), ("mine", here, there)] {
        let app = tenant.application_named(name).expect("the application");
        assert!(app.redirect_uri(&format!("{origin}/getAToken")).is_some(), "{name}");
        assert!(app.redirect_uri(&format!("{other}/getAToken")).is_none(), "{name}");
    }
}

#[tokio::test]
async fn the_env_of_the_web_app_holds_what_the_article_asks_for() {
    let installation = Installation::demo().await;
    let tenant = installation.registry().await.everything().await.expect("read").tenant("contoso").expect("contoso");
    let app = tenant.application_named("webapp1").expect("webapp1");
    let facts = EnvFacts {
        origin: "http://localhost:8400",
        secret: Some("s3cret"),
        endpoint: Some("http://localhost:6000/hello"),
        development: true,
        posing: None,
    };
    insta::assert_snapshot!(env_for(&tenant, &app, &facts), @r#"
    # webapp1 at contoso.onmicrosoft.com
    FLASK_DEBUG=True
    B2C_TENANT_NAME=contoso
    B2C_TENANT_URL=http://localhost:8400
    CLIENT_ID=3f2b8d6e-0c47-4a15-b9e8-61d7a2f05c94
    CLIENT_SECRET=s3cret
    SIGNUPSIGNIN_USER_FLOW=B2C_1_signupsignin1
    EDITPROFILE_USER_FLOW=B2C_1_profile_editing
    RESETPASSWORD_USER_FLOW=B2C_1_reset_password
    REDIRECT_URI=http://localhost:5000/getAToken
    ENDPOINT=http://localhost:6000/hello
    SCOPE="https://contoso.onmicrosoft.com/tasks-api/tasks.read https://contoso.onmicrosoft.com/tasks-api/tasks.write"
    VESTIBULE_CLOCK_URL=http://localhost:8400/_dev/clock

    # Microsoft's Python sample does not read B2C_TENANT_URL.
    # It needs https: run `vestibule dev --tls`, then print this again.
    "#);
}

#[tokio::test]
async fn the_env_of_the_api_and_of_an_app_in_production_holds_what_they_need() {
    let installation = Installation::demo().await;
    let tenant = installation.registry().await.everything().await.expect("read").tenant("contoso").expect("contoso");
    let app = tenant.application_named("webapp1").expect("webapp1");
    let cloud = EnvFacts { origin: "https://contoso.b2clogin.com", ..EnvFacts::default() };
    let text = env_for(&tenant, &app, &cloud);
    assert!(!text.contains("B2C_TENANT_URL") && !text.contains("VESTIBULE_CLOCK_URL"), "{text}");
    let api = tenant.application_named("my-api1").expect("my-api1");
    let facts = EnvFacts { origin: "http://localhost:8400", development: true, ..EnvFacts::default() };
    insta::assert_snapshot!(env_for(&tenant, &api, &facts), @"
    # my-api1 at contoso.onmicrosoft.com
    B2C_TENANT_NAME=contoso
    B2C_TENANT_URL=http://localhost:8400
    CLIENT_ID=f8c0e2a4-5d1b-4c39-9a76-2be18d40c7f3
    SIGNUPSIGNIN_USER_FLOW=B2C_1_signupsignin1
    EDITPROFILE_USER_FLOW=B2C_1_profile_editing
    RESETPASSWORD_USER_FLOW=B2C_1_reset_password
    VESTIBULE_CLOCK_URL=http://localhost:8400/_dev/clock
    ");
}

#[tokio::test]
async fn the_env_leads_microsofts_python_sample_here_by_proxy_or_by_authority() {
    let installation = Installation::demo().await;
    let tenant = installation.registry().await.everything().await.expect("read").tenant("contoso").expect("contoso");
    let app = tenant.application_named("webapp1").expect("webapp1");
    let posing = Posing { proxy: "http://127.0.0.1:8401", ca: "/home/ann/my app/.vestibule/tls/ca.pem" };
    let tls = EnvFacts { origin: "http://localhost:8400", posing: Some(posing), ..EnvFacts::default() };
    let python =
        |facts: &EnvFacts<'_>| env_for(&tenant, &app, facts).split_once("\n\n").expect("its part").1.to_owned();
    insta::assert_snapshot!(python(&tls), @r#"
    # Microsoft's Python sample does not read B2C_TENANT_URL.
    # It signs in at https://contoso.b2clogin.com; this leads it there:
    HTTPS_PROXY=http://127.0.0.1:8401
    NO_PROXY="localhost,127.0.0.1"
    REQUESTS_CA_BUNDLE="/home/ann/my app/.vestibule/tls/ca.pem"
    SSL_CERT_FILE="/home/ann/my app/.vestibule/tls/ca.pem"
    "#);
    let served = EnvFacts { origin: "https://login.contoso.com", ..EnvFacts::default() };
    insta::assert_snapshot!(python(&served), @"
    # Microsoft's Python sample does not read B2C_TENANT_URL.
    # In place of B2C_TENANT_NAME and the three user flows, it takes:
    # AUTHORITY=https://login.contoso.com/contoso.onmicrosoft.com/B2C_1_signupsignin1
    ");
}

#[tokio::test]
async fn app_roles_are_permissions_of_programs() {
    let installation = Installation::new().await;
    let text = r#"
[[tenant]]
name = "contoso"
[[tenant.application]]
name = "my-api1"
app_id_uri = "https://contoso.onmicrosoft.com/tasks-api"
scope = [{ name = "tasks.read" }]
app_role = [{ value = "tasks.sync" }]
[[tenant.application]]
name = "daemon"
permissions = ["https://contoso.onmicrosoft.com/tasks-api/tasks.sync", "my-api1/tasks.read"]
[[tenant.application]]
name = "unconsented"
permissions = ["my-api1/tasks.sync"]
grant_admin_consent = false
"#;
    installation.dev(text).await;
    let tenant = installation.registry().await.everything().await.expect("read").tenant("contoso").expect("contoso");
    let app = |name| tenant.application_named(name).expect("an application");
    assert_eq!(app("daemon").permitted_roles(&app("my-api1")), ["tasks.sync"]);
    assert_eq!(app("daemon").permitted_scopes(&app("my-api1")), ["tasks.read"]);
    assert!(app("daemon").is_confidential());
    assert_eq!(app("unconsented").permitted_roles(&app("my-api1")), [""; 0]);
    assert_eq!(app("unconsented").permissions[0].kind, PermissionKind::Application);
}

#[tokio::test]
async fn the_env_of_a_strict_application_names_the_issuer_of_its_tokens() {
    let installation = Installation::new().await;
    installation.dev(&format!("{DEMO}{STORIES}")).await;
    let tenant = installation.registry().await.everything().await.expect("read").tenant("contoso").expect("contoso");
    let app = tenant.application_named("strict1").expect("strict1");
    let facts = EnvFacts {
        origin: "https://login.contoso.test",
        secret: Some("s3cret"),
        endpoint: None,
        ..EnvFacts::default()
    };
    insta::assert_snapshot!(env_for(&tenant, &app, &facts), @r#"
    # strict1 at contoso.onmicrosoft.com
    OIDC_AUTHORITY=https://login.contoso.test/oidc/775527ff-9a37-4307-8b3d-cc311f58d925/b2c_1_by_application/v2.0/
    CLIENT_ID=44444444-0c47-4a15-b9e8-61d7a2f05c94
    CLIENT_SECRET=s3cret
    REDIRECT_URI=https://strict.example/cb
    "#);
}
