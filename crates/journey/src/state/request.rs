//! The start of a journey: the application's request and the browser's session.

use crate::claims::value::Bag;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The parts of the application's request that a policy may read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Request {
    /// Where to begin.
    pub entry: Entry,
    /// Claims resolvers by lower-case name without braces, e.g. `oidc:loginhint`, `policy:tenantobjectid`,
    /// `context:correlationid`, `culture:languagename`, `oauth-kv:campaign`. Absent: the resolver yields nothing.
    pub resolvers: BTreeMap<String, String>,
    /// BCP 47 tags the person prefers, best first (`ui_locales`, then the browser's).
    pub languages: Vec<String>,
    /// `prompt=login` or `max_age` exceeded: the session is not used.
    pub fresh_login: bool,
    /// Provider to go to without a page (`domain_hint`).
    pub domain_hint: Option<String>,
    /// The application's display name, for mails.
    pub application: String,
    /// Where providers send the browser back to.
    pub return_uris: ReturnUris,
}

/// The redirect URIs of this origin, as they are registered with providers. Empty: a journey cannot leave for one.
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
    /// The journey of the relying party's `Token` endpoint, if it has one, on the claims of the grant.
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
