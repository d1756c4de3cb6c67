//! A page of a journey as an answer: HTML, headers, cookies; and the pages for what fails on our side.

use super::{Transaction, csrf};
use crate::app::App;
use crate::oauth::target::Target;
use crate::pages::PageContext;
use crate::web::answer::{self, BROKEN, BUSY};
use crate::web::browser::{self, Browser, CSRF};
use crate::web::request::Call;
use axum::body::Body;
use cookie::SameSite;
use http::{Response, StatusCode};
use vestibule_journey::event::Form;
use vestibule_journey::{Notice, Page, WorldError};
use vestibule_store::StoreError;

/// A page and what is said on it.
pub(super) struct Shown<'a> {
    pub(super) page: &'a Page,
    pub(super) notice: Option<&'a Notice>,
    pub(super) values: &'a Form,
}

const NOTHING: &Form = &Form::new();

impl<'a> Shown<'a> {
    /// The page as it is.
    pub(super) const fn plain(page: &'a Page) -> Self {
        Self { page, notice: None, values: NOTHING }
    }
}

/// Answer with the page.
pub(super) fn page(
    app: &App,
    call: &Call,
    target: &Target,
    transaction: &Transaction,
    browser: &mut Browser,
    shown: &Shown<'_>,
) -> Response<Body> {
    let csrf = csrf::make(app, browser, transaction, shown.page);
    let nonce = app.random().token();
    let context = PageContext {
        base: &format!("/{}/{}", target.written, target.flow.name),
        policy: &target.flow.name,
        tx: &transaction.tx(),
        csrf: &csrf,
        page_view_id: &app.random().uuid(),
        nonce: &nonce,
        languages: &transaction.state.request.languages,
        tenant_name: &target.tenant.display_name,
        application: &transaction.state.request.application,
        notice: shown.notice,
        values: shown.values,
        remember_me: transaction.remember_me,
        correlation_id: &call.correlation_id,
    };
    let text = app.pages().journey(shown.page, &context);
    let mut response = answer::html(StatusCode::OK, text, &nonce, &transaction.asked.to.origins());
    let repeated = browser::make(&call.origin, CSRF.to_owned(), csrf.clone(), SameSite::None);
    let first = browser.first_cookie(call, &transaction.id);
    let cookies = [browser.cookie(call), first, browser::device_cookie(app, call), Some(repeated)];
    for cookie in cookies.iter().flatten() {
        answer::cookie(&mut response, cookie);
    }
    response
}

/// The world failed.
pub(super) fn world_failed(app: &App, call: &Call, target: &Target, error: &WorldError) -> Response<Body> {
    tracing::error!(correlation_id = call.correlation_id, %error, "a journey stopped");
    let problem = match error {
        WorldError::Unavailable(_) => BUSY,
        WorldError::Broken(_) => BROKEN,
    };
    answer::problem(app, call, &target.tenant.display_name, problem)
}

/// The store failed.
pub(super) fn store_failed(app: &App, call: &Call, target: &Target, error: &StoreError) -> Response<Body> {
    tracing::error!(correlation_id = call.correlation_id, %error, "a journey could not be written down");
    answer::problem(app, call, &target.tenant.display_name, BUSY)
}
