//! A transaction that this request has claimed: no other request may change it until it is saved, finished or
//! released.

use super::transaction::{Ending, GRACE, Record, RecordError, id_of};
use super::{Transaction, csrf, departure, run, show};
use crate::oauth::request::AuthorizationRequest;
use crate::oauth::visit::Visit;
use crate::web::answer::{BUSY, PageError};
use crate::web::browser::Browser;
use crate::web::request::Call;
use axum::body::Body;
use http::{Response, StatusCode};
use std::time::Duration;
use vestibule_journey::event::Form;
use vestibule_journey::{Event, Notice, Outcome, Redirect, WorldError};
use vestibule_protocol::digest::constant_time_eq;

/// How often, and with what pause, to retry a transaction that another request holds: ten seconds in total.
const LOOKS: u32 = 100;
const APART: Duration = Duration::from_millis(100);

pub(super) const AGAIN: &str = "Go back to the application that sent you here and start again there.";
const NO_COOKIE: PageError<'static> = PageError::bad(90211, "The browser did not send the cookie of this sign-in.")
    .advise("Allow cookies for this site. Then go back to the application that sent you here and start again there.");
const OTHER_BROWSER: PageError<'static> =
    PageError::bad(90212, "This sign-in was begun in another browser, or its cookie was changed.").advise(AGAIN);
pub(super) const GONE: PageError<'static> =
    PageError::bad(90046, "This sign-in has expired or was finished already.").advise(AGAIN);
const FOREIGN: PageError<'static> =
    PageError { status: StatusCode::FORBIDDEN, ..PageError::bad(90122, "This request did not come from our page.") }
        .advise(AGAIN);

/// A claimed transaction.
pub(super) struct ClaimedTransaction {
    pub(super) transaction: Transaction,
    pub(super) browser: Browser,
    /// True if the request comes from the journey's current page.
    pub(super) current: bool,
    version: i64,
}

/// Where the request comes from.
#[derive(Clone, Copy)]
enum Sender<'a> {
    /// One of our pages, with its CSRF value.
    Page { csrf: Option<&'a str> },
    /// A provider.
    Provider,
}

impl Sender<'_> {
    /// The number of the page that sent the request; `None` for a provider.
    fn page(self, visit: Visit<'_>, browser: &Browser, id: &str) -> Result<Option<u32>, PageError<'static>> {
        match self {
            Self::Page { csrf } => {
                csrf.and_then(|value| csrf::page(visit.app, browser, id, value)).map(Some).ok_or(FOREIGN)
            }
            Self::Provider => Ok(None),
        }
    }
}

/// The reason why the transaction cannot be claimed.
pub(super) enum ClaimError {
    /// Shown as a page, or sent to the script.
    ErrorPage(PageError<'static>),
    /// The journey is over: repeat its response.
    Repeated(Box<Response<Body>>),
    /// Another version of the program wrote the journey: the user may repeat the request.
    StartAgain(Box<AuthorizationRequest>),
}

impl ClaimedTransaction {
    /// Claims the transaction that the request of a page names; `csrf` is the value in the request.
    pub(super) async fn take(visit: Visit<'_>, csrf: Option<&str>) -> Result<Self, ClaimError> {
        if visit.call.is_cross_site() {
            return Err(ClaimError::ErrorPage(FOREIGN));
        }
        Self::claim(visit, visit.call.query.get("tx").and_then(id_of), Sender::Page { csrf }).await
    }

    /// Claims the transaction `id` for a browser that returns from a provider. Another site may have sent the request;
    /// the caller has checked that it is the browser that left.
    pub(super) async fn take_returned(visit: Visit<'_>, id: &str) -> Result<Self, ClaimError> {
        Self::claim(visit, Some(id.to_owned()), Sender::Provider).await
    }

    async fn claim(visit: Visit<'_>, id: Option<String>, sender: Sender<'_>) -> Result<Self, ClaimError> {
        let no = ClaimError::ErrorPage;
        let first = id.as_deref().and_then(|id| Browser::at_first(visit.call, id));
        let browsers: Vec<Browser> = Browser::known(visit.call).into_iter().chain(first).collect();
        if browsers.is_empty() {
            return Err(no(NO_COOKIE));
        }
        let id = id.ok_or(no(GONE))?;
        let tenant = visit.tenant_id();
        for look in 0..LOOKS {
            if look > 0 {
                tokio::time::sleep(APART).await;
            }
            let found = visit
                .app
                .store()
                .journey_get(tenant, &id, visit.now())
                .await
                .map_err(|error| unread(visit.call, &error))?;
            let Some(found) = found else { return Err(no(GONE)) };
            let record = Record::open(visit.app, &found.body).map_err(|error| other_format(error, &browsers))?;
            let browser = browsers
                .iter()
                .find(|b| constant_time_eq(record.browser(), &b.hash()))
                .ok_or(no(OTHER_BROWSER))?
                .clone();
            let page = sender.page(visit, &browser, &id).map_err(no)?;
            record.to().registered(visit.tenant()).map_err(no)?;
            let mut transaction = match record {
                Record::Running(transaction) => *transaction,
                Record::Done { at, to, fields, .. } if visit.now() - at <= GRACE => {
                    return Err(ClaimError::Repeated(Box::new(to.send(visit, fields))));
                }
                Record::Done { .. } => return Err(no(GONE)),
            };
            let policy = visit.policy();
            let here = transaction.policy == visit.target.flow.name && transaction.origin == visit.call.origin.url;
            if !here || transaction.state.policy_hash != policy.hash {
                return Err(no(GONE));
            }
            // Checked before the claim, so that a failure here leaves no claim behind.
            if !transaction.stands(visit).await.map_err(|error| unread(visit.call, &error))? {
                tracing::info!(
                    correlation_id = visit.call.correlation_id,
                    "a journey begins again: the sessions were ended"
                );
                transaction.begin_again(policy);
            }
            let claimed = visit.app.store().journey_claim(tenant, &id, found.version, visit.now()).await;
            if claimed.map_err(|error| unread(visit.call, &error))? {
                let current = page.is_none_or(|page| page == transaction.page);
                return Ok(Self { transaction, browser, current, version: found.version + 1 });
            }
        }
        Err(no(BUSY))
    }

    /// Saves and releases the transaction.
    pub(super) async fn keep(&self, visit: Visit<'_>) -> Result<(), Response<Body>> {
        self.save(visit, &Record::Running(Box::new(self.transaction.clone())))
            .await
            .map_err(|error| show::store_failed(visit, &error))
    }

    async fn save(&self, visit: Visit<'_>, record: &Record) -> vestibule_store::Result<()> {
        let body = record.seal(visit.app)?;
        visit.app.store().journey_save(visit.tenant_id(), &self.transaction.id, self.version, &body).await
    }

    /// Releases the transaction unchanged.
    pub(super) async fn release(&self, visit: Visit<'_>) {
        let released = visit.app.store().journey_release(visit.tenant_id(), &self.transaction.id, self.version).await;
        if let Err(error) = released {
            tracing::warn!(%error, "a journey could not be let go; its claim ends by itself");
        }
    }

    /// Saves the transaction, and answers with the page.
    pub(super) async fn keep_and_show(mut self, visit: Visit<'_>, shown: &show::Shown<'_>) -> Response<Body> {
        match self.keep(visit).await {
            Ok(()) => show::page(visit, &self.transaction, &mut self.browser, shown),
            Err(response) => response,
        }
    }

    /// Saves the transaction, and redirects the browser to the provider.
    pub(super) async fn keep_and_leave(self, visit: Visit<'_>, redirect: &Redirect) -> Response<Body> {
        match self.keep(visit).await {
            Ok(()) => departure::leave(visit, &self.transaction, redirect).await,
            Err(response) => response,
        }
    }

    /// Answers with the current page again, with a notice and the values that the user typed.
    pub(super) async fn show_again(
        mut self,
        visit: Visit<'_>,
        notice: Option<&Notice>,
        values: &Form,
    ) -> Response<Body> {
        match run(visit, &mut self.transaction, Event::Continue).await {
            Ok(Outcome::Page(page)) => {
                let shown = show::Shown { page: &page, notice, values };
                self.keep_and_show(visit, &shown).await
            }
            Ok(_) => self.broken(visit, &WorldError::Broken("the page is gone".to_owned())).await,
            Err(error) => self.broken(visit, &error).await,
        }
    }

    /// Ends the journey, and answers with the response for the application.
    pub(super) async fn finish(self, visit: Visit<'_>, ending: Ending) -> Response<Body> {
        let (response, record) = super::end(visit, &self.transaction, ending).await;
        let Some(record) = record else {
            self.release(visit).await;
            return response;
        };
        if let Err(error) = self.save(visit, &record).await {
            tracing::warn!(%error, "a finished journey could not be written down; its answer cannot be repeated");
        }
        response
    }

    /// Releases the transaction after a failure on our side; the user may try again.
    pub(super) async fn broken(self, visit: Visit<'_>, error: &WorldError) -> Response<Body> {
        self.release(visit).await;
        show::world_failed(visit, error)
    }
}

impl ClaimError {
    /// Returns the response for a browser.
    pub(super) fn page(self, visit: Visit<'_>) -> Response<Body> {
        match self {
            Self::ErrorPage(problem) => visit.error_page(problem),
            Self::Repeated(response) => *response,
            Self::StartAgain(request) => show::start_again(visit, &request),
        }
    }
}

/// Handles a record that cannot be decoded. Only the browser that owns it learns what its request was.
fn other_format(error: RecordError, browsers: &[Browser]) -> ClaimError {
    match error {
        RecordError::OtherFormat(found) if browsers.iter().any(|b| constant_time_eq(&found.browser, &b.hash())) => {
            ClaimError::StartAgain(Box::new(found.authorization))
        }
        RecordError::OtherFormat(_) => ClaimError::ErrorPage(OTHER_BROWSER),
        RecordError::Damaged => ClaimError::ErrorPage(GONE),
    }
}

fn unread(call: &Call, error: &vestibule_store::StoreError) -> ClaimError {
    tracing::error!(correlation_id = call.correlation_id, %error, "a journey cannot be read");
    ClaimError::ErrorPage(BUSY)
}
