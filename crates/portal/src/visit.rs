//! A request of an administrator: the person, the tenant that the address names, and what a page is made from.

use crate::Portal;
use crate::answer::{Answer, Problem, html, see};
use crate::session::Who;
use crate::view::Shell;
use http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;
use vestibule_server::app::App;
use vestibule_server::web::request::Call;
use vestibule_tenant::manage::{Manage, Role};
use vestibule_tenant::registry::Tenant;

/// A request that passed the checks of its route.
pub struct Visit<'a> {
    pub(crate) portal: &'a Portal,
    pub(crate) app: &'a App,
    pub(crate) call: &'a Call,
    pub(crate) who: Option<Who>,
    /// The person's role where the address points.
    pub(crate) role: Role,
    pub(crate) tenant: Option<Arc<Tenant>>,
    params: Vec<(&'static str, &'a str)>,
}

impl<'a> Visit<'a> {
    pub(crate) fn new(portal: &'a Portal, app: &'a App, call: &'a Call, params: Vec<(&'static str, &'a str)>) -> Self {
        Self { portal, app, call, who: None, role: Role::Reader, tenant: None, params }
    }

    /// A value of the path; empty if the route has no such placeholder.
    pub(crate) fn param(&self, name: &str) -> &'a str {
        self.params.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).unwrap_or_default()
    }

    /// The person; every route but those for anyone has one.
    pub(crate) fn who(&self) -> Result<&Who, Problem> {
        self.who.as_ref().ok_or(Problem::NotFound)
    }

    /// The tenant of the address.
    pub(crate) fn tenant(&self) -> Result<&Tenant, Problem> {
        self.tenant.as_deref().ok_or(Problem::NotFound)
    }

    /// Management in the name of this person.
    pub(crate) fn manage(&self) -> Result<Manage, Problem> {
        Ok(self.app.manage(self.who()?.actor(self.call)))
    }

    /// A field of the form, without blanks at its ends.
    pub(crate) fn field(&self, name: &str) -> &'a str {
        self.call.body.get(name).map(str::trim).unwrap_or_default()
    }

    /// Returns true if a box was ticked.
    pub(crate) fn is_ticked(&self, name: &str) -> bool {
        self.call.body.get(name).is_some()
    }

    /// Every value of a field that may be there several times.
    pub(crate) fn fields(&self, name: &str) -> Vec<String> {
        self.call.body.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.to_owned()).collect()
    }

    /// A parameter of the query.
    pub(crate) fn query(&self, name: &str) -> &'a str {
        self.call.query.get(name).map(str::trim).unwrap_or_default()
    }

    /// The version of the object that the form was made from.
    pub(crate) fn version(&self) -> Option<i64> {
        self.field("version").parse().ok()
    }

    /// `/portal/contoso`, and what follows.
    pub(crate) fn path(&self, rest: &str) -> String {
        let tenant = self.tenant.as_ref().map_or("-", |tenant| tenant.name.as_str());
        format!("/portal/{tenant}{rest}")
    }

    /// A page.
    pub(crate) fn page(&self, template: &str, shell: Shell, values: Value) -> Answer {
        self.page_with(StatusCode::OK, template, shell, values)
    }

    /// A page with another status: 422 where a form has errors.
    pub(crate) fn page_with(&self, status: StatusCode, template: &str, shell: Shell, mut values: Value) -> Answer {
        if values.get("errors").is_none() {
            values["errors"] = json!([]);
        }
        Ok(html(status, self.portal.view.render(template, shell, values)))
    }

    /// Go on to a page after a change: nodes of this process see it at once.
    pub(crate) async fn done(&self, rest: &str, what: &str) -> Answer {
        self.app.registry().refresh().await?;
        let mark = if rest.contains('?') { '&' } else { '?' };
        Ok(see(&self.path(&format!("{rest}{mark}done={what}"))))
    }

    /// Write into the audit log that a Reader tried to make a change.
    pub(crate) async fn refused(&self, change: &str) -> Result<(), Problem> {
        let tenant = self.tenant.as_ref().map_or(&self.portal.admin.info.id, |tenant| &tenant.id);
        self.manage()?.note_refused(tenant, change).await?;
        Ok(())
    }
}
