//! Checks that an account is still valid for a session, a grant or a token issued on its credentials.

use super::visit::Visit;
use vestibule_store::StoreError;

/// The state of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The account is valid, and so is what was issued.
    Good,
    /// The account was blocked or deleted.
    Gone,
    /// Its sessions have been ended since: by a new password, or by an administrator.
    Ended,
}

/// Reads the account, for what was given on credentials of `since` (milliseconds since the epoch).
///
/// # Errors
/// As the store.
pub async fn standing(visit: Visit<'_>, object_id: &str, since: i64) -> Result<Standing, StoreError> {
    let user = visit.app.store().user(visit.tenant_id(), &object_id.to_ascii_lowercase()).await?;
    Ok(match user {
        Some(user) if user.enabled && user.valid_from <= since => Standing::Good,
        Some(user) if user.enabled => Standing::Ended,
        Some(_) | None => Standing::Gone,
    })
}
