//! Integration with axum: the layer that [`Auth::install`] adds, and the extractors that read from it.

mod guard;

pub use guard::{Guard, Guarded, Unguarded};

use crate::auth::{Auth, Outcome, SignIn, Visit};
use crate::user::User;
use crate::web::MOST_FORM_BYTES;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, OptionalFromRequestParts, OriginalUri, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use std::convert::Infallible;

impl Auth {
    /// Adds sign-in to an app: the redirect path, the paths under `/auth/`, and the session. Routes added afterwards
    /// are not covered.
    ///
    /// The app may be nested under a path, `Router::new().nest("/app", auth.install(app))`, if `REDIRECT_URI` is below
    /// that path.
    ///
    /// # Panics
    /// Panics like [`Router::route`] if the app already has a route at one of these paths, or if another sign-in with
    /// the same paths is installed around it. Two sign-ins in one app need different `REDIRECT_URI`s and
    /// `VESTIBULE_AUTH_PATH`s.
    pub fn install<S: Clone + Send + Sync + 'static>(&self, app: Router<S>) -> Router<S> {
        let paths = self.web.as_ref().map(|web| web.own_paths()).unwrap_or_default();
        // The layer answers these paths; the routes make sure that requests reach the layer, wherever the app is
        // mounted.
        let app = paths.iter().fold(app, |app, path| app.route(path, any(|| async { StatusCode::NOT_FOUND })));
        app.layer(from_fn_with_state(self.clone(), pass))
    }
}

async fn pass(State(auth): State<Auth>, mut request: Request, next: Next) -> Response {
    let nested = nested(&request);
    let is_head = request.method() == Method::HEAD;
    match auth.receive_below(&nested, request.method(), request.uri(), request.headers()).await {
        Outcome::Answer(answer) if is_head => answer.map(|_| Body::empty()),
        Outcome::Answer(answer) => answer.map(Body::from),
        Outcome::Continue(visit) => {
            if visit.wants_form() {
                request = match keep_form(&visit, request).await {
                    Ok(request) => request,
                    Err(status) => return status.into_response(),
                };
            }
            request.extensions_mut().insert(visit.clone());
            request.extensions_mut().insert(visit.auth());
            let mut response = next.run(request).await;
            visit.finish(response.status(), response.headers_mut());
            response
        }
    }
}

/// The path prefix that `Router::nest` stripped, if any.
fn nested(request: &Request) -> String {
    let path = request.uri().path();
    let whole = request.extensions().get::<OriginalUri>().map(|OriginalUri(uri)| uri.path()).unwrap_or(path);
    let folder = whole.strip_suffix(path).or_else(|| whole.strip_suffix('/').or(Some(whole)).filter(|_| path == "/"));
    folder.unwrap_or_default().to_owned()
}

/// Reads the form's body, whose size is limited, and puts it back into the request.
async fn keep_form(visit: &Visit, request: Request) -> Result<Request, StatusCode> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MOST_FORM_BYTES).await.map_err(|_| StatusCode::BAD_REQUEST)?;
    visit.keep_form(body.clone());
    Ok(Request::from_parts(parts, Body::from(body)))
}

impl IntoResponse for SignIn {
    fn into_response(self) -> Response {
        self.into_answer().map(Body::from)
    }
}

/// A route requires sign-in, but [`Auth::install`] was not called, or was called before the route was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this route is outside of `auth.install(router)`")]
pub struct NotInstalled;

impl IntoResponse for NotInstalled {
    fn into_response(self) -> Response {
        tracing::error!("{self}: call it on the whole router, after the last route was added");
        (StatusCode::INTERNAL_SERVER_ERROR, "This page is not available.").into_response()
    }
}

/// The reason why there is no [`User`].
#[derive(Debug, thiserror::Error)]
pub enum NoUser {
    /// No user is signed in.
    #[error(transparent)]
    SignIn(#[from] SignIn),
    /// The app is set up incorrectly.
    #[error(transparent)]
    NotInstalled(#[from] NotInstalled),
}

impl IntoResponse for NoUser {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn(sign_in) => sign_in.into_response(),
            Self::NotInstalled(wrong) => wrong.into_response(),
        }
    }
}

/// A handler that takes a `User` protects its route.
impl<S: Send + Sync> FromRequestParts<S> for User {
    type Rejection = NoUser;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NoUser> {
        let visit = parts.extensions.get::<Visit>().cloned().ok_or(NotInstalled)?;
        Ok(visit.require_user().await?)
    }
}

/// `Option<User>` is for pages that are visible without signing in.
impl<S: Send + Sync> OptionalFromRequestParts<S> for User {
    type Rejection = NotInstalled;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, NotInstalled> {
        Ok(parts.extensions.get::<Visit>().cloned().ok_or(NotInstalled)?.user().await)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Auth {
    type Rejection = NotInstalled;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NotInstalled> {
        parts.extensions.get::<Self>().cloned().ok_or(NotInstalled)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Auth {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}
