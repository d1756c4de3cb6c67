//! A user's browser, and the application behind it: sign-ins as performed by B2C's pages and MSAL.

use crate::http::{Answer, Connection};
use crate::tenant::{CALLBACK, DAEMON, PHONE, SECRET, WEBAPP, path};
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use url::form_urlencoded::Serializer;
use vestibule_protocol::digest::sha256_base64url;

/// The flow that users sign in with.
pub(crate) const FLOW: &str = "B2C_1_signin";
/// The flow of the password grant.
pub(crate) const PASSWORD_FLOW: &str = "B2C_1_ropc";
/// The PKCE verifier. It need not be secret here.
const VERIFIER: &str = "a-verifier-of-the-load-program-0123456789-0123456789";
/// The requested scopes.
pub(crate) const SCOPE: &str = "openid offline_access https://contoso.onmicrosoft.com/api/read";

/// A browser with a connection of its own.
pub(crate) struct Browser {
    connection: Connection,
    cookies: Vec<(String, String)>,
    /// Its address, as the proxy reports it.
    ip: String,
}

impl Browser {
    pub(crate) fn new(connection: Connection) -> Self {
        Self { connection, cookies: Vec::new(), ip: "10.0.0.1".to_owned() }
    }

    /// Turns this into a new browser without cookies, at an address of its own.
    pub(crate) fn renew(&mut self, number: u64) {
        let [.., a, b, c] = number.to_be_bytes();
        self.cookies.clear();
        self.ip = format!("10.{a}.{b}.{c}");
    }

    /// Exchanges its cookies for those of another browser.
    pub(crate) fn swap(&mut self, cookies: &mut Vec<(String, String)>) {
        std::mem::swap(&mut self.cookies, cookies);
    }

    fn send(&mut self, path: &str, form: Option<&str>, more: &str) -> Result<Answer> {
        let mut headers = format!("x-forwarded-for: {}\r\n{more}", self.ip);
        for (index, (name, value)) in self.cookies.iter().enumerate() {
            headers.push_str(if index == 0 { "cookie: " } else { "; " });
            headers.extend([name, "=", value]);
        }
        if !self.cookies.is_empty() {
            headers.push_str("\r\n");
        }
        let answer = self.connection.send(path, form, &headers)?;
        for (name, value) in &answer.cookies {
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.clone(), value.clone()));
            }
        }
        Ok(answer)
    }

    /// Opens a document whose answer must be 200.
    pub(crate) fn open(&mut self, path: &str) -> Result<String> {
        self.send(path, None, "")?.good()
    }

    /// Signs in through the pages, as a browser with script does, and redeems the code. Returns the refresh token.
    pub(crate) fn sign_in(&mut self, name: &str, password: &str) -> Result<String> {
        let page = Page::read(&self.open(&authorize())?)?;
        let form = encoded(&[("request_type", "RESPONSE"), ("email", name), ("password", password)]);
        let header = format!("x-csrf-token: {}\r\nx-requested-with: XMLHttpRequest\r\n", page.csrf);
        let said = self.send(&page.address("SelfAsserted", ""), Some(&form), &header)?.good()?;
        let said: Value = serde_json::from_str(&said)?;
        if said["status"] != "200" {
            bail!("the page refused {name}: {said}");
        }
        let confirmed = page.address("api/CombinedSigninAndSignup/confirmed", &page.csrf);
        let answer = self.send(&confirmed, None, "")?;
        self.redeem(&answer)
    }

    /// Signs in with the browser's session, and redeems the code. Returns the refresh token.
    pub(crate) fn sign_in_again(&mut self) -> Result<String> {
        let answer = self.send(&authorize(), None, "")?;
        self.redeem(&answer)
    }

    fn redeem(&mut self, answer: &Answer) -> Result<String> {
        let back = answer.location.as_deref().unwrap_or_default();
        let query = back.strip_prefix(CALLBACK).and_then(|rest| rest.strip_prefix('?')).unwrap_or_default();
        let code = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "code");
        let (_, code) = code.with_context(|| format!("no code: {} {back} {}", answer.status, answer.body))?;
        let form = encoded(&[
            ("grant_type", "authorization_code"),
            ("client_id", WEBAPP),
            ("client_secret", SECRET),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            ("code", &code),
        ]);
        self.tokens(FLOW, &form)
    }

    /// Exchanges a refresh token for another.
    pub(crate) fn refresh(&mut self, token: &str) -> Result<String> {
        let form = encoded(&[
            ("grant_type", "refresh_token"),
            ("client_id", WEBAPP),
            ("client_secret", SECRET),
            ("refresh_token", token),
        ]);
        self.tokens(FLOW, &form)
    }

    /// Signs in with the password grant. Returns the refresh token.
    pub(crate) fn password_grant(&mut self, name: &str, password: &str) -> Result<String> {
        let form = encoded(&[
            ("grant_type", "password"),
            ("client_id", PHONE),
            ("scope", SCOPE),
            ("username", name),
            ("password", password),
        ]);
        self.tokens(PASSWORD_FLOW, &form)
    }

    /// Gets a token for the daemon itself.
    pub(crate) fn client_credentials(&mut self) -> Result<()> {
        let form = encoded(&[
            ("grant_type", "client_credentials"),
            ("client_id", DAEMON),
            ("client_secret", SECRET),
            ("scope", "https://contoso.onmicrosoft.com/api/.default"),
        ]);
        let body = self.call(FLOW, &form)?;
        body["access_token"].as_str().context("an access token")?;
        Ok(())
    }

    /// Requests the tokens of a sign-in: ID token, access token, refresh token. Returns the last one.
    fn tokens(&mut self, flow: &str, form: &str) -> Result<String> {
        let body = self.call(flow, form)?;
        let text = |name: &str| body[name].as_str().with_context(|| format!("no {name}: {body}"));
        text("access_token")?;
        text("id_token")?;
        text("refresh_token").map(str::to_owned)
    }

    /// Calls the token endpoint without the browser's cookies, as an application on the user's device does.
    fn call(&mut self, flow: &str, form: &str) -> Result<Value> {
        let from = format!("x-forwarded-for: {}\r\n", self.ip);
        let answer = self.connection.send(&path(flow, "oauth2/v2.0/token"), Some(form), &from)?;
        Ok(serde_json::from_str(&answer.good()?)?)
    }
}

/// The settings that a page gives to its script.
struct Page {
    tenant: String,
    policy: String,
    transaction: String,
    csrf: String,
}

impl Page {
    fn read(html: &str) -> Result<Self> {
        let settings = html.split("var SETTINGS = ").nth(1).with_context(|| format!("no page: {html}"))?;
        let settings = serde_json::Deserializer::from_str(settings).into_iter::<Value>().next();
        let settings = settings.context("settings")??;
        let text = |value: &Value| value.as_str().map(str::to_owned).context("a setting");
        Ok(Self {
            tenant: text(&settings["hosts"]["tenant"])?,
            policy: text(&settings["hosts"]["policy"])?,
            transaction: text(&settings["transId"])?,
            csrf: text(&settings["csrf"])?,
        })
    }

    fn address(&self, what: &str, csrf: &str) -> String {
        let mut query = vec![("tx", self.transaction.as_str()), ("p", &self.policy)];
        if !csrf.is_empty() {
            query.extend([("csrf_token", csrf), ("rememberMe", "false")]);
        }
        format!("{}/{what}?{}", self.tenant, encoded(&query))
    }
}

fn authorize() -> String {
    let query = encoded(&[
        ("client_id", WEBAPP),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("response_mode", "query"),
        ("scope", SCOPE),
        ("state", "a-state-of-the-load-program"),
        ("nonce", "a-nonce-of-the-load-program"),
        ("code_challenge", &sha256_base64url(VERIFIER.as_bytes())),
        ("code_challenge_method", "S256"),
    ]);
    format!("{}?{query}", path(FLOW, "oauth2/v2.0/authorize"))
}

fn encoded(fields: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(fields).finish()
}
