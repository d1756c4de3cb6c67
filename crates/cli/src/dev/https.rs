//! `dev --tls`: the tenant at its public name over https, the proxy through which clients reach it, and advice for
//! clients.

use crate::ca::LocalCa;
use crate::listen::{self, Bound, Reach, Servers, Site};
use crate::proxy::Proxy;
use anyhow::{Context, Result};
use axum_server::tls_rustls::RustlsConfig;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use vestibule_tenant::clock::Clock;

/// The default port of https, and the fallback if it is not available.
const PORTS: (u16, u16) = (443, 8443);
/// The interval at which the certificate's age is checked, and the age at which it is replaced: half its lifetime.
const RENEWAL: (Duration, i64) = (Duration::from_secs(3600), crate::ca::LEAF_DAYS * 86_400_000 / 2);

/// The prepared https server: ports are bound and the authority is open, but nothing is served yet.
pub(super) struct Https {
    ca: LocalCa,
    bound: Bound,
    proxy_bound: Bound,
    names: Vec<String>,
    facts: HttpsFacts,
}

/// The https addresses, for the ready message.
#[derive(Clone, Debug, Serialize)]
pub struct HttpsFacts {
    /// The port.
    pub port: u16,
    /// Origins that are served: with the port, and without it for clients that use the proxy or a resolver rule.
    pub origins: Vec<String>,
    /// The certificate authority's certificate, PEM.
    pub ca: PathBuf,
    /// The CONNECT proxy.
    pub proxy: String,
    /// The PAC file.
    pub pac: String,
    /// The reason why it is not port 443, if that was wanted.
    #[serde(skip)]
    pub note: Option<String>,
    /// Public names other than localhost.
    #[serde(skip)]
    pub names: Vec<String>,
}

impl Https {
    /// Binds the ports and opens the authority in the data folder. `tenants` are the short names of the tenants.
    pub(super) fn prepare(
        data: &Path,
        tenants: &[String],
        reach: Reach,
        tls_port: Option<u16>,
        proxy_port: u16,
    ) -> Result<Self> {
        let (bound, note) = bind(reach, tls_port)?;
        // The proxy always stays on loopback, so that it is never open to other machines.
        let proxy_bound = listen::bind(Reach::Loopback, proxy_port, "the CONNECT proxy", "--proxy-port")?;
        let ca = LocalCa::open(&data.join("tls"), Clock::system().now())?;
        let public: Vec<String> = tenants.iter().map(|name| format!("{name}.b2clogin.com")).collect();
        let names: Vec<String> = public.iter().cloned().chain(["localhost".to_owned()]).collect();
        let mut origins: Vec<String> = names.iter().map(|name| format!("https://{name}")).collect();
        if bound.port != PORTS.0 {
            // The Host header shows how a client connected: to the port itself, or through the proxy as if to 443.
            origins.extend(names.iter().map(|name| format!("https://{name}:{}", bound.port)));
        }
        let proxy = format!("http://127.0.0.1:{}", proxy_bound.port);
        let ca_file = std::path::absolute(ca.certificate_file()).context("the current folder is gone")?;
        let pac = format!("{proxy}/proxy.pac");
        let facts = HttpsFacts { port: bound.port, origins, ca: ca_file, proxy, pac, note, names: public };
        Ok(Self { ca, bound, proxy_bound, names, facts })
    }

    pub(super) fn facts(&self) -> &HttpsFacts {
        &self.facts
    }

    /// Serve, and renew the certificate until stopped. Returns the settings, which follow each renewal.
    pub(super) fn serve(self, servers: &mut Servers, site: &Site, stop: &CancellationToken) -> Result<RustlsConfig> {
        let mut certified = self.names.clone();
        certified.extend(["127.0.0.1".to_owned(), "::1".to_owned()]);
        // The system clock, because the tenant's clock can be moved.
        let clock = Clock::system();
        let mut made = clock.now();
        let config = RustlsConfig::from_config(self.ca.server_config(&certified, made)?);
        let proxy = Proxy { names: self.names, tls_port: self.bound.port, port: self.proxy_bound.port };
        servers.serve_tenant(self.bound, site, Some(&config))?;
        tokio::spawn(proxy.run(self.proxy_bound.into_tokio()?, stop.clone()));
        let stop = stop.clone();
        let renewed = config.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(RENEWAL.0) => {}
                }
                if clock.now() - made < RENEWAL.1 {
                    continue;
                }
                match self.ca.server_config(&certified, clock.now()) {
                    Ok(fresh) => {
                        renewed.reload_from_config(fresh);
                        made = clock.now();
                    }
                    Err(error) => tracing::error!(error = format!("{error:#}"), "the TLS certificate was not renewed"),
                }
            }
        });
        Ok(config)
    }
}

/// Port 443, or 8443 with a sentence that gives the reason; or the chosen port.
fn bind(reach: Reach, chosen: Option<u16>) -> Result<(Bound, Option<String>)> {
    if let Some(port) = chosen {
        return Ok((listen::bind(reach, port, "https", "--tls-port")?, None));
    }
    match listen::try_bind(reach, PORTS.0) {
        Ok(bound) => Ok((bound, None)),
        Err(error) => {
            let why = match error.kind() {
                std::io::ErrorKind::PermissionDenied => "this user may not open port 443".to_owned(),
                std::io::ErrorKind::AddrInUse => "port 443 is taken by another program".to_owned(),
                _ => format!("port 443 cannot be opened ({error})"),
            };
            let bound = listen::bind(reach, PORTS.1, "https", "--tls-port")?;
            Ok((bound, Some(format!("{why}, so https is on port {}", PORTS.1))))
        }
    }
}

impl HttpsFacts {
    /// The advice for clients: how to reach the tenant, and how to trust its certificate.
    pub(super) fn advice(&self) -> String {
        let ca = self.ca.display();
        let proxy = &self.proxy;
        let names = self.names.join(" ");
        let pac = &self.pac;
        let rules: Vec<String> = self.names.iter().map(|n| format!("MAP {n}:443 127.0.0.1:{}", self.port)).collect();
        let rules = rules.join(", ");
        let port =
            if self.port == PORTS.0 { String::new() } else { format!("   (and port {} in the address)", self.port) };
        let note = self.note.as_ref().map(|note| format!(" Note: {note}.")).unwrap_or_default();
        format!(
            "HTTPS: {origins}.{note}\n\n\
             To reach it under its public name, one of these:\n  \
             hosts file  127.0.0.1 {names}{port}\n  \
             a program   HTTPS_PROXY={proxy}\n  \
             a browser   proxy configuration file {pac}\n  \
             Chromium    --host-resolver-rules=\"{rules}\"\n\n\
             To trust its certificates ({ca} vouches for b2clogin.com names and this machine only):\n  \
             Python      REQUESTS_CA_BUNDLE={ca} SSL_CERT_FILE={ca}\n  \
             Node        NODE_EXTRA_CA_CERTS={ca}\n  \
             Debian      sudo cp {ca} /usr/local/share/ca-certificates/vestibule-dev.crt && sudo update-ca-certificates\n  \
             Fedora      sudo trust anchor {ca}\n  \
             macOS       sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain {ca}\n  \
             Windows     certutil -user -addstore Root {ca}\n  \
             Chromium    certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n vestibule-dev -i {ca}\n",
            origins = self.origins.join(", "),
        )
    }
}
