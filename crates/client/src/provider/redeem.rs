//! The token endpoint: exchanges a code or a refresh token for tokens (RFC 6749 sections 4.1.3 and 6).

use super::{Outage, Provider};
use crate::outside::NoAnswer;
use crate::settings::Purpose;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::StatusCode;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded::{Serializer, byte_serialize};
use vestibule_protocol::metadata::Metadata;

/// The client that sends the request.
#[derive(Clone, Copy)]
pub(crate) struct Client<'a> {
    pub(crate) id: &'a str,
    pub(crate) secret: Option<&'a str>,
}

/// The tokens granted. Never printed.
#[derive(Deserialize)]
pub(crate) struct Tokens {
    pub(crate) id_token: Option<String>,
    /// B2C issues one only if an API was requested.
    pub(crate) access_token: Option<String>,
    pub(crate) refresh_token: Option<String>,
    /// If absent, everything requested was granted.
    pub(crate) scope: Option<String>,
    expires_in: Option<Value>,
}

impl Tokens {
    /// Lifetime of the access token, in seconds; older tenants send it as a string.
    pub(crate) fn lifetime(&self) -> i64 {
        let number = |v: &Value| v.as_i64().or_else(|| v.as_str()?.parse().ok());
        self.expires_in.as_ref().and_then(number).filter(|s| *s > 0).unwrap_or(600)
    }
}

/// The reason why no token was granted.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The provider did not answer usably.
    Outage(Outage),
    /// The provider rejected the request.
    Denied(Denial),
}

/// The provider's error response.
#[derive(Debug, Deserialize)]
pub(crate) struct Denial {
    /// OAuth's `error` code.
    pub(crate) error: String,
    /// The description, for the log and for the AADB2C code in it.
    #[serde(default)]
    pub(crate) error_description: String,
}

impl From<Outage> for Refused {
    fn from(outage: Outage) -> Self {
        Self::Outage(outage)
    }
}

impl Provider {
    /// Sends a request to the token endpoint of the flow for a purpose; `grant` holds the parameters of the grant.
    pub(crate) async fn redeem(
        &self,
        client: Client<'_>,
        purpose: Purpose,
        grant: &[(&str, &str)],
    ) -> Result<Tokens, Refused> {
        let metadata = self.metadata(purpose).await?;
        let url = self.reach(&metadata.token_endpoint);
        let request = self.request(client, &metadata, grant)?;
        let lost = |NoAnswer(e)| Outage(format!("{url}: {e}"));
        let answer = self.outside.http.send(request).await.map_err(lost)?;
        match answer.status() {
            StatusCode::OK => serde_json::from_slice(answer.body())
                .map_err(|e| Outage(format!("{url} answered something else than tokens: {e}")).into()),
            // Too many requests says nothing about the grant.
            status if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {
                let denial: Option<Denial> = serde_json::from_slice(answer.body()).ok();
                Err(denial.map_or_else(|| Outage(format!("{url} answered {status}")).into(), Refused::Denied))
            }
            status => Err(Outage(format!("{url} answered {status}")).into()),
        }
    }

    fn request(
        &self,
        client: Client<'_>,
        metadata: &Metadata,
        grant: &[(&str, &str)],
    ) -> Result<http::Request<Bytes>, Outage> {
        let mut form = Serializer::new(String::new());
        form.extend_pairs(grant);
        let mut request = http::Request::post(self.reach(&metadata.token_endpoint))
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let basic = !self.authority.is_microsoft()
            && !metadata.token_endpoint_auth_methods_supported.iter().any(|m| m == "client_secret_post");
        match client.secret {
            Some(secret) if basic => request = request.header(AUTHORIZATION, basic_credentials(client.id, secret)),
            Some(secret) => {
                form.append_pair("client_id", client.id).append_pair("client_secret", secret);
            }
            None => {
                form.append_pair("client_id", client.id);
            }
        }
        let failed = |e| Outage(format!("{} cannot be asked: {e}", metadata.token_endpoint));
        request.body(Bytes::from(form.finish())).map_err(failed)
    }
}

/// RFC 6749 section 2.3.1: both parts are form-encoded first.
fn basic_credentials(id: &str, secret: &str) -> String {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret))))
}
