//! The answer goes home: to the redirect URI, by query, fragment or form post (contract 2.2).

use crate::app::App;
use crate::oauth::authorize::request::{Asked, illegal_scope};
use crate::oauth::grant::{CodeBody, GrantBody};
use crate::oauth::mint::{self, Mint};
use crate::oauth::scopes::{self, Granted};
use crate::oauth::target::Target;
use crate::web::answer;
use crate::web::request::Call;
use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use vestibule_journey::Issued;
use vestibule_protocol::digest::sha256_base64url;
use vestibule_protocol::error::{Failure, one_line};
use vestibule_protocol::scope::Scopes;
use vestibule_store::{AuditRecord, CodeRecord, GrantRecord, SessionChange, StoreError};
use vestibule_tenant::registry::Platform;

/// Everything but the unreserved characters; a blank is `%20`, which every reader takes.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `response_mode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// `query`
    #[default]
    Query,
    /// `fragment`
    Fragment,
    /// `form_post`
    FormPost,
}

impl Mode {
    /// Read the parameter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "query" => Some(Self::Query),
            "fragment" => Some(Self::Fragment),
            "form_post" => Some(Self::FormPost),
            _ => None,
        }
    }
}

/// Where an answer goes; made only of a redirect URI that is registered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnTo {
    /// The application.
    pub client_id: String,
    /// Its redirect URI, as sent.
    pub redirect_uri: String,
    /// How.
    pub mode: Mode,
    /// `state`, to be echoed.
    pub state: Option<String>,
    /// `iss` (RFC 9207): B2C's clients ignore it, others are protected by it.
    pub issuer: String,
    /// The application is served by the letter of OpenID Connect: an error's description is one line.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strict: bool,
}

/// The parameters of an answer.
pub type Fields = Vec<(String, String)>;

impl ReturnTo {
    /// Send the fields, with `state` and `iss`.
    #[must_use]
    pub fn send(&self, app: &App, call: &Call, mut fields: Fields) -> Response<Body> {
        if let Some(state) = &self.state {
            fields.push(("state".to_owned(), state.clone()));
        }
        fields.push(("iss".to_owned(), self.issuer.clone()));
        let joint = match self.mode {
            Mode::FormPost => return self.post(app, &fields),
            Mode::Fragment => '#',
            Mode::Query if self.redirect_uri.contains('?') => '&',
            Mode::Query => '?',
        };
        answer::redirect(&call.method, &format!("{}{joint}{}", self.redirect_uri, encode(&fields)))
    }

    fn post(&self, app: &App, fields: &Fields) -> Response<Body> {
        let nonce = app.random().token();
        let text = app.pages().form_post(&self.redirect_uri, fields, &nonce);
        let mut response = answer::html(StatusCode::OK, text, &nonce, &self.origins());
        // The application may look at `Origin`: tell it ours, and no more.
        response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
        response
    }

    /// Send an error, told to the log.
    #[must_use]
    pub fn fail(&self, app: &App, call: &Call, code: u32, error: &str, message: &str) -> Response<Body> {
        tracing::info!(
            correlation_id = call.correlation_id,
            client_id = self.client_id,
            code,
            error,
            message,
            "an error goes to the application"
        );
        self.send(app, call, self.error_fields(app, call, code, error, message))
    }

    /// `error` and `error_description` (contract 2.2).
    #[must_use]
    pub fn error_fields(&self, app: &App, call: &Call, code: u32, error: &str, message: &str) -> Fields {
        let description = Failure::new(code, "", message).description(&call.correlation_id, app.now());
        let description = if self.strict { one_line(&description) } else { description };
        vec![("error".to_owned(), error.to_owned()), ("error_description".to_owned(), description)]
    }

    /// [`ReturnTo::fail`] with a known failure.
    #[must_use]
    pub fn failure(&self, app: &App, call: &Call, failure: &Failure) -> Response<Body> {
        self.fail(app, call, failure.code, failure.error, &failure.message)
    }

    /// What a page's forms may lead to: the origin of the redirect URI.
    #[must_use]
    pub fn origins(&self) -> Vec<String> {
        url::Url::parse(&self.redirect_uri)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .map(|url| url.origin().ascii_serialization())
            .into_iter()
            .collect()
    }
}

/// `name=value&…`
#[must_use]
pub fn encode(fields: &[(String, String)]) -> String {
    let pair = |(name, value): &(String, String)| {
        format!("{}={}", utf8_percent_encode(name, ENCODED), utf8_percent_encode(value, ENCODED))
    };
    fields.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// A journey's happy end.
pub struct Success<'a> {
    /// Tenant and flow.
    pub target: &'a Target,
    /// What was asked.
    pub asked: &'a Asked,
    /// What the journey gave.
    pub issued: &'a Issued,
    /// What becomes of the single sign-on session.
    pub session: Option<&'a SessionChange>,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum NoAnswer {
    /// The application is told.
    Failure(Failure),
    /// The store failed.
    Store(StoreError),
}

impl From<Failure> for NoAnswer {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl Success<'_> {
    /// Make code and tokens; what was given is on disk, with session and audit entry, when this returns.
    ///
    /// # Errors
    /// [`NoAnswer`]
    pub async fn fields(self, app: &App, call: &Call) -> Result<Fields, NoAnswer> {
        let (asked, target) = (self.asked, self.target);
        let tenant = &target.tenant;
        // It may have been changed since the journey began.
        let gone = || Failure::new(90092, "unauthorized_client", "The provided application is disabled.");
        let application = tenant.application(&asked.to.client_id).filter(|a| a.enabled).ok_or_else(gone)?;
        let redirect = application.redirect_uri(&asked.to.redirect_uri).ok_or_else(gone)?;
        let scopes = Scopes::parse(&asked.scope).map_err(illegal_scope)?;
        let granted = scopes::decide(tenant, &application, &scopes)?;
        let platform = redirect.platform;
        let grant = self.grant(app, call, &granted, platform);
        let mint = Mint { app, target, application: &application, grant: &grant, granted: &granted, at: app.now() };

        let code = asked.response.code.then(|| app.random().token());
        // In the order of time: what is written for it is together at the ends of indexes, however large they are.
        let grant_id = app.random().uuid_at(app.now());
        let under = asked.response.code.then_some(grant_id.as_str());
        let access = if asked.response.token { mint.access_token_under(under).await? } else { None };
        let access_text = access.as_ref().map(|token| token.text.as_str());
        let id_token = match asked.response.id_token {
            true => Some(mint.id_token(code.as_deref(), access_text).await?),
            false => None,
        };
        self.store(app, call, grant_id.clone(), &grant, code.as_deref()).await.map_err(NoAnswer::Store)?;

        let mut fields = Fields::new();
        let mut field = |name: &str, value: String| fields.push((name.to_owned(), value));
        if let Some(code) = code {
            field("code", code);
        }
        if let Some(token) = access {
            field("access_token", token.text);
            field("token_type", "Bearer".to_owned());
            field("expires_in", token.expires_in.to_string());
            field("scope", granted.scopes.to_string());
        }
        if let Some(token) = id_token {
            field("id_token", token.text);
        }
        if let Some(info) = mint::client_info(target, &grant.issued).filter(|_| asked.client_info) {
            field("client_info", info);
        }
        Ok(fields)
    }

    fn grant(&self, app: &App, call: &Call, granted: &Granted, platform: Platform) -> GrantBody {
        GrantBody {
            issued: self.issued.clone(),
            origin: call.origin.public.clone(),
            scopes: granted.scopes.iter().map(str::to_owned).collect(),
            auth_time: self.issued.signed_in_at.unwrap_or_else(|| app.now()) / 1000,
            nonce: self.asked.nonce.clone(),
            userinfo_claims: self.asked.userinfo_claims.clone(),
            policy: self.target.flow.name.clone(),
            started_at: app.now(),
            platform,
        }
    }

    /// Session, grant, code and audit entry in one transaction.
    async fn store(
        &self,
        app: &App,
        call: &Call,
        id: String,
        grant: &GrantBody,
        code: Option<&str>,
    ) -> Result<(), StoreError> {
        let now = app.now();
        let object_id = user(self.issued);
        let entry = AuditRecord {
            object_id: Some(object_id.clone()),
            detail: json!({ "policy": grant.policy, "interactive": self.issued.interactive }).to_string(),
            ..audit_entry(app, call, self.target, &self.asked.to.client_id, "success")
        };
        let given = code.map(|code| self.given(id, grant, object_id, code, now)).transpose()?;
        app.store().sign_in(self.session.cloned(), given, &[entry]).await
    }

    /// The grant and its code.
    fn given(
        &self,
        id: String,
        grant: &GrantBody,
        object_id: String,
        code: &str,
        now: i64,
    ) -> Result<(GrantRecord, CodeRecord), StoreError> {
        let tenant = &self.target.tenant;
        let text = |value: serde_json::Result<String>| value.map_err(|e| StoreError::Damaged(e.into()));
        let record = GrantRecord {
            id,
            tenant: tenant.id.clone(),
            client_id: self.asked.to.client_id.clone(),
            object_id,
            policy: grant.policy.clone(),
            body: text(serde_json::to_string(grant))?,
            created_at: now,
            revoked_at: None,
        };
        let body =
            CodeBody { redirect_uri: self.asked.to.redirect_uri.clone(), challenge: self.asked.challenge.clone() };
        let code = CodeRecord {
            hash: sha256_base64url(code.as_bytes()),
            tenant: tenant.id.clone(),
            grant_id: record.id.clone(),
            body: text(serde_json::to_string(&body))?,
            expires_at: now + i64::from(tenant.settings.code_lifetime_secs) * 1000,
            used_at: None,
        };
        Ok((record, code))
    }
}

/// The user that a journey ended with: a policy without an object id still has a subject.
#[must_use]
pub fn user(issued: &Issued) -> String {
    issued.object_id.clone().or_else(|| issued.subject.clone()).unwrap_or_default()
}

/// An entry on how a journey ended.
#[must_use]
pub fn audit_entry(app: &App, call: &Call, target: &Target, client_id: &str, outcome: &str) -> AuditRecord {
    AuditRecord {
        id: app.random().uuid_at(app.now()),
        tenant: target.tenant.id.clone(),
        at: app.now(),
        event: "user.signIn".to_owned(),
        outcome: outcome.to_owned(),
        client_id: Some(client_id.to_owned()),
        object_id: None,
        correlation_id: Some(call.correlation_id.clone()),
        detail: json!({ "policy": target.flow.name }).to_string(),
    }
}
