//! TLS: rustls with the system's certificate authorities.

use crate::settings::SettingsError;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use tokio_rustls::TlsConnector;
use url::Host;

/// A connector that trusts the system's authorities and those of `extra`, a PEM file.
pub(crate) fn connector(extra: Option<&[u8]>) -> Result<TlsConnector, SettingsError> {
    let mut roots = system_roots();
    if let Some(pem) = extra {
        add(&mut roots, pem)?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| SettingsError::Tls(error.to_string()))?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (usable, _) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        tracing::warn!(
            errors = ?found.errors,
            "the system has no certificate authorities, so no server is trusted; install the package `ca-certificates`"
        );
    }
    roots
}

fn add(roots: &mut RootCertStore, pem: &[u8]) -> Result<(), SettingsError> {
    let before = roots.len();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| SettingsError::Roots(error.to_string()))?;
        roots.add(certificate).map_err(|error| SettingsError::Roots(error.to_string()))?;
    }
    if roots.len() == before {
        return Err(SettingsError::Roots("none was found".into()));
    }
    Ok(())
}

/// The name that the server's certificate must have: always the URL's host, never a mapped or resolved address.
pub(crate) fn server_name(host: &Host<String>) -> Option<ServerName<'static>> {
    match host {
        Host::Domain(name) => ServerName::try_from(name.clone()).ok(),
        Host::Ipv4(address) => Some(ServerName::from(std::net::IpAddr::V4(*address))),
        Host::Ipv6(address) => Some(ServerName::from(std::net::IpAddr::V6(*address))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused() {
        let error = connector(Some(b"not a certificate")).map(|_| ()).expect_err("no certificate");
        assert!(error.to_string().contains("none was found"), "{error}");
    }
}
