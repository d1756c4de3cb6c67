//! Every address of the IANA special-purpose registries is rejected, and ordinary ones are not.

use ipnet::IpNet;
use proptest::prelude::*;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use vestibule_outbound::Special;

/// The IANA IPv4 and IPv6 Special-Purpose Address Registries, and the multicast registries of both.
const REGISTRIES: &[&str] = &[
    "0.0.0.0/8",
    "0.0.0.0/32",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.0.0/29",
    "192.0.0.8/32",
    "192.0.0.9/32",
    "192.0.0.10/32",
    "192.0.0.170/32",
    "192.0.0.171/32",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.88.99.2/32",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "255.255.255.255/32",
    "::1/128",
    "::/128",
    "::ffff:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/23",
    "2001::/32",
    "2001:1::1/128",
    "2001:1::2/128",
    "2001:1::3/128",
    "2001:2::/48",
    "2001:3::/32",
    "2001:4:112::/48",
    "2001:10::/28",
    "2001:20::/28",
    "2001:30::/28",
    "2001:db8::/32",
    "2002::/16",
    "2620:4f:8000::/48",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "ff00::/8",
];

/// Metadata services of cloud providers at addresses that no registry lists as special.
const ELSEWHERE: &[&str] = &["168.63.129.16/32"];

fn blocks() -> Vec<IpNet> {
    REGISTRIES.iter().chain(ELSEWHERE).map(|block| block.parse().expect("a block")).collect()
}

/// The address in `block` whose bits beyond the prefix are those of `bits`.
fn within(block: IpNet, bits: u128) -> IpAddr {
    match block {
        IpNet::V4(block) => {
            let host = u32::from(block.hostmask());
            Ipv4Addr::from(u32::from(block.network()) | (bits as u32 & host)).into()
        }
        IpNet::V6(block) => {
            let host = u128::from(block.hostmask());
            Ipv6Addr::from(u128::from(block.network()) | (bits & host)).into()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_address_of_the_registries_is_refused(block in prop::sample::select(blocks()), bits: u128) {
        let address = within(block, bits);
        prop_assert!(Special::of(address).is_some(), "{address} of {block}");
    }

    #[test]
    fn ordinary_ipv4_addresses_pass(bits: u32) {
        let address = IpAddr::V4(Ipv4Addr::from(bits));
        let special = blocks().iter().any(|block| block.contains(&address));
        prop_assert_eq!(Special::of(address).is_some(), special, "{}", address);
    }

    #[test]
    fn ordinary_ipv6_addresses_pass(block in prop::sample::select(vec!["2400::/12", "2600::/13", "2a00::/12"]), bits: u128) {
        let address = within(block.parse().expect("a block"), bits);
        prop_assert_eq!(Special::of(address), None, "{}", address);
    }

    #[test]
    fn what_is_not_given_to_the_internet_is_refused(bits: u128) {
        let address = Ipv6Addr::from(bits);
        prop_assume!(address.segments()[0] >> 13 != 1);
        prop_assert!(Special::of(address.into()).is_some(), "{}", address);
    }
}

#[test]
fn the_ends_of_every_block_are_refused_and_their_neighbours_belong_to_no_block() {
    for block in blocks().iter().filter(|block| matches!(block, IpNet::V4(_))) {
        let IpNet::V4(ends) = block else { continue };
        assert!(
            Special::of(ends.network().into()).is_some() && Special::of(ends.broadcast().into()).is_some(),
            "{block}"
        );
        for neighbour in [u32::from(ends.network()).wrapping_sub(1), u32::from(ends.broadcast()).wrapping_add(1)] {
            let neighbour = IpAddr::V4(neighbour.into());
            let special = blocks().iter().any(|block| block.contains(&neighbour));
            assert_eq!(Special::of(neighbour).is_some(), special, "{neighbour}");
        }
    }
}

#[test]
fn metadata_services_are_known() {
    for service in
        ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "fd20:ce::254", "192.0.0.192"]
    {
        assert_eq!(Special::of(service.parse().expect("an address")), Some(Special::Metadata), "{service}");
    }
}

#[test]
fn well_known_public_servers_pass() {
    for server in
        ["8.8.8.8", "20.190.128.1", "93.184.216.34", "2001:4860:4860::8888", "2606:4700::1111", "2a00:1450::1"]
    {
        assert_eq!(Special::of(server.parse().expect("an address")), None, "{server}");
    }
}
