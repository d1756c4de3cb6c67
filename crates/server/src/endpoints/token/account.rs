//! Checks that the user of a grant may still sign in.

use super::Exchange;
use super::error::TokenError;
use crate::oauth::account::{Standing, standing};
use crate::oauth::grant::GrantBody;
use vestibule_protocol::error::Failure;

/// Checks the account again. A grant is valid until the sessions of its user are revoked after the sign-in. If the
/// grant does not record when the user signed in, `issued_at` (in milliseconds) is used instead.
///
/// # Errors
/// 90128 deleted or disabled, 90129 sessions revoked since.
pub(super) async fn check(exchange: &Exchange<'_>, grant: &GrantBody, issued_at: i64) -> Result<(), TokenError> {
    // A policy may issue tokens about a user without an account here.
    let Some(object_id) = &grant.issued.object_id else { return Ok(()) };
    match standing(exchange.visit, object_id, grant.issued.signed_in_at.unwrap_or(issued_at)).await? {
        Standing::Good => Ok(()),
        Standing::Gone => Err(Failure::grant_account_gone().into()),
        Standing::Ended => Err(Failure::grant_revoked().into()),
    }
}
