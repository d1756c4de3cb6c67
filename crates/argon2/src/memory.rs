//! The memory that makes guessing dear: on cache lines, and wiped when done.

use zeroize::Zeroize;

/// 1 KiB, the unit of Argon2.
pub(crate) type Block = [u64; WORDS];

/// Words in a block.
pub(crate) const WORDS: usize = 128;

/// A cache line, in words: a vector that straddles two costs twice.
const LINE: usize = 8;

/// Blocks, first empty.
pub(crate) struct Memory {
    words: Vec<u64>,
    start: usize,
    blocks: usize,
}

impl Memory {
    pub(crate) fn new(blocks: usize) -> Self {
        let words = vec![0; blocks * WORDS + LINE];
        let start = words.as_ptr().align_offset(LINE * size_of::<u64>()).min(LINE);
        Self { words, start, blocks }
    }

    pub(crate) fn blocks(&mut self) -> &mut [Block] {
        self.words[self.start..self.start + self.blocks * WORDS].as_chunks_mut().0
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.words.as_mut_slice().zeroize();
    }
}
