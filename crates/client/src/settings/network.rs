//! How this app reaches the provider where that is not how browsers do: plain http between containers, another address
//! inside, a development tenant's clock.

use super::Reader;
use super::api::words;
use url::{Host, Url};

/// The settings of the network. [`Network::default`]: https everywhere, http on this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Network {
    /// Hosts, with a port or for all of them, that may be spoken to over plain http.
    http_hosts: Vec<String>,
    /// The provider's origin as this app reaches it, without a slash behind it.
    backchannel: Option<String>,
    /// Where the clock of a development tenant is read.
    pub(crate) clock_url: Option<String>,
}

impl Network {
    /// Reads the keys of the network.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        let mut network = Self { http_hosts: http_hosts(reader), ..Self::default() };
        network.backchannel = backchannel(reader);
        network.clock_url = clock_url(reader, &network);
        network
    }

    /// Returns true if this address may be used: over https, on this machine, or at a host that was named.
    pub(crate) fn allows(&self, url: &Url) -> bool {
        url.scheme() == "https" || url.scheme() == "http" && (is_loopback(url) || self.names(url))
    }

    /// As [`Network::allows`]; false of what is no URL.
    pub(crate) fn allows_text(&self, text: &str) -> bool {
        Url::parse(text).is_ok_and(|url| self.allows(&url))
    }

    /// Returns true if a person has named this address's host as one of their own network.
    fn names(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let whole = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
        let inside = self.backchannel.as_deref() == Some(url.origin().ascii_serialization().as_str());
        inside || self.http_hosts.iter().any(|known| *known == host || *known == whole)
    }

    /// The address at which this app reaches `url`, one of the provider's at `address`.
    pub(crate) fn reach(&self, url: &str, address: &str) -> String {
        let origin = |text: &str| Url::parse(text).ok().map(|url| url.origin());
        match (&self.backchannel, Url::parse(url)) {
            (Some(inside), Ok(parsed)) if origin(address) == Some(parsed.origin()) => {
                let query = parsed.query().map(|query| format!("?{query}")).unwrap_or_default();
                format!("{inside}{}{query}", parsed.path())
            }
            _ => url.to_owned(),
        }
    }
}

/// Returns true if the URL's host is this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn http_hosts(reader: &mut Reader<'_>) -> Vec<String> {
    let key = "VESTIBULE_HTTP_HOSTS";
    let hosts = words(&reader.optional(key).unwrap_or_default().to_ascii_lowercase());
    let odd = |host: &String| {
        !host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b)) || host.starts_with("http:")
    };
    if hosts.iter().any(odd) {
        let fix =
            "Write the names of hosts with spaces between them, each perhaps with a port: keycloak vestibule:8400";
        reader.wrong(key, "holds something that is no host", fix);
    }
    hosts
}

fn backchannel(reader: &mut Reader<'_>) -> Option<String> {
    let key = "VESTIBULE_BACKCHANNEL_URL";
    let text = reader.optional(key)?;
    let url = Url::parse(&text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https") && url.has_host() && url.path() == "/" && url.query().is_none()
    });
    let Some(url) = url else {
        let fix = "Set scheme, host and port at which this app reaches the provider: http://keycloak:8080";
        reader.wrong(key, "is no origin", fix);
        return None;
    };
    Some(url.origin().ascii_serialization())
}

/// The URL of the clock. It must be on this machine or at a host that the settings name, because the server that sets
/// the clock controls when tokens expire.
fn clock_url(reader: &mut Reader<'_>, network: &Network) -> Option<String> {
    let key = "VESTIBULE_CLOCK_URL";
    let text = reader.optional(key)?;
    let own = Url::parse(&text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && (is_loopback(&url) || url.scheme() == "http" && network.names(&url))
    });
    if !own {
        let fix =
            "Set the clock of vestibule dev on this machine, http://localhost:8400/_dev/clock, or remove the line.";
        reader.wrong(key, "is no address of this machine, nor at a host of VESTIBULE_HTTP_HOSTS", fix);
        return None;
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn read(pairs: &[(&str, &str)]) -> Result<Network, String> {
        let map: BTreeMap<String, String> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let mut reader = Reader::new(&map);
        let network = Network::read(&mut reader);
        reader.problems.first().map_or(Ok(network), |problem| Err(problem.wrong.clone()))
    }

    fn network(pairs: &[(&str, &str)]) -> Network {
        read(pairs).expect("good settings")
    }

    #[test]
    fn plain_http_is_for_this_machine_and_for_hosts_that_were_named() {
        let plain = Network::default();
        assert!(plain.allows_text("https://op.test") && plain.allows_text("http://[::1]:80/"));
        assert!(!plain.allows_text("http://keycloak:8080/realms/a"));
        let named = network(&[("VESTIBULE_HTTP_HOSTS", "Keycloak, vestibule:8400 [fd00::1]")]);
        for url in ["http://keycloak:8080/a", "http://keycloak/a", "http://vestibule:8400", "http://[fd00::1]:80/"] {
            assert!(named.allows_text(url), "{url}");
        }
        for url in ["http://vestibule:8401", "http://evil.keycloak", "ftp://keycloak", "http://keycloak.evil/"] {
            assert!(!named.allows_text(url), "{url}");
        }
    }

    #[test]
    fn the_backchannel_takes_the_place_of_the_providers_origin_only() {
        let network = network(&[("VESTIBULE_BACKCHANNEL_URL", "http://keycloak:8080/")]);
        let reach = |url: &str| network.reach(url, "http://localhost:8080/realms/a");
        assert_eq!(reach("http://localhost:8080/realms/a/keys?x=1"), "http://keycloak:8080/realms/a/keys?x=1");
        assert_eq!(reach("https://elsewhere.test/keys"), "https://elsewhere.test/keys");
        assert!(network.allows_text("http://keycloak:8080/keys"), "it was named");
        assert_eq!(Network::default().reach("https://op.test/keys", "https://op.test"), "https://op.test/keys");
    }

    #[test]
    fn the_clock_is_one_of_this_machine_or_network() {
        let clock = "VESTIBULE_CLOCK_URL";
        assert!(read(&[(clock, "http://localhost:8400/_dev/clock")]).is_ok());
        assert!(read(&[(clock, "http://vestibule:8400/_dev/clock"), ("VESTIBULE_HTTP_HOSTS", "vestibule")]).is_ok());
        assert!(read(&[(clock, "http://vestibule:8400/_dev/clock")]).is_err());
        assert!(read(&[(clock, "https://login.contoso.com/clock")]).is_err());
    }

    #[test]
    fn odd_values_are_named() {
        for (key, value) in [
            ("VESTIBULE_HTTP_HOSTS", "http://keycloak:8080"),
            ("VESTIBULE_HTTP_HOSTS", "*"),
            ("VESTIBULE_BACKCHANNEL_URL", "keycloak:8080"),
            ("VESTIBULE_BACKCHANNEL_URL", "http://keycloak:8080/realms/a"),
        ] {
            assert!(read(&[(key, value)]).is_err(), "{key}={value}");
        }
    }
}
