//! Time and randomness, passed in as values: production uses the system's, tests and `dev` move the clock, and tests
//! seed the random numbers.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

pub use vestibule_journey::MOST_SKEW;

/// The tenant's wall clock. Clones share one time.
#[derive(Clone, Debug)]
pub struct Clock {
    /// A fixed time in milliseconds; `None` for the system's time.
    fixed: Option<i64>,
    /// An offset in milliseconds that is added to the time.
    offset: Arc<AtomicI64>,
}

impl Clock {
    /// The system's time.
    #[must_use]
    pub fn system() -> Self {
        Self { fixed: None, offset: Arc::new(AtomicI64::new(0)) }
    }

    /// A clock fixed at `ms` since the epoch until it is moved.
    #[must_use]
    pub fn fixed(ms: i64) -> Self {
        Self { fixed: Some(ms), offset: Arc::new(AtomicI64::new(0)) }
    }

    /// Milliseconds since the epoch.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's time")]
    pub fn now(&self) -> i64 {
        let base = self.fixed.unwrap_or_else(|| {
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
        });
        base.saturating_add(self.offset.load(Ordering::Relaxed))
    }

    /// The offset of the clock, in milliseconds.
    #[must_use]
    pub fn offset(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }

    /// Moves the clock by `ms`, backwards if negative.
    pub fn advance(&self, ms: i64) {
        self.offset.fetch_add(ms, Ordering::Relaxed);
    }

    /// Resets the offset to 0.
    pub fn reset(&self) {
        self.offset.store(0, Ordering::Relaxed);
    }
}

/// A source of random bytes. Clones share one source.
#[derive(Clone)]
pub struct Random(Source);

#[derive(Clone)]
enum Source {
    System(Arc<SystemRandom>),
    Seeded(Arc<Mutex<u64>>),
}

impl Random {
    /// The operating system's generator, through aws-lc.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System(Arc::new(SystemRandom::new())))
    }

    /// A generator that returns the same bytes in every run. For tests only: it is not suitable for secrets.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(seed))))
    }

    /// Fills `bytes` with random bytes.
    ///
    /// # Panics
    /// If the operating system's generator fails, since nothing can be done securely without it.
    #[expect(clippy::panic, reason = "no secret may be made without randomness")]
    pub fn fill(&self, bytes: &mut [u8]) {
        match &self.0 {
            Source::System(random) => {
                if random.fill(bytes).is_err() {
                    panic!("the operating system's random generator failed");
                }
            }
            Source::Seeded(state) => {
                let mut state = state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                for byte in bytes {
                    // SplitMix64
                    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                    let mut z = *state;
                    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                    *byte = (z ^ (z >> 31)) as u8;
                }
            }
        }
    }

    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A random (version 4) UUID, lower case with hyphens.
    #[must_use]
    pub fn uuid(&self) -> String {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid().to_string()
    }

    /// A version 7 UUID, in lower case with hyphens: one from a later millisecond sorts later. `now` is in milliseconds
    /// since the epoch.
    #[must_use]
    pub fn uuid_at(&self, now: i64) -> String {
        let now = u64::try_from(now).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(now, &self.bytes()).into_uuid().to_string()
    }

    /// 256 random bits as base64url: for codes, tokens and secrets.
    #[must_use]
    pub fn token(&self) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }
}

impl std::fmt::Debug for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Random")
    }
}
