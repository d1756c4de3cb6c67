//! Static files, and the Content-Security-Policy that lets a page load them and nothing else.

use super::form_action::form_action_source;
use aws_lc_rs::digest::{SHA256, digest};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Name, media type and bytes of each file under `/_static/`.
const ASSETS: &[(&str, &str, &[u8])] = &[
    ("vestibule.css", "text/css; charset=utf-8", include_bytes!("../../assets/vestibule.css")),
    ("vestibule.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/vestibule.js")),
    ("vestibule.svg", "image/svg+xml", include_bytes!("../../assets/vestibule.svg")),
];

/// Media type and bytes of a static file, named as in `/_static/vestibule.css`, with or without the folder. The URLs
/// in pages contain a hash of the content as `?v=`, so that responses may be cached forever.
#[must_use]
pub fn asset(path: &str) -> Option<(&'static str, &'static [u8])> {
    let name = path.strip_prefix("/_static/").unwrap_or(path);
    ASSETS.iter().find(|(known, ..)| *known == name).map(|(_, mime, bytes)| (*mime, *bytes))
}

/// URL of each file by the last part of its name (`css`, `js`, `svg`), for templates.
pub(super) fn urls() -> BTreeMap<&'static str, String> {
    ASSETS
        .iter()
        .map(|(name, _, bytes)| {
            let kind = name.rsplit('.').next().unwrap_or_default();
            (kind, format!("/_static/{name}?v={}", short_hash(bytes)))
        })
        .collect()
}

fn short_hash(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().take(8).fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The Content-Security-Policy of a page (docs/security-floor.md, requirement 24). `nonce` is base64 of at least 128
/// random bits, or empty for a page without script. `form_targets` are the URLs at which the page's form may end up,
/// such as the application's redirect URI; browsers check the redirects after a POST against them.
#[must_use]
pub fn content_security_policy(nonce: &str, form_targets: &[String]) -> String {
    let nonce: String = nonce.chars().filter(|c| c.is_ascii_alphanumeric() || "+/=-_".contains(*c)).collect();
    let script = if nonce.is_empty() { "'none'".to_owned() } else { format!("'nonce-{nonce}'") };
    let mut targets = String::from("'self'");
    for source in form_targets.iter().filter_map(|address| form_action_source(address)) {
        targets.push(' ');
        targets.push_str(&source);
    }
    format!(
        "default-src 'none'; script-src {script}; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         form-action {targets}; frame-ancestors 'none'; base-uri 'none'"
    )
}
