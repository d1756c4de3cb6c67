//! The CSRF value of a page: in B2C's format, and bound to browser, transaction, page and step.

use super::Transaction;
use crate::app::App;
use crate::web::browser::Browser;
use vestibule_journey::Page;
use vestibule_protocol::digest::{base64url, constant_time_eq, from_base64url};

/// The value for this page: base64url of `MAC;page;{"TargetEntity":…,"OrchestrationStep":…}`.
pub(super) fn make(app: &App, browser: &Browser, transaction: &Transaction, page: &Page) -> String {
    let step = serde_json::json!({ "TargetEntity": page.target, "OrchestrationStep": page.step });
    let tail = format!("{};{step}", transaction.page);
    base64url(format!("{};{tail}", mac(app, browser, &transaction.id, &tail)).as_bytes())
}

/// The number of the page for which the value was made, or `None` if it was made for another browser or transaction.
pub(super) fn page(app: &App, browser: &Browser, transaction: &str, value: &str) -> Option<u32> {
    let (sent, tail, page) = parts(value)?;
    constant_time_eq(&sent, &mac(app, browser, transaction, &tail)).then_some(page)
}

/// The MAC, the text it covers, and the number of the page.
fn parts(value: &str) -> Option<(String, String, u32)> {
    let text = String::from_utf8(from_base64url(value)?).ok()?;
    let (mac, tail) = text.split_once(';')?;
    let (page, _) = tail.split_once(';')?;
    Some((mac.to_owned(), tail.to_owned(), page.parse().ok()?))
}

fn mac(app: &App, browser: &Browser, transaction: &str, tail: &str) -> String {
    app.sealer().mac("csrf", &format!("{}\n{transaction}\n{tail}", browser.secret()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}") {
            let _ = parts(&text);
            let _ = parts(&base64url(text.as_bytes()));
        }

        #[test]
        fn the_parts_are_found_again(mac in "[A-Za-z0-9_-]{43}", page: u32, rest in "[^;]{0,20};?[^;]{0,5}") {
            let value = base64url(format!("{mac};{page};{rest}").as_bytes());
            prop_assert_eq!(parts(&value), Some((mac, format!("{page};{rest}"), page)));
        }
    }
}
