//! axum: the layer that [`Auth::install`] adds, and the extractors that read from it.

mod guard;

pub use guard::{Guard, Guarded, Unguarded};

use crate::auth::{Auth, Outcome, SignIn, Visit};
use crate::user::User;
use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, OptionalFromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use std::convert::Infallible;

impl Auth {
    /// Put sign-in around an app: the redirect path, the paths under `/auth/`, and the session. Routes that are added
    /// afterwards are outside.
    pub fn install<S: Clone + Send + Sync + 'static>(&self, app: Router<S>) -> Router<S> {
        app.layer(from_fn_with_state(self.clone(), pass))
    }
}

async fn pass(State(auth): State<Auth>, mut request: Request, next: Next) -> Response {
    match auth.receive(request.method(), request.uri(), request.headers()).await {
        Outcome::Answer(answer) => answer.map(Body::from),
        Outcome::Continue(visit) => {
            request.extensions_mut().insert(visit.clone());
            request.extensions_mut().insert(auth);
            let mut response = next.run(request).await;
            visit.finish(response.headers_mut());
            response
        }
    }
}

impl IntoResponse for SignIn {
    fn into_response(self) -> Response {
        self.into_answer().map(Body::from)
    }
}

/// A route asks for sign-in, and [`Auth::install`] was not called, or was called before the route was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this route is outside of `auth.install(router)`")]
pub struct NotInstalled;

impl IntoResponse for NotInstalled {
    fn into_response(self) -> Response {
        tracing::error!("{self}: call it on the whole router, after the last route was added");
        (StatusCode::INTERNAL_SERVER_ERROR, "This page is not available.").into_response()
    }
}

/// Why there is no [`User`].
#[derive(Debug, thiserror::Error)]
pub enum NoUser {
    /// Nobody is signed in.
    #[error(transparent)]
    SignIn(#[from] SignIn),
    /// The app is put together wrongly.
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

/// Asking for a `User` protects the route.
impl<S: Send + Sync> FromRequestParts<S> for User {
    type Rejection = NoUser;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NoUser> {
        let visit = parts.extensions.get::<Visit>().cloned().ok_or(NotInstalled)?;
        Ok(visit.require_user().await?)
    }
}

/// `Option<User>` is for pages that everybody may see.
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
