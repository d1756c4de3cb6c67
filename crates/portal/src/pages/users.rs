//! Users: find, create, change, block, give a new password, sign out everywhere, delete.

use super::{ROWS, query, tag, word};
use crate::answer::{Answer, Problem};
use crate::fields::error;
use crate::view::Shell;
use crate::visit::Visit;
use http::StatusCode;
use serde_json::{Value, json};
use vestibule_journey::{Attributes, Value as Claim, flow};
use vestibule_protocol::error::timestamp;
use vestibule_tenant::accounts::{NewUser, TemporaryPassword, TenantInfo, User, UserError, attributes};
use vestibule_tenant::manage::Manage;

/// `/portal/{tenant}/users`
pub(crate) async fn list(visit: &Visit<'_>) -> Answer {
    let (tenant, wanted) = (visit.tenant()?, visit.query("q"));
    let manage = visit.manage()?;
    let users = manage.users(visit.app.accounts());
    let most = i64::try_from(ROWS).unwrap_or(i64::MAX);
    let after = Some(visit.query("after")).filter(|after| !after.is_empty());
    let found = match wanted {
        "" => users.list(&tenant.id, after, most).await?,
        id if id.len() == 36 => users.get(&tenant.id, id).await?.into_iter().collect(),
        text => users.search(&tenant.id, text, most).await?,
    };
    let next = found.last().filter(|_| wanted.is_empty() && found.len() == ROWS);
    let next = next.map(|last| visit.path(&format!("/users{}", query(&[("after", last.object_id())]))));
    let rows = found.iter().map(|user| row(visit, user));
    let values = json!({
        "query": wanted,
        "rows": rows.collect::<Vec<_>>(),
        "next": next,
        "new_href": visit.path("/users/new"),
    });
    visit.page("users.html", Shell::of(visit, "Users").command("vestibule user list"), values)
}

fn row(visit: &Visit<'_>, user: &User) -> Value {
    let names: Vec<&str> = [user.email(), user.user_name()].into_iter().flatten().collect();
    json!({
        "name": user.display_name().unwrap_or_default(),
        "sign_in_names": names.join(", "),
        "state": state(user),
        "href": visit.path(&format!("/users/{}", user.object_id())),
        "object_id": user.object_id(),
    })
}

fn state(user: &User) -> Value {
    match (user.enabled(), user.force_change()) {
        (false, _) => tag("bad", "Blocked"),
        (true, true) => tag("warn", "Must change the password"),
        (true, false) => tag("good", "Active"),
    }
}

/// `/portal/{tenant}/users/new`
pub(crate) async fn new_form(visit: &Visit<'_>) -> Answer {
    new_page(visit, StatusCode::OK, Vec::new())
}

fn new_page(visit: &Visit<'_>, status: StatusCode, errors: Vec<Value>) -> Answer {
    let method = if visit.field("sign_in_method") == "username" { "username" } else { "email" };
    let values = json!({
        "form": {
            "sign_in_method": method,
            "sign_in_name": visit.field("sign_in_name"),
            "display_name": visit.field("display_name"),
            "given_name": visit.field("given_name"),
            "surname": visit.field("surname"),
            "block": visit.is_ticked("block"),
        },
        "errors": errors,
        "action": visit.path("/users/new"),
    });
    let shell = Shell::of(visit, "Create a user")
        .below(&[("Users", visit.path("/users"))])
        .command("vestibule user add ann@contoso.com --display-name 'Ann Example'");
    visit.page_with(status, "new-user.html", shell, values)
}

/// Create a user. The generated password is on the answer to this request and nowhere else.
pub(crate) async fn create(visit: &Visit<'_>) -> Answer {
    let name = visit.field("sign_in_name");
    let is_name = visit.field("sign_in_method") == "username";
    let sign_in = if is_name { "signInNames.userName" } else { "signInNames.emailAddress" };
    let mut given = Attributes::from([
        (sign_in.to_owned(), Claim::Text(name.to_owned())),
        ("accountEnabled".to_owned(), Claim::Bool(!visit.is_ticked("block"))),
    ]);
    let display_name = visit.field("display_name");
    let display_name = if display_name.is_empty() { name } else { display_name };
    let texts =
        [("displayName", display_name), ("givenName", visit.field("given_name")), ("surname", visit.field("surname"))];
    for (attribute, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        given.insert(attribute.to_owned(), Claim::Text(text.to_owned()));
    }
    let new = NewUser { object_id: None, attributes: given, allow_banned_password: false };
    let manage = visit.manage()?;
    let info = info(visit, &manage).await?;
    match manage.users(visit.app.accounts()).create_with_temporary_password(&info, new).await {
        Ok((user, password)) => user_page(visit, StatusCode::OK, &user, Some(&password), Vec::new()),
        Err(why) => new_page(visit, StatusCode::UNPROCESSABLE_ENTITY, vec![sentence(why)?]),
    }
}

/// A refusal at its field.
fn sentence(why: UserError) -> Result<Value, Problem> {
    let field = |attribute: &str| match attribute {
        "displayName" => "display_name",
        "givenName" => "given_name",
        "surname" => "surname",
        _ => "sign_in_name",
    };
    match why {
        UserError::AlreadyExists => Ok(error("sign_in_name", "Another user signs in with this name.")),
        UserError::Refused { attribute, .. } => {
            Ok(error(field(&attribute), format!("The value {}.", attributes::expected(&attribute))))
        }
        other => Err(other.into()),
    }
}

async fn info(visit: &Visit<'_>, manage: &Manage) -> Result<TenantInfo, Problem> {
    Ok(TenantInfo::from(&manage.registrations(&visit.tenant()?.id).await?))
}

async fn find(visit: &Visit<'_>) -> Result<User, Problem> {
    let manage = visit.manage()?;
    let user = manage.users(visit.app.accounts()).get(&visit.tenant()?.id, visit.param("user")).await?;
    user.ok_or(Problem::NotFound)
}

/// One user.
pub(crate) async fn show(visit: &Visit<'_>) -> Answer {
    let user = find(visit).await?;
    user_page(visit, StatusCode::OK, &user, None, Vec::new())
}

fn user_page(
    visit: &Visit<'_>,
    status: StatusCode,
    user: &User,
    password: Option<&TemporaryPassword>,
    errors: Vec<Value>,
) -> Answer {
    let tenant = visit.tenant()?;
    let base = visit.path(&format!("/users/{}", user.object_id()));
    let names = [("Email", user.email()), ("Username", user.user_name())];
    let identities = names
        .into_iter()
        .filter_map(|(method, name)| Some(json!({ "method": method, "name": name?, "issuer": tenant.domain })));
    let display_name = user.display_name().unwrap_or_default();
    let values = json!({
        "user": { "display_name": display_name, "object_id": user.object_id(), "enabled": user.enabled(), "state": state(user) },
        "facts": [
            { "label": "Object ID", "value": user.object_id(), "copy": true },
            { "label": "Created on", "value": timestamp(user.created_at()), "copy": false },
            { "label": "Sessions are valid from", "value": timestamp(user.valid_from()), "copy": false },
        ],
        "identities": identities.collect::<Vec<_>>(),
        "attributes": attribute_fields(visit, user, !errors.is_empty())?,
        "new_password": password.map(|new| json!({ "value": new.password.as_str(), "expires": timestamp(new.expires_at) })),
        "version": user.version(),
        "errors": errors,
        "actions": {
            "save": base,
            "enabled": format!("{base}/enabled"),
            "password": format!("{base}/password"),
            "sign_out": format!("{base}/sign-out"),
            "delete_href": format!("{base}/delete"),
        },
    });
    let shell = Shell::of(visit, &display_name)
        .below(&[("Users", visit.path("/users"))])
        .history(visit.path(&format!("/audit?user={}", user.object_id())))
        .command(format!("vestibule user show {}", word(user.email().or(user.user_name()).unwrap_or_default())));
    visit.page_with(status, "user.html", shell, values)
}

/// The attributes that can be changed, with their values; those that were typed where something is wrong with them.
fn attribute_fields(visit: &Visit<'_>, user: &User, typed: bool) -> Result<Vec<Value>, Problem> {
    let tenant = visit.tenant()?;
    let values = user.attributes(&tenant.domain);
    let kind = |name: &str| {
        let own = tenant.attributes.iter().find(|a| name.strip_prefix("extension_") == Some(a.name.as_str()));
        match own.map(|a| a.data_type.as_str()) {
            Some("Boolean") => "checkbox",
            Some("Int") => "number",
            _ => "text",
        }
    };
    let choices = flow::choices(&tenant.attributes).into_iter().filter(|choice| choice.can_collect);
    let fields = choices.map(|choice| {
        let kind = kind(&choice.name);
        let known = values.get(&choice.name);
        let value = match kind {
            "checkbox" => json!(known == Some(&Claim::Bool(true))),
            _ if typed => json!(visit.field(&choice.name)),
            _ => json!(known.map(Claim::text).unwrap_or_default()),
        };
        json!({ "name": choice.name, "label": choice.label, "value": value, "kind": kind })
    });
    Ok(fields.collect())
}

/// Save the attributes. Only those that the form shows are taken: no form can set a name, a password or a state here.
pub(crate) async fn save(visit: &Visit<'_>) -> Answer {
    let user = find(visit).await?;
    let (mut wanted, mut errors) = (Attributes::new(), Vec::new());
    for shown in attribute_fields(visit, &user, true)? {
        let name = shown["name"].as_str().unwrap_or_default();
        let text = visit.field(name);
        let value = match shown["kind"].as_str() {
            Some("checkbox") => Claim::Bool(visit.is_ticked(name)),
            Some("number") if text.is_empty() => Claim::Text(String::new()),
            Some("number") => match text.parse() {
                Ok(number) => Claim::Int(number),
                Err(_) => {
                    errors.push(error(name, "Enter a whole number."));
                    continue;
                }
            },
            _ => Claim::Text(text.to_owned()),
        };
        wanted.insert(name.to_owned(), value);
    }
    if errors.is_empty() {
        let manage = visit.manage()?;
        let info = info(visit, &manage).await?;
        let changed =
            manage.users(visit.app.accounts()).change(&info, user.object_id(), visit.version(), &wanted).await;
        match changed {
            Ok(_) => return visit.done(&format!("/users/{}", user.object_id()), "saved").await,
            Err(UserError::Refused { attribute, .. }) => {
                errors.push(error(&attribute, format!("The value {}.", attributes::expected(&attribute))));
            }
            Err(other) => return Err(other.into()),
        }
    }
    user_page(visit, StatusCode::UNPROCESSABLE_ENTITY, &user, None, errors)
}

/// Block the sign-in, or allow it again.
pub(crate) async fn enable(visit: &Visit<'_>) -> Answer {
    let (user, enabled) = (find(visit).await?, visit.field("enabled") == "true");
    let manage = visit.manage()?;
    let info = info(visit, &manage).await?;
    manage.users(visit.app.accounts()).set_enabled(&info, user.object_id(), enabled).await?;
    visit.done(&format!("/users/{}", user.object_id()), if enabled { "enabled" } else { "disabled" }).await
}

/// Give a new password. It is on the answer to this request and nowhere else.
pub(crate) async fn new_password(visit: &Visit<'_>) -> Answer {
    let user = find(visit).await?;
    let manage = visit.manage()?;
    let info = info(visit, &manage).await?;
    let password = manage.users(visit.app.accounts()).give_temporary_password(&info, user.object_id()).await?;
    let user = find(visit).await?;
    user_page(visit, StatusCode::OK, &user, Some(&password), Vec::new())
}

/// End every session and refresh token of the user.
pub(crate) async fn sign_out(visit: &Visit<'_>) -> Answer {
    let user = find(visit).await?;
    visit.manage()?.users(visit.app.accounts()).sign_out(&visit.tenant()?.id, user.object_id()).await?;
    visit.done(&format!("/users/{}", user.object_id()), "signed-out").await
}

/// The question before a user is deleted.
pub(crate) async fn ask_delete(visit: &Visit<'_>) -> Answer {
    let user = find(visit).await?;
    let name = user.email().or(user.user_name()).unwrap_or(user.object_id()).to_owned();
    let base = visit.path(&format!("/users/{}", user.object_id()));
    let values = json!({
        "question": format!("Delete the user {name}?"),
        "consequences": [
            "The account with its attributes and password is deleted and cannot be restored.",
            "Every session and refresh token ends at once. The audit log keeps what the person did.",
        ],
        "button": "Delete",
        "action": format!("{base}/delete"),
        "cancel_href": base,
        "hidden": [],
        "type_name": name,
    });
    let shell = Shell::of(visit, "Delete a user")
        .below(&[("Users", visit.path("/users"))])
        .command(format!("vestibule user delete {}", word(&name)));
    visit.page("confirm.html", shell, values)
}

/// Delete a user.
pub(crate) async fn delete(visit: &Visit<'_>) -> Answer {
    let user = find(visit).await?;
    let name = user.email().or(user.user_name()).unwrap_or(user.object_id());
    if !visit.field("typed").eq_ignore_ascii_case(name) {
        return Err(Problem::Refused(format!("Type the name {name} to delete it.")));
    }
    visit.manage()?.users(visit.app.accounts()).delete(&visit.tenant()?.id, user.object_id()).await?;
    visit.done("/users", "deleted").await
}
