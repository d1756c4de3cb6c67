//! `[[tenant.application.secret]]`, and what is said of a certificate beside where it is.

use super::{TextOr, derived_guid};
use crate::config::schema::{Fallback, GUID, Kind, key, table, time, variable};
use crate::registry::Certificate;
use Fallback::{Is, Means, Required};
use Kind::Text;

table! {
    /// A client secret with an id of its own, as `vestibule export` writes it. The value is in the environment. The file
    /// owns the list as a whole: a secret that is no longer in it stops working, and `secret = []` leaves none.
    #[derive(Debug, Default)]
    pub struct SecretConfig, SECRET = "[[tenant.application.secret]]" {
        /// Environment variable that holds the secret: at least 32 randomly generated characters. The variable may be
        /// unset where the store has a secret of this id already, which then stays as it is.
        env: String = variable(Required).example("\"WEBAPP1_SECRET\"");

        /// Id of the secret: a GUID in lower case.
        id: Option<String> = key(Text, Means("derived from application and variable, the same on every machine"))
            .example("\"5c0e7a91-2f4d-4b83-9a16-d3e08b7c64f5\"").pattern(GUID);

        /// Name of the secret for administrators, at most 64 characters.
        description: String = key(Text, Is("\"\"")).example("\"Web servers, spring 2027\"").longest(64);

        /// The time at which the secret stops working (RFC 3339).
        expires: Option<String> = time(Means("never"));
    }
}

table! {
    /// A certificate with an id and a name of its own, as `vestibule export` writes it. The file owns the list as a
    /// whole.
    #[derive(Debug, Default)]
    pub struct CertificateConfig, CERTIFICATE = "certificates = [{ … }]" {
        /// PEM file, relative to this file, or PEM text.
        value: String = key(Text, Required).example("\"webapp1.pem\"");

        /// Id of the certificate: a GUID in lower case.
        id: Option<String> = key(Text, Means("derived from application and certificate, the same on every machine"))
            .example("\"e4b19d07-83c6-4f52-b0a9-6d2c1f7e5803\"").pattern(GUID);

        /// Name of the certificate for administrators, at most 64 characters.
        description: Option<String> = key(Text, Means("`certificate of the configuration`"))
            .example("\"Web servers, spring 2027\"").longest(64);
    }
}

/// A certificate of the file, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadCertificate {
    /// The certificate.
    pub certificate: Certificate,
    /// Its id, if the file has one.
    pub id: Option<String>,
    /// Its name for administrators, if the file has one.
    pub description: Option<String>,
}

impl SecretConfig {
    /// Its id: as named, or derived from the application's client id and the variable.
    #[must_use]
    pub fn id(&self, client_id: &str) -> String {
        self.id.clone().unwrap_or_else(|| derived_guid(&["credential", client_id, "secret in", &self.env]))
    }
}

impl TextOr<CertificateConfig> {
    /// The PEM file or text.
    #[must_use]
    pub fn value(&self) -> &str {
        match self {
            Self::Text(value) => value,
            Self::Table(table) => &table.value,
        }
    }

    /// The certificate with what the file says of it.
    pub(in crate::config) fn with(&self, certificate: Certificate) -> ReadCertificate {
        let (id, description) = match self {
            Self::Text(_) => (None, None),
            Self::Table(table) => (table.id.clone(), table.description.clone()),
        };
        ReadCertificate { certificate, id, description }
    }
}
