//! Checks that sessions, grants and tokens issued to an account are still valid.

use super::visit::Visit;
use vestibule_store::StoreError;

/// The state of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Sessions, grants and tokens are valid.
    Good,
    /// The account is disabled or deleted.
    Gone,
    /// Its sessions have been revoked since: by a new password, or by an administrator.
    Ended,
}

/// Checks the account for something that was issued on credentials given at `since` (milliseconds since the epoch).
///
/// # Errors
/// The store's errors.
pub async fn standing(visit: Visit<'_>, object_id: &str, since: i64) -> Result<Standing, StoreError> {
    let user = visit.app.store().user(visit.tenant_id(), &object_id.to_ascii_lowercase()).await?;
    Ok(match user {
        Some(user) if user.enabled && user.valid_from <= since => Standing::Good,
        Some(user) if user.enabled => Standing::Ended,
        Some(_) | None => Standing::Gone,
    })
}
