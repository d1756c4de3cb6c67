//! Reads the grant that is being refreshed (`Protocol Name="None"`).

use super::{Claims, Kind, Settings};
use crate::claims::value::{Value, rfc3339};
use crate::run::Run;
use crate::{Entry, World};

pub(super) fn compile(_: &mut Settings<'_, '_>) -> Option<Kind> {
    Some(Kind::RefreshToken)
}

/// Returns the claims of the grant.
pub(super) fn run<W: World>(run: &Run<'_, '_, W>) -> Claims {
    let Entry::Refresh { bag, issued_at } = &run.state.request.entry else { return Claims::new() };
    let mut claims: Claims = bag.iter().map(|(claim, value)| (claim.clone(), value.clone())).collect();
    claims.insert("refreshTokenIssuedOnDateTime".to_owned(), Value::Text(rfc3339(*issued_at)));
    claims
}
