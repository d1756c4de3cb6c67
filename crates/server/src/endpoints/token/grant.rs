//! Reads a stored grant, and checks that it belongs to the client and policy of the request.

use super::error::TokenError;
use super::{Exchange, audit};
use serde::de::DeserializeOwned;
use vestibule_protocol::error::Failure;
use vestibule_store::{GrantRecord, StoreError};

/// Parses the body of a grant or code as stored.
pub(super) fn read<T: DeserializeOwned>(body: &str) -> Result<T, StoreError> {
    serde_json::from_str(body).map_err(|cause| StoreError::Damaged(cause.into()))
}

/// Checks that the grant belongs to this client and this policy. A grant in another client's hands is audited.
pub(super) async fn belongs(exchange: &Exchange<'_>, record: &GrantRecord) -> Result<(), TokenError> {
    let visit = exchange.visit;
    if record.client_id.eq_ignore_ascii_case(exchange.client_id()) {
        let (actual, expected) = (&record.policy, &visit.target.flow.name);
        let is_same = actual.eq_ignore_ascii_case(expected);
        return if is_same { Ok(()) } else { Err(Failure::grant_of_other_policy(actual, expected).into()) };
    }
    let failure = Failure::grant_of_other_client();
    let entry = audit::failure(visit, exchange.client_id(), "token.foreignGrant", &failure);
    visit.app.store().audit(&[entry]).await?;
    Err(failure.into())
}
