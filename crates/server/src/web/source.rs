//! The network that a request comes from. Its attempts are counted together, because one person can use all of its
//! addresses.

use std::net::{IpAddr, Ipv6Addr};

/// The address whose attempts are counted together: in IPv6 the /64, which is what a device gets at least.
#[must_use]
pub fn source(ip: IpAddr) -> IpAddr {
    network(ip, 64)
}

/// The widest network that one customer of a provider has: in IPv6 the /48 (RFC 6177 section 2).
#[must_use]
pub fn site(ip: IpAddr) -> IpAddr {
    network(ip, 48)
}

fn network(ip: IpAddr, bits: u32) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << (128 - bits)))),
        ip => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_are_one_source() {
        let of = |f: fn(IpAddr) -> IpAddr, ip: &str| f(ip.parse().expect("an address")).to_string();
        assert_eq!(of(source, "2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of(site, "2001:db8:1:2:3:4:5:6"), "2001:db8:1::");
        assert_eq!((of(source, "192.0.2.1"), of(site, "::ffff:192.0.2.1")), ("192.0.2.1".into(), "192.0.2.1".into()));
    }
}
