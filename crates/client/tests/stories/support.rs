//! The app under test.

use axum::Router;
use axum::routing::get;
use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use tracing::Dispatch;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;
use vestibule::testing::{Browser, FakeTenant};
use vestibule::{Auth, SignIn, User};

/// An app with a public page, a protected one, and one that needs a token for an API.
pub(crate) fn app(auth: &Auth) -> Router {
    let app = Router::new()
        .route("/", get(home))
        .route("/me", get(me).post(me))
        .route("/orders/{id}", get(me))
        .route("/read", get(|user: User| token(user, "tasks.read")))
        .route("/write", get(|user: User| token(user, "tasks.write")));
    auth.install(app)
}

async fn home(user: Option<User>) -> String {
    user.map_or_else(|| "nobody".to_owned(), |user| user.name())
}

async fn me(user: User) -> String {
    format!("{} {}", user.name(), user.email().unwrap_or_default())
}

async fn token(user: User, scope: &str) -> Result<String, SignIn> {
    let scope = format!("{}/{scope}", vestibule::testing::API_URI);
    Ok(user.token(&[scope]).await?.secret().to_owned())
}

/// A tenant, and a browser for the app.
pub(crate) fn world() -> (FakeTenant, Browser) {
    let tenant = FakeTenant::new();
    let browser = Browser::new(&tenant, app(&tenant.auth()));
    (tenant, browser)
}

/// The value of a parameter in a location.
pub(crate) fn parameter(location: &str, name: &str) -> Option<String> {
    let url = url::Url::parse("http://localhost:5000").expect("a URL").join(location).expect("a location");
    url.query_pairs().find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
}

/// The library's log lines of this thread.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Collects the lines from now on, until the guard is dropped.
    pub(crate) fn start() -> (Self, DefaultGuard) {
        // With a single subscriber, filters set by other tests' threads would apply here too.
        static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(tracing_subscriber::registry()));
        LazyLock::force(&SECOND);
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// All lines so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
