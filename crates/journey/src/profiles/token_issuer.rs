//! The JWT issuer: lifetimes and forms of tokens.

use super::{Kind, Settings};
use crate::compile::read::To;
use crate::policy::TokenBehaviour;
use crate::policy::model::Id;

const DAY: u32 = 86_400;

/// The settings.
#[derive(Debug)]
pub(crate) struct TokenIssuer {
    /// The claim that names the refresh token's user.
    pub(crate) user_claim: Option<Id>,
    pub(crate) tokens: TokenBehaviour,
}

/// Returns true if the profile issues JSON Web Tokens.
pub(super) fn fits(settings: &Settings<'_, '_>) -> bool {
    settings.element.child_text("OutputTokenFormat").is_some_and(|format| format.eq_ignore_ascii_case("JWT"))
}

pub(super) fn compile(settings: &mut Settings<'_, '_>) -> Option<Kind> {
    let user_claim = settings.reference("issuer_refresh_token_user_identity_claim_type", To::CLAIM);
    Some(Kind::TokenIssuer(Box::new(TokenIssuer { user_claim, tokens: tokens(settings) })))
}

fn tokens(settings: &mut Settings<'_, '_>) -> TokenBehaviour {
    const PATTERNS: &[(&str, bool)] = &[("AuthorityAndTenantGuid", false), ("AuthorityWithTfp", true)];
    let default = TokenBehaviour::default();
    let mut number = |key: &str, least, most, default| settings.number(key, least, most).unwrap_or(default);
    let window = number("rolling_refresh_token_lifetime_secs", DAY, 365 * DAY, 90 * DAY);
    let access_token_secs = number("token_lifetime_secs", 300, DAY, default.access_token_secs);
    let id_token_secs = number("id_token_lifetime_secs", 300, DAY, default.id_token_secs);
    let refresh_token_secs = number("refresh_token_lifetime_secs", DAY, 90 * DAY, default.refresh_token_secs);
    let endless = settings.flag("allow_infinite_rolling_refresh_token") == Some(true);
    let acr = settings.text("AuthenticationContextReferenceClaimPattern");
    let no_acr = acr.is_some_and(|pattern| pattern.eq_ignore_ascii_case("None"));
    TokenBehaviour {
        access_token_secs,
        id_token_secs,
        refresh_token_secs,
        refresh_window_secs: (!endless).then_some(window),
        issuer_with_policy: settings.one_of("IssuanceClaimPattern", PATTERNS).unwrap_or(false),
        policy_claim: if no_acr { "tfp" } else { "acr" },
        subject_not_supported: false,
    }
}
