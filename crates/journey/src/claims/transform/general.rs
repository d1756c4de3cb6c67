//! General transformations.

use super::table::{ANY, BOOLEAN, Page, Row, STRING, claim, maybe, param, rows};
use super::{Call, Fault, Value, Yield, nothing, one};
use vestibule_protocol::digest::{sha256, to_base64};

// The reference lists only string and int for CopyClaim, but policies copy booleans and dates with it too.
#[rustfmt::skip]
pub(super) const METHODS: &[Row] = rows! { Page::General;
    CopyClaim [claim("inputClaim", ANY)] [] => [maybe("outputClaim", ANY)], copy;
    DoesClaimExist [claim("inputClaim", ANY)] [] => [maybe("outputClaim", BOOLEAN)], exists;
    Hash [claim("plaintext", STRING), claim("salt", STRING)] [param("randomizerSecret", STRING).key().needed()]
        => [maybe("hash", STRING)], hash;
};

fn copy(call: &Call<'_>) -> Result<Yield, Fault> {
    call.input("inputClaim").cloned().map_or_else(nothing, |value| one("outputClaim", value))
}

fn exists(call: &Call<'_>) -> Result<Yield, Fault> {
    one("outputClaim", Value::Bool(call.input("inputClaim").is_some()))
}

/// SHA-256 of the text, the salt and the key container's secret, in base64. The reference does not state the order; we
/// chose this one.
fn hash(call: &Call<'_>) -> Result<Yield, Fault> {
    let Some(text) = call.input("plaintext") else { return nothing() };
    let secret = call.secret.ok_or_else(|| Fault::broken("randomizerSecret names no key container"))?;
    let salted = [text.text().as_bytes(), call.text("salt").as_bytes(), secret.bytes()].concat();
    one("hash", Value::Text(to_base64(&sha256(&salted))))
}
