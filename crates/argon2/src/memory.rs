//! The memory that makes guessing dear: on cache lines, wiped when no hash follows, and kept for the next one.

use memmap2::MmapMut;
use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroize;

/// 1 KiB, the unit of Argon2.
pub(crate) type Block = [u64; WORDS];

/// Words in a block.
pub(crate) const WORDS: usize = 128;

/// A cache line, in words: a vector that straddles two costs twice.
const LINE: usize = 8;

/// Memory of earlier hashes. Fresh pages cost a good part of a hash, and an allocator keeps one such piece for every
/// thread that ever hashed; here are never more than hashes at a time.
static USED: Mutex<Vec<MmapMut>> = Mutex::new(Vec::new());

/// Words from which on a piece has pages of its own and is worth keeping: 1 MiB. Smaller ones come cheap.
const WORTH: usize = 1024 * WORDS;

/// Blocks: all zero where they are new.
pub(crate) struct Memory {
    words: Words,
    start: usize,
    blocks: usize,
}

enum Words {
    Heap(Vec<u64>),
    /// Of the system, and large where it has such: blocks are read all over the place, and the processor knows by heart
    /// where two thousand pages are, not five thousand.
    Pages(MmapMut),
}

impl Memory {
    pub(crate) fn new(blocks: usize) -> Self {
        let length = blocks * WORDS + LINE;
        let mut words = match used(length).or_else(|| pages(length)) {
            Some(pages) => Words::Pages(pages),
            None => Words::Heap(vec![0; length]),
        };
        let start = words.all().as_ptr().align_offset(LINE * size_of::<u64>()).min(LINE);
        Self { words, start, blocks }
    }

    /// The one that is kept, whatever is in it, or a new one if it has another size.
    pub(crate) fn of(kept: &mut Option<Self>, blocks: usize) -> &mut Self {
        // The old one is wiped before a new one is taken.
        kept.take_if(|memory| memory.blocks != blocks);
        kept.get_or_insert_with(|| Self::new(blocks))
    }

    pub(crate) fn blocks(&mut self) -> &mut [Block] {
        self.words.all()[self.start..self.start + self.blocks * WORDS].as_chunks_mut().0
    }
}

impl Words {
    fn all(&mut self) -> &mut [u64] {
        match self {
            Self::Heap(words) => words,
            Self::Pages(pages) => bytemuck::cast_slice_mut(pages),
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.words.all().zeroize();
        let Words::Pages(pages) = std::mem::replace(&mut self.words, Words::Heap(Vec::new())) else { return };
        let most = std::thread::available_parallelism().map_or(1, NonZero::get);
        let mut used = USED.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() == most {
            // Of other costs, perhaps: the newest is likelier to be asked for again.
            used.remove(0);
        }
        used.push(pages);
    }
}

/// Fresh pages; none for a small piece, or if the system has no more: then the allocator decides.
fn pages(length: usize) -> Option<MmapMut> {
    let pages = (length >= WORTH).then(|| MmapMut::map_anon(length * size_of::<u64>()))?.ok()?;
    #[cfg(target_os = "linux")]
    let _ = pages.advise(memmap2::Advice::HugePage); // a kernel without them has small ones
    Some(pages)
}

fn used(length: usize) -> Option<MmapMut> {
    let mut used = USED.lock().unwrap_or_else(PoisonError::into_inner);
    let fits = used.iter().rposition(|pages| pages.len() == length * size_of::<u64>())?;
    Some(used.remove(fits))
}

/// Returns true if the memory of earlier hashes has been wiped.
#[cfg(test)]
pub(crate) fn all_that_is_kept_is_wiped() -> bool {
    let used = USED.lock().unwrap_or_else(PoisonError::into_inner);
    !used.is_empty() && used.iter().all(|pages| pages.iter().all(|byte| *byte == 0))
}
