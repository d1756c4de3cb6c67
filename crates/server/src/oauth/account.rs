//! Whether an account still stands behind what was given on its credentials: a session, a grant or a token.

use super::visit::Visit;
use vestibule_store::StoreError;

/// How an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// What was given counts.
    Good,
    /// The account was blocked or deleted.
    Gone,
    /// Its sessions were ended since: by a new password, or by an administrator.
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
