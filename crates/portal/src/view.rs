//! Pages as text: the templates, and the frame that all of them share.

use crate::assets;
use crate::visit::Visit;
use minijinja::Environment;
use serde::Serialize;
use serde_json::{Value, json};
use vestibule_server::app::App;
use vestibule_server::pages::{environment_of, render};
use vestibule_tenant::manage::Role;

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../assets/templates/", $name)))),*]
    };
}

const TEMPLATES: &[(&str, &str)] = templates![
    "application.html",
    "applications.html",
    "attributes.html",
    "audit.html",
    "authentication.html",
    "administrators.html",
    "check.html",
    "confirm.html",
    "expose.html",
    "flow.html",
    "flows.html",
    "home.html",
    "invitation-account.html",
    "invitation.html",
    "keys.html",
    "layout.html",
    "message.html",
    "new-application.html",
    "new-flow.html",
    "new-user.html",
    "parts.html",
    "permissions.html",
    "policies.html",
    "secrets.html",
    "signed-in.html",
    "tenants.html",
    "user.html",
    "users.html",
];

/// The templates, loaded once.
pub(crate) struct View(Environment<'static>);

impl View {
    pub(crate) fn new() -> Self {
        Self(environment_of(TEMPLATES))
    }

    /// Fill a template with the values of one page.
    pub(crate) fn render(&self, template: &str, shell: Shell, mut values: Value) -> String {
        values["page"] = json!(shell);
        render(&self.0, template, values)
    }
}

/// The frame of a page: everything that is not about its subject.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Shell {
    title: String,
    tenant: Option<Value>,
    tenants_href: &'static str,
    menu: Vec<Value>,
    crumbs: Vec<Value>,
    who: Option<Value>,
    csrf: String,
    sign_out: &'static str,
    is_dev: bool,
    is_reader: bool,
    notice: Option<Value>,
    command: Option<String>,
    toml: Option<String>,
    assets: Value,
    history_href: Option<String>,
    next: Option<String>,
}

/// The entries of a tenant's menu, in the words of the Azure portal: group, label, last part of the address.
const MENU: [(&str, &[(&str, &str)]); 4] = [
    ("", &[("Overview", "")]),
    ("Manage", &[("App registrations", "/applications"), ("User attributes", "/attributes"), ("Users", "/users")]),
    ("Policies", &[("User flows", "/user-flows"), ("Identity Experience Framework", "/policies")]),
    ("Security and activities", &[("Signing keys", "/signing-keys"), ("Audit logs", "/audit")]),
];

impl Shell {
    /// The frame for somebody who is not signed in.
    pub(crate) fn bare(app: &App, title: &str) -> Self {
        Self {
            title: title.to_owned(),
            tenant: None,
            tenants_href: "/portal/-/tenants",
            menu: Vec::new(),
            crumbs: Vec::new(),
            who: None,
            csrf: String::new(),
            sign_out: "/portal/-/sign-out",
            is_dev: app.dev().is_some(),
            is_reader: true,
            notice: None,
            command: None,
            toml: None,
            assets: json!({ "css": assets::url("css"), "js": assets::url("js") }),
            history_href: None,
            next: None,
        }
    }

    /// The frame of a page of this person.
    pub(crate) fn of(visit: &Visit<'_>, title: &str) -> Self {
        let mut shell = Self::bare(visit.app, title);
        shell.is_reader = visit.role == Role::Reader;
        if let Some(who) = &visit.who {
            let role = if visit.role == Role::Reader { "Reader" } else { "Administrator" };
            let name = who.administrator.user.display_name().unwrap_or_default();
            shell.who = Some(json!({ "name": name, "role": role }));
            shell.csrf.clone_from(&who.session.csrf);
        }
        if let Some(tenant) = &visit.tenant {
            let (name, display_name, domain) = (&tenant.name, &tenant.display_name, &tenant.domain);
            let href = visit.path("");
            shell.tenant = Some(json!({ "name": name, "display_name": display_name, "domain": domain, "href": href }));
            shell.menu = MENU.iter().map(|(label, entries)| group(visit, label, entries)).collect();
        } else {
            let all = [("Tenants", "/tenants"), ("Administrators", "/administrators"), ("Audit logs", "/audit")];
            let is_of_all = visit.who.as_ref().is_some_and(|who| who.role(None).is_some());
            shell.menu = vec![group(visit, "Installation", if is_of_all { &all } else { &all[..1] })];
        }
        shell.notice = notice(visit.query("done"));
        shell
    }

    /// Pages above this one: label and address.
    pub(crate) fn below(mut self, crumbs: &[(&str, String)]) -> Self {
        self.crumbs = crumbs.iter().map(|(label, href)| json!({ "label": label, "href": href })).collect();
        self
    }

    /// The command that does the same.
    pub(crate) fn command(mut self, command: impl Into<String>) -> Self {
        self.command = Some(command.into());
        self
    }

    /// The lines of `vestibule.toml` that do the same.
    pub(crate) fn toml(mut self, toml: impl Into<String>) -> Self {
        self.toml = Some(toml.into());
        self
    }

    /// Where the audit log of this object is.
    pub(crate) fn history(mut self, href: String) -> Self {
        self.history_href = Some(href);
        self
    }

    /// Where the page goes on to by itself.
    pub(crate) fn next(mut self, href: &str) -> Self {
        self.next = Some(href.to_owned());
        self
    }
}

fn group(visit: &Visit<'_>, label: &str, entries: &[(&str, &str)]) -> Value {
    let entries = entries.iter().map(|(label, end)| {
        let href = visit.path(end);
        let path = &visit.call.path;
        let is_current = path.trim_end_matches('/') == href || !end.is_empty() && path.starts_with(&format!("{href}/"));
        json!({ "label": label, "href": href, "current": is_current })
    });
    json!({ "label": label, "entries": entries.collect::<Vec<_>>() })
}

/// The sentence about the last act, by the word that its redirect carries.
fn notice(done: &str) -> Option<Value> {
    let text = match done {
        "registered" => "The application is registered.",
        "saved" => "Saved. Sign-ins that begin from now on follow the new settings.",
        "created" => "Created.",
        "deleted" => "Deleted.",
        "removed" => "Removed. It stopped working at once.",
        "permissions" => "The permissions were added. They work once admin consent is granted.",
        "granted" => "Admin consent was granted.",
        "revoked" => "Admin consent was withdrawn. Tokens that were issued before stay good until they expire.",
        "enabled" => "It works again.",
        "disabled" => "It stopped working at once.",
        "signed-out" => "Every session and refresh token of this user has ended.",
        "rotated" => "A new signing key was made. It signs once applications had the time to read it.",
        _ => return None,
    };
    Some(json!({ "kind": "good", "text": text }))
}
