//! Checks that the user of a grant may still sign in.

use super::Exchange;
use super::error::TokenError;
use crate::oauth::grant::GrantBody;
use vestibule_protocol::error::Failure;

/// Reads the account again. A grant is good until the sessions of its user are revoked after the sign-in; if the grant does
/// not say when the user signed in, `issued_at` (milliseconds) counts instead.
///
/// # Errors
/// 90128 deleted or disabled, 90129 sessions revoked since.
pub(super) async fn check(exchange: &Exchange<'_>, grant: &GrantBody, issued_at: i64) -> Result<(), TokenError> {
    // A policy may issue tokens about a user without an account here.
    let Some(object_id) = &grant.issued.object_id else { return Ok(()) };
    let tenant = exchange.visit.tenant_id();
    match exchange.visit.app.store().user(tenant, &object_id.to_ascii_lowercase()).await? {
        Some(user) if !user.enabled => Err(Failure::grant_account_gone().into()),
        Some(user) if user.valid_from > grant.issued.signed_in_at.unwrap_or(issued_at) => {
            Err(Failure::grant_revoked().into())
        }
        Some(_) => Ok(()),
        None => Err(Failure::grant_account_gone().into()),
    }
}
