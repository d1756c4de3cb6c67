//! <https://learn.microsoft.com/azure/active-directory-b2c/general-transformations>

use super::{Example, Value, example, list};

#[rustfmt::skip]
pub(super) fn all() -> Vec<Example> {
    let (yes, no) = (Value::Bool(true), Value::Bool(false));
    vec![
        example("CopyClaim").claim("inputClaim", "bob@contoso.com").yields("outputClaim", "bob@contoso.com"),
        example("CopyClaim").claim("inputClaim", Value::Int(7)).yields("outputClaim", Value::Int(7)),
        example("CopyClaim"),
        example("DoesClaimExist").claim("inputClaim", "someone@contoso.com").yields("outputClaim", yes.clone()),
        example("DoesClaimExist").claim("inputClaim", no.clone()).yields("outputClaim", yes.clone()),
        example("DoesClaimExist").claim("inputClaim", list(&["a"])).yields("outputClaim", yes),
        example("DoesClaimExist").yields("outputClaim", no),
        // SHA-256 of `someone@contoso.com48762456812345`; 12345 is the secret in the key container.
        example("Hash").claim("plaintext", "someone@contoso.com").claim("salt", "487624568")
            .param("randomizerSecret", "B2C_1A_12345Secret").yields("hash", "CXNKq/LLyNFOOwjMotOp9ony1YJlW9LlF7anGZu0Vgw="),
        example("Hash").claim("salt", "487624568").param("randomizerSecret", "B2C_1A_12345Secret"),
    ]
}
