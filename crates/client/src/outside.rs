//! The clock, random numbers and HTTP. All three are passed in, so that tests control them.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use bytes::Bytes;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A boxed future, as the object-safe traits of this crate return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Longest response that is read from a provider, in bytes.
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// The timeout for a provider's response.
pub const TIMEOUT: Duration = Duration::from_secs(5);

/// The environment that the library uses. [`Outside::default`] is the real one.
#[derive(Clone)]
pub struct Outside {
    /// Requests to the provider.
    pub http: Arc<dyn Http>,
    /// The time.
    pub clock: Clock,
    /// Random numbers.
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
    /// The system clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Time::System)
    }

    /// A clock that stays at `seconds` since the epoch until it is advanced.
    #[must_use]
    pub fn fixed(seconds: i64) -> Self {
        Self(Time::Fixed(Arc::new(AtomicI64::new(seconds))))
    }

    /// A clock that follows another one: `seconds` returns its time, in seconds since the epoch.
    #[must_use]
    pub fn following(seconds: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Time::Following(Arc::new(seconds)))
    }

    /// Returns true if this is the system clock.
    pub(crate) fn is_system(&self) -> bool {
        matches!(self.0, Time::System)
    }

    /// The current time, in seconds since the epoch.
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

    /// Advances a fixed clock by `seconds`; has no effect on others.
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

/// A source of random bytes.
#[derive(Clone, Debug)]
pub struct Random {
    /// A counter from which the bytes are derived, or `None` for the operating system's generator.
    seed: Option<Arc<AtomicU64>>,
}

impl Random {
    /// The operating system's generator.
    #[must_use]
    pub fn system() -> Self {
        Self { seed: None }
    }

    /// A generator that returns the same bytes in every run. For tests only: not suitable for secrets.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { seed: Some(Arc::new(AtomicU64::new(seed))) }
    }

    /// 256 random bits as base64url (43 characters): for `state`, `nonce`, verifiers and session ids.
    ///
    /// # Panics
    /// If the operating system cannot provide randomness, because no secret can be generated safely without it.
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

/// A request to the provider got no response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(pub String);

/// Sends requests to the provider. Implementations must enforce [`TIMEOUT`] and [`MAX_ANSWER_BYTES`], and must not
/// follow redirects.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot send requests to the sign-in provider",
    note = "leave `Outside::default()` as it is for the real network, or hand in `FakeTenant::outside()` in a test"
)]
pub trait Http: Send + Sync + 'static {
    /// Sends one request. A response with any status is a success.
    fn send(&self, request: http::Request<Bytes>) -> BoxFuture<'_, Result<http::Response<Bytes>, NoAnswer>>;
}

/// The real network, using reqwest. The client is created for the first request.
#[derive(Default)]
pub struct Internet {
    /// Certificates (PEM) to trust in addition to the system's.
    authorities: Option<Vec<u8>>,
    client: OnceLock<Result<reqwest::Client, String>>,
}

impl Internet {
    /// The real network, which trusts the certificates of a PEM file in addition to the system's.
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

/// An error and its causes in one line; reqwest shows the useful part only in the causes.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
