//! Serves http and https on one port: the first byte of a connection tells them apart.

use axum_server::accept::Accept;
use axum_server::tls_rustls::RustlsConfig;
use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

/// The first byte of a TLS connection: a handshake record (RFC 8446 section 5.1). No HTTP method begins with it.
const HANDSHAKE: u8 = 22;

/// Accepts TLS from clients that begin with it, and plain text from all others.
#[derive(Clone)]
pub(super) struct EitherAcceptor {
    tls: RustlsConfig,
    patience: Duration,
}

impl EitherAcceptor {
    /// First byte and handshake must be complete within `patience`.
    pub(super) fn new(tls: RustlsConfig, patience: Duration) -> Self {
        Self { tls, patience }
    }

    async fn begin(self, stream: TcpStream) -> Result<Either<TlsStream<TcpStream>, TcpStream>> {
        stream.set_nodelay(true)?;
        let mut first = [0];
        stream.peek(&mut first).await?;
        if first[0] == HANDSHAKE {
            let tls = TlsAcceptor::from(self.tls.get_inner());
            Ok(Either::Left(tls.accept(stream).await?))
        } else {
            Ok(Either::Right(stream))
        }
    }
}

impl<S: Send + 'static> Accept<TcpStream, S> for EitherAcceptor {
    type Stream = Either<TlsStream<TcpStream>, TcpStream>;
    type Service = S;
    type Future = Pin<Box<dyn Future<Output = Result<(Self::Stream, S)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            let patience = this.patience;
            let begun = tokio::time::timeout(patience, this.begin(stream)).await;
            Ok((begun.map_err(|_| Error::from(ErrorKind::TimedOut))??, service))
        })
    }
}
