//! The start of a journey: the application's request and the browser's session.

use crate::claims::value::Bag;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The parts of the application's request that a policy may read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Request {
    /// Where the journey begins.
    pub entry: Entry,
    /// Claims resolvers by lower-case name without braces, e.g. `oidc:loginhint`, `policy:tenantobjectid`,
    /// `context:correlationid`, `culture:languagename`, `oauth-kv:campaign`. A resolver that is absent has no value.
    pub resolvers: BTreeMap<String, String>,
    /// The user's preferred languages as BCP 47 tags, best first (`ui_locales`, then the browser's).
    pub languages: Vec<String>,
    /// True for `prompt=login` or an exceeded `max_age`: the session must not be used.
    pub fresh_login: bool,
    /// The provider to redirect to without showing a page (`domain_hint`).
    pub domain_hint: Option<String>,
    /// The application's display name, for mails.
    pub application: String,
    /// The redirect URIs for providers.
    pub return_uris: ReturnUris,
}

/// The redirect URIs of this origin, as registered with providers. If empty, journeys cannot use providers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnUris {
    /// `https://{host}/{tenant}/oauth2/authresp`
    pub tenant: String,
    /// `https://{host}/{tenant}/{policy}/oauth2/authresp`, for `UsePolicyInRedirectUri`.
    pub policy: String,
}

/// Where a journey begins.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub enum Entry {
    /// The relying party's default journey.
    #[default]
    Default,
    /// The journey of the relying party's `Token` endpoint, if it has one, with the claims of the grant.
    Refresh {
        /// [`crate::Issued::bag`] of the grant.
        bag: Bag,
        /// When the refresh token family was issued, milliseconds since the epoch.
        issued_at: i64,
    },
}

/// The claims that single sign-on keeps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Claims by session-management profile id (lower case).
    pub claims: BTreeMap<String, Bag>,
    /// The exchange chosen last time.
    pub choice: Option<String>,
}
