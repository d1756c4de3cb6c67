//! Addresses that are not part of the public Internet.
//!
//! Sources: the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890) and the cloud vendors' documentation.
//! Some blocks of the registries are globally reachable; they serve protocols, never an API, so they are rejected, too.

use ipnet::{Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not an ordinary public address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Special {
    /// The host itself: `0.0.0.0/8` and `::`.
    #[error("an unspecified address (RFC 1122)")]
    Unspecified,
    /// `127.0.0.0/8` and `::1`.
    #[error("a loopback address (RFC 1122)")]
    Loopback,
    /// `10.0.0.0/8`, `172.16.0.0/12` and `192.168.0.0/16`.
    #[error("a private address (RFC 1918)")]
    Private,
    /// `100.64.0.0/10`.
    #[error("a carrier-grade NAT address (RFC 6598)")]
    CarrierGradeNat,
    /// `169.254.0.0/16` and `fe80::/10`.
    #[error("a link-local address (RFC 3927, RFC 4291)")]
    LinkLocal,
    /// `fc00::/7`, and `fec0::/10`, its predecessor.
    #[error("a unique-local address (RFC 4193)")]
    UniqueLocal,
    /// `224.0.0.0/4` and `ff00::/8`.
    #[error("a multicast address (RFC 5771, RFC 4291)")]
    Multicast,
    /// Networks for documentation: `192.0.2.0/24`, `2001:db8::/32` and others.
    #[error("an address for documentation (RFC 5737, RFC 3849, RFC 9637)")]
    Documentation,
    /// `198.18.0.0/15`.
    #[error("an address for benchmarks (RFC 2544)")]
    Benchmark,
    /// IPv4 addresses in IPv6: `::ffff:0:0/96` and `::/96`.
    #[error("an IPv6 address that stands for an IPv4 address (RFC 4291)")]
    Ipv4InIpv6,
    /// 6to4, Teredo and their relays.
    #[error("an address of an IPv6 tunnel (RFC 3056, RFC 4380)")]
    Tunnel,
    /// `64:ff9b::/96` and `64:ff9b:1::/48`.
    #[error("an IPv4 address behind NAT64 (RFC 6052, RFC 8215)")]
    Nat64,
    /// Broadcast, and blocks that IANA reserves for protocols or for later use.
    #[error("a reserved address (IANA special-purpose address registries)")]
    Reserved,
    /// The metadata service of a cloud provider, which gives credentials to anyone who can reach it.
    #[error("the metadata service of a cloud provider; only an entry with exactly this address allows it")]
    Metadata,
    /// A network that the operator's settings declare private.
    #[error("in a network that the server's settings call private")]
    Operator,
}

impl Special {
    /// The reason why `address` is not an ordinary public address, or `None` if it is.
    #[must_use]
    pub fn of(address: IpAddr) -> Option<Self> {
        if METADATA.contains(&address) {
            return Some(Self::Metadata);
        }
        match address {
            IpAddr::V4(address) => IPV4.iter().find(|(block, _)| block.contains(&address)).map(|(_, why)| *why),
            IpAddr::V6(address) => ipv6(address),
        }
    }
}

/// Only `2000::/3` is assigned to networks of the Internet (RFC 4291, section 2.4), so all other addresses are
/// rejected, even unlisted ones.
fn ipv6(address: Ipv6Addr) -> Option<Special> {
    let named = IPV6.iter().find(|(block, _)| block.contains(&address)).map(|(_, why)| *why);
    named.or_else(|| (address.segments()[0] & 0xe000 != 0x2000).then_some(Special::Reserved))
}

/// Amazon, Azure, Google and others (two), Amazon on IPv6, Google on IPv6, Azure's WireServer, Alibaba, Oracle.
const METADATA: [IpAddr; 7] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
];

const fn v4(a: u8, b: u8, c: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), prefix)
}

const fn v6(a: u16, b: u16, c: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

const IPV4: [(Ipv4Net, Special); 18] = [
    (v4(0, 0, 0, 8), Special::Unspecified),
    (v4(10, 0, 0, 8), Special::Private),
    (v4(100, 64, 0, 10), Special::CarrierGradeNat),
    (v4(127, 0, 0, 8), Special::Loopback),
    (v4(169, 254, 0, 16), Special::LinkLocal),
    (v4(172, 16, 0, 12), Special::Private),
    (v4(192, 0, 0, 24), Special::Reserved),
    (v4(192, 0, 2, 24), Special::Documentation),
    (v4(192, 31, 196, 24), Special::Reserved),
    (v4(192, 52, 193, 24), Special::Tunnel),
    (v4(192, 88, 99, 24), Special::Tunnel),
    (v4(192, 168, 0, 16), Special::Private),
    (v4(192, 175, 48, 24), Special::Reserved),
    (v4(198, 18, 0, 15), Special::Benchmark),
    (v4(198, 51, 100, 24), Special::Documentation),
    (v4(203, 0, 113, 24), Special::Documentation),
    (v4(224, 0, 0, 4), Special::Multicast),
    (v4(240, 0, 0, 4), Special::Reserved),
];

/// The first block that contains an address wins, so narrow blocks come before wide ones.
const IPV6: [(Ipv6Net, Special); 18] = [
    (Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 128), Special::Unspecified),
    (Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128), Special::Loopback),
    (Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96), Special::Ipv4InIpv6),
    (v6(0, 0, 0, 96), Special::Ipv4InIpv6),
    (v6(0x64, 0xff9b, 0, 96), Special::Nat64),
    (v6(0x64, 0xff9b, 1, 48), Special::Nat64),
    (v6(0x2001, 0, 0, 32), Special::Tunnel),
    (v6(0x2001, 2, 0, 48), Special::Benchmark),
    (v6(0x2001, 0, 0, 23), Special::Reserved),
    (v6(0x2001, 0xdb8, 0, 32), Special::Documentation),
    (v6(0x2002, 0, 0, 16), Special::Tunnel),
    (v6(0x2620, 0x4f, 0x8000, 48), Special::Reserved),
    (v6(0x3ffe, 0, 0, 16), Special::Reserved),
    (v6(0x3fff, 0, 0, 20), Special::Documentation),
    (v6(0xfc00, 0, 0, 7), Special::UniqueLocal),
    (v6(0xfe80, 0, 0, 10), Special::LinkLocal),
    (v6(0xfec0, 0, 0, 10), Special::UniqueLocal),
    (v6(0xff00, 0, 0, 8), Special::Multicast),
];
