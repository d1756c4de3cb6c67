//! The scopes of a code redemption or refresh: its `scope` parameter, limited by the grant.

use crate::oauth::grant::GrantBody;
use crate::oauth::request::illegal_scope;
use vestibule_protocol::error::Failure;
use vestibule_protocol::scope::{Scopes, is_openid};
use vestibule_tenant::registry::Application;

/// Parses `scope`.
pub(super) fn parse(text: &str) -> Result<Scopes, Failure> {
    Scopes::parse(text).map_err(illegal_scope)
}

/// Returns the scopes that a redemption of `grant` asks for.
///
/// `openid` and `offline_access` stay as they were granted, whatever is sent; the APIs may differ from those at
/// authorize, as in B2C. `profile`, `email` and the like may be dropped, and added only for an application without
/// userinfo, for which they have no effect. If `or_granted`, a request that names no API means the granted ones.
pub(super) fn under(
    application: &Application,
    grant: &GrantBody,
    sent: Option<&str>,
    or_granted: bool,
) -> Result<Scopes, Failure> {
    let strict = application.is_strict();
    let granted = |scope: &str| grant.scopes.iter().any(|s| s == scope);
    let bound = |scope: &str| matches!(scope, "openid" | "offline_access");
    let limited = |scope: &str| bound(scope) || (strict && is_openid(scope));
    let sent = sent.map(parse).transpose()?;
    let mut asked = Scopes::default();
    for scope in sent.iter().flat_map(Scopes::iter).filter(|s| !limited(s) || granted(s)) {
        asked.add(scope);
    }
    let names_api = asked.resources().next().is_some();
    let all = sent.is_none() || (or_granted && !names_api);
    for scope in grant.scopes.iter().filter(|s| bound(s) || (all && (sent.is_none() || !is_openid(s)))) {
        asked.add(scope);
    }
    Ok(asked)
}
