//! A list of networks, in the operator's notation.

use ipnet::IpNet;
use std::net::IpAddr;

/// IP addresses and networks, for example `10.1.2.3`, `10.0.0.0/8` and `fd00::/8`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

/// An invalid entry in a list of networks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// The entry is neither an address nor a network.
    #[error("`{0}` is neither an IP address nor a network such as 10.0.0.0/8 or fd00::/8")]
    Syntax(String),
    /// The address has bits beyond the prefix, so the author may have meant a wider or a narrower network.
    #[error("`{given}` has bits beyond its prefix; write {network}, or the address alone")]
    HostBits {
        /// The entry as given.
        given: String,
        /// The network that contains it.
        network: String,
    },
}

impl Networks {
    /// Parses all entries.
    ///
    /// # Errors
    /// Fails at the first entry that is neither an address nor a network, or that has bits beyond its prefix.
    pub fn parse<T: AsRef<str>>(entries: impl IntoIterator<Item = T>) -> Result<Self, NetworkError> {
        entries.into_iter().map(|entry| network(entry.as_ref())).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Returns true if an entry is exactly `address`, rather than a network that contains it.
    pub(crate) fn names(&self, address: IpAddr) -> bool {
        self.0.contains(&IpNet::from(address))
    }
}

fn network(entry: &str) -> Result<IpNet, NetworkError> {
    let syntax = || NetworkError::Syntax(entry.to_owned());
    if let Ok(address) = entry.parse::<IpAddr>() {
        return Ok(IpNet::from(address));
    }
    let network: IpNet = entry.parse().map_err(|_| syntax())?;
    if network.trunc() == network {
        return Ok(network);
    }
    Err(NetworkError::HostBits { given: entry.to_owned(), network: network.trunc().to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_alone_is_a_network_of_one() {
        let networks = Networks::parse(["10.1.2.3", "fd00::/8"]).expect("networks");
        assert!(networks.names(IpAddr::from([10, 1, 2, 3])));
        assert!(!networks.contains(IpAddr::from([10, 1, 2, 4])));
        assert!(networks.contains("fd12::1".parse().expect("an address")));
    }

    #[test]
    fn a_host_name_is_no_network() {
        let error = Networks::parse(["10.0.0.0/8", "api.example"]).expect_err("a name");
        assert_eq!(error, NetworkError::Syntax("api.example".into()));
    }

    #[test]
    fn bits_beyond_the_prefix_are_a_mistake() {
        let error = Networks::parse(["10.1.2.3/8"]).expect_err("bits");
        assert!(error.to_string().contains("write 10.0.0.0/8"), "{error}");
    }
}
