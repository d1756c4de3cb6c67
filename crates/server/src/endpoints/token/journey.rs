//! Runs journeys without a page: a policy's refresh journey, and the password grant.

use super::Exchange;
use super::error::TokenError;
use crate::oauth::grant::GrantBody;
use crate::oauth::resolvers;
use crate::oauth::visit::Visit;
use std::collections::BTreeMap;
use vestibule_journey::{Entry, Event, Issued, Outcome, Request, Session, State, advance};
use vestibule_protocol::error::Failure;
use vestibule_tenant::accounts::{TenantInfo, Visitor};
use vestibule_tenant::world::{JourneyWorld, WorldContext};

/// Runs the policy's refresh journey on the grant's claims. Returns `None` if the policy has none: the claims stay as
/// they are.
///
/// # Errors
/// The errors with which the journey may end: 90128, 90129, ….
pub(super) async fn refresh(
    exchange: &Exchange<'_>,
    grant_id: &str,
    grant: &GrantBody,
    issued_at: i64,
) -> Result<Option<Issued>, TokenError> {
    if exchange.visit.policy().relying_party.refresh_journey.is_none() {
        return Ok(None);
    }
    let entry = Entry::Refresh { bag: grant.issued.bag.clone(), issued_at };
    match run(exchange, grant_id.to_owned(), entry, resolvers(exchange)).await? {
        Outcome::Token(issued) => Ok(Some(*issued)),
        Outcome::Failed { code, message, cause, .. } => {
            tracing::info!(
                correlation_id = exchange.visit.call.correlation_id,
                code,
                cause,
                "the refresh journey refused"
            );
            Err(Failure::new(code, "invalid_grant", message).into())
        }
        other => Err(not_without_a_page(exchange, &other).into()),
    }
}

/// Runs the policy with a user name and a password.
///
/// # Errors
/// 90225, or the error with which the journey ends.
pub(super) async fn password(exchange: &Exchange<'_>, username: &str, password: &str) -> Result<Issued, TokenError> {
    let mut resolvers = self::resolvers(exchange);
    resolvers.insert("oidc:username".to_owned(), username.to_owned());
    resolvers.insert("oidc:password".to_owned(), password.to_owned());
    let transaction = exchange.visit.app.random().uuid();
    match run(exchange, transaction, Entry::Default, resolvers).await? {
        Outcome::Token(issued) => Ok(*issued),
        Outcome::Refused(_) => Err(Failure::password_grant_wrong().into()),
        Outcome::Failed { code, error, message, cause } => {
            tracing::info!(
                correlation_id = exchange.visit.call.correlation_id,
                code,
                cause,
                "the password journey refused"
            );
            Err(Failure::new(code, error, message).into())
        }
        other => Err(not_without_a_page(exchange, &other).into()),
    }
}

async fn run(
    exchange: &Exchange<'_>,
    transaction: String,
    entry: Entry,
    resolvers: BTreeMap<String, String>,
) -> Result<Outcome, TokenError> {
    let policy = exchange.visit.policy();
    let request = Request {
        entry,
        resolvers,
        languages: exchange.visit.call.languages(),
        application: exchange.client.application.name.clone(),
        ..Request::default()
    };
    let mut state = State::new(policy, request, Session::default());
    let mut world = world(exchange, transaction);
    let outcome = Box::pin(advance(policy, &mut state, Event::Continue, &mut world)).await;
    outcome.map_err(|error| {
        tracing::error!(correlation_id = exchange.visit.call.correlation_id, %error, "a journey without pages failed");
        Failure::busy().into()
    })
}

fn world(exchange: &Exchange<'_>, transaction: String) -> JourneyWorld {
    let Visit { app, call, target } = exchange.visit;
    app.worlds().of(WorldContext {
        tenant: TenantInfo::from(&*target.tenant),
        transaction,
        visitor: Visitor {
            source_ip: Some(call.ip),
            device: None,
            correlation_id: Some(call.correlation_id.clone()),
            client_id: Some(exchange.client_id().to_owned()),
        },
    })
}

/// Returns the claim resolvers: what a policy may read of the request.
fn resolvers(exchange: &Exchange<'_>) -> BTreeMap<String, String> {
    resolvers::all(exchange.visit, &exchange.visit.call.body, exchange.client_id())
}

/// The failure of a policy that needs a user with a browser.
fn not_without_a_page(exchange: &Exchange<'_>, outcome: &Outcome) -> Failure {
    let wanted = match outcome {
        Outcome::Page(_) => "a page",
        _ => "an answer that only a person gives",
    };
    tracing::error!(policy = exchange.visit.target.flow.name, wanted, "the journey cannot run at the token endpoint");
    Failure::grant_unusable()
}
