//! The message of `dev` when it is ready: a block of text for users, or one line of JSON for programs.

use super::https::HttpsFacts;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Ports that browsers refuse to open (Fetch standard, "bad port"), limited to those that someone may choose here.
const REFUSED_BY_BROWSERS: &[u16] =
    &[2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080];

/// Everything that `dev` reports.
#[derive(Clone, Debug, Serialize)]
pub struct Ready {
    /// URL of the tenant, which is also that of its home page.
    pub tenant: String,
    /// URL of the sample web app, if it runs.
    pub web: Option<String>,
    /// URL of the sample API, if it runs.
    pub api: Option<String>,
    /// URL of the outbox, with the mails sent.
    pub outbox: String,
    /// URL of the tenant's clock.
    pub clock: String,
    /// The administrators' portal, unless it is off.
    pub portal: Option<PortalReady>,
    /// People to sign in as.
    pub users: Vec<DemoUser>,
    /// The values of the web app's `.env`.
    pub env: BTreeMap<String, String>,
    /// The data folder.
    pub data: PathBuf,
    /// The https addresses, with `--tls`.
    pub tls: Option<HttpsFacts>,
    /// More notes, one sentence each.
    pub notes: Vec<String>,
}

/// The way into the portal.
#[derive(Clone, Debug, Serialize)]
pub struct PortalReady {
    /// Its address, or the link that invites the first administrator.
    pub url: String,
    /// The demo's administrator.
    pub administrator: Option<DemoUser>,
}

/// Someone to sign in as.
#[derive(Clone, Debug, Serialize)]
pub struct DemoUser {
    /// Address or user name.
    pub name: String,
    /// The password, which is publicly known.
    pub password: String,
}

impl Ready {
    /// One line of JSON, without a line break.
    ///
    /// # Errors
    /// A path that is not Unicode.
    pub fn line(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// The block of text for users.
    #[must_use]
    pub fn block(&self) -> String {
        let mut out = String::from("vestibule dev is ready.\n\n");
        let mut row = |name: &str, url: &str, about: &str| {
            out += &format!("  {name:<8} {url:<35} {about}\n");
        };
        if let Some(web) = &self.web {
            row("Web app", web, "start here: press Sign in");
        }
        if let Some(api) = &self.api {
            let refused = "the web app calls it; browsers refuse to open this port (--api-port moves it)";
            row("Web API", api, if is_refused(api) { refused } else { "the web app calls it" });
        }
        row("Tenant", &self.tenant, "users, flows, .env, outbox, clock");
        row("Outbox", &self.outbox, "mail that would have been sent");
        if let Some(portal) = &self.portal {
            row("Portal", &portal.url, "register applications, user flows and people");
        }
        if let Some(user) = self.users.first() {
            out += &format!("\nSign in as {} with the password {}, or sign up.\n", user.name, user.password);
        }
        if let Some(administrator) = self.portal.as_ref().and_then(|portal| portal.administrator.as_ref()) {
            let DemoUser { name, password } = administrator;
            out += &format!("Sign in to the portal as {name} with the password {password}.\n");
        }
        if let Some(tls) = &self.tls {
            out += &format!("\n{}", tls.advice());
        }
        for note in &self.notes {
            out += &format!("\n{note}\n");
        }
        out += &format!("\nData is kept in {}; --fresh starts over. Ctrl-C stops.\n", self.data.display());
        out
    }
}

fn is_refused(url: &str) -> bool {
    let port = url.rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
    port.is_some_and(|port| REFUSED_BY_BROWSERS.contains(&port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(api: &str) -> Ready {
        Ready {
            tenant: "http://localhost:8400".to_owned(),
            web: Some("http://localhost:5000".to_owned()),
            api: Some(api.to_owned()),
            outbox: "http://localhost:8400/_dev/outbox".to_owned(),
            clock: "http://localhost:8400/_dev/clock".to_owned(),
            portal: Some(PortalReady {
                url: "http://localhost:8400/portal".to_owned(),
                administrator: Some(DemoUser { name: "admin@contoso.com".to_owned(), password: "another".to_owned() }),
            }),
            users: vec![DemoUser { name: "ann@contoso.com".to_owned(), password: "a known one".to_owned() }],
            env: BTreeMap::from([("B2C_TENANT_NAME".to_owned(), "contoso".to_owned())]),
            data: PathBuf::from(".vestibule"),
            tls: None,
            notes: Vec::new(),
        }
    }

    #[test]
    fn people_get_a_block_that_says_where_to_begin() {
        insta::assert_snapshot!(ready("http://localhost:6000").block());
        assert!(!ready("http://localhost:6001").block().contains("refuse"));
    }

    #[test]
    fn programs_get_one_line() {
        let line = ready("http://localhost:6000").line().expect("JSON");
        assert!(!line.contains('\n'));
        let value: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(value["tenant"], "http://localhost:8400");
        assert_eq!(value["users"][0]["password"], "a known one");
    }
}
