//! Whether the person behind a grant may still be signed in.

use super::Exchange;
use super::error::TokenError;
use crate::oauth::grant::GrantBody;
use vestibule_protocol::error::Failure;

/// Read the account again. What is given counts as long as the credentials behind it do; of a grant that does not say
/// when they were given, as long as what was given at `issued_at`, milliseconds.
///
/// # Errors
/// 90128 deleted or disabled, 90129 sessions ended since.
pub(super) async fn check(exchange: &Exchange<'_>, grant: &GrantBody, issued_at: i64) -> Result<(), TokenError> {
    // A policy may issue tokens about somebody who has no account here.
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
