//! Listeners: bound ports, connections with limits on what a stranger may hold open, and a graceful stop.

mod either;
mod front;

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Control, Handle, Server};
use either::EitherAcceptor;
use front::Fronts;
pub use front::{Door, Site};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::time::Duration;
use tokio::task::JoinSet;

/// The timeouts for senders (docs/security-floor.md, requirement 25).
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// For the TLS handshake, for the first request to arrive, and for the head of each request.
    head: Duration,
    /// For a request's body.
    body: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { head: Duration::from_secs(10), body: Duration::from_secs(30) }
    }
}

/// Largest head of a request, in bytes.
const MOST_HEADER: usize = 16 * 1024;
/// Largest target of a request, in bytes.
const MOST_URL: usize = 8 * 1024;
/// Largest body of a request, in bytes.
const MOST_BODY: usize = 64 * 1024;
/// The timeout for running requests when the program stops.
pub const DRAIN: Duration = Duration::from_secs(10);

/// The addresses to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// This machine only: 127.0.0.1, and ::1 where there is one.
    Loopback,
    /// Every network of this machine.
    Everywhere,
    /// One address.
    One(IpAddr),
}

/// A port, bound on all requested addresses.
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
    /// The system reports an error.
    pub fn into_tokio(self) -> std::io::Result<Vec<tokio::net::TcpListener>> {
        let ready = |listener: TcpListener| {
            listener.set_nonblocking(true)?;
            tokio::net::TcpListener::from_std(listener)
        };
        self.listeners.into_iter().map(ready).collect()
    }
}

/// Binds `port` (0 for a free one) for `what` (`the tenant`); `flag` (`--port`) is the option that changes it.
///
/// # Errors
/// A sentence that names the port, its purpose, and the flag.
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

/// Binds `port` on all requested addresses, and returns the system's error if that fails.
///
/// # Errors
/// The system's error for the first address that fails. An address that this machine lacks is skipped if another is
/// left.
pub fn try_bind(reach: Reach, port: u16) -> std::io::Result<Bound> {
    let addresses: &[IpAddr] = match reach {
        Reach::Loopback => &[IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
        Reach::Everywhere => &[IpAddr::V6(Ipv6Addr::UNSPECIFIED), IpAddr::V4(Ipv4Addr::UNSPECIFIED)],
        Reach::One(ref ip) => std::slice::from_ref(ip),
    };
    let mut tries = 0;
    loop {
        match bind_all(addresses, port) {
            // A free port of IPv4 may be in use on IPv6: try another one.
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
            // On most systems, "every address" of IPv6 includes IPv4.
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

/// Returns true if the machine does not have this address, or does not support its protocol.
fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::AddrNotAvailable | ErrorKind::Unsupported)
        // EAFNOSUPPORT, for which std has no name: 97 on Linux, 47 on macOS and BSD, 10047 on Windows.
        || matches!(error.raw_os_error(), Some(97 | 47 | 10047))
}

/// Running servers, which stop together.
#[derive(Debug, Default)]
pub struct Servers {
    control: Control,
    patience: Patience,
    tasks: JoinSet<std::io::Result<()>>,
}

impl Servers {
    /// Serves `router` on this port.
    ///
    /// The system rejects the listener.
    pub fn serve(&mut self, bound: Bound, router: Router) -> Result<()> {
        self.serve_both(bound, router, None)
    }

    /// Serves `router` on this port over http, and with `tls` also over https on the same port.
    ///
    /// # Errors
    /// The system rejects the listener.
    pub fn serve_both(&mut self, bound: Bound, router: Router, tls: Option<&RustlsConfig>) -> Result<()> {
        let (fronts, door) = Fronts::new(false, self.patience.body);
        door.open_for(router, None);
        let Some(tls) = tls else { return self.start(bound, &fronts, None) };
        for listener in bound.listeners {
            let acceptor = EitherAcceptor::new(tls.clone(), self.patience.head);
            self.tasks.spawn(self.http(listener)?.acceptor(acceptor).serve(fronts.clone()));
        }
        Ok(())
    }

    /// Serves the tenant on this port, over TLS if there are settings for it.
    ///
    /// # Errors
    /// The system refuses the listener.
    pub fn serve_tenant(&mut self, bound: Bound, site: &Site, tls: Option<&RustlsConfig>) -> Result<()> {
        self.serve_later(bound, tls).map(|door| door.open(site))
    }

    /// Listens on this port before there is a tenant: until the door is opened, only the probes are answered.
    ///
    /// # Errors
    /// The system rejects the listener.
    pub fn serve_later(&mut self, bound: Bound, tls: Option<&RustlsConfig>) -> Result<Door> {
        let (fronts, door) = Fronts::new(tls.is_some(), self.patience.body);
        self.start(bound, &fronts, tls)?;
        Ok(door)
    }

    fn start(&mut self, bound: Bound, fronts: &Fronts, tls: Option<&RustlsConfig>) -> Result<()> {
        for listener in bound.listeners {
            let server = self.http(listener)?;
            match tls {
                Some(config) => {
                    let acceptor = RustlsAcceptor::new(config.clone()).handshake_timeout(self.patience.head);
                    let acceptor = acceptor.acceptor(NoDelayAcceptor::new());
                    self.tasks.spawn(server.acceptor(acceptor).serve(fronts.clone()));
                }
                None => {
                    self.tasks.spawn(server.serve(fronts.clone()));
                }
            }
        }
        Ok(())
    }

    /// Serves HTTP on this listener, with limits on what a connection may cost.
    fn http(&self, listener: TcpListener) -> Result<Server<SocketAddr, NoDelayAcceptor>> {
        let head = self.patience.head;
        let mut server = axum_server::from_tcp(listener)?
            .handle(Handle::with_control(self.control.clone()))
            .acceptor(NoDelayAcceptor::new())
            .http1_only()
            .first_request_timeout(head);
        server.http_builder().http1().header_read_timeout(head).max_buf_size(MOST_HEADER);
        Ok(server)
    }

    /// Accepts no new connections, gives running requests up to [`DRAIN`], and returns when all have ended.
    ///
    /// # Errors
    /// The error that ended a server early.
    pub async fn stop(mut self) -> Result<()> {
        self.control.graceful_shutdown(Some(DRAIN));
        while let Some(ended) = self.tasks.join_next().await {
            ended??;
        }
        Ok(())
    }

    /// Waits until a server ends by itself, which is a failure.
    pub async fn failed(&mut self) -> anyhow::Error {
        match self.tasks.join_next().await {
            Some(Ok(Err(error))) => anyhow::Error::new(error).context("a listener failed"),
            Some(Err(error)) => anyhow::Error::new(error).context("a listener crashed"),
            Some(Ok(Ok(()))) | None => anyhow::anyhow!("a listener ended"),
        }
    }
}

/// Enforces limits of time and memory for every request.
async fn guard(patience: Duration, request: Request, next: Next) -> Response {
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
    // hyper has already dropped a Content-Length beside it (RFC 9112 section 6.3), so that data which another parser
    // of this connection took for the next request is never treated as one.
    let chunked = parts.headers.contains_key(header::TRANSFER_ENCODING);
    // The whole body is read here: the handlers cannot use half a form, and a slow sender costs no more than this
    // task.
    match tokio::time::timeout(patience, axum::body::to_bytes(body, MOST_BODY)).await {
        Ok(Ok(bytes)) => {
            let mut response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
            if chunked {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            response
        }
        Ok(Err(_)) => too_large(),
        Err(_) => refuse(StatusCode::REQUEST_TIMEOUT, "This request took too long to arrive."),
    }
}

/// Rejects a request. The rest of it is not read, so the connection is closed.
fn refuse(status: StatusCode, text: &'static str) -> Response {
    (status, [(header::CONNECTION, "close"), (header::CACHE_CONTROL, "no-store")], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Extension;
    use axum::routing::any;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use vestibule_tenant::origin::Peer;

    async fn hello(Extension(peer): Extension<Peer>, body: String) -> String {
        format!("{} tls={} body={}", peer.ip, peer.tls, body.len())
    }

    /// Starts a server on a free port.
    fn serve() -> (Servers, u16) {
        serve_with(Patience::default())
    }

    fn serve_with(patience: Patience) -> (Servers, u16) {
        let mut servers = Servers { patience, ..Servers::default() };
        let bound = bind(Reach::Loopback, 0, "the test", "--port").expect("a port");
        let port = bound.port;
        servers.serve(bound, Router::new().fallback(any(hello))).expect("served");
        (servers, port)
    }

    /// Sends these bytes, and returns everything received until the server closes the connection.
    async fn send(port: u16, request: &str) -> String {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.expect("connected");
        // A server that rejects early may close the connection before everything is written.
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test]
    async fn handlers_are_told_who_asks() {
        let (servers, port) = serve();
        let answer = send(port, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
        assert!(answer.ends_with("127.0.0.1 tls=false body=0"), "{answer}");
        servers.stop().await.expect("a clean stop");
    }

    #[tokio::test]
    async fn both_loopback_addresses_answer_on_one_port() {
        let (servers, port) = serve();
        if let Ok(mut stream) = tokio::net::TcpStream::connect((Ipv6Addr::LOCALHOST, port)).await {
            let request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            stream.write_all(request).await.expect("written");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.expect("an answer");
            assert!(answer.ends_with("::1 tls=false body=0"), "{answer}");
        }
        servers.stop().await.expect("a clean stop");
    }

    #[tokio::test]
    async fn row_78_what_is_too_large_is_refused_at_once() {
        let (servers, port) = serve();
        let host = "Host: localhost\r\nConnection: close\r\n";
        let large = "x".repeat(MOST_BODY + 1);
        for (request, status) in [
            (format!("GET /{} HTTP/1.1\r\n{host}\r\n", "x".repeat(MOST_URL)), "414"),
            (format!("GET / HTTP/1.1\r\n{host}Long: {}\r\n\r\n", "x".repeat(MOST_HEADER)), "431"),
            (format!("POST / HTTP/1.1\r\n{host}Content-Length: {}\r\n\r\n", 20_000_000), "413"),
            (
                format!(
                    "POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n",
                    large.len()
                ),
                "413",
            ),
        ] {
            let answer = send(port, &request).await;
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status} ")),
                "{status}: {}",
                answer.lines().next().unwrap_or("")
            );
        }
        let most = "x".repeat(MOST_BODY);
        let answer = send(port, &format!("POST / HTTP/1.1\r\n{host}Content-Length: {MOST_BODY}\r\n\r\n{most}")).await;
        assert!(answer.ends_with(&format!("body={MOST_BODY}")), "{answer}");
        servers.stop().await.expect("a clean stop");
    }

    #[tokio::test]
    async fn row_77_requests_of_two_minds_are_refused() {
        let (servers, port) = serve();
        for length in ["-1", "5, 6", "99999999999999999999999", "0x10"] {
            let answer =
                send(port, &format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\nhello")).await;
            assert!(answer.starts_with("HTTP/1.1 400 "), "{length}: {answer}");
        }
        let smuggled = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\
                        GET /admin HTTP/1.1\r\nHost: a\r\n\r\n";
        let answer = send(port, smuggled).await;
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "one answer, then the connection closes: {answer}");
        let twice = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!";
        let answer = send(port, twice).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        let chunk = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n";
        let answer = send(port, chunk).await;
        assert!(!answer.contains(" 200 ") && answer.matches("HTTP/1.1 ").count() <= 1, "{answer}");
        let answer = send(port, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, odd\r\n\r\nhello").await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        servers.stop().await.expect("a clean stop");
    }

    #[tokio::test]
    async fn row_81_three_hundred_slow_senders_are_cut_off_and_others_served_meanwhile() {
        let moment = Duration::from_secs(1);
        let (servers, port) = serve_with(Patience { head: moment, body: moment });
        let begun = [
            "",
            "GET / HTTP/1.1\r\nHost: local",
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf",
            "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
            "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ];
        let mut slow = JoinSet::new();
        for n in 0..300 {
            let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.expect("connected");
            stream.write_all(begun[n % begun.len()].as_bytes()).await.expect("written");
            slow.spawn(async move {
                let mut answer = Vec::new();
                let _ = stream.read_to_end(&mut answer).await;
                (n % begun.len(), String::from_utf8_lossy(&answer).into_owned())
            });
        }
        for _ in 0..20 {
            let answer = send(port, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        }
        let ended = tokio::time::timeout(20 * moment, slow.join_all()).await.expect("every connection is closed");
        for (kind, answer) in ended {
            let expected = ["", "", "HTTP/1.1 408 ", "HTTP/1.1 408 ", "HTTP/1.1 200 "][kind];
            assert!(answer.starts_with(expected) && answer.matches("HTTP/1.1 ").count() <= 1, "{kind}: {answer}");
        }
        servers.stop().await.expect("a clean stop");
    }

    #[test]
    fn a_taken_port_gives_a_sentence_with_the_flag() {
        let taken = bind(Reach::Loopback, 0, "the first", "--port").expect("a port");
        let said = bind(Reach::Loopback, taken.port, "the second", "--other-port").expect_err("taken").to_string();
        assert!(said.contains(&format!("port {}, which the second needs, is taken", taken.port)), "{said}");
        assert!(said.contains("--other-port"), "{said}");
    }
}
