//! Signing keys: which signs, which is still believed, and a new one.

use super::tag;
use crate::answer::{Answer, Problem};
use crate::view::Shell;
use crate::visit::Visit;
use serde_json::{Value, json};
use vestibule_protocol::error::timestamp;
use vestibule_tenant::keys::Begin;
use vestibule_tenant::manage::{KeyState, SigningKeyInfo};

/// `/portal/{tenant}/signing-keys`
pub(crate) async fn list(visit: &Visit<'_>) -> Answer {
    let keys = visit.manage()?.signing_keys(&visit.tenant()?.id).await?;
    let values = json!({ "rows": keys.iter().map(row).collect::<Vec<_>>(), "action": visit.path("/signing-keys") });
    visit.page("keys.html", Shell::of(visit, "Signing keys").command("vestibule key rotate"), values)
}

fn row(key: &SigningKeyInfo) -> Value {
    let (state, from, until) = match key.state {
        KeyState::Signs => (tag("good", "Signs"), Some(key.created_at), None),
        KeyState::Published { signs_from } => (tag("info", "Published, signs soon"), Some(signs_from), None),
        KeyState::Believed { until } => (tag("quiet", "Still believed"), Some(key.created_at), Some(until)),
        KeyState::Retired { at } => (tag("quiet", "Retired"), Some(key.created_at), Some(at)),
        KeyState::Revoked => (tag("bad", "Revoked"), Some(key.created_at), None),
    };
    json!({ "kid": key.kid, "state": state, "from": from.map(timestamp), "until": until.map(timestamp) })
}

/// Make a new key. The old one goes on until applications had the time to read the new one.
pub(crate) async fn rotate(visit: &Visit<'_>) -> Answer {
    let manage = visit.manage()?;
    let waiting = manage.signing_keys(&visit.tenant()?.id).await?;
    if waiting.iter().any(|key| matches!(key.state, KeyState::Published { .. })) {
        return Err(Problem::Refused("A new key waits already until applications had the time to read it.".to_owned()));
    }
    let rotated = manage.rotate_signing_key(visit.app.keys(), &visit.tenant()?.id, Begin::Published).await;
    rotated.map_err(|error| Problem::Failed(error.to_string()))?;
    visit.done("/signing-keys", "rotated").await
}
