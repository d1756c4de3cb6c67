//! The CSRF value of a page: in B2C's shape, and bound to browser, transaction, page and step.

use super::Transaction;
use crate::app::App;
use crate::browser::Browser;
use vestibule_journey::Page;
use vestibule_protocol::digest::{base64url, constant_time_eq, from_base64url};

/// The value for this page: base64url of `MAC;page;{"TargetEntity":…,"OrchestrationStep":…}`.
pub(super) fn make(app: &App, browser: &Browser, transaction: &Transaction, page: &Page) -> String {
    let step = serde_json::json!({ "TargetEntity": page.target, "OrchestrationStep": page.step });
    let tail = format!("{};{step}", transaction.page);
    base64url(format!("{};{tail}", mac(app, browser, &transaction.id, &tail)).as_bytes())
}

/// The number of the page that the value was made for; none if it was made for another browser or transaction.
pub(super) fn page(app: &App, browser: &Browser, transaction: &str, value: &str) -> Option<u32> {
    let text = String::from_utf8(from_base64url(value)?).ok()?;
    let (sent, tail) = text.split_once(';')?;
    let (page, _) = tail.split_once(';')?;
    constant_time_eq(sent, &mac(app, browser, transaction, tail)).then(|| page.parse().ok())?
}

fn mac(app: &App, browser: &Browser, transaction: &str, tail: &str) -> String {
    app.sealer().mac("csrf", &format!("{}\n{transaction}\n{tail}", browser.secret()))
}
