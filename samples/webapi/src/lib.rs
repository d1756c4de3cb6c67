//! webapp.
/// Stub until the client branch lands.
#[must_use]
pub fn app(_settings: std::collections::BTreeMap<String, String>) -> axum::Router {
    axum::Router::new()
}
