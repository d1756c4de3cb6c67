//! The pages that only `dev` has: the home page with everything a developer needs, and the outbox.

use super::{Pages, links, template};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

/// The content of `dev`'s home page.
#[derive(Clone, Debug, Serialize)]
pub struct DevHome {
    /// The tenant's display name.
    pub tenant_name: String,
    /// `contoso.onmicrosoft.com`.
    pub tenant: String,
    /// The user flows and policies.
    pub flows: Vec<DevFlow>,
    /// Users to sign in as: name and password.
    pub users: Vec<(String, String)>,
    /// Text of the `.env` of the sample web app.
    pub env_text: String,
    /// URL of the sample web app, if it runs.
    pub web_url: Option<String>,
    /// URL of the sample API, if it runs.
    pub api_url: Option<String>,
    /// The path of the outbox.
    pub outbox_path: String,
    /// The number of mails in it.
    pub outbox_count: usize,
    /// The path to which the clock's buttons post. The field `advance` is a number of seconds, or `reset`.
    pub clock_path: String,
    /// The tenant's time, milliseconds since the epoch.
    pub now: i64,
    /// The offset of the tenant's clock from the machine's, in seconds.
    pub ahead: i64,
    /// The nonce that the response's Content-Security-Policy names.
    pub nonce: String,
}

/// One flow or policy on the home page of `dev`.
#[derive(Clone, Debug, Serialize)]
pub struct DevFlow {
    /// `B2C_1_signupsignin1`.
    pub name: String,
    /// Its name in a few words: `Sign up and sign in`.
    pub kind: String,
    /// An authorize request that runs it; `None` if no application can.
    pub run_url: Option<String>,
    /// Its discovery document.
    pub metadata_url: String,
    /// The document for applications set to `openid = "strict"`, if there are any.
    pub strict_metadata_url: Option<String>,
}

/// One mail in the outbox.
#[derive(Clone, Debug, Serialize)]
pub struct DevMail {
    /// The address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The code inside, if any.
    pub code: Option<String>,
    /// When it was sent, in milliseconds since the epoch.
    pub at: i64,
}

impl Pages {
    /// The home page of `dev`.
    #[must_use]
    pub fn dev_home(&self, home: &DevHome) -> String {
        let texts = self.strings.of("dev", &[]);
        let flows: Vec<_> = home.flows.iter().map(|flow| Value::from(Serde(checked(flow)))).collect();
        let view = context! {
            lang => texts.lang(),
            texts => Serde(texts.map()),
            home => Serde(home),
            flows,
            web_url => home.web_url.as_deref().and_then(links::web_url),
            api_url => home.api_url.as_deref().and_then(links::web_url),
            now => time(home.now),
            ahead => span(home.ahead),
            tenant_name => home.tenant_name.as_str(),
            nonce => home.nonce.as_str(),
        };
        template::render(&self.templates, "dev-home.html", view)
    }

    /// The outbox of `dev`, sorted with the newest mail first. `home_path` is the link back.
    #[must_use]
    pub fn dev_outbox(&self, mails: &[DevMail], home_path: &str, nonce: &str) -> String {
        let texts = self.strings.of("dev", &[]);
        let mut mails: Vec<_> = mails.iter().collect();
        mails.sort_by_key(|mail| std::cmp::Reverse(mail.at));
        let mails: Vec<_> =
            mails.into_iter().map(|mail| context! { mail => Serde(mail), time => time(mail.at) }).collect();
        let view = context! {
            lang => texts.lang(),
            texts => Serde(texts.map()),
            tenant_name => "Vestibule",
            mails,
            home_path,
            nonce,
        };
        template::render(&self.templates, "dev-outbox.html", view)
    }
}

/// The flow with URLs that a browser may follow.
fn checked(flow: &DevFlow) -> DevFlow {
    DevFlow { run_url: flow.run_url.clone().filter(|url| links::web_url(url).is_some()), ..flow.clone() }
}

fn time(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at).map(|at| at.strftime("%F %T UTC").to_string()).unwrap_or_default()
}

/// A number of seconds in readable form: `1 d 2 h 3 min`.
fn span(seconds: i64) -> String {
    let total = seconds.unsigned_abs();
    let parts = [(total / 86_400, "d"), (total / 3600 % 24, "h"), (total / 60 % 60, "min"), (total % 60, "s")];
    let words: Vec<_> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n} {unit}")).collect();
    words.join(" ")
}
