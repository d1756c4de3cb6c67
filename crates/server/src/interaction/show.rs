//! The response with a page of a journey: HTML, headers, cookies; and the pages for failures on our side.

use super::{Transaction, csrf};
use crate::oauth::request::AuthorizationRequest;
use crate::oauth::visit::Visit;
use crate::pages::{PageContext, StartAgainPage};
use crate::web::answer::{self, BROKEN, BUSY};
use crate::web::browser::{self, Browser, CSRF};
use crate::web::query::encode;
use axum::body::Body;
use cookie::SameSite;
use http::{Response, StatusCode};
use vestibule_journey::event::Form;
use vestibule_journey::{Notice, Page, WorldError};
use vestibule_store::StoreError;

/// A page, with the notice and values to show on it.
pub(super) struct Shown<'a> {
    pub(super) page: &'a Page,
    pub(super) notice: Option<&'a Notice>,
    pub(super) values: &'a Form,
}

const NOTHING: &Form = &Form::new();

impl<'a> Shown<'a> {
    /// The page without a notice.
    pub(super) const fn plain(page: &'a Page) -> Self {
        Self { page, notice: None, values: NOTHING }
    }
}

/// Answers with the page.
pub(super) fn page(
    visit: Visit<'_>,
    transaction: &Transaction,
    browser: &mut Browser,
    shown: &Shown<'_>,
) -> Response<Body> {
    let csrf = csrf::make(visit.app, browser, transaction, shown.page);
    let nonce = visit.app.random().token();
    let context = PageContext {
        base: &format!("/{}/{}", visit.target.written, visit.target.flow.name),
        policy: &visit.target.flow.name,
        tx: &transaction.tx(),
        csrf: &csrf,
        page_view_id: &visit.app.random().uuid(),
        nonce: &nonce,
        tenant_name: &visit.tenant().display_name,
        application: &transaction.state.request.application,
        notice: shown.notice,
        values: shown.values,
        remember_me: transaction.remember_me,
        correlation_id: &visit.call.correlation_id,
    };
    let text = visit.app.pages().journey(shown.page, &context);
    let mut response = answer::html(StatusCode::OK, text, &nonce, &transaction.authorization.to.form_targets());
    let repeated = browser::make(&visit.call.origin, CSRF.to_owned(), csrf.clone(), SameSite::None);
    let first = browser.first_cookie(visit.call, &transaction.id);
    let cookies = [browser.cookie(visit.call), first, browser::device_cookie(visit.app, visit.call), Some(repeated)];
    for cookie in cookies.iter().flatten() {
        answer::cookie(&mut response, cookie);
    }
    response
}

/// The page that repeats the application's request, because another version of the program wrote the journey.
pub(super) fn start_again(visit: Visit<'_>, request: &AuthorizationRequest) -> Response<Body> {
    tracing::info!(
        correlation_id = visit.call.correlation_id,
        client_id = request.to.client_id,
        "a journey was stored in another format: it has to start again"
    );
    let authorize = visit.target.endpoints(visit.call).authorize(false);
    let joint = if authorize.contains('?') { '&' } else { '?' };
    let page = StartAgainPage {
        url: &format!("{authorize}{joint}{}", encode(&request.parameters())),
        tenant_name: &visit.tenant().display_name,
        languages: &[visit.language()],
    };
    answer::html(StatusCode::CONFLICT, visit.app.pages().start_again(&page), "", &[])
}

/// The page for a failure outside the journey.
pub(super) fn world_failed(visit: Visit<'_>, error: &WorldError) -> Response<Body> {
    tracing::error!(correlation_id = visit.call.correlation_id, %error, "a journey stopped");
    let problem = match error {
        WorldError::Unavailable(_) => BUSY,
        WorldError::Broken(_) => BROKEN,
    };
    visit.error_page(problem)
}

/// The page for a failure of the store.
pub(super) fn store_failed(visit: Visit<'_>, error: &StoreError) -> Response<Body> {
    tracing::error!(correlation_id = visit.call.correlation_id, %error, "a journey could not be written down");
    visit.error_page(BUSY)
}
