//! The layer returned by [`Api::require`], and the extractor for the caller that it admitted.

use crate::api::{Api, Caller, Forbidden, Need, Refusal};
use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower::{Layer, Service};

impl Api {
    /// A layer for routes that need this scope, given by its short name, for example `tasks.read`.
    #[must_use]
    pub fn require(&self, scope: &str) -> Guard {
        Guard { api: self.clone(), need: Need::Scope(scope.to_owned()) }
    }

    /// A layer for routes that need this app role (`roles`).
    #[must_use]
    pub fn require_role(&self, role: &str) -> Guard {
        Guard { api: self.clone(), need: Need::Role(role.to_owned()) }
    }

    /// A layer for routes that need a valid token and leave further checks to the handler.
    #[must_use]
    pub fn require_token(&self) -> Guard {
        Guard { api: self.clone(), need: Need::Token }
    }
}

/// Admits callers whose token has what the route needs; see [`Api::require`].
#[derive(Clone, Debug)]
pub struct Guard {
    api: Api,
    need: Need,
}

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { guard: self.clone(), inner }
    }
}

/// A service behind a [`Guard`].
#[derive(Clone, Debug)]
pub struct Guarded<S> {
    guard: Guard,
    inner: S,
}

impl<S> Service<Request> for Guarded<S>
where
    S: Service<Request, Response = Response> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let guard = self.guard.clone();
        // Use the instance that was polled ready, and leave a fresh clone in its place.
        let fresh = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, fresh);
        Box::pin(async move {
            match guard.api.admit(request.headers(), &guard.need).await {
                Ok(caller) => {
                    request.extensions_mut().insert(caller);
                    inner.call(request).await
                }
                Err(refusal) => Ok(refusal.into_response()),
            }
        })
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.into_answer().map(Body::from)
    }
}

impl IntoResponse for Forbidden {
    fn into_response(self) -> Response {
        self.refusal().into_response()
    }
}

/// A handler takes a [`Caller`], but its route has no layer from [`Api::require`]. Every request is answered with 500.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this route is not behind `api.require`")]
pub struct Unguarded;

impl IntoResponse for Unguarded {
    fn into_response(self) -> Response {
        tracing::error!("{self}: add `.route_layer(api.require(\"scope\"))`");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Unguarded;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Unguarded> {
        parts.extensions.get::<Self>().cloned().ok_or(Unguarded)
    }
}
