//! The service of one connection: tries the cache first, then the router.

use super::{guard, refuse};
use axum::BoxError;
use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::from_fn;
use axum::response::Response;
use axum::routing::future::RouteFuture;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio_util::either::Either;
use tower::Service;
use vestibule_portal::Portal;
use vestibule_server::app::App;
use vestibule_server::endpoints::discovery::cached;
use vestibule_tenant::manage::ManageError;
use vestibule_tenant::origin::Peer;

/// The application behind the listeners, once it has started.
struct Inside {
    router: Router,
    /// The tenant, if the router is a tenant's: its documents are then served without the router.
    tenant: Option<App>,
}

/// Creates a [`Front`] for each connection.
#[derive(Clone)]
pub(super) struct Fronts {
    inside: Arc<OnceLock<Inside>>,
    tls: bool,
}

/// The tenants, and the portal if they have one. Clones share them.
#[derive(Clone)]
pub struct Site {
    /// The running server.
    pub app: App,
    /// Its portal.
    pub portal: Option<Arc<Portal>>,
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Site")
    }
}

impl Site {
    /// Put the portal beside the tenants.
    ///
    /// # Errors
    /// As the store.
    pub async fn of(app: App) -> Result<Self, ManageError> {
        let portal = Portal::open(&app).await?.map(Arc::new);
        Ok(Self { app, portal })
    }

    fn router(&self) -> Router {
        vestibule_portal::router(self.app.clone(), self.portal.clone())
    }
}

/// The way in, which is opened once.
pub struct Door {
    inside: Arc<OnceLock<Inside>>,
    /// The timeout for a request's body.
    patience: Duration,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Door")
    }
}

impl Door {
    /// Let requests in to this site.
    pub fn open(self, site: &Site) {
        self.open_for(site.router(), Some(site.app.clone()));
    }

    /// Passes requests to this router from now on.
    pub(super) fn open_for(self, router: Router, tenant: Option<App>) {
        let patience = self.patience;
        let router = router.layer(from_fn(move |request, next| guard(patience, request, next)));
        // Opening consumes the door, so this cannot fail.
        let _ = self.inside.set(Inside { router, tenant });
    }
}

impl Fronts {
    /// Fronts without an application, and the door to open them. `patience` is the timeout for a request's body.
    pub(super) fn new(tls: bool, patience: Duration) -> (Self, Door) {
        let inside = Arc::new(OnceLock::new());
        (Self { inside: Arc::clone(&inside), tls }, Door { inside, patience })
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
        ready(Ok(Front { inside: Arc::clone(&self.inside), router: None, peer }))
    }
}

/// The service of one connection.
#[derive(Clone)]
pub(super) struct Front {
    inside: Arc<OnceLock<Inside>>,
    /// The connection's own router, from its first request on.
    router: Option<Router>,
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
        let Some(inside) = self.inside.get() else {
            return Either::Left(ready(Ok(starting(request.uri().path()))));
        };
        let at_hand = inside.tenant.as_ref().and_then(|app| cached::answer(app, &request, self.peer));
        match at_hand {
            Some(response) => Either::Left(ready(Ok(response))),
            None => {
                request.extensions_mut().insert(self.peer);
                let router = self.router.get_or_insert_with(|| inside.router.clone());
                Either::Right(router.call(request.map(Body::new)))
            }
        }
    }
}

/// The response before the application has started: the process is alive, but not ready. The request is not read, so
/// the connection is closed.
fn starting(path: &str) -> Response {
    let (status, text) = match path {
        "/healthz" => (StatusCode::OK, "ok\n"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the server is starting\n"),
    };
    let mut response = refuse(status, text);
    if status != StatusCode::OK {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}
