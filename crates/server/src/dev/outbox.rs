//! The outbox of `dev`: mails are kept instead of sent. Served as a page or as JSON; `to=` selects an address, `wait=`
//! waits for a mail to it.

use super::wants_json;
use crate::app::App;
use crate::pages::DevMail;
use crate::web::answer::{self, BUSY};
use crate::web::request::Call;
use axum::body::Body;
use http::{Response, StatusCode};
use serde_json::json;
use std::time::Duration;
use vestibule_store::StoreError;
use vestibule_tenant::mail::{Content, KeptMail};

/// Maximum number of mails shown.
const SHOWN: usize = 100;
/// The longest wait, in seconds.
const LONGEST_WAIT: u64 = 30;

pub(super) async fn handle(app: &App, call: &Call) -> Response<Body> {
    let mails = match mails(app, call).await {
        Ok(mails) => mails,
        Err(error) => {
            tracing::error!(%error, "the outbox cannot be read");
            return answer::error_page(app, call, "", BUSY);
        }
    };
    if wants_json(call) {
        let list: Vec<_> = mails
            .iter()
            .map(|m| {
                let content = m.content.as_ref();
                json!({ "id": m.id, "to": m.recipient, "subject": content.map(|c| &c.subject), "code": m.code(),
                        "text": content.map(|c| &c.text), "html": content.map(|c| &c.html), "sent_at": sent_at(m) })
            })
            .collect();
        return answer::json(StatusCode::OK, &list);
    }
    let shown: Vec<DevMail> = mails
        .into_iter()
        .filter_map(|m| {
            let Content { subject, text, code, .. } = m.content?;
            Some(DevMail { to: m.recipient, subject, text, code, at: m.created_at })
        })
        .collect();
    let nonce = app.random().token();
    answer::html(StatusCode::OK, app.pages().dev_outbox(&shown, "/", &nonce), &nonce, &[])
}

/// When the mail would have been sent, in RFC 3339 form.
fn sent_at(mail: &KeptMail) -> String {
    jiff::Timestamp::from_millisecond(mail.created_at).unwrap_or_default().to_string()
}

/// The requested mails, newest first. With `wait`, the first mail to `to` after the one with the id `after`, or the
/// newest one.
async fn mails(app: &App, call: &Call) -> Result<Vec<KeptMail>, StoreError> {
    let named = call.query.get("tenant");
    let tenants = app.registry().heads().into_iter().filter(|t| call.origin.serves(&t.name));
    let tenants = tenants.filter(|t| named.is_none_or(|n| n == t.name || n == t.domain || n == t.id));
    let tenants: Vec<String> = tenants.map(|t| t.id).collect();
    let to = call.query.get("to");
    let wait: u64 = call.query.get("wait").and_then(|w| w.parse().ok()).unwrap_or(0);
    if let (Some(to), true) = (to, wait > 0) {
        let timeout = Duration::from_secs(wait.min(LONGEST_WAIT));
        let found = app.mailer().wait_for(&tenants, to, call.query.get("after"), timeout).await?;
        return Ok(found.into_iter().collect());
    }
    let mut all = Vec::new();
    for tenant in tenants {
        all.extend(app.mailer().newest(&tenant, to, SHOWN).await?);
    }
    all.sort_by_key(|mail| std::cmp::Reverse((mail.created_at, mail.id.clone())));
    all.truncate(SHOWN);
    Ok(all)
}
