//! The memory that makes guessing dear: on cache lines, wiped when done, and kept for the next hash.

use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroize;

/// 1 KiB, the unit of Argon2.
pub(crate) type Block = [u64; WORDS];

/// Words in a block.
pub(crate) const WORDS: usize = 128;

/// A cache line, in words: a vector that straddles two costs twice.
const LINE: usize = 8;

/// What earlier hashes used. Fresh pages cost a good part of a hash, and an allocator keeps one such piece for every
/// thread that ever hashed; here are never more than hashes at a time.
static USED: Mutex<Vec<Vec<u64>>> = Mutex::new(Vec::new());

/// Words from which on a piece is worth keeping: 1 MiB. Smaller ones come cheap.
const WORTH: usize = 1024 * WORDS;

/// Blocks, all zero at first.
pub(crate) struct Memory {
    words: Vec<u64>,
    start: usize,
    blocks: usize,
}

impl Memory {
    pub(crate) fn new(blocks: usize) -> Self {
        let length = blocks * WORDS + LINE;
        let words = used(length).unwrap_or_else(|| vec![0; length]);
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
        if self.words.len() < WORTH {
            return;
        }
        let most = std::thread::available_parallelism().map_or(1, NonZero::get);
        let mut used = USED.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() == most {
            // Of other costs, perhaps: the newest is likelier to be asked for again.
            used.remove(0);
        }
        used.push(std::mem::take(&mut self.words));
    }
}

fn used(length: usize) -> Option<Vec<u64>> {
    let mut used = USED.lock().unwrap_or_else(PoisonError::into_inner);
    let fits = used.iter().rposition(|words| words.len() == length)?;
    Some(used.remove(fits))
}
