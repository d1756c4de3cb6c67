//! What the library needs from outside: the clock, random numbers and HTTP. All are passed in, so that tests control
//! them.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use bytes::Bytes;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A boxed future, as the object-safe traits of this crate return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Longest answer that is read from a provider, in bytes.
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// How long a provider may take to answer.
pub const TIMEOUT: Duration = Duration::from_secs(5);

/// Everything that the library reaches for. [`Outside::default`] is the real world.
#[derive(Clone)]
pub struct Outside {
    /// Requests to the provider.
    pub http: Arc<dyn Http>,
    /// The time.
    pub clock: Clock,
    /// The source of random bytes.
    pub random: Random,
}

impl Default for Outside {
    fn default() -> Self {
        Self { http: Arc::new(Internet::default()), clock: Clock::system(), random: Random::system() }
    }
}

/// Wall clock in seconds since the epoch. Clones share one time.
#[derive(Clone)]
pub struct Clock(Time);

#[derive(Clone)]
enum Time {
    System,
    Fixed(Arc<AtomicI64>),
    Following(Arc<dyn Fn() -> i64 + Send + Sync>),
}

impl Clock {
    /// The system's time.
    #[must_use]
    pub fn system() -> Self {
        Self(Time::System)
    }

    /// A clock that stands at `seconds` since the epoch until it is moved.
    #[must_use]
    pub fn fixed(seconds: i64) -> Self {
        Self(Time::Fixed(Arc::new(AtomicI64::new(seconds))))
    }

    /// A clock that follows another one: `seconds` returns its time, in seconds since the epoch.
    #[must_use]
    pub fn following(seconds: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Time::Following(Arc::new(seconds)))
    }

    /// Returns true if it is the system's.
    pub(crate) fn is_system(&self) -> bool {
        matches!(self.0, Time::System)
    }

    /// Seconds since the epoch.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's time")]
    pub fn now(&self) -> i64 {
        match &self.0 {
            Time::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(i64::MAX)),
            Time::Fixed(time) => time.load(Ordering::Relaxed),
            Time::Following(seconds) => seconds(),
        }
    }

    /// Move a fixed clock by `seconds`; others stay as they are.
    pub fn advance(&self, seconds: i64) {
        if let Time::Fixed(time) = &self.0 {
            time.fetch_add(seconds, Ordering::Relaxed);
        }
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

/// Where random bytes come from.
#[derive(Clone, Debug)]
pub struct Random {
    /// A counter that seeds the bytes, or none: the operating system's generator.
    seed: Option<Arc<AtomicU64>>,
}

impl Random {
    /// The operating system's generator.
    #[must_use]
    pub fn system() -> Self {
        Self { seed: None }
    }

    /// The same bytes at every run. For tests only: it is no generator for secrets.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { seed: Some(Arc::new(AtomicU64::new(seed))) }
    }

    /// 256 random bits as base64url (43 characters): for `state`, `nonce`, verifiers and session ids.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: nothing safe can be done without.
    #[must_use]
    #[expect(clippy::panic, reason = "no secret may be made without randomness")]
    pub fn token(&self) -> String {
        use vestibule_protocol::digest::{base64url, sha256_base64url};
        if let Some(seed) = &self.seed {
            return sha256_base64url(&seed.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        }
        let mut bytes = [0; 32];
        if SystemRandom::new().fill(&mut bytes).is_err() {
            panic!("the operating system's random generator failed");
        }
        base64url(&bytes)
    }
}

/// A request to the provider got no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(pub String);

/// Sends a request to the provider. Implementations keep [`TIMEOUT`] and [`MAX_ANSWER_BYTES`] and follow no redirect.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot send requests to the sign-in provider",
    note = "leave `Outside::default()` as it is for the real network, or hand in `FakeTenant::outside()` in a test"
)]
pub trait Http: Send + Sync + 'static {
    /// Send one request; every status is an answer.
    fn send(&self, request: http::Request<Bytes>) -> BoxFuture<'_, Result<http::Response<Bytes>, NoAnswer>>;
}

/// The real network, by reqwest. The client is made at the first request.
#[derive(Default)]
pub struct Internet {
    /// Certificates (PEM) that are trusted besides the system's.
    authorities: Option<Vec<u8>>,
    client: OnceLock<Result<reqwest::Client, String>>,
}

impl Internet {
    /// The network, with the certificates of a PEM file trusted besides the system's.
    #[must_use]
    pub fn trusting(pem: Vec<u8>) -> Self {
        Self { authorities: Some(pem), client: OnceLock::new() }
    }

    fn client(&self) -> Result<&reqwest::Client, NoAnswer> {
        self.client.get_or_init(|| self.build().map_err(|e| causes(&e))).as_ref().map_err(|e| NoAnswer(e.clone()))
    }

    fn build(&self) -> Result<reqwest::Client, reqwest::Error> {
        let mut builder = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("vestibule/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = &self.authorities {
            builder = builder.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem)?);
        }
        builder.build()
    }

    async fn exchange(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, NoAnswer> {
        let lost = |e: reqwest::Error| NoAnswer(causes(&e));
        let request = reqwest::Request::try_from(request).map_err(lost)?;
        let mut answer = self.client()?.execute(request).await.map_err(lost)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(NoAnswer(format!("the answer is longer than {MAX_ANSWER_BYTES} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        let mut out = http::Response::new(Bytes::from(body));
        *out.status_mut() = answer.status();
        *out.headers_mut() = answer.headers().clone();
        Ok(out)
    }
}

impl Http for Internet {
    fn send(&self, request: http::Request<Bytes>) -> BoxFuture<'_, Result<http::Response<Bytes>, NoAnswer>> {
        Box::pin(self.exchange(request))
    }
}

/// An error with its causes, in one line: reqwest hides the useful part.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
