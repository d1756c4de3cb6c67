//! Redirects the browser to a provider: stores the row by which its return finds the journey, and sets the cookie that
//! the return must bring.

use super::{Transaction, show};
use crate::app::App;
use crate::oauth::visit::Visit;
use crate::pages::LeavePage;
use crate::web::answer;
use crate::web::browser;
use axum::body::Body;
use cookie::{Cookie, SameSite};
use http::{Method, Response, StatusCode};
use serde::{Deserialize, Serialize};
use vestibule_journey::Redirect;
use vestibule_journey::event::Form;
use vestibule_protocol::digest::sha256_base64url;
use vestibule_store::StoreError;

/// The longest time that the browser may stay at a provider, in milliseconds.
pub(super) const LONGEST: i64 = 10 * 60 * 1000;
/// The time for which the row is kept, in milliseconds, so that a late return gets the right error.
const KEPT: i64 = 60 * 60 * 1000;
const PURPOSE: &str = "return";

/// A departure, stored under the hash of its `state` until the browser returns.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Departure {
    /// The transaction that left.
    pub(super) transaction: String,
    /// Its policy, by canonical name.
    pub(super) policy: String,
    /// The origin that it left from.
    pub(super) origin: String,
    /// The time of departure, in milliseconds since the epoch.
    pub(super) at: i64,
    /// The provider's response, if it was a POST; only the first one is stored.
    pub(super) answer: Option<Form>,
    /// True if a return was accepted.
    pub(super) used: bool,
}

impl Departure {
    fn new(visit: Visit<'_>, transaction: &Transaction) -> Self {
        Self {
            transaction: transaction.id.clone(),
            policy: transaction.policy.clone(),
            origin: transaction.origin.clone(),
            at: visit.now(),
            answer: None,
            used: false,
        }
    }

    /// The key of its row.
    pub(super) fn id(state: &str) -> String {
        format!("return-{}", sha256_base64url(state.as_bytes()))
    }

    /// Encrypts the departure for the store.
    pub(super) fn seal(&self, app: &App) -> Result<String, StoreError> {
        let damaged = |why: String| StoreError::Damaged(why.into());
        let text = serde_json::to_vec(self).map_err(|e| damaged(e.to_string()))?;
        app.sealer().seal(PURPOSE, &text).ok_or_else(|| damaged("sealing failed".to_owned()))
    }

    /// Decrypts the store's text; `None` if it was written by another version or under another master key.
    pub(super) fn open(app: &App, sealed: &str) -> Option<Self> {
        serde_json::from_slice(&app.sealer().open(PURPOSE, sealed).ok()?).ok()
    }
}

/// The value of the return cookie. The state is random, so nobody without the master key can guess it.
pub(super) fn cookie_value(app: &App, state: &str) -> String {
    app.sealer().mac(PURPOSE, state)
}

/// The cookie that the return must bring; with `seconds` 0, it is removed.
pub(super) fn cookie(visit: Visit<'_>, state: &str, seconds: i64) -> Cookie<'static> {
    let name = browser::return_name(&visit.call.origin, state);
    let value = if seconds > 0 { cookie_value(visit.app, state) } else { String::new() };
    browser::lasting(browser::make(&visit.call.origin, name, value, SameSite::Lax), seconds)
}

/// Redirects the browser to the provider. The transaction has been saved already.
pub(super) async fn leave(visit: Visit<'_>, transaction: &Transaction, redirect: &Redirect) -> Response<Body> {
    match keep(visit, transaction, redirect).await {
        Ok(()) => {
            let mut response = lead(visit, transaction, redirect);
            answer::cookie(&mut response, &cookie(visit, &redirect.state, LONGEST / 1000));
            response
        }
        Err(error) => show::store_failed(visit, &error),
    }
}

async fn keep(visit: Visit<'_>, transaction: &Transaction, redirect: &Redirect) -> Result<(), StoreError> {
    let body = Departure::new(visit, transaction).seal(visit.app)?;
    let id = Departure::id(&redirect.state);
    let (store, source) = (visit.app.store(), visit.source());
    match store.journey_create(&id, visit.tenant_id(), &source, &body, visit.now() + KEPT).await {
        // A reload: the same redirect is sent again.
        Err(StoreError::Conflict) => Ok(()),
        created => created,
    }
}

/// Redirects, or shows a page with a link. Browsers apply `form-action` to all redirects after a form, including those
/// of the provider, which we cannot list (Content Security Policy Level 3 section 6.4.1).
fn lead(visit: Visit<'_>, transaction: &Transaction, redirect: &Redirect) -> Response<Body> {
    if !(redirect.after_page && by_form(visit)) {
        return answer::redirect(&visit.call.method, &redirect.url);
    }
    let page = LeavePage {
        provider: &redirect.provider,
        url: &redirect.url,
        tenant_name: &visit.tenant().display_name,
        languages: &[visit.policy().language(&transaction.state.request.languages)],
    };
    answer::html(StatusCode::OK, visit.app.pages().leave(&page), "", &[])
}

/// Returns true if the request answers a form of our page, directly or after a redirect of ours. Scripts navigate by
/// themselves.
fn by_form(visit: Visit<'_>) -> bool {
    visit.call.method == Method::POST || visit.call.query.get(crate::pages::BY_FORM).is_some()
}
