//! Argon2id (RFC 9106) with the widest vector instructions that the processor supports: AVX-512 or AVX2. Without them,
//! it uses the plain `argon2` crate, which is also the reference for correctness. For the reasons, see docs/DESIGN.md,
//! "Why is Argon2id our own code?".

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod ends;
#[cfg(target_arch = "x86_64")]
mod fill;
#[cfg(target_arch = "x86_64")]
mod memory;
mod phc;
#[cfg(all(test, target_arch = "x86_64"))]
mod tests;

pub use phc::{hash, verify};

use argon2::{Algorithm, Argon2, Error, Params, Version};

/// The memory for a sequence of hashes, if they are computed with vector instructions. Each hash overwrites the memory
/// of the previous one, and the memory is wiped on drop, so drop it when no hash follows. Hashes that the plain crate
/// computes do not use it.
#[derive(Default)]
pub struct Workspace {
    #[cfg(target_arch = "x86_64")]
    memory: Option<memory::Memory>,
}

/// Computes `tag`, 4 to 64 bytes, as Argon2id version 0x13 without a key. The parameters' own tag length and associated
/// data are ignored.
///
/// # Errors
/// The same as the `argon2` crate: a salt below 8 bytes, or a tag out of range.
pub fn argon2id(
    workspace: &mut Workspace,
    password: &[u8],
    salt: &[u8],
    params: &Params,
    tag: &mut [u8],
) -> Result<(), Error> {
    #[cfg(not(target_arch = "x86_64"))]
    let _ = workspace;
    let params = Params::new(params.m_cost(), params.t_cost(), params.p_cost(), Some(tag.len()))?;
    let plain = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    #[cfg(target_arch = "x86_64")]
    if ends::takes(password, salt, tag)
        && let Some(vectors) = fill::Vectors::of_this_processor()
    {
        let input = ends::Input { password, salt, key: &[], associated: &[] };
        ends::compute(vectors, &mut workspace.memory, &input, plain.params(), tag);
        return Ok(());
    }
    plain.hash_password_into(password, salt, tag)
}
