//! Password hashes as PHC strings, in the format of the `argon2` crate.

use crate::{Workspace, argon2id};
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{Error, PasswordVerifier as _, Result};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Params, Version};

/// Hashes a password: `$argon2id$v=19$m=19456,t=2,p=1$…`, with a tag of 32 bytes.
///
/// # Errors
/// Fails if the salt is below 8 or above 64 bytes.
pub fn hash(workspace: &mut Workspace, password: &[u8], salt: &[u8], params: &Params) -> Result<String> {
    let mut tag = [0; Params::DEFAULT_OUTPUT_LEN];
    argon2id(workspace, password, salt, params, &mut tag)?;
    let hash = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params)?,
        salt: Some(Salt::new(salt)?),
        hash: Some(Output::new(&tag)?),
    };
    Ok(hash.to_string())
}

/// Verifies a password against a hash of any kind that the `argon2` crate reads, in constant time.
///
/// # Errors
/// Fails if the hash has no salt, or has parameters that Argon2 does not accept.
pub fn verify(workspace: &mut Workspace, password: &[u8], hash: &PasswordHash) -> Result<bool> {
    let params = Params::try_from(hash)?;
    let usual = hash.algorithm == ARGON2ID_IDENT
        && hash.version == Some(Version::V0x13.into())
        && params.data().is_empty()
        && params.keyid().is_empty();
    if usual && let (Some(salt), Some(wanted)) = (&hash.salt, &hash.hash) {
        let mut tag = [0; Output::MAX_LENGTH];
        let tag = &mut tag[..wanted.len()];
        argon2id(workspace, password, salt, &params, tag)?;
        return Ok(Output::new(tag)? == *wanted);
    }
    match Argon2::new(Algorithm::Argon2id, Version::V0x13, params).verify_password(password, hash) {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(error),
    }
}
