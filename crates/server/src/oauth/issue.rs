//! The successful end of a journey: makes the grant, its code and tokens, and stores them with the session.

use crate::oauth::account::{Standing, standing};
use crate::oauth::grant::{CodeBody, GrantBody, Obtained};
use crate::oauth::mint::{self, Mint, Token};
use crate::oauth::request::{AuthorizationRequest, Fields, illegal_scope};
use crate::oauth::scopes::{self, Granted};
use crate::oauth::visit::Visit;
use crate::web::answer::PageError;
use serde_json::{Value, json};
use vestibule_journey::Issued;
use vestibule_protocol::digest::sha256_base64url;
use vestibule_protocol::error::Failure;
use vestibule_protocol::scope::Scopes;
use vestibule_store::{AuditRecord, CodeRecord, GrantRecord, SessionChange, StoreError};
use vestibule_tenant::registry::Platform;

/// A journey that ended with claims for the application.
pub struct Success<'a> {
    /// The request that ends the journey.
    pub visit: Visit<'a>,
    /// The application's request.
    pub request: &'a AuthorizationRequest,
    /// The claims that the journey issued.
    pub issued: &'a Issued,
    /// The change to the single sign-on session.
    pub session: Option<&'a SessionChange>,
}

/// The reason why a successful journey has no response fields.
#[derive(Debug)]
pub enum IssueError {
    /// An OAuth error, to be sent to the application.
    Failure(Failure),
    /// Shown to the user: the application or its redirect URI is no longer registered.
    Page(PageError<'static>),
    /// The store failed.
    Store(StoreError),
}

impl From<Failure> for IssueError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl Success<'_> {
    /// Makes the code and tokens and returns them as response fields. When this returns, they are on disk together with
    /// the session and the audit entry.
    ///
    /// # Errors
    /// [`IssueError`]
    pub async fn fields(self) -> Result<Fields, IssueError> {
        let Visit { app, target, .. } = self.visit;
        let response = self.request.response;
        // The application may have changed since the journey began.
        let (application, platform) = self.request.to.registered(&target.tenant).map_err(IssueError::Page)?;
        self.request.check_allowed(&application, platform)?;
        if response.id_token || response.token {
            self.check_account().await?;
        }
        let scopes = Scopes::parse(&self.request.scope).map_err(illegal_scope)?;
        let granted = scopes::decide(&target.tenant, &application, &scopes)?;
        let grant = self.grant(&granted, platform);
        let at = app.now();
        let mint = Mint { app, target, application: &application, grant: &grant, granted: &granted, at };

        let code = response.code.then(|| app.random().token());
        // Ids are ordered by time, so that new rows stay together at the end of each index.
        let grant_id = app.random().uuid_at(at);
        let under = response.code.then_some(grant_id.as_str());
        let access = if response.token { mint.access_token_under(under).await? } else { None };
        let access_text = access.as_ref().map(|token| token.text.as_str());
        let id_token = if response.id_token { Some(mint.id_token(code.as_deref(), access_text).await?) } else { None };
        self.store(grant_id, &grant, code.as_deref()).await.map_err(IssueError::Store)?;
        Ok(self.list(code, access, id_token, &granted))
    }

    /// Checks that the account still exists: tokens issued directly are not checked by a later request, as a code is.
    async fn check_account(&self) -> Result<(), IssueError> {
        let Some(object_id) = &self.issued.object_id else { return Ok(()) };
        let since = self.issued.signed_in_at.unwrap_or_else(|| self.visit.now());
        match standing(self.visit, object_id, since).await.map_err(IssueError::Store)? {
            Standing::Good => Ok(()),
            Standing::Gone | Standing::Ended => {
                let message = "The account was blocked or deleted, or its sessions were ended, during this sign-in.";
                Err(Failure::new(90128, "access_denied", message).into())
            }
        }
    }

    /// The response's parameters, without `state` and `iss`.
    fn list(&self, code: Option<String>, access: Option<Token>, id_token: Option<Token>, granted: &Granted) -> Fields {
        let mut fields = Fields::new();
        let mut add = |name: &str, value: String| fields.push((name.to_owned(), value));
        if let Some(code) = code {
            add("code", code);
        }
        if let Some(token) = access {
            add("access_token", token.text);
            add("token_type", "Bearer".to_owned());
            add("expires_in", token.expires_in.to_string());
            add("scope", granted.scopes.to_string());
        }
        if let Some(token) = id_token {
            add("id_token", token.text);
        }
        if let Some(info) = mint::client_info(self.visit.target, self.issued).filter(|_| self.request.client_info) {
            add("client_info", info);
        }
        fields
    }

    fn grant(&self, granted: &Granted, platform: Platform) -> GrantBody {
        let now = self.visit.now();
        GrantBody {
            issued: self.issued.clone(),
            origin: self.visit.call.origin.public.clone(),
            scopes: granted.scopes.iter().map(str::to_owned).collect(),
            auth_time: self.issued.signed_in_at.unwrap_or(now) / 1000,
            nonce: self.request.nonce.clone(),
            userinfo_claims: self.request.userinfo_claims.clone(),
            id_token_claims: self.request.id_token_claims.clone(),
            policy: self.visit.target.flow.name.clone(),
            started_at: now,
            platform,
            obtained: Some(Obtained::RedirectUri(self.request.to.redirect_uri.clone())),
        }
    }

    /// Stores session, grant, code and audit entry in one transaction.
    async fn store(&self, id: String, grant: &GrantBody, code: Option<&str>) -> Result<(), StoreError> {
        let object_id = user(self.issued);
        let entry = AuditRecord {
            object_id: Some(object_id.clone()),
            detail: self.detail(grant).to_string(),
            ..audit_entry(self.visit, &self.request.to.client_id, "success")
        };
        let records = code.map(|code| self.records(id, grant, object_id, code)).transpose()?;
        self.visit.app.store().sign_in(self.session.cloned(), records, &[entry]).await
    }

    /// Additional details for the audit log.
    fn detail(&self, grant: &GrantBody) -> Value {
        json!({
            "policy": grant.policy,
            "interactive": self.issued.interactive,
            "address": self.visit.call.ip,
        })
    }

    /// The rows of the grant and of its code.
    fn records(
        &self,
        id: String,
        grant: &GrantBody,
        object_id: String,
        code: &str,
    ) -> Result<(GrantRecord, CodeRecord), StoreError> {
        let (tenant, to, now) = (self.visit.tenant(), &self.request.to, self.visit.now());
        let text = |value: serde_json::Result<String>| value.map_err(|e| StoreError::Damaged(e.into()));
        let record = GrantRecord {
            id,
            tenant: tenant.id.clone(),
            client_id: to.client_id.clone(),
            object_id,
            policy: grant.policy.clone(),
            body: text(serde_json::to_string(grant))?,
            created_at: now,
            revoked_at: None,
        };
        let body = CodeBody { redirect_uri: to.redirect_uri.clone(), challenge: self.request.challenge.clone() };
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

/// Returns the user that a journey ended with. A policy without an object id still has a subject.
#[must_use]
pub fn user(issued: &Issued) -> String {
    issued.object_id.clone().or_else(|| issued.subject.clone()).unwrap_or_default()
}

/// Returns an audit entry that says how a journey ended: `success` or an AADB2C code.
#[must_use]
pub fn audit_entry(visit: Visit<'_>, client_id: &str, outcome: &str) -> AuditRecord {
    AuditRecord {
        id: visit.app.random().uuid_at(visit.now()),
        tenant: visit.tenant_id().to_owned(),
        at: visit.now(),
        event: "user.signIn".to_owned(),
        outcome: outcome.to_owned(),
        client_id: Some(client_id.to_owned()),
        object_id: None,
        correlation_id: Some(visit.call.correlation_id.clone()),
        detail: json!({ "policy": visit.target.flow.name, "address": visit.call.ip }).to_string(),
        actor: None,
        count: 1,
    }
}
