//! Connects to a target: resolves its name once, checks the addresses, and connects to exactly a checked address.

use crate::deadline::Deadline;
use crate::error::{Kind, Phase};
use crate::gate::Gate;
use crate::hosts::HostMap;
use crate::resolve::Resolve;
use crate::target::Target;
use crate::tls;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The maximum number of a name's addresses that are tried.
pub const MAX_ADDRESSES: usize = 4;

/// A connection, with or without TLS.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// The settings of connections.
pub(crate) struct Dialer {
    pub(crate) resolver: Arc<dyn Resolve>,
    pub(crate) hosts: HostMap,
    pub(crate) tls: TlsConnector,
}

impl Dialer {
    /// Connects to `target`. `deadline` ends the lookup, the connection and the TLS handshake together.
    pub(crate) async fn connect(
        &self,
        target: &Target,
        gate: &Gate<'_>,
        deadline: Deadline,
    ) -> Result<(Box<dyn Stream>, SocketAddr), Kind> {
        let addresses = self.addresses(target, gate, deadline).await?;
        let (stream, address) = first_open(&addresses, deadline).await?;
        // Disable Nagle's algorithm, so that a small request does not wait for the acknowledgement of an earlier
        // packet. If this fails, the connection is only slower.
        let _ = stream.set_nodelay(true);
        if target.is_tls() {
            return Ok((self.secure(target, stream, deadline).await?, address));
        }
        Ok((Box::new(stream), address))
    }

    /// The addresses that the client may connect to, in order of preference.
    async fn addresses(&self, target: &Target, gate: &Gate<'_>, deadline: Deadline) -> Result<Vec<SocketAddr>, Kind> {
        if let Some(mapped) = self.hosts.get(target) {
            if !mapped.ip().is_loopback() {
                gate.check(target, mapped.ip())?;
            }
            return Ok(vec![mapped]);
        }
        let found = match target.literal() {
            Some(address) => vec![address],
            None => self.look_up(target, deadline).await?,
        };
        let admitted = alternate(gate.admit(target, &found)?);
        Ok(admitted.into_iter().take(MAX_ADDRESSES).map(|ip| SocketAddr::new(ip, target.port())).collect())
    }

    async fn look_up(&self, target: &Target, deadline: Deadline) -> Result<Vec<IpAddr>, Kind> {
        let host = target.host();
        let found = deadline.wait(Phase::Name, self.resolver.resolve(&host)).await?;
        let unknown = |cause: String| Kind::Name { host: target.host(), cause };
        let found = found.map_err(|error| unknown(error.to_string()))?;
        if found.is_empty() {
            return Err(unknown("it has no addresses".into()));
        }
        Ok(found)
    }

    async fn secure(&self, target: &Target, stream: TcpStream, deadline: Deadline) -> Result<Box<dyn Stream>, Kind> {
        let failed = |cause: String| Kind::Tls { host: target.host(), cause };
        let name = tls::server_name(target.parsed_host()).ok_or_else(|| failed("its name is not a DNS name".into()))?;
        let stream = deadline.wait(Phase::Tls, self.tls.connect(name, stream)).await?;
        Ok(Box::new(stream.map_err(|error| failed(error.to_string()))?))
    }
}

/// Tries one address after another, each with its share of the remaining time.
async fn first_open(addresses: &[SocketAddr], deadline: Deadline) -> Result<(TcpStream, SocketAddr), Kind> {
    let mut failure = Kind::Request("its host has no address");
    for (address, left) in addresses.iter().zip((1..=addresses.len()).rev()) {
        match deadline.share(left).wait(Phase::Connect, TcpStream::connect(*address)).await {
            Ok(Ok(stream)) => return Ok((stream, *address)),
            Ok(Err(error)) => failure = Kind::Connect { address: *address, cause: error.to_string() },
            Err(timed_out) => failure = timed_out,
        }
    }
    Err(failure)
}

/// Alternates between IPv6 and IPv4, beginning with the family of the first address (RFC 8305, section 4), so that a
/// network without IPv6 does not use up all attempts.
fn alternate(addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    let Some(first) = addresses.first().map(IpAddr::is_ipv6) else { return addresses };
    let (same, other): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|address| address.is_ipv6() == first);
    let mut both = Vec::with_capacity(same.len() + other.len());
    let (mut same, mut other) = (same.into_iter(), other.into_iter());
    loop {
        let pair = [same.next(), other.next()];
        if pair.iter().all(Option::is_none) {
            return both;
        }
        both.extend(pair.into_iter().flatten());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let addresses = ["2600::1", "2600::2", "2600::3", "8.8.8.8"].map(|text| text.parse().expect("an address"));
        let texts: Vec<_> = alternate(addresses.to_vec()).iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["2600::1", "8.8.8.8", "2600::2", "2600::3"]);
    }
}
