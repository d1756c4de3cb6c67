//! Settings of sessions and tokens.

use crate::directory::{Memory, People as _};
use crate::visit::{Visit, claims, flow};
use serde_json::json;
use vestibule_journey::policy::SsoScope;

#[test]
fn defaults_are_those_of_the_portal() {
    let party = flow("sign-up-sign-in", json!({ "claims": ["displayName", "objectId"] })).relying_party;
    let session = party.session;
    assert_eq!((session.scope, session.rolling, session.lifetime_secs), (SsoScope::Tenant, true, 86_400));
    assert_eq!((session.keep_alive_days, session.require_id_token_hint, party.keep_signed_in), (0, false, false));
    let tokens = party.tokens;
    assert_eq!((tokens.access_token_secs, tokens.id_token_secs, tokens.refresh_token_secs), (3600, 3600, 1_209_600));
    assert_eq!((tokens.refresh_window_secs, tokens.issuer_with_policy), (Some(7_776_000), false));
    assert_eq!((tokens.policy_claim, tokens.subject_not_supported), ("tfp", false));
    assert_eq!(party.claim_names, ["sub", "name", "oid", "isForgotPassword"]);
    assert!(party.refresh_journey.is_some() && !party.resource_owner);
}

#[test]
fn every_setting_arrives() {
    let more = json!({
        "keep_me_signed_in_days": 30, "session_minutes": 15, "session_rolling": false,
        "single_sign_on": "application", "require_id_token_on_sign_out": true, "token_minutes": 5,
        "refresh_token_days": 1, "refresh_window_days": 0, "issuer": "tfp", "policy_claim": "acr",
        "subject": "not-supported", "claims": ["objectId"],
    });
    let policy = flow("sign-in", more);
    let party = &policy.relying_party;
    let session = &party.session;
    assert_eq!((session.scope, session.rolling, session.lifetime_secs), (SsoScope::Application, false, 900));
    assert_eq!((session.keep_alive_days, session.require_id_token_hint, party.keep_signed_in), (30, true, true));
    let tokens = &party.tokens;
    assert_eq!((tokens.access_token_secs, tokens.id_token_secs, tokens.refresh_token_secs), (300, 300, 86_400));
    assert_eq!((tokens.refresh_window_secs, tokens.issuer_with_policy), (None, true));
    assert_eq!((tokens.policy_claim, tokens.subject_not_supported), ("acr", true));
    let mut world = Memory::ann_and_bob();
    let mut visit = Visit::new(&policy, &mut world);
    assert!(visit.page().keep_signed_in);
    visit.submit(&[("email", "ann@contoso.test"), ("password", "Ann-likes-tea-1")]);
    let issued = visit.token();
    let expected = json!({ "sub": "Not supported currently. Use oid claim.", "oid": "ann-id" });
    assert_eq!(claims(&issued), expected);
    assert_eq!(issued.object_id.as_deref(), Some("ann-id"));
}

#[test]
fn every_scope_of_single_sign_on_arrives() {
    let scopes = [
        ("tenant", SsoScope::Tenant),
        ("application", SsoScope::Application),
        ("policy", SsoScope::Policy),
        ("disabled", SsoScope::Suppressed),
    ];
    for (word, scope) in scopes {
        assert_eq!(flow("sign-in", json!({ "single_sign_on": word })).relying_party.session.scope, scope);
    }
}
