//! The portal: administrators register applications, user flows and people by pages, all of it through
//! [`vestibule_tenant::manage`].
//!
//! The rooms, in the order of a request:
//!
//! 1. [`routes`] is the table of every address, with the role that it needs.
//! 2. [`sign_in`] sends a stranger to the administrators' tenant and takes them back; [`session`] remembers them.
//! 3. [`visit`] is the request with everything that a page needs, checked.
//! 4. [`pages`] has a file for each subject; [`view`] fills the templates.

pub mod routes;

pub mod sign_in;

pub mod session;

pub mod visit;

pub mod pages;

pub mod view;

mod answer;
mod assets;
mod fields;
mod invitation;

use answer::Problem;
use axum::body::Body;
use http::Response;
use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;
use vestibule_server::app::App;
use vestibule_server::router::{Face, router_with};
use vestibule_server::web::request::Call;
use vestibule_tenant::accounts::UserError;
use vestibule_tenant::manage::{Actor, AdminTenant, Invitation, ManageError, NewAdministrator, Right, Role};
use view::View;

/// The portal of a running server.
pub struct Portal {
    admin: AdminTenant,
    view: View,
}

impl std::fmt::Debug for Portal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Portal").field("origin", &self.admin.origin).finish_non_exhaustive()
    }
}

impl Portal {
    /// Make the administrators' tenant ready. None if the server is set to have no portal.
    ///
    /// # Errors
    /// As the store.
    pub async fn open(app: &App) -> Result<Option<Self>, ManageError> {
        let Some(origin) = app.origins().portal() else { return Ok(None) };
        let manage = app.manage(Actor::Server);
        let admin = manage.prepare_administration(&origin.url).await?;
        app.registry().refresh().await?;
        app.keys().prepare(std::slice::from_ref(&admin.info.id)).await.map_err(ManageError::Keys)?;
        Ok(Some(Self { admin, view: View::new() }))
    }

    /// The link for the first administrator, while there is none: good for 15 minutes, for one browser.
    ///
    /// # Errors
    /// As the store.
    pub async fn first_link(&self, app: &App) -> Result<Option<String>, ManageError> {
        let manage = app.manage(Actor::Server);
        let administrators = manage.administrators(app.accounts(), &self.admin);
        if administrators.any().await? {
            return Ok(None);
        }
        let invitation = administrators.invite(&Right { tenant: None, role: Role::Administrator }).await?;
        Ok(Some(invitation_link(&self.admin, &invitation)))
    }

    /// `dev` only: make the demo's administrator, if there is none.
    ///
    /// # Errors
    /// A sentence: the store failed, or the account cannot be made.
    pub async fn demo_administrator(&self, app: &App, new: &NewAdministrator) -> Result<(), String> {
        let manage = app.manage(Actor::Server);
        let administrators = manage.administrators(app.accounts(), &self.admin);
        if administrators.any().await.map_err(|e| e.to_string())? {
            return Ok(());
        }
        let right = Right { tenant: None, role: Role::Administrator };
        administrators.create_demo(new, &right).await.map(drop).map_err(|e| e.to_string())
    }

    /// Remove the demo's administrator, whose password everybody knows: before other machines reach the portal.
    ///
    /// # Errors
    /// As the store.
    pub async fn remove_demo_administrator(&self, app: &App) -> Result<(), UserError> {
        let manage = app.manage(Actor::Server);
        manage.administrators(app.accounts(), &self.admin).remove_demo().await
    }

    /// The address of its first page.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/portal", self.admin.origin)
    }
}

/// The address that an invitation is opened at.
#[must_use]
pub fn invitation_link(admin: &AdminTenant, invitation: &Invitation) -> String {
    format!("{}/portal/-/invitations/{}", admin.origin, invitation.secret)
}

impl Face for Portal {
    fn takes(&self, path: &str) -> bool {
        path == "/portal" || path.starts_with("/portal/")
    }

    fn logged<'p>(&self, path: &'p str) -> Cow<'p, str> {
        const INVITATIONS: &str = "/portal/-/invitations/";
        if path.starts_with(INVITATIONS) { format!("{INVITATIONS}…").into() } else { path.into() }
    }

    fn answer<'a>(&'a self, app: &'a App, call: &'a Call) -> Pin<Box<dyn Future<Output = Response<Body>> + Send + 'a>> {
        Box::pin(async move {
            if !call.origin.portal {
                return vestibule_server::web::answer::not_found();
            }
            match routes::answer(self, app, call).await {
                Ok(response) => response,
                Err(problem) => Problem::page(problem, self, app, call),
            }
        })
    }
}

/// The router of a server with its portal.
pub fn router(app: App, portal: Option<Arc<Portal>>) -> axum::Router {
    router_with(app, portal.map(|portal| portal as Arc<dyn Face>))
}
