//! The compiled policy: typed, immutable, every reference checked.

pub(crate) mod localization;
pub(crate) mod model;
mod written;

use crate::claims::predicate::{Predicate, PredicateValidation};
use crate::state::position::JourneyId;
use model::{ClaimRef, ClaimType, ContentDefinition, DisplayControl, Id, Journey, Profile, Resources, Transformation};
use std::collections::BTreeMap;

/// A policy ready to run; made by [`crate::compile()`].
#[derive(Debug, Default)]
pub struct Policy {
    /// PolicyId as written, e.g. `B2C_1_signupsignin1`.
    pub id: String,
    /// Hash of the merged source: policies with equal hashes behave the same.
    pub hash: String,
    /// The relying party's request.
    pub relying_party: RelyingParty,
    pub(crate) claims: BTreeMap<Id, ClaimType>,
    pub(crate) predicates: BTreeMap<Id, Predicate>,
    pub(crate) predicate_validations: BTreeMap<Id, PredicateValidation>,
    pub(crate) transformations: BTreeMap<Id, Transformation>,
    pub(crate) contents: BTreeMap<Id, ContentDefinition>,
    pub(crate) resources: BTreeMap<Id, Resources>,
    /// `SupportedLanguages`; empty if the policy lists none.
    pub(crate) languages: Vec<String>,
    pub(crate) default_language: Option<String>,
    pub(crate) controls: BTreeMap<Id, DisplayControl>,
    pub(crate) profiles: BTreeMap<Id, Profile>,
    pub(crate) journeys: BTreeMap<JourneyId, Journey>,
    /// The relying party's default journey.
    pub(crate) journey: Id,
    /// The relying party's claims.
    pub(crate) inputs: Vec<ClaimRef>,
    pub(crate) outputs: Vec<ClaimRef>,
    /// `SubjectNamingInfo`: a claim of the token.
    pub(crate) subject: Option<String>,
    /// The claim that names the refresh token's user.
    pub(crate) user_claim: Option<Id>,
}

impl Policy {
    pub(crate) fn journey(&self, id: &JourneyId) -> Option<&Journey> {
        self.journeys.get(id)
    }
}

/// The leaf's `RelyingParty`, with the settings of its token issuer.
#[derive(Debug, Default)]
pub struct RelyingParty {
    /// Names of the token's application claims, in policy order (`claims_supported`).
    pub claim_names: Vec<String>,
    /// Journey id of the `Token` endpoint, if the policy has one.
    pub refresh_journey: Option<String>,
    /// Session behaviour.
    pub session: SessionBehaviour,
    /// Token behaviour.
    pub tokens: TokenBehaviour,
    /// True if the journey can run without a page: a resource-owner (ROPC) policy reads `{OIDC:Username}`.
    pub resource_owner: bool,
    /// True if any self-asserted page of the journey offers "keep me signed in".
    pub keep_signed_in: bool,
    /// Metadata of the relying party's technical profile.
    pub metadata: BTreeMap<String, String>,
}

/// `UserJourneyBehaviors` (docs/b2c.md, "Sessions").
#[derive(Clone, Debug)]
pub struct SessionBehaviour {
    /// Which requests share a session.
    pub scope: SsoScope,
    /// True if each use restarts the lifetime.
    pub rolling: bool,
    /// Lifetime in seconds, 900 to 86400.
    pub lifetime_secs: u32,
    /// How long "keep me signed in" lasts, in days; 0 does not offer it.
    pub keep_alive_days: u32,
    /// True if sign-out needs `id_token_hint`.
    pub require_id_token_hint: bool,
}

/// `SingleSignOn Scope`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SsoScope {
    /// All flows and applications of the tenant.
    Tenant,
    /// One application.
    Application,
    /// One policy, any application.
    Policy,
    /// No single sign-on (`Suppressed`; a user flow's `Disabled`).
    Suppressed,
}

impl Default for SessionBehaviour {
    fn default() -> Self {
        Self {
            scope: SsoScope::Tenant,
            rolling: true,
            lifetime_secs: 86_400,
            keep_alive_days: 0,
            require_id_token_hint: false,
        }
    }
}

/// Metadata of the JWT issuer (docs/b2c.md, "Token settings").
#[derive(Clone, Debug)]
pub struct TokenBehaviour {
    /// `token_lifetime_secs`, 300 to 86400: access tokens.
    pub access_token_secs: u32,
    /// `id_token_lifetime_secs`, 300 to 86400.
    pub id_token_secs: u32,
    /// `refresh_token_lifetime_secs`, 86400 to 7776000.
    pub refresh_token_secs: u32,
    /// `rolling_refresh_token_lifetime_secs`, 86400 to 31536000; `None` for `allow_infinite_rolling_refresh_token`.
    pub refresh_window_secs: Option<u32>,
    /// True for `IssuanceClaimPattern` = `AuthorityWithTfp`: the issuer names the policy.
    pub issuer_with_policy: bool,
    /// The claim that names the policy: `tfp`, or `acr`.
    pub policy_claim: &'static str,
    /// True if `sub` is the literal "Not supported currently. Use oid claim."
    pub subject_not_supported: bool,
}

impl Default for TokenBehaviour {
    fn default() -> Self {
        Self {
            access_token_secs: 3600,
            id_token_secs: 3600,
            refresh_token_secs: 1_209_600,
            refresh_window_secs: Some(7_776_000),
            issuer_with_policy: false,
            policy_claim: "acr",
            subject_not_supported: false,
        }
    }
}
