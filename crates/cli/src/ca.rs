//! The local certificate authority of `dev --tls`. It is created once and kept in the data folder; name constraints
//! (RFC 5280 section 4.2.1.10) limit it to loopback and names under `b2clogin.com`.

use crate::files;
use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Validity of a server's certificate, in days.
pub const LEAF_DAYS: i64 = 30;
/// Validity of the authority, in days: ten years, so that clients need not trust a new one.
const CA_DAYS: i64 = 3650;
const DAY_MS: i64 = 86_400_000;

/// The local certificate authority.
pub struct LocalCa {
    folder: PathBuf,
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl LocalCa {
    /// Opens the authority in `folder`, or creates it. `now` is in milliseconds since the epoch.
    ///
    /// # Errors
    /// A sentence that names the file at fault.
    pub fn open(folder: &Path, now: i64) -> Result<Self> {
        files::create_private_dir(folder)?;
        let key_file = folder.join("ca-key.pem");
        let key = match files::read_if_there(&key_file)? {
            Some(pem) => KeyPair::from_pem(&pem)
                .with_context(|| format!("{} holds no private key; delete it to make another", key_file.display()))?,
            None => {
                let key = KeyPair::generate().context("cannot make a key for the local certificate authority")?;
                files::write_private(&key_file, key.serialize_pem().as_bytes())?;
                key
            }
        };
        let file = folder.join("ca.pem");
        let pem = match files::read_if_there(&file)? {
            Some(pem) => pem,
            None => {
                let pem =
                    ca_params(now).self_signed(&key).context("cannot make the local certificate authority")?.pem();
                std::fs::write(&file, &pem).with_context(|| format!("cannot write {}", file.display()))?;
                pem
            }
        };
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|e| {
            anyhow::anyhow!("{} holds no certificate ({e:?}); delete it to make another", file.display())
        })?;
        Ok(Self { folder: folder.to_owned(), certificate, issuer: Issuer::new(ca_params(now), key) })
    }

    /// The file with its certificate, for clients to trust.
    #[must_use]
    pub fn certificate_file(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// TLS settings with a new certificate for these names and addresses, valid for [`LEAF_DAYS`]. Its key is never
    /// written to disk.
    ///
    /// # Errors
    /// A name is not a valid DNS name.
    pub fn server_config(&self, names: &[String], now: i64) -> Result<Arc<ServerConfig>> {
        let key = KeyPair::generate().context("cannot make a key for TLS")?;
        let mut params = CertificateParams::new(names).context("a name of the certificate is no DNS name")?;
        params.distinguished_name = named("vestibule dev");
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        set_validity(&mut params, now, LEAF_DAYS);
        let leaf = params.signed_by(&key, &self.issuer).context("cannot sign the certificate for TLS")?;
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        tls_settings(vec![leaf.der().clone(), self.certificate.clone()], key.into())
    }
}

/// TLS settings for HTTP/1.1 with this chain and key.
///
/// # Errors
/// The key does not belong to the certificate, or is of a kind that TLS does not support.
pub fn tls_settings(
    chain: Vec<CertificateDer<'static>>,
    key: rustls::pki_types::PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("the certificate and the private key do not belong together")?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The authority's parameters. Its name must be the same at every start, because certificates refer to it.
fn ca_params(now: i64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named("vestibule dev local CA (this machine only)");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName("b2clogin.com".to_owned()),
            GeneralSubtree::DnsName("localhost".to_owned()),
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8)),
            GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(
                [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
                128,
            )),
        ],
        excluded_subtrees: Vec::new(),
    });
    set_validity(&mut params, now, CA_DAYS);
    params
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// Valid from one day before now, at midnight (UTC), for clocks that differ.
fn set_validity(params: &mut CertificateParams, now: i64, days: i64) {
    let midnight = |ms: i64| {
        let day = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let day = jiff::tz::TimeZone::UTC.to_datetime(day).date();
        let part = |n: i8| u8::try_from(n).unwrap_or(1);
        rcgen::date_time_ymd(i32::from(day.year()), part(day.month()), part(day.day()))
    };
    params.not_before = midnight(now.saturating_sub(DAY_MS));
    params.not_after = midnight(now.saturating_add((days + 1) * DAY_MS));
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::pki_types::ServerName;
    use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConnection};
    use vestibule_tenant::clock::Clock;

    /// Connects as a client to `name`, at a server whose certificate is for `names`.
    fn handshake(ca: &LocalCa, names: &[&str], name: &str) -> Result<(), rustls::Error> {
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        let server = ca.server_config(&names, Clock::system().now()).expect("settings");
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(ca.certificate_file()).expect("a certificate")).expect("a root");
        let client = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        let mut client = ClientConnection::new(Arc::new(client), name)?;
        let mut server = ServerConnection::new(server)?;
        while client.is_handshaking() {
            let mut wire = Vec::new();
            client.write_tls(&mut wire).expect("memory");
            server.read_tls(&mut wire.as_slice()).expect("memory");
            server.process_new_packets()?;
            let mut wire = Vec::new();
            while server.wants_write() {
                server.write_tls(&mut wire).expect("memory");
            }
            let mut wire = wire.as_slice();
            while !wire.is_empty() {
                client.read_tls(&mut wire).expect("memory");
                client.process_new_packets()?;
            }
        }
        Ok(())
    }

    #[test]
    fn certificates_are_good_for_b2clogin_names_and_this_machine() {
        let folder = tempfile::tempdir().expect("a folder");
        let ca = LocalCa::open(folder.path(), Clock::system().now()).expect("made");
        for name in ["contoso.b2clogin.com", "localhost", "127.0.0.1", "::1"] {
            assert_eq!(
                handshake(&ca, &["contoso.b2clogin.com", "localhost", "127.0.0.1", "::1"], name),
                Ok(()),
                "{name}"
            );
        }
    }

    #[test]
    fn name_constraints_make_it_useless_for_any_other_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let ca = LocalCa::open(folder.path(), Clock::system().now()).expect("made");
        for name in ["login.contoso.com", "b2clogin.com.evil.test", "evilb2clogin.com", "192.168.0.1", "2001:db8::1"] {
            let refused = handshake(&ca, &[name], name).expect_err(name);
            assert!(format!("{refused:?}").contains("NameConstraint"), "{name}: {refused:?}");
        }
    }

    #[test]
    fn the_authority_is_made_once_and_its_key_is_for_its_owner() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = Clock::system().now();
        let first = LocalCa::open(folder.path(), now).expect("made");
        let again = LocalCa::open(folder.path(), now + DAY_MS).expect("opened");
        assert_eq!(first.certificate, again.certificate);
        assert_eq!(
            handshake(&again, &["localhost"], "localhost"),
            Ok(()),
            "the second start signs for the first's certificate"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(folder.path().join("ca-key.pem")).expect("the key").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
