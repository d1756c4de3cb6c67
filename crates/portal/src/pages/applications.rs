//! App registrations: the list, a new one, its overview and its redirect URIs.

use super::{page_of, query, tag, word};
use crate::answer::{Answer, Problem};
use crate::fields::{error, refused};
use crate::pages::home::env;
use crate::view::Shell;
use crate::visit::Visit;
use http::StatusCode;
use serde_json::{Value, json};
use vestibule_protocol::error::timestamp;
use vestibule_store::ObjectKind;
use vestibule_tenant::manage::Registrations;
use vestibule_tenant::registry::{Application, CredentialKind, Platform, RedirectUri};

/// The platforms of a redirect URI, as forms send them, with Azure's labels.
pub(crate) const PLATFORMS: [(&str, Platform, &str); 3] = [
    ("web", Platform::Web, "Web"),
    ("spa", Platform::Spa, "Single-page application (SPA)"),
    ("public_client", Platform::PublicClient, "Public client/native (mobile & desktop)"),
];

/// An application, with what else is registered and its version.
pub(crate) struct Found {
    pub(crate) registrations: Registrations,
    pub(crate) application: Application,
    pub(crate) version: i64,
}

/// The application of the address.
pub(crate) async fn find(visit: &Visit<'_>) -> Result<Found, Problem> {
    let (tenant, id) = (visit.tenant()?, visit.param("app"));
    let (registrations, version) = visit.manage()?.registrations_with(&tenant.id, ObjectKind::Application, id).await?;
    let application = registrations.application(id).cloned().ok_or(Problem::NotFound)?;
    Ok(Found { registrations, application, version })
}

/// The frame of a page about an application.
pub(crate) fn shell(visit: &Visit<'_>, application: &Application, title: &str) -> Shell {
    let href = visit.path(&format!("/applications/{}", application.client_id));
    let history = visit.path(&format!("/audit?application={}", application.client_id));
    let crumbs = [("App registrations", visit.path("/applications")), (application.name.as_str(), href)];
    Shell::of(visit, title).below(&crumbs).history(history)
}

/// The pages about one application, in Azure's order.
pub(crate) fn tabs(visit: &Visit<'_>, application: &Application, current: &str) -> Vec<Value> {
    let pages = [
        ("Overview", ""),
        ("Authentication", "/authentication"),
        ("Certificates & secrets", "/secrets"),
        ("API permissions", "/permissions"),
        ("Expose an API", "/expose"),
    ];
    let tab = |(label, end): (&str, &str)| {
        let href = visit.path(&format!("/applications/{}{end}", application.client_id));
        json!({ "label": label, "href": href, "current": end == current })
    };
    pages.into_iter().map(tab).collect()
}

/// `/portal/{tenant}/applications`
pub(crate) async fn list(visit: &Visit<'_>) -> Answer {
    let (wanted, tenant) = (visit.query("q").to_lowercase(), visit.tenant()?);
    let is_wanted = |a: &&std::sync::Arc<Application>| {
        wanted.is_empty() || a.name.to_lowercase().contains(&wanted) || a.client_id.starts_with(&wanted)
    };
    let mut found: Vec<_> = tenant.applications().filter(is_wanted).cloned().collect();
    found.sort_by_key(|a| key(a));
    let (found, next) = page_of(found, visit.query("after"), |a| key(a));
    let rows: Vec<Value> = found.iter().map(|a| row(visit, a)).collect();
    let next =
        next.map(|next| visit.path(&format!("/applications{}", query(&[("q", visit.query("q")), ("after", &next)]))));
    let values = json!({
        "rows": rows,
        "query": visit.query("q"),
        "next": next,
        "new_href": visit.path("/applications/new"),
    });
    visit.page("applications.html", Shell::of(visit, "App registrations").command("vestibule app list"), values)
}

/// The order of the list: names without case, and what tells equal ones apart.
fn key(application: &Application) -> String {
    format!("{} {}", application.name.to_lowercase(), application.client_id)
}

fn row(visit: &Visit<'_>, application: &Application) -> Value {
    let mut kinds: Vec<&str> = Vec::new();
    for (_, platform, label) in PLATFORMS {
        if application.redirect_uris.iter().any(|r| r.platform == platform) {
            kinds.push(label);
        }
    }
    if application.app_id_uri.is_some() {
        kinds.push("API");
    }
    json!({
        "name": application.name,
        "client_id": application.client_id,
        "kinds": kinds.join(", "),
        "secrets": secrets_state(application, visit.app.now()),
        "enabled": application.enabled,
        "href": visit.path(&format!("/applications/{}", application.client_id)),
    })
}

/// The state of the credentials in a word.
fn secrets_state(application: &Application, now: i64) -> Value {
    const SOON: i64 = 30 * 24 * 60 * 60 * 1000;
    let ends = application.credentials.iter().filter_map(|credential| credential.expires_at);
    match (application.credentials.is_empty(), ends.min()) {
        (true, _) => tag("quiet", "None"),
        (_, Some(end)) if end <= now => tag("bad", "Expired"),
        (_, Some(end)) if end - now < SOON => tag("warn", "Expiring soon"),
        _ => tag("good", "Current"),
    }
}

/// `/portal/{tenant}/applications/new`
pub(crate) async fn new_form(visit: &Visit<'_>) -> Answer {
    let form = json!({ "name": "", "platform": "web", "redirect_uri": "", "consent": true, "account_type": "any" });
    register_page(visit, StatusCode::OK, form, Vec::new())
}

fn register_page(visit: &Visit<'_>, status: StatusCode, form: Value, errors: Vec<Value>) -> Answer {
    let values = json!({ "form": form, "errors": errors, "action": visit.path("/applications/new") });
    let shell = Shell::of(visit, "Register an application")
        .below(&[("App registrations", visit.path("/applications"))])
        .command("vestibule app create webapp1 --web http://localhost:5000/getAToken --grant-admin-consent")
        .toml(
            "[[tenant.application]]\nname = \"webapp1\"\nredirect_uris = { web = [\"http://localhost:5000/getAToken\"] }",
        );
    visit.page_with(status, "new-application.html", shell, values)
}

/// Register an application.
pub(crate) async fn create(visit: &Visit<'_>) -> Answer {
    let (name, platform, uri) = (visit.field("name"), visit.field("platform"), visit.field("redirect_uri"));
    let known = PLATFORMS.iter().find(|(word, ..)| *word == platform);
    let redirect_uris = known.filter(|_| !uri.is_empty());
    let consent = visit.is_ticked("consent");
    let openid = if consent { vec!["openid".to_owned(), "offline_access".to_owned()] } else { Vec::new() };
    let application = Application {
        name: name.to_owned(),
        redirect_uris: redirect_uris
            .map(|(_, platform, _)| RedirectUri { uri: uri.to_owned(), platform: *platform })
            .into_iter()
            .collect(),
        openid_permissions: openid,
        ..Application::default()
    };
    let mut errors = Vec::new();
    if !matches!(visit.field("account_type"), "" | "any") {
        let text =
            "Applications of user flows need the third choice: any identity provider or organizational directory.";
        errors.push(error("account_type", text));
    } else if known.is_none() && !uri.is_empty() {
        errors.push(error("platform", "Select a platform for the redirect URI."));
    } else {
        match visit.manage()?.create_application(&visit.tenant()?.id, application).await {
            Ok((client_id, _)) => return visit.done(&format!("/applications/{client_id}"), "registered").await,
            Err(why) => errors = refused(why, &[("name", "name"), ("redirect_uris", "redirect_uri")])?,
        }
    }
    let account_type = if visit.field("account_type").is_empty() { "any" } else { visit.field("account_type") };
    let form = json!({
        "name": name,
        "platform": platform,
        "redirect_uri": uri,
        "consent": consent,
        "account_type": account_type,
    });
    register_page(visit, StatusCode::UNPROCESSABLE_ENTITY, form, errors)
}

/// The overview of an application.
pub(crate) async fn overview(visit: &Visit<'_>) -> Answer {
    overview_page(visit, StatusCode::OK, None, Vec::new()).await
}

async fn overview_page(visit: &Visit<'_>, status: StatusCode, name: Option<&str>, errors: Vec<Value>) -> Answer {
    let found = find(visit).await?;
    let (application, tenant) = (&found.application, visit.tenant()?);
    let base = visit.path(&format!("/applications/{}", application.client_id));
    let count = |kind| application.credentials.iter().filter(|c| c.kind == kind).count();
    let created = application.credentials.iter().map(|c| c.created_at).filter(|at| *at > 0).min();
    let values = json!({
        "app": {
            "name": application.name,
            "client_id": application.client_id,
            "tenant_id": tenant.id,
            "app_id_uri": application.app_id_uri,
            "enabled": application.enabled,
            "created_on": created.map(timestamp),
        },
        "form": { "name": name.unwrap_or(&application.name) },
        "errors": errors,
        "version": found.version,
        "credentials_text": format!(
            "{}, {}",
            counted(count(CredentialKind::Certificate), "certificate"),
            counted(count(CredentialKind::Secret), "secret")
        ),
        "redirect_text": counted(application.redirect_uris.len(), "redirect URI"),
        "env": (!application.redirect_uris.is_empty()).then(|| env(visit, tenant, application, None)),
        "actions": {
            "change_name": format!("{base}/name"),
            "enabled": format!("{base}/enabled"),
            "delete_href": format!("{base}/delete"),
        },
        "tabs": tabs(visit, application, ""),
    });
    let command = format!("vestibule app show {}", word(&application.name));
    visit.page_with(status, "application.html", shell(visit, application, &application.name).command(command), values)
}

/// `1 secret`, `2 secrets`.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Change the name.
pub(crate) async fn rename(visit: &Visit<'_>) -> Answer {
    let (id, name) = (visit.param("app"), visit.field("name"));
    let manage = visit.manage()?;
    let renamed = manage.change_application(&visit.tenant()?.id, id, visit.version(), |application| {
        name.clone_into(&mut application.name)
    });
    match renamed.await {
        Ok(_) => visit.done(&format!("/applications/{id}"), "saved").await,
        Err(why) => {
            let errors = refused(why, &[("name", "name")])?;
            overview_page(visit, StatusCode::UNPROCESSABLE_ENTITY, Some(name), errors).await
        }
    }
}

/// Let the application sign people in, or stop it.
pub(crate) async fn enable(visit: &Visit<'_>) -> Answer {
    let (id, enabled) = (visit.param("app"), visit.field("enabled") == "true");
    visit
        .manage()?
        .change_application(&visit.tenant()?.id, id, visit.version(), |application| application.enabled = enabled)
        .await?;
    visit.done(&format!("/applications/{id}"), if enabled { "enabled" } else { "disabled" }).await
}

/// The question before an application is deleted.
pub(crate) async fn ask_delete(visit: &Visit<'_>) -> Answer {
    let found = find(visit).await?;
    let application = &found.application;
    let clients = found.registrations.applications.values();
    let clients =
        clients.filter(|a| a.permissions.iter().any(|p| p.resource_client_id == application.client_id)).count();
    let mut consequences = vec![
        "Nobody signs in to it any more, and its refresh tokens stop working at once.".to_owned(),
        format!(
            "{} and {} go with it.",
            counted(application.credentials.len(), "credential"),
            counted(application.scopes.len(), "scope")
        ),
    ];
    if clients > 0 {
        consequences.push(format!("{} lose their permissions for it.", counted(clients, "application")));
    }
    let base = visit.path(&format!("/applications/{}", application.client_id));
    let values = json!({
        "question": format!("Delete the application {}?", application.name),
        "consequences": consequences,
        "button": "Delete",
        "action": format!("{base}/delete"),
        "cancel_href": base,
        "hidden": [{ "name": "version", "value": found.version.to_string() }],
        "type_name": application.name,
    });
    let shell = shell(visit, application, "Delete an application")
        .command(format!("vestibule app delete {}", word(&application.name)));
    visit.page("confirm.html", shell, values)
}

/// Delete an application.
pub(crate) async fn delete(visit: &Visit<'_>) -> Answer {
    let found = find(visit).await?;
    if visit.field("typed") != found.application.name {
        return Err(Problem::Refused(format!("Type the name {} to delete it.", found.application.name)));
    }
    visit.manage()?.delete_application(&visit.tenant()?.id, visit.param("app"), visit.version()).await?;
    visit.done("/applications", "deleted").await
}

/// The redirect URIs and the settings of the sign-in.
pub(crate) async fn authentication(visit: &Visit<'_>) -> Answer {
    authentication_page(visit, StatusCode::OK, Vec::new()).await
}

async fn authentication_page(visit: &Visit<'_>, status: StatusCode, errors: Vec<Value>) -> Answer {
    let found = find(visit).await?;
    let application = &found.application;
    let base = visit.path(&format!("/applications/{}", application.client_id));
    let uris = application.redirect_uris.iter().map(|redirect| {
        let known = PLATFORMS.iter().find(|(_, platform, _)| *platform == redirect.platform);
        let (platform, label) = known.map(|(word, _, label)| (*word, *label)).unwrap_or_default();
        json!({ "platform": platform, "label": label, "uri": redirect.uri, "remove": format!("{base}/redirect-uris/remove") })
    });
    let typed = |name: &str, now: &str| if errors.is_empty() { now.to_owned() } else { visit.field(name).to_owned() };
    let values = json!({
        "uris": uris.collect::<Vec<_>>(),
        "form": {
            "platform": typed("platform", "web"),
            "redirect_uri": typed("redirect_uri", ""),
            "logout_url": typed("logout_url", application.logout_url.as_deref().unwrap_or_default()),
            "access_tokens": application.implicit_access_token,
            "id_tokens": application.implicit_id_token,
            "public_client": application.public_client,
        },
        "errors": errors,
        "version": found.version,
        "actions": { "add_uri": format!("{base}/redirect-uris"), "save": format!("{base}/authentication") },
        "tabs": tabs(visit, application, "/authentication"),
    });
    let command =
        format!("vestibule app redirect add {} --web http://localhost:5000/getAToken", word(&application.name));
    visit.page_with(status, "authentication.html", shell(visit, application, "Authentication").command(command), values)
}

/// Add a redirect URI.
pub(crate) async fn add_redirect_uri(visit: &Visit<'_>) -> Answer {
    let (id, word, uri) = (visit.param("app"), visit.field("platform"), visit.field("redirect_uri"));
    let Some((_, platform, _)) = PLATFORMS.iter().find(|(known, ..)| *known == word) else {
        let errors = vec![error("platform", "Select a platform.")];
        return authentication_page(visit, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
    };
    let redirect = RedirectUri { uri: uri.to_owned(), platform: *platform };
    let manage = visit.manage()?;
    let added = manage.change_application(&visit.tenant()?.id, id, visit.version(), |application| {
        application.redirect_uris.push(redirect.clone());
    });
    saved(visit, added.await, &[("redirect_uris", "redirect_uri")]).await
}

/// Remove a redirect URI.
pub(crate) async fn remove_redirect_uri(visit: &Visit<'_>) -> Answer {
    let (id, word, uri) = (visit.param("app"), visit.field("platform"), visit.field("redirect_uri"));
    let platform = PLATFORMS.iter().find(|(known, ..)| *known == word).map(|(_, platform, _)| *platform);
    let manage = visit.manage()?;
    let removed = manage.change_application(&visit.tenant()?.id, id, visit.version(), |application| {
        application.redirect_uris.retain(|r| r.uri != uri || Some(r.platform) != platform);
    });
    saved(visit, removed.await, &[("redirect_uris", "redirect_uri")]).await
}

/// Save the logout URL and the switches.
pub(crate) async fn save_authentication(visit: &Visit<'_>) -> Answer {
    let id = visit.param("app");
    let logout_url = Some(visit.field("logout_url")).filter(|url| !url.is_empty()).map(str::to_owned);
    let manage = visit.manage()?;
    let changed = manage.change_application(&visit.tenant()?.id, id, visit.version(), |application| {
        application.logout_url.clone_from(&logout_url);
        application.implicit_access_token = visit.is_ticked("access_tokens");
        application.implicit_id_token = visit.is_ticked("id_tokens");
        application.public_client = visit.is_ticked("public_client");
    });
    saved(visit, changed.await, &[("logout_url", "logout_url")]).await
}

async fn saved(
    visit: &Visit<'_>,
    changed: Result<vestibule_tenant::manage::Done, vestibule_tenant::manage::ManageError>,
    fields: &[(&str, &str)],
) -> Answer {
    match changed {
        Ok(_) => visit.done(&format!("/applications/{}/authentication", visit.param("app")), "saved").await,
        Err(why) => {
            let errors = refused(why, fields)?;
            authentication_page(visit, StatusCode::UNPROCESSABLE_ENTITY, errors).await
        }
    }
}
