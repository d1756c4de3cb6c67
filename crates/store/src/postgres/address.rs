//! Parses the URL of PostgreSQL, with one server or several, in the syntax of libpq
//! (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS>).

use sqlx::postgres::PgConnectOptions;
use std::borrow::Cow;
use std::time::Duration;

/// The timeout for connecting to one server, unless `connect_timeout` sets another.
const CONNECT: Duration = Duration::from_secs(3);

/// Parameters that the driver reads, besides `options[…]`.
const OF_DRIVER: [&str; 16] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "hostaddr",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// Parameters of libpq that have no effect here with one of these values, or with any value if the list is empty.
const WITHOUT_EFFECT: [(&str, &[&str]); 12] = [
    ("channel_binding", &["disable", "prefer"]),
    ("client_encoding", &["UTF8", "utf8", "UTF-8", "utf-8", "auto"]),
    ("fallback_application_name", &[]),
    ("gssencmode", &["disable", "prefer"]),
    ("keepalives", &[]),
    ("keepalives_count", &[]),
    ("keepalives_idle", &[]),
    ("keepalives_interval", &[]),
    ("load_balance_hosts", &["disable"]),
    ("sslcompression", &["0"]),
    ("sslnegotiation", &["postgres"]),
    ("tcp_user_timeout", &[]),
];

/// A parsed URL.
#[derive(Debug)]
pub(super) struct Address {
    /// The servers in the order of the URL, at least one.
    pub(super) servers: Vec<Server>,
    /// The timeout for connecting to each server.
    pub(super) patience: Duration,
}

/// One server.
#[derive(Debug)]
pub(super) struct Server {
    /// Host and port, for messages.
    pub(super) name: String,
    /// How to connect.
    pub(super) options: PgConnectOptions,
}

/// A URL split into its parts, as written.
struct Url<'u> {
    /// `user:password@`, or empty.
    user: &'u str,
    /// Hosts from the authority or the parameter `host`, with the ports of the parameter `port`.
    hosts: Vec<(Cow<'u, str>, Option<String>)>,
    /// The path with its slash, or empty.
    path: &'u str,
    /// The parameters that are passed to the driver.
    kept: Vec<(&'u str, &'u str)>,
    patience: Duration,
}

impl Address {
    /// Parses the URL. The error is a sentence that never repeats the URL, which may contain a password.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text)?;
        let servers = url.hosts.iter().map(|(host, port)| url.server(host, port.as_deref()));
        let servers = servers.collect::<Result<_, _>>()?;
        Ok(Self { servers, patience: url.patience })
    }
}

impl<'u> Url<'u> {
    fn parse(text: &'u str) -> Result<Self, String> {
        let (_, rest) = text.split_once("://").ok_or("the address of the store must begin with postgres://")?;
        let rest = rest.split('#').next().unwrap_or_default();
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (user, hosts) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
        let hosts = hosts.split(',').map(|host| (Cow::Borrowed(host), None)).collect();
        let mut url = Self { user, hosts, path, kept: Vec::new(), patience: CONNECT };
        url.read(query)?;
        Ok(url)
    }

    fn read(&mut self, query: &'u str) -> Result<(), String> {
        let (mut hosts, mut ports) = (None, None);
        for (key, value) in
            query.split('&').filter(|pair| !pair.is_empty()).map(|p| p.split_once('=').unwrap_or((p, "")))
        {
            match key {
                "host" => hosts = Some(list(value)),
                "port" => ports = Some(list(value)),
                "connect_timeout" => self.patience = seconds(value)?,
                "target_session_attrs" => takes_writes(value)?,
                _ if OF_DRIVER.contains(&key) || key.starts_with("options[") => self.kept.push((key, value)),
                _ => without_effect(key, value)?,
            }
        }
        if let Some(hosts) = hosts {
            self.hosts = hosts.into_iter().map(|host| (Cow::Owned(host), None)).collect();
        }
        ports.map_or(Ok(()), |ports| self.add_ports(&ports))
    }

    /// Applies one port to all hosts, or one to each.
    fn add_ports(&mut self, ports: &[String]) -> Result<(), String> {
        if ports.len() != 1 && ports.len() != self.hosts.len() {
            return Err(format!(
                "the URL of PostgreSQL names {} hosts and {} ports: give one port for all, or one for each",
                self.hosts.len(),
                ports.len()
            ));
        }
        for ((_, own), port) in self.hosts.iter_mut().zip(ports.iter().cycle()) {
            *own = Some(port.clone());
        }
        Ok(())
    }

    /// The URL of one server, for the driver.
    fn server(&self, host: &str, port: Option<&str>) -> Result<Server, String> {
        // A socket is a path, which an authority cannot contain, so it goes into the parameter `host`, which takes
        // precedence.
        let is_socket = host.starts_with('/');
        let authority = if is_socket { "localhost" } else { host };
        let socket = is_socket.then_some(("host", host));
        let pairs = self.kept.iter().copied().chain(socket).chain(port.map(|port| ("port", port)));
        let query = pairs.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&");
        let text = format!("postgres://{}{authority}{}?{query}", self.user, self.path);
        let options: PgConnectOptions = text.parse().map_err(|error| {
            format!("the URL of PostgreSQL cannot be read (is every special character in user and password percent-encoded?): {error}")
        })?;
        let options = match options.get_application_name() {
            Some(_) => options,
            None => options.application_name("vestibule"),
        };
        let name = match options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", options.get_host(), options.get_port()),
        };
        // The store has no floating-point numbers, and PgBouncer rejects parameters that it does not know.
        Ok(Server { name, options: options.extra_float_digits(None) })
    }
}

/// Comma-separated values; commas and slashes may be percent-encoded.
fn list(value: &str) -> Vec<String> {
    value
        .replace("%2C", ",")
        .replace("%2c", ",")
        .replace("%2F", "/")
        .replace("%2f", "/")
        .split(',')
        .map(str::to_owned)
        .collect()
}

fn seconds(value: &str) -> Result<Duration, String> {
    match value.parse() {
        // In libpq, 0 means no limit, and 1 is treated as 2. Without a limit, a start could wait for one server forever
        // and never try the next.
        Ok(0) => Ok(CONNECT),
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
        Err(_) => Err("connect_timeout in the URL of PostgreSQL must be a number of seconds".to_owned()),
    }
}

/// Accepts each of these values, because every connection goes to a server that accepts writes anyway.
fn takes_writes(value: &str) -> Result<(), String> {
    match value {
        "any" | "read-write" | "primary" => Ok(()),
        _ => {
            Err("target_session_attrs in the URL of PostgreSQL must be read-write (or primary, or any, which mean the \
                  same here): the store is written to"
                .to_owned())
        }
    }
}

fn without_effect(key: &str, value: &str) -> Result<(), String> {
    match WITHOUT_EFFECT.iter().find(|(known, _)| *known == key) {
        Some((_, values)) if values.is_empty() || values.contains(&value) => Ok(()),
        Some((_, values)) => Err(format!(
            "{key} in the URL of PostgreSQL can only be {}: vestibule does not offer more",
            values.join(" or ")
        )),
        None => Err(format!(
            "the URL of PostgreSQL has a parameter {key}, which is not known; those that are: host, port, \
             target_session_attrs, connect_timeout, {}",
            OF_DRIVER.join(", ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(url: &str) -> Vec<String> {
        Address::parse(url).expect(url).servers.into_iter().map(|server| server.name).collect()
    }

    fn refusal(url: &str) -> String {
        Address::parse(url).expect_err(url)
    }

    #[test]
    fn a_url_names_one_server_or_several() {
        for (url, servers) in [
            ("postgres://u:p@db1/v", &["db1:5432"][..]),
            ("postgres://u:p@db1:5433,db2:5434/v", &["db1:5433", "db2:5434"]),
            ("postgresql://u@db1,db2,[::1]:5435/v", &["db1:5432", "db2:5432", "[::1]:5435"]),
            ("postgres:///v?host=db1,db2&port=5433,5434&user=u", &["db1:5433", "db2:5434"]),
            ("postgres://u@/v?host=db1%2Cdb2&port=6432", &["db1:6432", "db2:6432"]),
            ("postgres://u@/v?host=/run/postgresql", &["/run/postgresql"]),
        ] {
            assert_eq!(names(url), servers, "{url}");
        }
    }

    #[test]
    fn user_password_and_database_hold_for_every_server() {
        let address =
            Address::parse("postgres://u%40x:p@db1:1,db2:2/v?sslmode=require&connect_timeout=7").expect("read");
        for server in &address.servers {
            let options = &server.options;
            assert_eq!((options.get_username(), options.get_database()), ("u@x", Some("v")));
            assert!(matches!(options.get_ssl_mode(), sqlx::postgres::PgSslMode::Require));
        }
        assert_eq!(address.patience, Duration::from_secs(7));
    }

    #[test]
    fn the_session_must_be_one_that_writes() {
        for value in ["any", "read-write", "primary"] {
            assert_eq!(names(&format!("postgres://db1,db2/v?target_session_attrs={value}")).len(), 2);
        }
        for value in ["read-only", "standby", "prefer-standby", "nonsense"] {
            let said = refusal(&format!("postgres://db1/v?target_session_attrs={value}"));
            assert!(said.contains("must be read-write"), "{said}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused_and_no_secret_repeated() {
        let said = refusal("postgres://u:geheim@db1/v?sslmod=require");
        assert!(said.contains("parameter sslmod,") && said.contains("sslmode") && !said.contains("geheim"), "{said}");
        let said = refusal("postgres://u:geheim@db1/v?channel_binding=require");
        assert!(said.contains("channel_binding") && said.contains("disable or prefer"), "{said}");
        let said = refusal("postgres://u:ge#heim@db1:x/v");
        assert!(said.contains("percent-encoded") && !said.contains("heim"), "{said}");
        let said = refusal("postgres://u@db1,db2,db3/v?port=1,2");
        assert!(said.contains("3 hosts and 2 ports"), "{said}");
        assert_eq!(
            names("postgres://u@db1/v?keepalives_idle=5&gssencmode=disable&tcp_user_timeout=3000"),
            ["db1:5432"]
        );
    }
}
