//! The URLs in a page (docs/b2c.md, "Pages").

use super::PageContext;
use url::form_urlencoded::byte_serialize;
use vestibule_journey::PageKind;

/// Name of the page's API in `api/{name}/confirmed` and `SETTINGS.api`.
pub(super) const fn api(kind: PageKind) -> &'static str {
    match kind {
        PageKind::Unified => "CombinedSigninAndSignup",
        PageKind::SelfAsserted => "SelfAsserted",
        PageKind::ProviderSelection => "IdpSelections",
    }
}

/// The URL to which the form is posted.
pub(super) fn submit(cx: &PageContext<'_>) -> String {
    format!("{}/SelfAsserted?tx={}&p={}", cx.base, encode(cx.tx), encode(cx.policy))
}

/// A link of the combined page: `unified?local=signup`, `unified?claimsexchange=…`, `forgotPassword`.
pub(super) fn combined(cx: &PageContext<'_>, name: &str, query: Option<(&str, &str)>) -> String {
    let chosen = query.map(|(key, value)| format!("{key}={}&", encode(value))).unwrap_or_default();
    format!(
        "{}/api/CombinedSigninAndSignup/{name}?{chosen}csrf_token={}&tx={}&p={}",
        cx.base,
        encode(cx.csrf),
        encode(cx.tx),
        encode(cx.policy)
    )
}

/// The URL, if a browser may be sent there: http or https, nothing that runs in the page (docs/security-floor.md, row
/// 66).
pub(super) fn web_url(address: &str) -> Option<&str> {
    let parsed = url::Url::parse(address).ok()?;
    matches!(parsed.scheme(), "http" | "https").then_some(address)
}

fn encode(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}
