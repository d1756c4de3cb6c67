//! Applications: names, platforms, what they expose. Each keeps its client id.

use super::node::Node;
use super::report::Report;
use super::{Import, credentials, permissions};
use crate::registry::{AppRole, Application, Platform, RedirectUri, Scope};
use std::collections::{BTreeMap, BTreeSet};

/// The application in which B2C keeps custom attributes. Its name goes on with a warning.
const EXTENSIONS: &str = "b2c-extensions-app";
/// Most characters of a name; B2C has names of 256.
const LONGEST_NAME: usize = crate::registry::names::LONGEST_DISPLAY_NAME;

/// Members that say what is not done here, each with what it is.
const NO_COUNTERPART: [(&str, &str); 4] = [
    ("optionalClaims", "optional claims"),
    ("groupMembershipClaims", "group claims"),
    ("samlMetadataUrl", "SAML"),
    ("tokenEncryptionKeyId", "encrypted tokens"),
];

impl<'i> Import<'i> {
    pub(super) fn applications(&mut self) {
        let mut read: Vec<(Application, Node<'i>)> = Vec::new();
        for node in self.list("applications.json") {
            let made = application(&node, self.options.now, &mut self.report);
            if let Some(application) = self.kept(made).flatten() {
                read.push((application, node));
            }
        }
        self.unique(&mut read);
        let apis = permissions::Apis::of(read.iter().map(|(application, node)| (application, node)));
        for (mut application, node) in read {
            let granted = self.options.grant_admin_consent.then_some(self.options.now);
            let held = permissions::read(&mut application, &node, &apis, granted, &mut self.report);
            if self.kept(held).is_some() {
                self.tenant.applications.insert(application.client_id.clone(), application);
            }
        }
    }

    /// In B2C two applications may have one name, and an id is there once.
    fn unique(&mut self, read: &mut [(Application, Node<'_>)]) {
        let (mut names, mut ids, mut numbers) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
        for (application, node) in read {
            if !ids.insert(application.client_id.clone()) {
                self.mistakes.push(node.wrong(&format!("the appId {} is there twice", application.client_id)));
            }
            let (wanted, mut n) = (application.name.clone(), 1);
            let last = numbers.entry(wanted.to_ascii_lowercase()).or_insert(1);
            while !names.insert(application.name.to_ascii_lowercase()) {
                *last += 1;
                n = *last;
                application.name = format!("{} ({n})", shortened(&wanted, LONGEST_NAME - 8));
            }
            if n > 1 {
                let line = format!("two applications are named {wanted:?}: the second is {:?} now", application.name);
                self.report.by_hand(line);
            }
        }
    }
}

/// An application, without its permissions; none: it has no counterpart.
fn application(node: &Node<'_>, now: i64, report: &mut Report) -> Result<Option<Application>, String> {
    let client_id = node.needed("appId")?.text()?.to_ascii_lowercase();
    let written = node.needed("displayName")?.text()?;
    if written.starts_with(EXTENSIONS) {
        report.no_counterpart(format!("the application {EXTENSIONS}: custom attributes need none here"));
        return Ok(None);
    }
    let name = legal_name(written);
    if name != written {
        report.by_hand(format!("the application {written:?} is named {name:?} now: a name has no slash or bracket"));
    }
    let (web, api) = (node.member("web")?, node.member("api")?);
    let implicit = web.member("implicitGrantSettings")?;
    let mut application = Application {
        client_id,
        redirect_uris: redirect_uris(node)?,
        logout_url: web.text_of("logoutUrl")?.map(str::to_owned),
        app_id_uri: app_id_uri(node, &name, report)?,
        scopes: api.list("oauth2PermissionScopes")?.iter().map(scope).collect::<Result<_, _>>()?,
        app_roles: app_roles(node, &name, report)?,
        implicit_id_token: implicit.flag("enableIdTokenIssuance")?.unwrap_or_default(),
        implicit_access_token: implicit.flag("enableAccessTokenIssuance")?.unwrap_or_default(),
        public_client: node.flag("isFallbackPublicClient")?.unwrap_or_default(),
        name,
        ..Application::default()
    };
    credentials::read(&mut application, node, now, report)?;
    for (member, what) in NO_COUNTERPART {
        if node.member(member)?.says_something() {
            report.no_counterpart(format!("{what} of the application {:?}", application.name));
        }
    }
    Ok(Some(application))
}

/// Permissions are written with a slash behind the name, and pages show it.
pub(super) fn legal_name(written: &str) -> String {
    let legal: String = written
        .chars()
        .filter(|c| !c.is_control() && !"<>".contains(*c))
        .map(|c| if c == '/' { '-' } else { c })
        .collect();
    shortened(&legal, LONGEST_NAME)
}

fn shortened(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

fn redirect_uris(node: &Node<'_>) -> Result<Vec<RedirectUri>, String> {
    let (mut found, mut known) = (Vec::new(), BTreeSet::new());
    let platforms = [("web", Platform::Web), ("spa", Platform::Spa), ("publicClient", Platform::PublicClient)];
    for (member, platform) in platforms {
        for uri in node.member(member)?.texts("redirectUris")? {
            if known.insert(uri) {
                found.push(RedirectUri { uri: uri.to_owned(), platform });
            }
        }
    }
    Ok(found)
}

/// The first Application ID URI.
fn app_id_uri(node: &Node<'_>, name: &str, report: &mut Report) -> Result<Option<String>, String> {
    let uris = node.texts("identifierUris")?;
    for other in uris.iter().skip(1) {
        report.no_counterpart(format!("a second Application ID URI of the application {name:?}: {other}"));
    }
    Ok(uris.first().map(|uri| uri.trim_end_matches('/').to_owned()))
}

fn scope(node: &Node<'_>) -> Result<Scope, String> {
    let name = node.needed("value")?.text()?.to_owned();
    let title = node.text_of("adminConsentDisplayName")?;
    Ok(Scope {
        admin_consent_display_name: title.unwrap_or(&name).to_owned(),
        admin_consent_description: node.text_of("adminConsentDescription")?.unwrap_or_default().to_owned(),
        enabled: node.flag("isEnabled")?.unwrap_or(true),
        name,
    })
}

/// The roles that a program may have. Roles of people are not in B2C's tokens.
fn app_roles(node: &Node<'_>, name: &str, report: &mut Report) -> Result<Vec<AppRole>, String> {
    let mut roles = Vec::new();
    for role in node.list("appRoles")? {
        let Some(value) = role.text_of("value")? else { continue };
        if !role.texts("allowedMemberTypes")?.contains(&"Application") {
            report.no_counterpart(format!("the app role {value} of the application {name:?}, which is for people"));
            continue;
        }
        let display_name = role.text_of("displayName")?.unwrap_or(value).to_owned();
        let enabled = role.flag("isEnabled")?.unwrap_or(true);
        roles.push(AppRole { value: value.to_owned(), display_name, enabled });
    }
    Ok(roles)
}
