//! Host names that `dev` maps to addresses of this machine.

use crate::target::Target;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// A map from `name` or `name:port` to an address. A mapped name may have a loopback address, with or without TLS.
#[derive(Clone, Debug, Default)]
pub struct HostMap(BTreeMap<String, SocketAddr>);

/// A key of a host map is neither `name` nor `name:port`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a host name nor a host name with a port, such as login.example:443")]
pub struct HostMapError(String);

impl HostMap {
    /// Connects requests for `name` to `address`. An entry with a port has precedence over one without.
    ///
    /// # Errors
    /// `name` is neither a host name nor a host name with a port.
    pub fn insert(&mut self, name: &str, address: SocketAddr) -> Result<(), HostMapError> {
        self.0.insert(key(name).ok_or_else(|| HostMapError(name.to_owned()))?, address);
        Ok(())
    }

    pub(crate) fn get(&self, target: &Target) -> Option<SocketAddr> {
        self.0.get(&target.key()).or_else(|| self.0.get(&target.host())).copied()
    }
}

/// The name as normalised by the URL parser, so that both sides of a comparison have the same spelling.
fn key(name: &str) -> Option<String> {
    let (host, port) = match name.rsplit_once(':') {
        Some((host, port)) if !name.ends_with(']') => (host, Some(port.parse::<u16>().ok()?)),
        _ => (name, None),
    };
    let host = crate::target::host_name(&url::Host::parse(host).ok()?)?;
    Some(port.map_or_else(|| host.clone(), |port| format!("{host}:{port}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped(name: &str, url: &str) -> bool {
        let mut map = HostMap::default();
        map.insert(name, SocketAddr::from(([127, 0, 0, 1], 5000))).expect("a name");
        map.get(&Target::of(&url.parse().expect("a URL")).expect("a target")).is_some()
    }

    #[test]
    fn a_name_is_found_in_any_spelling() {
        assert!(mapped("Login.Example", "https://login.example./path"));
        assert!(mapped("login.example:443", "https://LOGIN.example/path"));
        assert!(!mapped("login.example:444", "https://login.example/path"));
        assert!(!mapped("example", "https://login.example/path"));
    }

    #[test]
    fn a_key_that_is_no_name_is_refused() {
        let mut map = HostMap::default();
        for wrong in ["", "login.example:http", "https://login.example", "a b"] {
            assert!(map.insert(wrong, SocketAddr::from(([127, 0, 0, 1], 5000))).is_err(), "{wrong}");
        }
    }
}
