//! What one connection talks to: answers that are at hand first, then the router.

use super::guard;
use axum::BoxError;
use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::middleware::from_fn;
use axum::response::Response;
use axum::routing::future::RouteFuture;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio_util::either::Either;
use tower::Service;
use vestibule_server::app::App;
use vestibule_server::endpoints::discovery::cached;
use vestibule_tenant::origin::Peer;

/// Makes a [`Front`] for each connection.
#[derive(Clone)]
pub(super) struct Fronts {
    router: Router,
    tenant: Option<App>,
    tls: bool,
}

impl Fronts {
    /// `tenant`, if it is its router: then documents are answered without it. A body may take as long as `patience`.
    pub(super) fn new(router: Router, tenant: Option<App>, tls: bool, patience: Duration) -> Self {
        let router = router.layer(from_fn(move |request, next| guard(patience, request, next)));
        Self { router, tenant, tls }
    }
}

impl Service<SocketAddr> for Fronts {
    type Response = Front;
    type Error = Infallible;
    type Future = Ready<Result<Front, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, address: SocketAddr) -> Self::Future {
        let peer = Peer { ip: address.ip().to_canonical(), tls: self.tls };
        ready(Ok(Front { router: self.router.clone(), tenant: self.tenant.clone(), peer }))
    }
}

/// One connection's service.
#[derive(Clone)]
pub(super) struct Front {
    router: Router,
    tenant: Option<App>,
    peer: Peer,
}

impl<B> Service<Request<B>> for Front
where
    B: HttpBody<Data = axum::body::Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response, Infallible>>, RouteFuture<Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let at_hand = self.tenant.as_ref().and_then(|app| cached::answer(app, &request, self.peer));
        match at_hand {
            Some(response) => Either::Left(ready(Ok(response))),
            None => {
                request.extensions_mut().insert(self.peer);
                Either::Right(self.router.call(request.map(Body::new)))
            }
        }
    }
}
