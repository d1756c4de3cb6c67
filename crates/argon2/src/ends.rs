//! The steps before and after filling the memory: BLAKE2b of the inputs, and of the last blocks (RFC 9106, 3.2, 3.3).

use crate::fill::Vectors;
use crate::memory::{Block, Memory, WORDS};
use argon2::Params;
use blake2::digest::Digest;
use blake2::digest::block_api::{UpdateCore, VariableOutputCore};
use blake2::digest::block_buffer::LazyBuffer;
use blake2::{Blake2b512, Blake2bVarCore};
use zeroize::{Zeroize, Zeroizing};

/// The inputs of a hash.
pub(crate) struct Input<'a> {
    pub(crate) password: &'a [u8],
    pub(crate) salt: &'a [u8],
    pub(crate) key: &'a [u8],
    pub(crate) associated: &'a [u8],
}

/// Returns true if [`compute`] accepts these inputs. If not, the plain crate reports the error.
pub(crate) fn takes(password: &[u8], salt: &[u8], tag: &[u8]) -> bool {
    let countable = |bytes: &[u8]| u32::try_from(bytes.len()).is_ok();
    countable(password) && countable(salt) && salt.len() >= 8 && (4..=64).contains(&tag.len())
}

/// Computes a tag of 4 to 64 bytes. Reuses the memory if it has the right size.
pub(crate) fn compute(
    vectors: Vectors,
    memory: &mut Option<Memory>,
    input: &Input<'_>,
    params: &Params,
    tag: &mut [u8],
) {
    let lanes = params.p_cost() as usize;
    let lane = params.block_count() / lanes;
    let blocks = Memory::of(memory, lane * lanes).blocks();

    let first = first(input, params, tag.len());
    for (number, lane) in (0u32..).zip(blocks.chunks_exact_mut(lane)) {
        for (index, block) in (0u32..2).zip(lane) {
            let mut bytes = Zeroizing::new([0; WORDS * 8]);
            long(&[&*first, &index.to_le_bytes(), &number.to_le_bytes()], &mut bytes);
            for (word, bytes) in bytes.as_chunks().0.iter().enumerate() {
                block[vectors.place(word)] = u64::from_le_bytes(*bytes);
            }
        }
    }

    vectors.fill(blocks, lanes, params.t_cost());

    let mut last: Zeroizing<Block> = Zeroizing::new([0; WORDS]);
    for lane in blocks.chunks_exact(lane) {
        last.iter_mut().zip(lane[lane.len() - 1]).for_each(|(sum, word)| *sum ^= word);
    }
    let mut bytes = Zeroizing::new([0; WORDS * 8]);
    for (word, bytes) in bytes.as_chunks_mut().0.iter_mut().enumerate() {
        *bytes = last[vectors.place(word)].to_le_bytes();
    }
    short(&[&(tag.len() as u32).to_le_bytes(), &*bytes], tag);
}

/// Computes H₀.
fn first(input: &Input<'_>, params: &Params, tag: usize) -> Zeroizing<[u8; 64]> {
    let mut hash = Blake2b512::new();
    for number in [params.p_cost(), tag as u32, params.m_cost(), params.t_cost(), 0x13, 2] {
        hash.update(number.to_le_bytes());
    }
    for bytes in [input.password, input.salt, input.key, input.associated] {
        hash.update((bytes.len() as u32).to_le_bytes());
        hash.update(bytes);
    }
    Zeroizing::new(hash.finalize().into())
}

/// Computes H′ for a whole block: 32 bytes of each hash in the chain, and all of the last one.
fn long(parts: &[&[u8]], out: &mut [u8; WORDS * 8]) {
    let mut hash = Blake2b512::new();
    hash.update((out.len() as u32).to_le_bytes());
    parts.iter().for_each(|part| hash.update(part));
    let mut last: [u8; 64] = hash.finalize().into();
    let end = out.len() - last.len();
    for half in out[..end].chunks_exact_mut(32) {
        half.copy_from_slice(&last[..32]);
        last = Blake2b512::digest(last).into();
    }
    out[end..].copy_from_slice(&last);
    last.zeroize();
}

/// Computes BLAKE2b with an output of up to 64 bytes.
fn short(parts: &[&[u8]], out: &mut [u8]) {
    let Ok(mut hash) = Blake2bVarCore::new(out.len()) else { return };
    let mut buffer = LazyBuffer::default();
    parts.iter().for_each(|part| buffer.digest_blocks(part, |blocks| hash.update_blocks(blocks)));
    let mut full = Default::default();
    hash.finalize_variable_core(&mut buffer, &mut full);
    out.copy_from_slice(&full[..out.len()]);
}
