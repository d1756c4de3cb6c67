//! URLs, and the secrets of one-time passwords.

use super::{Call, Fault, Value, Yield, nothing, one};
use url::Url;

/// The prefix of claims and parameters that become part of the query.
const QUERY: &str = "query.";

/// A URL: `scheme://host/path?name=value`. Claims come first in the query.
pub(super) fn build(call: &Call<'_>) -> Result<Yield, Fault> {
    let Some(path) = call.input("path") else { return nothing() };
    let (scheme, host) = (call.param("scheme"), call.param("host"));
    let start = Url::parse(&format!("{scheme}://{host}"));
    let mut uri = start.map_err(|_| Fault::broken("scheme and host begin no address"))?;
    uri.set_path(&path.text());
    let claims = call.inputs.iter().filter_map(|(name, value)| Some((*name, value.as_ref()?.text())));
    let params = call.params.iter().map(|param| (param.id.as_str(), param.value.clone()));
    for (name, value) in claims.chain(params) {
        if let Some(name) = in_query(name) {
            uri.query_pairs_mut().append_pair(name, &value);
        }
    }
    one("outputClaim", Value::Text(uri.into()))
}

/// The name of a query parameter, without its prefix.
fn in_query(name: &str) -> Option<&str> {
    let (start, rest) = name.split_at_checked(QUERY.len())?;
    start.eq_ignore_ascii_case(QUERY).then_some(rest)
}

/// 80 random bits in base32 (RFC 4648 section 6), in lower case as B2C writes them.
pub(super) fn otp_secret(call: &Call<'_>) -> Result<Yield, Fault> {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let bits = call.random[..10].iter().fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
    let letter = |at: u32| usize::try_from((bits >> (75 - 5 * at)) & 31).map_or('a', |of| char::from(LETTERS[of]));
    one("outputClaim", Value::Text((0..16).map(letter).collect()))
}
