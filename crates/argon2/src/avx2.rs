//! The compression function G with vectors of four words.

use crate::fill::Kernel;
use crate::memory::Block;
use core::arch::x86_64::__m256i;
use pulp::cast;
use pulp::x86::V3;

/// Proof that the processor supports these instructions.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(pub(crate) V3);

/// The words a, b, c and d of one round of BLAKE2b.
type Round = [__m256i; 4];

/// Rotations to the left by one, two and three words, as operands of `_mm256_permute4x64_epi64`.
const LEFT: [i32; 3] = [0x39, 0x4e, 0x93];

/// The lower or the upper halves of two vectors, as operands of `_mm256_permute2x128_si256`.
const HALVES: [i32; 2] = [0x20, 0x31];

/// Rotations of each word to the right by 24 and 16 bits, as operands of `_mm256_shuffle_epi8`.
const RIGHT_24: [u8; 32] =
    [3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10, 3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10];
const RIGHT_16: [u8; 32] =
    [2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9, 2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9];

impl Kernel for Avx2 {
    fn place(word: usize) -> usize {
        word
    }

    #[inline(always)]
    fn compress(self, blocks: &mut [Block], from: usize, with: usize, to: usize, keep: bool) {
        let p = self.0.avx2;
        let (from, with) = (&blocks[from], &blocks[with]);
        let mut state: [__m256i; 32] = [cast([0u64; 4]); 32];
        for (n, vector) in state.iter_mut().enumerate() {
            *vector = p._mm256_xor_si256(load(from, n * 4), load(with, n * 4));
        }
        let to = &mut blocks[to];
        for (n, vector) in state.iter().enumerate() {
            let sum = if keep { p._mm256_xor_si256(*vector, load(to, n * 4)) } else { *vector };
            store(to, n * 4, sum);
        }

        // Compute two rounds at a time, because that is what fits in the registers.
        for n in (0..32).step_by(8) {
            let mut rows = [[state[n], state[n + 1], state[n + 2], state[n + 3]]; 2];
            rows[1] = [state[n + 4], state[n + 5], state[n + 6], state[n + 7]];
            self.rounds(&mut rows);
            for part in 0..4 {
                (state[n + part], state[n + 4 + part]) = (rows[0][part], rows[1][part]);
            }
        }
        for n in 0..4 {
            let mut columns: [Round; 2] = [[cast([0u64; 4]); 4]; 2];
            let [left, right] = &mut columns;
            for (part, (left, right)) in left.iter_mut().zip(right).enumerate() {
                let (a, b) = (state[part * 8 + n], state[part * 8 + 4 + n]);
                *left = p._mm256_permute2x128_si256::<{ HALVES[0] }>(a, b);
                *right = p._mm256_permute2x128_si256::<{ HALVES[1] }>(a, b);
            }
            self.rounds(&mut columns);
            let [left, right] = columns;
            for (part, (a, b)) in left.into_iter().zip(right).enumerate() {
                let rows = [
                    p._mm256_permute2x128_si256::<{ HALVES[0] }>(a, b),
                    p._mm256_permute2x128_si256::<{ HALVES[1] }>(a, b),
                ];
                for (row, vector) in rows.into_iter().enumerate() {
                    let at = (part * 8 + row * 4 + n) * 4;
                    store(to, at, p._mm256_xor_si256(vector, load(to, at)));
                }
            }
        }
    }
}

#[inline(always)]
fn load(block: &Block, at: usize) -> __m256i {
    cast(block.as_chunks::<4>().0[at / 4])
}

#[inline(always)]
fn store(block: &mut Block, at: usize, vector: __m256i) {
    block.as_chunks_mut::<4>().0[at / 4] = cast(vector);
}

impl Avx2 {
    /// Computes two rounds.
    #[inline(always)]
    fn rounds(self, two: &mut [Round; 2]) {
        let p = self.0.avx2;
        self.mix(two);
        for [_, b, c, d] in two.iter_mut() {
            *b = p._mm256_permute4x64_epi64::<{ LEFT[0] }>(*b);
            *c = p._mm256_permute4x64_epi64::<{ LEFT[1] }>(*c);
            *d = p._mm256_permute4x64_epi64::<{ LEFT[2] }>(*d);
        }
        self.mix(two);
        for [_, b, c, d] in two.iter_mut() {
            *b = p._mm256_permute4x64_epi64::<{ LEFT[2] }>(*b);
            *c = p._mm256_permute4x64_epi64::<{ LEFT[1] }>(*c);
            *d = p._mm256_permute4x64_epi64::<{ LEFT[0] }>(*d);
        }
    }

    /// Computes GB for both.
    #[inline(always)]
    fn mix(self, two: &mut [Round; 2]) {
        let p = self.0.avx2;
        for [a, b, c, d] in two.iter_mut() {
            *a = self.sum(*a, *b);
            *d = p._mm256_shuffle_epi32::<0xb1>(p._mm256_xor_si256(*d, *a));
            *c = self.sum(*c, *d);
            *b = p._mm256_shuffle_epi8(p._mm256_xor_si256(*b, *c), cast(RIGHT_24));
            *a = self.sum(*a, *b);
            *d = p._mm256_shuffle_epi8(p._mm256_xor_si256(*d, *a), cast(RIGHT_16));
            *c = self.sum(*c, *d);
            let mixed = p._mm256_xor_si256(*b, *c);
            *b = p._mm256_xor_si256(p._mm256_srli_epi64::<63>(mixed), p._mm256_add_epi64(mixed, mixed));
        }
    }

    /// Computes a + b + 2·low(a)·low(b).
    #[inline(always)]
    fn sum(self, a: __m256i, b: __m256i) -> __m256i {
        let p = self.0.avx2;
        let product = p._mm256_mul_epu32(a, b);
        p._mm256_add_epi64(p._mm256_add_epi64(a, b), p._mm256_add_epi64(product, product))
    }
}
