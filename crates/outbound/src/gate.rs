//! Decides which of a target's addresses the client may connect to.

use crate::error::Kind;
use crate::networks::Networks;
use crate::special::Special;
use crate::target::Target;
use std::net::IpAddr;

/// The rule for one request: the tenant's allowed networks, and those that the operator treats as private.
pub(crate) struct Gate<'a> {
    pub(crate) allowed: &'a Networks,
    pub(crate) also_private: &'a Networks,
}

impl Gate<'_> {
    /// Returns the addresses that the client may connect to, in the same order.
    ///
    /// # Errors
    /// If none is allowed, the reason for the first address.
    pub(crate) fn admit(&self, target: &Target, addresses: &[IpAddr]) -> Result<Vec<IpAddr>, Kind> {
        let mut admitted = Vec::new();
        let mut refusal = None;
        for address in addresses {
            match self.check(target, *address) {
                Ok(()) => admitted.push(*address),
                Err(kind) => refusal = refusal.or(Some(kind)),
            }
        }
        match refusal {
            Some(kind) if admitted.is_empty() => Err(kind),
            _ => Ok(admitted),
        }
    }

    /// Checks one address of `target`.
    pub(crate) fn check(&self, target: &Target, address: IpAddr) -> Result<(), Kind> {
        if let Some(why) = self.refusal(address) {
            return Err(Kind::Address { host: target.host(), address, why });
        }
        if target.is_tls() || self.allowed.contains(address) {
            return Ok(());
        }
        Err(Kind::Plain { host: target.host(), address })
    }

    fn refusal(&self, address: IpAddr) -> Option<Special> {
        let special = Special::of(address);
        if special == Some(Special::Metadata) {
            return special.filter(|_| !self.allowed.names(address));
        }
        let own = || self.also_private.contains(address).then_some(Special::Operator);
        special.or_else(own).filter(|_| !self.allowed.contains(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, allowed: &[&str], address: &str) -> Result<(), Kind> {
        let target = Target::of(&url.parse().expect("a URL")).expect("a target");
        let allowed = Networks::parse(allowed).expect("networks");
        let also_private = Networks::parse(["8.8.4.0/24"]).expect("networks");
        Gate { allowed: &allowed, also_private: &also_private }.check(&target, address.parse().expect("an address"))
    }

    fn why(outcome: Result<(), Kind>) -> Special {
        match outcome.expect_err("a refusal") {
            Kind::Address { why, .. } => why,
            kind => panic!("{kind}"),
        }
    }

    #[test]
    fn a_named_network_opens_what_is_in_it_and_nothing_else() {
        assert!(check("https://api.test/", &["10.1.0.0/16"], "10.1.2.3").is_ok());
        assert_eq!(why(check("https://api.test/", &["10.1.0.0/16"], "10.2.2.3")), Special::Private);
    }

    #[test]
    fn a_metadata_service_is_opened_by_its_own_address_alone() {
        let service = "169.254.169.254";
        assert_eq!(why(check("https://api.test/", &["169.254.0.0/16"], service)), Special::Metadata);
        assert!(check("https://api.test/", &["169.254.169.254"], service).is_ok());
    }

    #[test]
    fn a_named_ipv4_network_does_not_open_its_ipv6_spelling() {
        assert_eq!(why(check("https://api.test/", &["127.0.0.0/8"], "::ffff:127.0.0.1")), Special::Ipv4InIpv6);
    }

    #[test]
    fn the_operator_calls_a_public_network_private() {
        assert_eq!(why(check("https://api.test/", &[], "8.8.4.4")), Special::Operator);
        assert!(check("https://api.test/", &["8.8.4.4"], "8.8.4.4").is_ok());
    }

    #[test]
    fn without_tls_only_named_networks_are_called() {
        assert!(matches!(check("http://api.test/", &[], "8.8.8.8"), Err(Kind::Plain { .. })));
        assert!(check("http://api.test/", &["10.0.0.0/8"], "10.1.2.3").is_ok());
        assert!(check("https://api.test/", &[], "8.8.8.8").is_ok());
    }
}
