//! The destination of a request: a checked URL.

use crate::error::Kind;
use std::net::IpAddr;
use url::{Host, Position, Url};

/// The maximum length of a host name, in bytes (RFC 1035, section 2.3.4).
const MAX_HOST_BYTES: usize = 253;

/// An `http` or `https` URL with a host and a port, and without credentials.
///
/// Unusual notations of an IP address, such as `0x7f.1`, are addresses here, because the URL standard's parser accepts
/// them.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    url: Url,
    host: Host<String>,
    port: u16,
}

impl Target {
    pub(crate) fn of(url: &Url) -> Result<Self, Kind> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Kind::Request("its URL begins with neither https:// nor http://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Kind::Request("its URL contains a user name or a password; send credentials in a header"));
        }
        let host =
            url.host().and_then(|host| host_name(&host)).ok_or(Kind::Request("its URL has no usable host name"))?;
        let host = Host::parse(&host).map_err(|_| Kind::Request("its URL has no usable host name"))?;
        let port = url.port_or_known_default().filter(|port| *port != 0).ok_or(Kind::Request("its URL has port 0"))?;
        Ok(Self { url: url.clone(), host, port })
    }

    /// The host as written in a URL: in lower case, an IPv6 address in brackets, without a trailing dot.
    pub(crate) fn host(&self) -> String {
        self.host.to_string()
    }

    pub(crate) fn parsed_host(&self) -> &Host<String> {
        &self.host
    }

    /// The address, if the URL has an IP address instead of a name.
    pub(crate) fn literal(&self) -> Option<IpAddr> {
        match self.host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Host and port, which identify the target in budgets and traces.
    pub(crate) fn key(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    pub(crate) fn scheme(&self) -> &str {
        self.url.scheme()
    }

    pub(crate) fn path(&self) -> &str {
        self.url.path()
    }

    pub(crate) fn path_and_query(&self) -> &str {
        &self.url[Position::BeforePath..Position::AfterQuery]
    }

    /// The value of the `Host` header, without the port if it is the scheme's default (RFC 9110, section 7.2).
    pub(crate) fn host_header(&self) -> String {
        self.url.port().map_or_else(|| self.host(), |port| format!("{}:{port}", self.host))
    }

    /// Resolves `location` against this URL (RFC 9110, section 10.2.2).
    pub(crate) fn join(&self, location: &str) -> Option<Url> {
        self.url.join(location).ok()
    }

    pub(crate) fn same_origin(&self, other: &Self) -> bool {
        self.scheme() == other.scheme() && self.host == other.host && self.port == other.port
    }
}

/// The host without a trailing dot, or `None` if it is too long or has an empty label.
pub(crate) fn host_name<S: AsRef<str>>(host: &Host<S>) -> Option<String> {
    let Host::Domain(name) = host else { return Some(host_text(host)) };
    let name = name.as_ref();
    let name = name.strip_suffix('.').unwrap_or(name);
    (name.len() <= MAX_HOST_BYTES && name.split('.').all(|label| !label.is_empty())).then(|| name.to_owned())
}

fn host_text<S: AsRef<str>>(host: &Host<S>) -> String {
    match host {
        Host::Domain(name) => name.as_ref().to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => format!("[{address}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Target {
        Target::of(&url.parse().expect("a URL")).expect("a target")
    }

    #[test]
    fn every_notation_of_an_address_is_that_address() {
        let loopback = Some(IpAddr::from([127, 0, 0, 1]));
        for host in
            ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "127.0.0.1.", "１２７.0.0.1", "%31%32%37.1"]
        {
            assert_eq!(target(&format!("https://{host}/")).literal(), loopback, "{host}");
        }
        assert_eq!(target("https://[::ffff:127.0.0.1]/").literal(), "::ffff:127.0.0.1".parse().ok());
    }

    #[test]
    fn a_dot_at_the_end_makes_no_other_target() {
        assert_eq!(target("https://API.example./").key(), "api.example:443");
        assert_eq!(target("https://api.example.:8443/").host_header(), "api.example:8443");
        assert!(target("https://api.example./").same_origin(&target("https://api.example:443/other")));
    }

    #[test]
    fn a_url_that_cannot_be_called_is_refused() {
        for url in [
            "ftp://a.test/",
            "file:///etc/passwd",
            "https://user@a.test/",
            "https://:pw@a.test/",
            "http://a.test:0/",
            "https://a..test/",
        ] {
            assert!(matches!(Target::of(&url.parse().expect("a URL")), Err(Kind::Request(_))), "{url}");
        }
    }
}
