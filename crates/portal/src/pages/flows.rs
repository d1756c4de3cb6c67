//! User flows: the list, a new one, and the properties of one.

mod properties;

use super::word;
use crate::answer::{Answer, Problem};
use crate::fields::{error, refused};
use crate::view::Shell;
use crate::visit::Visit;
use http::StatusCode;
use serde_json::{Value, json};
use vestibule_journey::flow::{self, Attribute, CustomAttribute, FlowKind, FlowSettings, SignInWith};
use vestibule_store::ObjectKind;
use vestibule_tenant::manage::{Change, ManageError};
use vestibule_tenant::registry::{Application, Tenant};

/// The kinds of user flow, as forms and `vestibule.toml` write them, in Azure's words.
const KINDS: [(FlowKind, &str, &str, &str); 6] = [
    (
        FlowKind::SignUpSignIn,
        "sign-up-sign-in",
        "Sign up and sign in",
        "People create an account or sign in with the one that they have.",
    ),
    (FlowKind::ProfileEditing, "profile-editing", "Profile editing", "People who signed in change their attributes."),
    (FlowKind::PasswordReset, "password-reset", "Password reset", "People choose a new password with a mailed code."),
    (FlowKind::SignIn, "sign-in", "Sign in", "People sign in; nobody creates an account."),
    (FlowKind::SignUp, "sign-up", "Sign up", "People create an account."),
    (
        FlowKind::ResourceOwner,
        "resource-owner",
        "Sign in using resource owner password credentials (ROPC)",
        "An application without a browser sends name and password itself. Use it only where nothing else is possible.",
    ),
];

/// Azure's word for a kind of user flow.
fn label(kind: FlowKind) -> &'static str {
    KINDS.iter().find(|(known, ..)| *known == kind).map(|(_, _, label, _)| *label).unwrap_or_default()
}

fn kind_of(word: &str) -> Option<FlowKind> {
    KINDS.iter().find(|(_, known, ..)| *known == word).map(|(kind, ..)| *kind)
}

/// `/portal/{tenant}/user-flows`
pub(crate) async fn list(visit: &Visit<'_>) -> Answer {
    let flows = visit.tenant()?.registered_flows().filter_map(|flow| flow.settings());
    let rows = flows.map(|flow| {
        let href = visit.path(&format!("/user-flows/{}", flow.name));
        json!({ "name": flow.name, "type": label(flow.kind), "href": href, "run_href": format!("{href}#run") })
    });
    let values = json!({ "rows": rows.collect::<Vec<_>>(), "new_href": visit.path("/user-flows/new") });
    visit.page("flows.html", Shell::of(visit, "User flows").command("vestibule flow list"), values)
}

/// `/portal/{tenant}/user-flows/new`
pub(crate) async fn new_form(visit: &Visit<'_>) -> Answer {
    let kind = kind_of(visit.query("type"));
    let settings =
        FlowSettings { claims: vec!["objectId".to_owned()], ..FlowSettings::of("", kind.unwrap_or(FlowKind::SignIn)) };
    new_page(visit, StatusCode::OK, kind, &settings, Vec::new())
}

fn new_page(
    visit: &Visit<'_>,
    status: StatusCode,
    kind: Option<FlowKind>,
    settings: &FlowSettings,
    errors: Vec<Value>,
) -> Answer {
    let types = KINDS.iter().map(|(known, word, label, text)| {
        json!({ "value": word, "label": label, "text": text, "selected": kind == Some(*known) })
    });
    let chosen = KINDS.iter().find(|(known, ..)| kind == Some(*known));
    let provider = if settings.sign_in_with == SignInWith::Username { "username" } else { "email" };
    let name = settings.name.strip_prefix("B2C_1_").unwrap_or(&settings.name);
    let values = json!({
        "types": types.collect::<Vec<_>>(),
        "type": chosen.map(|(_, word, label, _)| json!({ "value": word, "label": label })),
        "providers": kind.map(providers).unwrap_or_default(),
        "attributes": kind.map(|kind| attribute_rows(&visit.tenant()?.attributes, kind, settings)).transpose()?.unwrap_or_default(),
        "form": { "name": name, "provider": provider },
        "errors": errors,
        "action": visit.path("/user-flows/new"),
    });
    let shell = Shell::of(visit, "Create a user flow")
        .below(&[("User flows", visit.path("/user-flows"))])
        .command("vestibule flow create signupsignin1 --type sign-up-sign-in --collect displayName --return objectId")
        .toml("[[tenant.flow]]\nname = \"B2C_1_signupsignin1\"\ntype = \"sign-up-sign-in\"\nattributes = [{ name = \"displayName\" }]\nclaims = [\"objectId\"]");
    visit.page_with(status, "new-flow.html", shell, values)
}

/// The local accounts that a flow of this kind may use.
fn providers(kind: FlowKind) -> Vec<Value> {
    let (email, name) = match kind {
        FlowKind::SignUpSignIn | FlowKind::SignUp => ("Email signup", "User ID signup"),
        FlowKind::PasswordReset => ("Reset password using email address", "Reset password using username"),
        _ => ("Email signin", "User ID signin"),
    };
    vec![json!({ "value": "email", "label": email }), json!({ "value": "username", "label": name })]
}

/// Returns true if people enter attributes in a flow of this kind.
fn collects(kind: FlowKind) -> bool {
    matches!(kind, FlowKind::SignUpSignIn | FlowKind::SignUp | FlowKind::ProfileEditing)
}

fn attribute_rows(custom: &[CustomAttribute], kind: FlowKind, settings: &FlowSettings) -> Result<Vec<Value>, Problem> {
    let is =
        |known: &str, name: &str| known.eq_ignore_ascii_case(name) || name.strip_prefix("extension_") == Some(known);
    let row = |choice: flow::Choice| {
        json!({
            "name": choice.name,
            "label": choice.label,
            "collect": settings.attributes.iter().any(|asked| is(&asked.name, &choice.name)),
            "return": settings.claims.iter().any(|claim| is(claim, &choice.name)),
            "can_collect": choice.can_collect && collects(kind),
            "can_return": true,
        })
    };
    Ok(flow::choices(custom).into_iter().map(row).collect())
}

/// Create a user flow.
pub(crate) async fn create(visit: &Visit<'_>) -> Answer {
    let Some(kind) = kind_of(visit.field("type")) else { return new_form(visit).await };
    let name = visit.field("name");
    let full = if name.get(..6).is_some_and(|p| p.eq_ignore_ascii_case("B2C_1_")) {
        name.to_owned()
    } else {
        format!("B2C_1_{name}")
    };
    let mut settings = FlowSettings::of(&full, kind);
    if visit.field("provider") == "username" {
        settings.sign_in_with = SignInWith::Username;
    }
    ticked(visit, &mut settings);
    let errors = match visit.manage()?.put_flow(&visit.tenant()?.id, Some(0), &settings).await {
        Ok(_) => return visit.done(&format!("/user-flows/{full}"), "created").await,
        Err(ManageError::Stale { .. }) => vec![error("name", format!("The tenant has a user flow {full} already."))],
        Err(why) => refused(why, &[("name", "name")])?,
    };
    new_page(visit, StatusCode::UNPROCESSABLE_ENTITY, Some(kind), &settings, errors)
}

/// Put the ticks of both columns into the settings; what was set about an attribute stays.
fn ticked(visit: &Visit<'_>, settings: &mut FlowSettings) {
    let (collect, claims) = (visit.fields("collect"), visit.fields("return"));
    let is =
        |known: &str, name: &str| known.eq_ignore_ascii_case(name) || name.strip_prefix("extension_") == Some(known);
    settings.attributes.retain(|asked| collect.iter().any(|name| is(&asked.name, name)));
    for name in collect {
        if !settings.attributes.iter().any(|asked| is(&asked.name, &name)) {
            settings.attributes.push(Attribute {
                name,
                label: None,
                input: None,
                required: false,
                options: Vec::new(),
            });
        }
    }
    settings.claims = claims;
}

/// A user flow with its version.
async fn find(visit: &Visit<'_>) -> Result<(FlowSettings, i64), Problem> {
    let (tenant, name) = (visit.tenant()?, visit.param("flow"));
    let (registrations, version) = visit.manage()?.registrations_with(&tenant.id, ObjectKind::Flow, name).await?;
    let settings = registrations.flows.get(&name.to_lowercase()).cloned().ok_or(Problem::NotFound)?;
    Ok((settings, version))
}

/// The properties of a user flow, and *Run user flow*.
pub(crate) async fn show(visit: &Visit<'_>) -> Answer {
    let (settings, version) = find(visit).await?;
    page(visit, StatusCode::OK, &settings, version, Vec::new())
}

fn page(visit: &Visit<'_>, status: StatusCode, settings: &FlowSettings, version: i64, errors: Vec<Value>) -> Answer {
    let tenant = visit.tenant()?;
    let base = visit.path(&format!("/user-flows/{}", settings.name));
    let values = json!({
        "type": label(settings.kind),
        "version": version,
        "sections": properties::sections(settings, &errors),
        "attributes": attribute_rows(&tenant.attributes, settings.kind, settings)?,
        "run": run(visit, tenant, settings),
        "action": base,
        "delete_href": format!("{base}/delete"),
        "errors": errors,
    });
    let shell = Shell::of(visit, &settings.name)
        .below(&[("User flows", visit.path("/user-flows"))])
        .history(visit.path("/audit"))
        .command(format!("vestibule flow show {}", word(&settings.name)));
    visit.page_with(status, "flow.html", shell, values)
}

/// The choices of *Run user flow*, and the request that they make. The runner shows what the application would get: its
/// own page answers.
fn run(visit: &Visit<'_>, tenant: &Tenant, settings: &FlowSettings) -> Option<Value> {
    if settings.kind == FlowKind::ResourceOwner {
        return None;
    }
    let candidates: Vec<&Application> =
        tenant.applications().map(AsRef::as_ref).filter(|a| a.enabled && !a.redirect_uris.is_empty()).collect();
    let wanted = visit.query("application");
    let chosen = candidates.iter().find(|a| a.client_id == wanted).or(candidates.first())?;
    let uri =
        chosen.redirect_uris.iter().find(|r| r.uri == visit.query("reply_url")).or(chosen.redirect_uris.first())?;
    let applications = candidates
        .iter()
        .map(|a| json!({ "name": a.name, "client_id": a.client_id, "selected": a.client_id == chosen.client_id }));
    let urls = chosen.redirect_uris.iter().map(|r| json!({ "url": r.uri, "selected": r.uri == uri.uri }));
    Some(json!({
        "applications": applications.collect::<Vec<_>>(),
        "reply_urls": urls.collect::<Vec<_>>(),
        "url": authorize_url(visit, tenant, settings, chosen, &uri.uri),
    }))
}

fn authorize_url(
    visit: &Visit<'_>,
    tenant: &Tenant,
    flow: &FlowSettings,
    application: &Application,
    uri: &str,
) -> String {
    let response_type = if application.implicit_id_token { "id_token" } else { "code" };
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &application.client_id)
        .append_pair("redirect_uri", uri)
        .append_pair("response_type", response_type)
        .append_pair("scope", "openid")
        .append_pair("nonce", "defaultNonce")
        .append_pair("prompt", "login")
        .finish();
    format!("{}/{}/{}/oauth2/v2.0/authorize?{query}", visit.call.origin.public, tenant.domain, flow.name)
}

/// Save the properties: first a page with the changes, then, from that page, the changes themselves. A flow reaches
/// everybody who signs in by it.
pub(crate) async fn save(visit: &Visit<'_>) -> Answer {
    let (mut wanted, version) = find(visit).await?;
    let mut errors = properties::read(visit, &mut wanted);
    ticked(visit, &mut wanted);
    let (tenant, expected) = (&visit.tenant()?.id, visit.version().unwrap_or(version));
    if errors.is_empty() {
        let manage = visit.manage()?;
        let prepared = manage.prepare(tenant, |registrations| {
            registrations.flows.insert(wanted.name.to_lowercase(), wanted.clone());
            Ok(())
        });
        let done = match prepared.await {
            Ok(prepared) if !visit.is_ticked("confirmed") => return check(visit, &wanted, &prepared.changes),
            Ok(_) => manage.put_flow(tenant, Some(expected), &wanted).await,
            Err(why) => Err(why),
        };
        match done {
            Ok(_) => return visit.done(&format!("/user-flows/{}", wanted.name), "saved").await,
            Err(why) => errors = refused(why, &properties::fields())?,
        }
    }
    page(visit, StatusCode::UNPROCESSABLE_ENTITY, &wanted, expected, errors)
}

/// The changes, before they are made.
fn check(visit: &Visit<'_>, wanted: &FlowSettings, changes: &[Change]) -> Answer {
    let base = visit.path(&format!("/user-flows/{}", wanted.name));
    let hidden = visit.call.body.iter().filter(|(name, _)| *name != "csrf");
    let hidden = hidden.map(|(name, value)| json!({ "name": name, "value": value }));
    let confirmed = std::iter::once(json!({ "name": "confirmed", "value": "true" }));
    let values = json!({
        "summary": match changes {
            [] => "Nothing would change.".to_owned(),
            _ => format!("These settings of {} will change.", wanted.name),
        },
        "changes": changes.iter().map(change).collect::<Vec<_>>(),
        "consequences": ["Everybody who signs in by this flow from now on gets the new settings.",
            "Sign-ins under way go on with the settings that they began with."],
        "hidden": hidden.chain(confirmed).collect::<Vec<_>>(),
        "confirm": "Save the changes",
        "action": base,
        "cancel_href": base,
    });
    let crumbs = [("User flows", visit.path("/user-flows")), (wanted.name.as_str(), base.clone())];
    visit.page("check.html", Shell::of(visit, "Check the changes").below(&crumbs), values)
}

fn change(change: &Change) -> Value {
    let text = |value: &Option<Value>| match value {
        None => Value::Null,
        Some(Value::String(text)) => json!(text),
        Some(other) => json!(other.to_string()),
    };
    let fields = change.fields.iter();
    let fields = fields.map(|f| json!({ "field": f.field, "before": text(&f.before), "after": text(&f.after) }));
    json!({ "sign": "~", "kind": change.kind(), "name": change.name, "fields": fields.collect::<Vec<_>>() })
}

/// The question before a user flow is deleted.
pub(crate) async fn ask_delete(visit: &Visit<'_>) -> Answer {
    let (settings, version) = find(visit).await?;
    let base = visit.path(&format!("/user-flows/{}", settings.name));
    let values = json!({
        "question": format!("Delete the user flow {}?", settings.name),
        "consequences": [
            "Applications that name it get an error page from the next request on.",
            "Sign-ins that are under way in it end. Users and their passwords stay.",
        ],
        "button": "Delete",
        "action": format!("{base}/delete"),
        "cancel_href": base,
        "hidden": [{ "name": "version", "value": version.to_string() }],
        "type_name": settings.name,
    });
    let shell = Shell::of(visit, "Delete a user flow")
        .below(&[("User flows", visit.path("/user-flows")), (settings.name.as_str(), base)])
        .command(format!("vestibule flow delete {}", word(&settings.name)));
    visit.page("confirm.html", shell, values)
}

/// Delete a user flow.
pub(crate) async fn delete(visit: &Visit<'_>) -> Answer {
    let (settings, _) = find(visit).await?;
    if visit.field("typed") != settings.name {
        return Err(Problem::Refused(format!("Type the name {} to delete it.", settings.name)));
    }
    visit.manage()?.delete_flow(&visit.tenant()?.id, &settings.name, visit.version()).await?;
    visit.done("/user-flows", "deleted").await
}
