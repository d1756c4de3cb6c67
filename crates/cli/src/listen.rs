//! Listeners: bound ports, connections with limits on what a stranger may hold open, and a stop that lets answers out.

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Control, Handle};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::time::Duration;
use tokio::task::JoinSet;
use vestibule_server::app::Peer;

/// Time for a request's head (security requirement 25).
const HEADER_TIME: Duration = Duration::from_secs(10);
/// Time for a request's body.
const BODY_TIME: Duration = Duration::from_secs(30);
/// Most bytes of a request's head.
const MOST_HEADER: usize = 16 * 1024;
/// Most bytes of a request's target.
const MOST_URL: usize = 8 * 1024;
/// Most bytes of a request's body.
const MOST_BODY: usize = 64 * 1024;
/// How long answers under way may take when the program is told to stop.
pub const DRAIN: Duration = Duration::from_secs(10);

/// Where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// This machine only: 127.0.0.1, and ::1 where there is one.
    Loopback,
    /// Every network of this machine.
    Everywhere,
    /// One address.
    One(IpAddr),
}

/// A port, bound on every address that was asked for.
#[derive(Debug)]
pub struct Bound {
    /// The port.
    pub port: u16,
    listeners: Vec<TcpListener>,
}

impl Bound {
    /// The listeners, for a server that is not HTTP.
    ///
    /// # Errors
    /// The system refuses.
    pub fn into_tokio(self) -> std::io::Result<Vec<tokio::net::TcpListener>> {
        let ready = |listener: TcpListener| {
            listener.set_nonblocking(true)?;
            tokio::net::TcpListener::from_std(listener)
        };
        self.listeners.into_iter().map(ready).collect()
    }
}

/// Bind `port` (0: a free one), for `what` (`the tenant`), which `flag` (`--port`) moves elsewhere.
///
/// # Errors
/// A sentence that names the port, who wanted it, and the flag.
pub fn bind(reach: Reach, port: u16, what: &str, flag: &str) -> Result<Bound> {
    match try_bind(reach, port) {
        Ok(bound) => Ok(bound),
        Err(error) => match error.kind() {
            ErrorKind::AddrInUse => bail!(
                "port {port}, which {what} needs, is taken by another program; stop that, or choose another port with \
                 {flag} (0: any free one)"
            ),
            ErrorKind::PermissionDenied => bail!(
                "port {port}, which {what} needs, may not be opened by this user; choose one above 1023 with {flag}"
            ),
            ErrorKind::AddrNotAvailable => bail!("{what} cannot listen there: this machine has no such address"),
            _ => Err(error).with_context(|| format!("{what} cannot listen on port {port}; choose another with {flag}")),
        },
    }
}

/// Bind `port` on every address that was asked for, or say what the system says.
///
/// # Errors
/// The system's, of the first address that fails; an address that this machine lacks is passed over if another is left.
pub fn try_bind(reach: Reach, port: u16) -> std::io::Result<Bound> {
    let addresses: &[IpAddr] = match reach {
        Reach::Loopback => &[IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
        Reach::Everywhere => &[IpAddr::V6(Ipv6Addr::UNSPECIFIED), IpAddr::V4(Ipv4Addr::UNSPECIFIED)],
        Reach::One(ref ip) => std::slice::from_ref(ip),
    };
    let mut tries = 0;
    loop {
        match bind_all(addresses, port) {
            // A free port of IPv4 may be taken on IPv6: another will not be.
            Err(error) if port == 0 && error.kind() == ErrorKind::AddrInUse && tries < 16 => tries += 1,
            result => return result,
        }
    }
}

fn bind_all(addresses: &[IpAddr], port: u16) -> std::io::Result<Bound> {
    let mut bound = Bound { port, listeners: Vec::new() };
    let mut missing = None;
    for ip in addresses {
        match TcpListener::bind(SocketAddr::new(*ip, bound.port)) {
            Ok(listener) => {
                bound.port = listener.local_addr()?.port();
                bound.listeners.push(listener);
            }
            // "Every address" of IPv6 takes IPv4 with it on most systems.
            Err(_) if ip.is_unspecified() && !bound.listeners.is_empty() => {}
            Err(error) if is_absent(&error) => missing = Some(error),
            Err(error) => return Err(error),
        }
    }
    match missing {
        Some(error) if bound.listeners.is_empty() => Err(error),
        _ => Ok(bound),
    }
}

/// Whether the machine has no such address, or no such protocol at all.
fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::AddrNotAvailable | ErrorKind::Unsupported)
        // EAFNOSUPPORT, which std gives no name: 97 on Linux, 47 on macOS and BSD, 10047 on Windows.
        || matches!(error.raw_os_error(), Some(97 | 47 | 10047))
}

/// Servers that run, and stop together.
#[derive(Debug, Default)]
pub struct Servers {
    control: Control,
    tasks: JoinSet<std::io::Result<()>>,
}

impl Servers {
    /// Serve `router` on this port; over TLS, if there are settings for it.
    ///
    /// # Errors
    /// The system refuses the listener.
    pub fn serve(&mut self, bound: Bound, router: &Router, tls: Option<&RustlsConfig>) -> Result<()> {
        let secure = tls.is_some();
        let router = router.clone().layer(from_fn(move |request, next| guard(secure, request, next)));
        for listener in bound.listeners {
            let make = router.clone().into_make_service_with_connect_info::<SocketAddr>();
            let mut server = axum_server::from_tcp(listener)?
                .handle(Handle::with_control(self.control.clone()))
                .acceptor(NoDelayAcceptor::new())
                .http1_only()
                .first_request_timeout(HEADER_TIME);
            server.http_builder().http1().header_read_timeout(HEADER_TIME).max_buf_size(MOST_HEADER);
            match tls {
                Some(config) => {
                    let acceptor = RustlsAcceptor::new(config.clone()).handshake_timeout(HEADER_TIME);
                    let acceptor = acceptor.acceptor(NoDelayAcceptor::new());
                    self.tasks.spawn(server.acceptor(acceptor).serve(make));
                }
                None => {
                    self.tasks.spawn(server.serve(make));
                }
            }
        }
        Ok(())
    }

    /// Take no new connections, give answers under way up to [`DRAIN`], and return when all is quiet.
    ///
    /// # Errors
    /// What made a server end before.
    pub async fn stop(mut self) -> Result<()> {
        self.control.graceful_shutdown(Some(DRAIN));
        while let Some(ended) = self.tasks.join_next().await {
            ended??;
        }
        Ok(())
    }

    /// Wait until a server ends of itself, which is a failure.
    pub async fn failed(&mut self) -> anyhow::Error {
        match self.tasks.join_next().await {
            Some(Ok(Err(error))) => anyhow::Error::new(error).context("a listener failed"),
            Some(Err(error)) => anyhow::Error::new(error).context("a listener crashed"),
            Some(Ok(Ok(()))) | None => anyhow::anyhow!("a listener ended"),
        }
    }
}

/// What holds for every request, whoever answers it: who asks, and how much of our time and memory it may take.
async fn guard(tls: bool, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(address)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
        request.extensions_mut().insert(Peer { ip: address.ip().to_canonical(), tls });
    }
    let target = request.uri();
    if target.path().len() + target.query().map_or(0, str::len) > MOST_URL {
        return refuse(StatusCode::URI_TOO_LONG, "This address is too long.");
    }
    let (parts, body) = request.into_parts();
    let too_large = || refuse(StatusCode::PAYLOAD_TOO_LARGE, "This request is too large.");
    let announced = parts.headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MOST_BODY as u64) {
        return too_large();
    }
    // Read here, whole: the handlers have no use for half a form, and a slow sender costs no more than this task.
    match tokio::time::timeout(BODY_TIME, axum::body::to_bytes(body, MOST_BODY)).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(Err(_)) => too_large(),
        Err(_) => refuse(StatusCode::REQUEST_TIMEOUT, "This request took too long to arrive."),
    }
}

/// A refusal; the rest of the request is not read, so the connection ends.
fn refuse(status: StatusCode, text: &'static str) -> Response {
    (status, [(header::CONNECTION, "close"), (header::CACHE_CONTROL, "no-store")], text).into_response()
}
