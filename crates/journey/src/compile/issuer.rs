//! The JWT issuer: lifetimes and forms of tokens (contract 3.2, 3.3).

use super::read::item;
use super::{Compiler, key};
use crate::Policy;
use crate::policy::TokenBehaviour;
use crate::policy::model::{Profile, id};

const DAY: u32 = 86_400;

impl Compiler<'_> {
    /// Fill in what the issuer's metadata says.
    pub(super) fn issuer(&mut self, profile: &Profile, policy: &mut Policy) {
        let list = self.root.child("TechnicalProfiles");
        let written = list.and_then(|list| list.children.iter().find(|element| key(element) == id(&profile.id)));
        let element = written.unwrap_or(self.root);
        policy.user_claim = profile.meta("issuer_refresh_token_user_identity_claim_type").map(id);
        if let Some(claim) = policy.user_claim.as_ref().filter(|claim| !policy.claims.contains_key(*claim)) {
            let known = policy.claims.values().map(|claim_type| claim_type.id.as_str());
            self.report.unknown(element.place, "claim type", claim, known);
        }
        let tokens = &mut policy.relying_party.tokens;
        let mut number = |key: &str, least, most, default| {
            self.number(item(element, key), key, profile.meta(key), least, most).unwrap_or(default)
        };
        let default = TokenBehaviour::default();
        let window = number("rolling_refresh_token_lifetime_secs", DAY, 365 * DAY, 90 * DAY);
        *tokens = TokenBehaviour {
            access_token_secs: number("token_lifetime_secs", 300, DAY, default.access_token_secs),
            id_token_secs: number("id_token_lifetime_secs", 300, DAY, default.id_token_secs),
            refresh_token_secs: number("refresh_token_lifetime_secs", DAY, 90 * DAY, default.refresh_token_secs),
            refresh_window_secs: (profile.flag("allow_infinite_rolling_refresh_token") != Some(true)).then_some(window),
            issuer_with_policy: false,
            policy_claim: "acr",
            subject_not_supported: false,
        };
        if let Some(pattern) = profile.meta("IssuanceClaimPattern") {
            const PATTERNS: &[(&str, bool)] = &[("AuthorityAndTenantGuid", false), ("AuthorityWithTfp", true)];
            let with_policy =
                self.one_of(item(element, "IssuanceClaimPattern"), "IssuanceClaimPattern", pattern, PATTERNS);
            policy.relying_party.tokens.issuer_with_policy = with_policy.unwrap_or(false);
        }
        let acr = profile.meta("AuthenticationContextReferenceClaimPattern");
        if acr.is_some_and(|pattern| pattern.eq_ignore_ascii_case("None")) {
            policy.relying_party.tokens.policy_claim = "tfp";
        }
    }
}
