//! Certificate files, which are read at the start and again on SIGHUP, so that a renewal needs no restart.

use crate::ca::tls_settings;
use crate::log;
use anyhow::{Context, Result, bail};
use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// A certificate chain and key in files.
#[derive(Clone)]
pub(super) struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    config: RustlsConfig,
}

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// A sentence that names the file at fault.
    pub(super) fn load(chain: PathBuf, key: PathBuf) -> Result<Self> {
        let config = RustlsConfig::from_config(read(&chain, &key)?);
        Ok(Self { chain, key, config })
    }

    /// The listener's settings, which follow reloads.
    pub(super) fn config(&self) -> &RustlsConfig {
        &self.config
    }

    /// Reads the files again at every SIGHUP until stopped. If they are invalid, an error is logged and nothing
    /// changes.
    #[cfg(unix)]
    pub(super) fn reload_on_signal(self, stop: CancellationToken) -> Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut hangups = signal(SignalKind::hangup()).context("cannot listen for SIGHUP")?;
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    _ = hangups.recv() => {}
                }
                match read(&self.chain, &self.key) {
                    Ok(config) => {
                        self.config.reload_from_config(config);
                        tracing::info!("the TLS certificate was read again");
                    }
                    Err(error) => {
                        let error = log::sentence(&error);
                        tracing::error!(error, "the TLS certificate was not read again; the old one stays");
                    }
                }
            }
        });
        Ok(())
    }

    /// This platform has no such signal: a renewed certificate needs a restart.
    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "has a failure where there are signals")]
    pub(super) fn reload_on_signal(self, _: CancellationToken) -> Result<()> {
        Ok(())
    }
}

fn read(chain: &Path, key: &Path) -> Result<Arc<ServerConfig>> {
    let cannot = |path: &Path| format!("cannot read {}; is it PEM, and may this user read it?", path.display());
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect)
        .map_err(anyhow::Error::new)
        .with_context(|| cannot(chain))?;
    if certificates.is_empty() {
        bail!(
            "{} holds no certificate; it needs the server's, and then those between it and the root",
            chain.display()
        );
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(anyhow::Error::new).with_context(|| cannot(key))?;
    tls_settings(certificates, key)
}
