//! The compression function G with vectors of eight words.

use crate::fill::Kernel;
use crate::memory::Block;
use core::arch::x86_64::__m512i;
use pulp::cast;
use pulp::x86::V4;

/// Proof that the processor supports these instructions.
#[derive(Clone, Copy)]
pub(crate) struct Avx512(pub(crate) V4);

/// A quarter of a block: the words a, b, c and d of two rounds of BLAKE2b, four words each.
type Quarter = [__m512i; 4];

/// Rotations of each half to the left by one, two and three words, as operands of `_mm512_permutex_epi64`.
const LEFT: [i32; 3] = [0x39, 0x4e, 0x93];

/// Converts rows to columns and back: swaps the inner two lanes of 128 bits.
const TURN: i32 = 0xd8;

impl Kernel for Avx512 {
    /// Puts two rounds side by side, so that rows need no moves and columns only one: rows 2p and 2p + 1 are the two
    /// halves of four vectors.
    fn place(word: usize) -> usize {
        let (row, part, at) = (word / 16, word / 4 % 4, word % 4);
        row / 2 * 32 + part * 8 + row % 2 * 4 + at
    }

    #[inline(always)]
    fn compress(self, blocks: &mut [Block], from: usize, with: usize, to: usize, keep: bool) {
        let f = self.0.avx512f;
        let (from, with) = (&blocks[from], &blocks[with]);
        let mut state: [Quarter; 4] = [[cast([0u64; 8]); 4]; 4];
        for (quarter, vectors) in state.iter_mut().enumerate() {
            for (part, vector) in vectors.iter_mut().enumerate() {
                let at = (quarter * 4 + part) * 8;
                *vector = f._mm512_xor_si512(load(from, at), load(with, at));
            }
        }
        let to = &mut blocks[to];
        for (n, vector) in state.iter().flatten().enumerate() {
            let sum = if keep { f._mm512_xor_si512(*vector, load(to, n * 8)) } else { *vector };
            store(to, n * 8, sum);
        }

        self.rounds(&mut state);
        state = self.turned(state);
        self.rounds(&mut state);
        state = self.turned(state);

        for (n, vector) in state.iter().flatten().enumerate() {
            store(to, n * 8, f._mm512_xor_si512(*vector, load(to, n * 8)));
        }
    }
}

#[inline(always)]
fn load(block: &Block, at: usize) -> __m512i {
    cast(block.as_chunks::<8>().0[at / 8])
}

#[inline(always)]
fn store(block: &mut Block, at: usize, vector: __m512i) {
    block.as_chunks_mut::<8>().0[at / 8] = cast(vector);
}

impl Avx512 {
    /// Converts rows to columns, or columns to rows: swaps quarter and part.
    #[inline(always)]
    fn turned(self, state: [Quarter; 4]) -> [Quarter; 4] {
        let f = self.0.avx512f;
        let turn = |vector: __m512i| f._mm512_shuffle_i64x2::<TURN>(vector, vector);
        let column = |n: usize| [turn(state[0][n]), turn(state[1][n]), turn(state[2][n]), turn(state[3][n])];
        [column(0), column(1), column(2), column(3)]
    }

    /// Computes eight rounds.
    #[inline(always)]
    fn rounds(self, state: &mut [Quarter; 4]) {
        let f = self.0.avx512f;
        self.mix(state);
        for [_, b, c, d] in state.iter_mut() {
            *b = f._mm512_permutex_epi64::<{ LEFT[0] }>(*b);
            *c = f._mm512_permutex_epi64::<{ LEFT[1] }>(*c);
            *d = f._mm512_permutex_epi64::<{ LEFT[2] }>(*d);
        }
        self.mix(state);
        for [_, b, c, d] in state.iter_mut() {
            *b = f._mm512_permutex_epi64::<{ LEFT[2] }>(*b);
            *c = f._mm512_permutex_epi64::<{ LEFT[1] }>(*c);
            *d = f._mm512_permutex_epi64::<{ LEFT[0] }>(*d);
        }
    }

    /// Computes GB for all quarters, interleaved step by step, because each step depends on the one before but not on
    /// its neighbours.
    #[inline(always)]
    fn mix(self, state: &mut [Quarter; 4]) {
        let f = self.0.avx512f;
        macro_rules! step {
            ($sum:tt, $add:tt, $turned:tt, $bits:literal) => {
                for quarter in state.iter_mut() {
                    quarter[$sum] = self.sum(quarter[$sum], quarter[$add]);
                    let mixed = f._mm512_xor_si512(quarter[$turned], quarter[$sum]);
                    quarter[$turned] = f._mm512_ror_epi64::<$bits>(mixed);
                }
            };
        }
        step!(0, 1, 3, 32);
        step!(2, 3, 1, 24);
        step!(0, 1, 3, 16);
        step!(2, 3, 1, 63);
    }

    /// Computes a + b + 2·low(a)·low(b).
    #[inline(always)]
    fn sum(self, a: __m512i, b: __m512i) -> __m512i {
        let f = self.0.avx512f;
        let product = f._mm512_mul_epu32(a, b);
        f._mm512_add_epi64(f._mm512_add_epi64(a, b), f._mm512_add_epi64(product, product))
    }
}
