//! Applications: two concurrent administrators, rejections, credentials, consent.

use super::{House, NOW, TENANT, house, refused};
use rcgen::{CertificateParams, KeyPair};
use serde_json::json;
use vestibule_store::ObjectKind::Application as App;
use vestibule_tenant::manage::{ManageError, NewCertificate, NewSecretOptions};
use vestibule_tenant::registry::{
    Application, Certificate, Permission, PermissionKind, Platform, RedirectUri, Scope, SecretCheck,
};

#[tokio::test]
async fn the_second_of_two_administrators_with_the_same_version_is_refused_and_nothing_is_lost() {
    let house = house().await;
    let (id, made) = house.application("webapp1").await;
    let read = made.version_of(App, &id);
    let first = house.manage.change_application(TENANT, &id, read, |app| app.require_pkce = true).await;
    let now = first.expect("the first").version_of(App, &id).expect("a new version");
    let second = house.manage.change_application(TENANT, &id, read, |app| app.enabled = false).await;
    assert!(matches!(second, Err(ManageError::Stale { version, .. }) if version == now), "{second:?}");
    let deletion = house.manage.delete_application(TENANT, &id, read).await;
    assert!(matches!(deletion, Err(ManageError::Stale { .. })), "{deletion:?}");
    let app = house.read(&id).await;
    assert!(app.require_pkce && app.enabled);
}

#[tokio::test]
async fn of_two_racing_renames_to_one_name_one_wins() {
    let house = house().await;
    let (one, _) = house.application("one").await;
    let (two, _) = house.application("two").await;
    let rename = |id: String, name: &'static str| {
        let manage = house.manage.clone();
        async move { manage.change_application(TENANT, &id, None, |app| name.clone_into(&mut app.name)).await }
    };
    let (first, second) = tokio::join!(rename(one, "shop"), rename(two, "SHOP"));
    let (won, lost) = if first.is_ok() { (first, second) } else { (second, first) };
    assert_eq!(won.expect("one wins").changes.len(), 1);
    let [(field, why)] = refused(lost).try_into().expect("one refusal");
    assert!(field == "name" && why.starts_with("the tenant has another application named"), "{why}");
    assert_eq!(house.registrations().await.applications.len(), 2);
}

#[tokio::test]
async fn a_refusal_names_every_field_at_once_and_nothing_is_written() {
    let house = house().await;
    let version = house.store.version(TENANT).await.expect("a version");
    let application = Application {
        name: "web/app".to_owned(),
        logout_url: Some("nowhere".to_owned()),
        redirect_uris: vec![RedirectUri { uri: "http://app.test/cb".to_owned(), platform: Platform::Web }],
        openid_permissions: vec!["profile".to_owned()],
        scopes: vec![tasks_read()],
        ..Application::default()
    };
    let found = refused(house.manage.create_application(TENANT, application).await);
    let fields: Vec<&str> = found.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["name", "logout_url", "openid_permissions[0]", "redirect_uris.web[0]", "scope[0].name"]);
    assert_eq!(house.store.version(TENANT).await.expect("a version"), version);
}

#[tokio::test]
async fn every_change_has_an_audit_entry_with_its_actor_and_the_fields_before_and_after() {
    let house = house().await;
    let (id, _) = house.application("webapp1").await;
    let rename = |app: &mut Application| "shop".clone_into(&mut app.name);
    house.manage.change_application(TENANT, &id, None, rename).await.expect("renamed");
    house.manage.change_application(TENANT, &id, None, rename).await.expect("no change, no entry");
    house.manage.delete_application(TENANT, &id, None).await.expect("deleted");
    let audit = house.audit().await;
    let events: Vec<&str> = audit.iter().map(|entry| entry.event.as_str()).collect();
    let newest_first = ["application.delete", "application.update", "application.create", "tenant.create"];
    assert_eq!(sorted(&events), sorted(&newest_first));
    let update = audit.iter().find(|entry| entry.event == "application.update").expect("an entry");
    assert_eq!((update.client_id.as_ref(), update.correlation_id.as_deref()), (Some(&id), Some("request-1")));
    let actor = update.actor.as_deref().expect("an actor");
    assert!(actor.contains("administrator") && actor.contains("192.0.2.7"), "{actor}");
    let detail: serde_json::Value = serde_json::from_str(&update.detail).expect("JSON");
    assert_eq!(detail["fields"], json!([{ "field": "name", "before": "webapp1", "after": "shop" }]));
}

fn sorted<'a>(events: &[&'a str]) -> Vec<&'a str> {
    let mut events = events.to_vec();
    events.sort_unstable();
    events
}

#[tokio::test]
async fn a_secret_is_told_once_and_works_until_it_is_removed() {
    let house = house().await;
    let (id, _) = house.application("webapp1").await;
    let options = NewSecretOptions { description: "portal".to_owned(), expires_at: None };
    let made = house.manage.add_secret(TENANT, &id, &options).await.expect("a secret");
    assert_eq!(house.read(&id).await.check_secret(&made.value, NOW), SecretCheck::Right);
    let removed = house.manage.remove_credential(TENANT, &id, &made.credential.id).await.expect("removed");
    assert_eq!(house.read(&id).await.check_secret(&made.value, NOW), SecretCheck::Wrong);
    let told = format!("{:?} {removed:?} {made:?}", house.audit().await);
    assert!(told.contains("portal") && !told.contains(&made.value), "{told}");
    let again = house.manage.remove_credential(TENANT, &id, &made.credential.id).await;
    assert!(matches!(again, Err(ManageError::NotFound(_))), "{again:?}");
}

#[tokio::test]
async fn a_certificate_is_added_and_removed() {
    let house = house().await;
    let (id, _) = house.application("daemon").await;
    let key = KeyPair::generate().expect("a key");
    let pem = CertificateParams::new(Vec::new()).expect("parameters").self_signed(&key).expect("a certificate").pem();
    let certificate = Certificate::from_pem(&pem).expect("a certificate");
    let new = NewCertificate { description: "2026".to_owned(), certificate: certificate.clone() };
    let credential = house.manage.add_certificate(TENANT, &id, &new).await.expect("added");
    assert!(house.read(&id).await.certificates().eq([&certificate]));
    let (event, fields) = house.last_event().await;
    assert!(event == "application.update" && fields.to_string().contains(&certificate.fingerprint()), "{fields}");
    house.manage.remove_credential(TENANT, &id, &credential).await.expect("removed");
    assert_eq!(house.read(&id).await.certificates().count(), 0);
}

#[tokio::test]
async fn a_credential_whose_description_is_too_long_is_refused_by_its_own_field() {
    let house = house().await;
    let (id, _) = house.application("webapp1").await;
    house.manage.add_secret(TENANT, &id, &NewSecretOptions::default()).await.expect("a secret");
    let options = NewSecretOptions { description: "d".repeat(65), expires_at: None };
    let found = refused(house.manage.add_secret(TENANT, &id, &options).await.map(|_| ()));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "credentials[1].description");
}

#[tokio::test]
async fn consent_is_granted_once_and_withdrawn() {
    let house = house().await;
    let (id, _) = client_of_an_api(&house).await;
    house.manage.set_consent(TENANT, &id, None, true).await.expect("granted");
    house.clock.advance(1000);
    assert!(house.manage.set_consent(TENANT, &id, None, true).await.expect("granted before").changes.is_empty());
    assert_eq!(house.read(&id).await.permissions[0].consented_at, Some(NOW));
    house.manage.set_consent(TENANT, &id, None, false).await.expect("withdrawn");
    assert_eq!(house.read(&id).await.permissions[0].consented_at, None);
    let (before, after) = ("delegated, granted", "delegated, not granted");
    let field = json!([{ "field": "permission my-api1/tasks.read", "before": before, "after": after }]);
    assert_eq!(house.last_event().await, ("application.update".to_owned(), field));
}

#[tokio::test]
async fn a_new_permission_names_a_scope_that_exists_and_a_scope_may_go_before_its_permissions() {
    let house = house().await;
    let (id, api) = client_of_an_api(&house).await;
    let add = |value: &'static str, kind| {
        let permission = Permission { value: value.to_owned(), kind, ..delegated(&api) };
        house.manage.change_application(TENANT, &id, None, move |app| app.permissions.push(permission.clone()))
    };
    let [(field, why)] = refused(add("tasks.write", PermissionKind::Delegated).await).try_into().expect("one");
    assert_eq!(field, "permissions[1]");
    assert_eq!(why, "the application \"my-api1\" has no scope \"tasks.write\"");
    assert_eq!(refused(add("tasks.read", PermissionKind::Application).await).len(), 1, "a scope is no app role");
    house.manage.change_application(TENANT, &api, None, |api| api.scopes.clear()).await.expect("cleared");
    house.manage.change_application(TENANT, &id, None, |app| app.require_pkce = true).await.expect("changed");
}

fn tasks_read() -> Scope {
    Scope {
        name: "tasks.read".to_owned(),
        admin_consent_display_name: "Read tasks".to_owned(),
        admin_consent_description: String::new(),
        enabled: true,
    }
}

fn delegated(api: &str) -> Permission {
    Permission {
        resource_client_id: api.to_owned(),
        value: "tasks.read".to_owned(),
        kind: PermissionKind::Delegated,
        consented_at: None,
    }
}

/// An application that requests a scope of an API. Returns both client ids.
async fn client_of_an_api(house: &House) -> (String, String) {
    let api = Application {
        name: "my-api1".to_owned(),
        app_id_uri: Some("https://contoso.onmicrosoft.com/tasks-api".to_owned()),
        scopes: vec![tasks_read()],
        ..Application::default()
    };
    let (api, _) = house.manage.create_application(TENANT, api).await.expect("an API");
    let client =
        Application { name: "webapp1".to_owned(), permissions: vec![delegated(&api)], ..Application::default() };
    let (client, _) = house.manage.create_application(TENANT, client).await.expect("a client");
    (client, api)
}
