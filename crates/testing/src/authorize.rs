//! Authorization requests of applications.

use crate::{CALLBACK, CALLBACK2, CHALLENGE, POLICY, WEBAPP1, WEBAPP2};
use std::collections::BTreeMap;

/// A request. Setting a parameter again replaces its value.
#[derive(Clone, Debug)]
pub struct Authorize {
    /// The policy.
    pub flow: &'static str,
    /// The parameters.
    pub fields: BTreeMap<String, String>,
}

/// The request that MSAL for Python sends for the demo's web application.
#[must_use]
pub fn authorize() -> Authorize {
    Authorize { flow: POLICY, fields: BTreeMap::new() }
        .with("client_id", WEBAPP1)
        .with("response_type", "code")
        .with("redirect_uri", CALLBACK)
        .with("scope", "offline_access openid profile")
        .with("state", "a-state")
        .with("nonce", "a-nonce")
        .with("code_challenge", CHALLENGE)
        .with("code_challenge_method", "S256")
}

impl Authorize {
    /// Sets this parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Removes this parameter.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.fields.remove(name);
        self
    }

    /// Sends it to another policy.
    #[must_use]
    pub fn at(self, flow: &'static str) -> Self {
        Self { flow, ..self }
    }

    /// Sends it as the second web application.
    #[must_use]
    pub fn of_webapp2(self) -> Self {
        self.with("client_id", WEBAPP2).with("redirect_uri", CALLBACK2)
    }

    /// The parameters as a query.
    #[must_use]
    pub fn query(&self) -> String {
        crate::encode(&self.fields)
    }

    /// The path with its query.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/contoso.onmicrosoft.com/{}/oauth2/v2.0/authorize?{}", self.flow, self.query())
    }
}
