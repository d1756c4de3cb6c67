//! Settings of an API: the issuer and audience of the tokens that it accepts.

use super::{Authority, Network, Reader, SettingsError};
use std::collections::BTreeMap;
use url::Url;

/// The settings of an API, parsed and checked.
///
/// | key | value |
/// |---|---|
/// | `B2C_TENANT_NAME`, `B2C_TENANT_URL`, `SIGNUPSIGNIN_USER_FLOW`, `AUTHORITY`, `OIDC_AUTHORITY` | the issuer of the tokens, as for a web app |
/// | `AUDIENCE` | the Application (client) ID of the API, or several IDs separated by spaces; default: `CLIENT_ID` |
/// | `ISSUERS` | accepted issuers, separated by spaces, instead of the one in the provider's discovery document: for custom domains, and to allow only some tenants of `common` |
/// | `CA_FILE` | PEM file of a certificate authority to trust in addition to the system's |
/// | `VESTIBULE_HTTP_HOSTS`, `VESTIBULE_BACKCHANNEL_URL`, `VESTIBULE_CLOCK_URL` | as for a web app; see [`crate::settings`] |
#[derive(Clone, Debug)]
pub struct ApiSettings {
    pub(crate) authority: Authority,
    pub(crate) network: Network,
    pub(crate) audiences: Vec<String>,
    /// If empty, the issuer in the discovery document.
    pub(crate) issuers: Vec<String>,
    pub(crate) authorities_file: Option<String>,
}

impl ApiSettings {
    /// Reads settings from a map.
    ///
    /// # Errors
    /// [`SettingsError`] with all problems at once.
    pub fn from_map(map: &BTreeMap<String, String>) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(map);
        let network = Network::read(&mut reader);
        let authority = Authority::read(&mut reader, &network);
        let audience = if reader.has("CLIENT_ID") && !reader.has("AUDIENCE") { "CLIENT_ID" } else { "AUDIENCE" };
        let audiences = reader.required(audience, "the Application (client) ID of the API's app registration");
        let issuers = issuers(&mut reader);
        let authorities_file = reader.optional("CA_FILE");
        reader.misspelt();
        match (authority, audiences) {
            (Some(authority), Some(audiences)) if reader.problems.is_empty() => {
                Ok(Self { authority, network, audiences: words(&audiences), issuers, authorities_file })
            }
            _ => Err(SettingsError { problems: reader.problems }),
        }
    }
}

fn issuers(reader: &mut Reader<'_>) -> Vec<String> {
    let issuers = words(&reader.optional("ISSUERS").unwrap_or_default());
    if issuers.iter().any(|issuer| Url::parse(issuer).is_err()) {
        let fix = "Write the issuers as the tokens name them, with spaces between them.";
        reader.wrong("ISSUERS", "holds something that is no URL", fix);
    }
    issuers
}

pub(super) fn words(text: &str) -> Vec<String> {
    text.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
