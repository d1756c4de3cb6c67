//! The app that the stories are about.

use axum::Router;
use axum::routing::get;
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

/// A tenant, and a browser that looks at the app.
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
