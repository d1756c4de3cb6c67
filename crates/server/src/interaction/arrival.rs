//! Handles the browser's return from a provider to `oauth2/authresp`: a GET with the response, or a POST from the
//! provider's site.
//!
//! This is the only place that accepts a request from another site. The `state` identifies the row of the departure,
//! and the cookie set at the time proves that it is the same browser. A POST from another site does not send that
//! cookie (`SameSite=Lax`), so the response is stored in the row, and the browser is redirected to the same URL with a
//! GET.

use super::claim::{AGAIN, ClaimedTransaction, GONE};
use super::departure::{self, Departure, LONGEST};
use crate::app::App;
use crate::oauth::target::{Nothing, Target};
use crate::oauth::visit::Visit;
use crate::web::answer::{self, BUSY, PageError};
use crate::web::browser;
use crate::web::query::encode;
use crate::web::request::{Call, Params};
use axum::body::Body;
use http::{Method, Response, StatusCode};
use std::sync::Arc;
use vestibule_journey::Event;
use vestibule_journey::event::Form;
use vestibule_protocol::digest::constant_time_eq;
use vestibule_protocol::urls::Route;
use vestibule_store::{JourneyRecord, StoreError};
use vestibule_tenant::registry::Tenant;

/// Longest `state`, in bytes; ours have 43.
const MOST_STATE: usize = 128;

const UNKNOWN: PageError<'static> =
    PageError::bad(90046, "No sign-in here waits for this answer of another site.").advise(AGAIN);
const USED: PageError<'static> = PageError::bad(90046, "This answer of another site was used already.").advise(AGAIN);
const LATE: PageError<'static> =
    PageError::bad(90046, "You were away at another site for more than ten minutes, so this sign-in has expired.")
        .advise(AGAIN);
const ELSEWHERE: PageError<'static> = PageError::bad(90046, "This sign-in was begun at another address.").advise(AGAIN);
const OTHER_BROWSER: PageError<'static> =
    PageError::bad(90211, "This sign-in was begun in another browser, or its cookie is gone.").advise(
        "Allow cookies for this site. Then go back to the application that sent you here and start again there.",
    );
const REPEATED: PageError<'static> =
    PageError::bad(90122, "The other site's answer has a parameter more than once.").advise(AGAIN);
const NOT_A_FORM: PageError<'static> = PageError {
    status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
    ..PageError::bad(90122, "The other site's answer cannot be read.").advise(AGAIN)
};
const NO_TENANT: PageError<'static> = PageError {
    status: StatusCode::NOT_FOUND,
    code: None,
    message: "No tenant of this name answers here.",
    advice: Some(AGAIN),
};

/// The reason why a return is rejected: the page for the user, and the cause for the log.
struct Refused(PageError<'static>, &'static str);

/// A request to the return address.
struct Return<'a> {
    app: &'a App,
    call: &'a Call,
    route: &'a Route<'a>,
    tenant: Arc<Tenant>,
}

/// Answers the request.
pub async fn returned(app: &App, call: &Call, route: &Route<'_>) -> Response<Body> {
    if call.method != Method::GET && call.method != Method::POST {
        return answer::method_not_allowed("GET, HEAD, POST");
    }
    let tenant = match Target::tenant_of(app, call, route).await {
        Ok(tenant) => tenant,
        Err(Nothing::Unreadable) => return answer::error_page(app, call, "", BUSY),
        Err(Nothing::Tenant | Nothing::Policy | Nothing::Twice) => return answer::error_page(app, call, "", NO_TENANT),
    };
    let request = Return { app, call, route, tenant };
    let done = if call.method == Method::POST { request.keep().await } else { request.go_on().await };
    done.unwrap_or_else(|Refused(page, cause)| {
        tracing::warn!(correlation_id = call.correlation_id, cause, "a return from a provider is refused");
        answer::error_page(app, call, &request.tenant.display_name, page)
    })
}

impl Return<'_> {
    /// Handles a POST: stores the response, and redirects so that the browser returns with its cookies. Only the first
    /// response is stored.
    async fn keep(&self) -> Result<Response<Body>, Refused> {
        if !self.call.is_form {
            return Err(Refused(NOT_A_FORM, "the POST holds no form"));
        }
        let (state, answer) = read(&self.call.body)?;
        let (row, mut departure) = self.find(state).await?;
        if departure.answer.is_none() {
            departure.answer = Some(answer);
            self.write(&row, &departure).await?;
        }
        let query = encode(&[("state".to_owned(), state.to_owned())]);
        Ok(answer::redirect(&self.call.method, &format!("{}?{query}", self.call.path)))
    }

    /// Handles a GET: continues the journey.
    async fn go_on(&self) -> Result<Response<Body>, Refused> {
        let (state, answer) = read(&self.call.query)?;
        let (row, departure) = self.find(state).await?;
        let cookie = self.call.cookie(&browser::return_name(&self.call.origin, state)).unwrap_or_default();
        if !constant_time_eq(cookie, &departure::cookie_value(self.app, state)) {
            return Err(Refused(OTHER_BROWSER, "the browser has no cookie of this departure"));
        }
        let flow = self.tenant.flow(&departure.policy).await.map_err(|error| self.busy(&error))?;
        let flow = flow.ok_or(Refused(GONE, "the policy of the departure is gone"))?;
        let target = Target::of_return(Arc::clone(&self.tenant), flow, self.route.tenant);
        let visit = Visit { app: self.app, call: self.call, target: &target };
        let mut response = match ClaimedTransaction::take_returned(visit, &departure.transaction).await {
            Ok(claimed) => self.accept(visit, claimed, &row, departure, answer).await?,
            Err(error) => error.page(visit),
        };
        answer::cookie(&mut response, &departure::cookie(visit, state, 0));
        Ok(response)
    }

    /// Marks the departure as used before the provider is contacted, then passes the response to the journey.
    async fn accept(
        &self,
        visit: Visit<'_>,
        claimed: ClaimedTransaction,
        row: &JourneyRecord,
        mut departure: Departure,
        sent: Form,
    ) -> Result<Response<Body>, Refused> {
        let answer = departure.answer.take().unwrap_or(sent);
        departure.used = true;
        if let Err(refused) = self.write(row, &departure).await {
            claimed.release(visit).await;
            return Err(refused);
        }
        Ok(super::go_on(visit, claimed, Event::Returned(answer)).await)
    }

    /// The departure with this `state`, if a return to this URL may still use it.
    async fn find(&self, state: &str) -> Result<(JourneyRecord, Departure), Refused> {
        let found = self.app.store().journey_get(&self.tenant.id, &Departure::id(state), self.app.now()).await;
        let row = found.map_err(|error| self.busy(&error))?;
        let row = row.ok_or(Refused(UNKNOWN, "the state is unknown in this tenant"))?;
        let departure = Departure::open(self.app, &row.body);
        let departure = departure.ok_or(Refused(UNKNOWN, "the row of the departure cannot be opened"))?;
        let other_policy = self.route.policy.is_some_and(|policy| !policy.eq_ignore_ascii_case(&departure.policy));
        if departure.used {
            Err(Refused(USED, "the departure was used already"))
        } else if self.app.now() - departure.at >= LONGEST {
            Err(Refused(LATE, "the return comes too late"))
        } else if departure.origin != self.call.origin.url || other_policy {
            Err(Refused(ELSEWHERE, "the departure was from another address or policy"))
        } else {
            Ok((row, departure))
        }
    }

    /// Writes the row; if several requests have read it, only one succeeds.
    async fn write(&self, row: &JourneyRecord, departure: &Departure) -> Result<(), Refused> {
        let (store, tenant) = (self.app.store(), &self.tenant.id);
        let written = async {
            let body = departure.seal(self.app)?;
            if !store.journey_claim(tenant, &row.id, row.version, self.app.now()).await? {
                return Err(StoreError::Conflict);
            }
            store.journey_save(tenant, &row.id, row.version + 1, &body).await
        };
        match written.await {
            Ok(()) => Ok(()),
            Err(StoreError::Conflict) => Err(Refused(USED, "another request used the departure")),
            Err(error) => Err(self.busy(&error)),
        }
    }

    fn busy(&self, error: &dyn std::fmt::Display) -> Refused {
        tracing::error!(correlation_id = self.call.correlation_id, %error, "a departure cannot be read or written");
        Refused(BUSY, "the store failed")
    }
}

/// The `state` and all parameters, none of which may be repeated.
fn read(params: &Params) -> Result<(&str, Form), Refused> {
    let mut form = Form::new();
    for (name, value) in params.iter() {
        if form.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err(Refused(REPEATED, "a parameter was sent more than once"));
        }
    }
    let state = params.get("state").filter(|state| state.len() <= MOST_STATE);
    Ok((state.ok_or(Refused(UNKNOWN, "the return has no state"))?, form))
}
