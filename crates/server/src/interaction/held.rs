//! A transaction that this request has claimed: nobody else works on it until it is kept, finished or let go.

use super::transaction::{Ending, GRACE, Record, id_of};
use super::{Transaction, csrf, run, show};
use crate::app::App;
use crate::oauth::target::Target;
use crate::web::answer::{self, BUSY, Problem};
use crate::web::browser::Browser;
use crate::web::request::Call;
use axum::body::Body;
use http::{Response, StatusCode};
use std::time::Duration;
use vestibule_journey::event::Form;
use vestibule_journey::{Event, Notice, Outcome, WorldError};
use vestibule_protocol::digest::constant_time_eq;

/// How often, and how long apart, a request looks again at a transaction that another one works on: ten seconds.
const LOOKS: u32 = 100;
const APART: Duration = Duration::from_millis(100);

const AGAIN: &str = "Go back to the application that sent you here and start again there.";
const NO_COOKIE: Problem<'static> = Problem::bad(90211, "The browser did not send the cookie of this sign-in.")
    .advise("Allow cookies for this site. Then go back to the application that sent you here and start again there.");
const OTHER_BROWSER: Problem<'static> =
    Problem::bad(90212, "This sign-in was begun in another browser, or its cookie was changed.").advise(AGAIN);
const GONE: Problem<'static> = Problem::bad(90046, "This sign-in has expired or was finished already.").advise(AGAIN);
const FOREIGN: Problem<'static> =
    Problem { status: StatusCode::FORBIDDEN, ..Problem::bad(90122, "This request did not come from our page.") }
        .advise(AGAIN);

/// A claimed transaction.
pub(super) struct Held {
    pub(super) transaction: Transaction,
    pub(super) browser: Browser,
    /// Whether the request comes from the page that the journey now stands at.
    pub(super) current: bool,
    version: i64,
}

/// A request that is not taken.
pub(super) enum NotTaken {
    /// Shown to the person, or told to the script.
    Problem(Problem<'static>),
    /// The journey is over: its answer once more.
    Repeated(Box<Response<Body>>),
}

impl Held {
    /// The transaction that the request names, claimed; `csrf` is the value that it carries.
    pub(super) async fn take(app: &App, call: &Call, target: &Target, csrf: Option<&str>) -> Result<Self, NotTaken> {
        let no = NotTaken::Problem;
        if call.is_cross_site() {
            return Err(no(FOREIGN));
        }
        let id = call.query.get("tx").and_then(id_of);
        let first = id.as_deref().and_then(|id| Browser::at_first(call, id));
        let browsers: Vec<Browser> = Browser::known(call).into_iter().chain(first).collect();
        if browsers.is_empty() {
            return Err(no(NO_COOKIE));
        }
        let id = id.ok_or(no(GONE))?;
        let tenant = &target.tenant.id;
        for look in 0..LOOKS {
            if look > 0 {
                tokio::time::sleep(APART).await;
            }
            let found = app.store().journey_get(tenant, &id, app.now()).await.map_err(|error| unread(call, &error))?;
            let Some(found) = found else { return Err(no(GONE)) };
            let record = Record::open(app, &found.body).ok_or(no(GONE))?;
            let browser = browsers
                .iter()
                .find(|b| constant_time_eq(record.browser(), &b.hash()))
                .ok_or(no(OTHER_BROWSER))?
                .clone();
            let page = csrf.and_then(|value| csrf::page(app, &browser, &id, value)).ok_or(no(FOREIGN))?;
            let mut transaction = match record {
                Record::Running(transaction) => *transaction,
                Record::Done { at, to, fields, .. } if app.now() - at <= GRACE => {
                    return Err(NotTaken::Repeated(Box::new(to.send(app, call, fields))));
                }
                Record::Done { .. } => return Err(no(GONE)),
            };
            let policy = &target.flow.policy;
            let here = transaction.policy == target.flow.name && transaction.origin == call.origin.url;
            if !here || transaction.state.policy_hash != policy.hash {
                return Err(no(GONE));
            }
            // Before the claim: what fails here leaves nothing behind.
            if !transaction.stands(app, target).await.map_err(|error| unread(call, &error))? {
                tracing::info!(correlation_id = call.correlation_id, "a journey begins again: the sessions were ended");
                transaction.begin_again(policy);
            }
            let claimed = app.store().journey_claim(tenant, &id, found.version, app.now()).await;
            if claimed.map_err(|error| unread(call, &error))? {
                let current = page == transaction.page;
                return Ok(Self { transaction, browser, current, version: found.version + 1 });
            }
        }
        Err(no(BUSY))
    }

    /// Write it down and let it go.
    pub(super) async fn keep(&self, app: &App, call: &Call, target: &Target) -> Result<(), Response<Body>> {
        self.save(app, target, &Record::Running(Box::new(self.transaction.clone())))
            .await
            .map_err(|error| show::store_failed(app, call, target, &error))
    }

    async fn save(&self, app: &App, target: &Target, record: &Record) -> vestibule_store::Result<()> {
        let body = record.seal(app)?;
        app.store().journey_save(&target.tenant.id, &self.transaction.id, self.version, &body).await
    }

    /// Let it go unchanged.
    pub(super) async fn release(&self, app: &App, target: &Target) {
        let released = app.store().journey_release(&target.tenant.id, &self.transaction.id, self.version).await;
        if let Err(error) = released {
            tracing::warn!(%error, "a journey could not be let go; its claim ends by itself");
        }
    }

    /// Write it down, and answer with the page.
    pub(super) async fn keep_and_show(
        mut self,
        app: &App,
        call: &Call,
        target: &Target,
        shown: &show::Shown<'_>,
    ) -> Response<Body> {
        match self.keep(app, call, target).await {
            Ok(()) => show::page(app, call, target, &self.transaction, &mut self.browser, shown),
            Err(response) => response,
        }
    }

    /// The current page once more, with what there is to say about it and what was typed.
    pub(super) async fn show_again(
        mut self,
        app: &App,
        call: &Call,
        target: &Target,
        notice: Option<&Notice>,
        values: &Form,
    ) -> Response<Body> {
        match run(app, call, target, &mut self.transaction, Event::Continue).await {
            Ok(Outcome::Page(page)) => {
                let shown = show::Shown { page: &page, notice, values };
                self.keep_and_show(app, call, target, &shown).await
            }
            Ok(_) => self.broken(app, call, target, &WorldError::Broken("the page is gone".to_owned())).await,
            Err(error) => self.broken(app, call, target, &error).await,
        }
    }

    /// End the journey, and answer with what the application gets.
    pub(super) async fn finish(self, app: &App, call: &Call, target: &Target, ending: Ending) -> Response<Body> {
        let (response, record) = super::end(app, call, target, &self.transaction, ending).await;
        let Some(record) = record else {
            self.release(app, target).await;
            return response;
        };
        if let Err(error) = self.save(app, target, &record).await {
            tracing::warn!(%error, "a finished journey could not be written down; its answer cannot be repeated");
        }
        response
    }

    /// The world failed: nothing changes, and the person may try again.
    pub(super) async fn broken(self, app: &App, call: &Call, target: &Target, error: &WorldError) -> Response<Body> {
        self.release(app, target).await;
        show::world_failed(app, call, target, error)
    }
}

impl NotTaken {
    /// As a page.
    pub(super) fn page(self, app: &App, call: &Call, target: &Target) -> Response<Body> {
        match self {
            Self::Problem(problem) => answer::problem(app, call, &target.tenant.display_name, problem),
            Self::Repeated(response) => *response,
        }
    }
}

fn unread(call: &Call, error: &vestibule_store::StoreError) -> NotTaken {
    tracing::error!(correlation_id = call.correlation_id, %error, "a journey cannot be read");
    NotTaken::Problem(BUSY)
}
