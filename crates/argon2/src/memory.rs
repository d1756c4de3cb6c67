//! The memory that makes guessing expensive: aligned to cache lines, wiped when no hash follows, and reused.

use memmap2::MmapMut;
use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroize;

/// 1 KiB, the unit of Argon2.
pub(crate) type Block = [u64; WORDS];

/// Words in a block.
pub(crate) const WORDS: usize = 128;

/// The size of a cache line in words: access to a vector that straddles two lines costs twice as much.
const LINE: usize = 8;

/// Memory of earlier hashes. Allocating fresh pages takes a good part of the time of a hash, and an allocator would
/// keep one such piece for every thread that ever hashed; this list has at most one for each processor.
static USED: Mutex<Vec<MmapMut>> = Mutex::new(Vec::new());

/// The minimum size, in words, of a piece that gets pages of its own and is kept: 1 MiB. Smaller ones are cheap to
/// allocate.
const WORTH: usize = 1024 * WORDS;

/// Blocks; new ones are zero.
pub(crate) struct Memory {
    words: Words,
    start: usize,
    blocks: usize,
}

enum Words {
    Heap(Vec<u64>),
    /// Pages from the system, which are large pages if available: the blocks are read in random order, and the
    /// processor's TLB holds about two thousand pages, not five thousand.
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

    /// Returns the kept memory, with whatever contents, or a new one if the size differs.
    pub(crate) fn of(kept: &mut Option<Self>, blocks: usize) -> &mut Self {
        // Wipe the old memory before allocating a new one.
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
            // The oldest may be for other parameters; the newest is more likely to be needed again.
            used.remove(0);
        }
        used.push(pages);
    }
}

/// Fresh pages, or `None` for a small piece or if the system has no more; the allocator is used then.
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

/// Returns true if all memory kept from earlier hashes is wiped.
#[cfg(test)]
pub(crate) fn all_that_is_kept_is_wiped() -> bool {
    let used = USED.lock().unwrap_or_else(PoisonError::into_inner);
    !used.is_empty() && used.iter().all(|pages| pages.iter().all(|byte| *byte == 0))
}
