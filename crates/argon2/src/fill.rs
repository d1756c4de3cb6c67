//! Fills the memory (RFC 9106, 3.4), independently of the vector instructions.

use crate::avx2::Avx2;
use crate::avx512::Avx512;
use crate::memory::{Block, Memory, WORDS};
use pulp::NullaryFnOnce;
use pulp::x86::{V3, V4};

/// Slices of a pass: lanes synchronise between them.
const SLICES: usize = 4;

/// The vector instructions that the processor supports.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Vectors {
    /// 512 bits.
    Avx512(V4),
    /// 256 bits.
    Avx2(V3),
}

impl Vectors {
    pub(crate) fn of_this_processor() -> Option<Self> {
        V4::try_new().map(Self::Avx512).or_else(|| V3::try_new().map(Self::Avx2))
    }

    /// The position at which a block's word is stored.
    pub(crate) fn place(self, word: usize) -> usize {
        match self {
            Self::Avx512(_) => Avx512::place(word),
            Self::Avx2(_) => Avx2::place(word),
        }
    }

    /// Fills the memory. The first two blocks of each lane are already set.
    pub(crate) fn fill(self, blocks: &mut [Block], lanes: usize, passes: u32) {
        match self {
            Self::Avx512(v4) => v4.vectorize(Fill { kernel: Avx512(v4), blocks, lanes, passes }),
            Self::Avx2(v3) => v3.vectorize(Fill { kernel: Avx2(v3), blocks, lanes, passes }),
        }
    }
}

/// The compression function G for one kind of vector instructions.
pub(crate) trait Kernel: Copy {
    /// The position at which a block's word is stored. Words that are only combined with the same word of other blocks
    /// may be in any order. Word 0 is at 0.
    fn place(word: usize) -> usize;

    /// Compresses `from` and `with` into `to`, replacing its contents or, with `keep`, combining them by XOR.
    fn compress(self, blocks: &mut [Block], from: usize, with: usize, to: usize, keep: bool);
}

struct Fill<'a, K> {
    kernel: K,
    blocks: &'a mut [Block],
    lanes: usize,
    passes: u32,
}

impl<K: Kernel> NullaryFnOnce for Fill<'_, K> {
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        for pass in 0..self.passes {
            for slice in 0..SLICES {
                for lane in 0..self.lanes {
                    self.segment(pass, slice, lane);
                }
            }
        }
    }
}

impl<K: Kernel> Fill<'_, K> {
    #[inline(always)]
    fn segment(&mut self, pass: u32, slice: usize, lane: usize) {
        let length = self.blocks.len() / self.lanes;
        let segment = length / SLICES;
        // The first half of the first pass reads blocks whose positions do not depend on the password.
        let mut addresses = (pass == 0 && slice < SLICES / 2).then(|| self.addresses(pass, slice, lane));
        let begin = if pass == 0 && slice == 0 { 2 } else { 0 };
        for index in begin..segment {
            let at = slice * segment + index;
            let before = if at == 0 { length - 1 } else { at - 1 };
            let random = match &mut addresses {
                Some(addresses) => addresses.get(self.kernel, index),
                None => self.blocks[lane * length + before][0],
            };
            let other = if pass == 0 && slice == 0 { lane } else { (random >> 32) as usize % self.lanes };
            let same = other == lane;
            let finished = if pass == 0 { slice * segment } else { length - segment };
            let area = match (same, index) {
                (true, _) => finished + index - 1,
                (false, 0) => finished - 1,
                (false, _) => finished,
            } as u64;
            let near = random & 0xffff_ffff;
            let back = (area * ((near * near) >> 32)) >> 32;
            let oldest = if pass == 0 || slice == SLICES - 1 { 0 } else { (slice + 1) * segment };
            let with = (oldest + (area - 1 - back) as usize) % length;
            let (from, with, to) = (lane * length + before, other * length + with, lane * length + at);
            self.kernel.compress(self.blocks, from, with, to, pass > 0);
        }
    }

    fn addresses(&self, pass: u32, slice: usize, lane: usize) -> Addresses {
        let mut memory = Memory::new(4);
        let input = &mut memory.blocks()[1];
        let numbers = [u64::from(pass), lane as u64, slice as u64, self.blocks.len() as u64, u64::from(self.passes), 2];
        for (word, number) in numbers.into_iter().enumerate() {
            input[K::place(word)] = number;
        }
        Addresses { memory, computed: None }
    }
}

/// Addresses of reference blocks, generated from a counter. The four blocks are zeros, the input, an intermediate
/// result, and the addresses.
struct Addresses {
    memory: Memory,
    /// The number of the address block that is computed.
    computed: Option<usize>,
}

impl Addresses {
    #[inline(always)]
    fn get<K: Kernel>(&mut self, kernel: K, index: usize) -> u64 {
        let number = index / WORDS;
        let blocks = self.memory.blocks();
        if self.computed != Some(number) {
            self.computed = Some(number);
            blocks[1][K::place(6)] = number as u64 + 1;
            kernel.compress(blocks, 0, 1, 2, false);
            kernel.compress(blocks, 0, 2, 3, false);
        }
        blocks[3][K::place(index % WORDS)]
    }
}
