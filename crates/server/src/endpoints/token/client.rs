//! Identifies the client and authenticates it (RFC 6749 section 2.3).

use super::error::TokenError;
use super::{assertion, audit};
use crate::oauth::target::OTHER_PROFILE;
use crate::oauth::visit::Visit;
use crate::web::request::Call;
use http::header;
use percent_encoding::percent_decode_str;
use std::sync::Arc;
use vestibule_protocol::digest::from_base64;
use vestibule_protocol::error::Failure;
use vestibule_tenant::registry::{Application, Platform, SecretCheck};

/// The maximum number of wrong secrets from one address for one application per window; after that, 429. The right
/// secret still works, so that nobody can lock out an application.
const WRONG_SECRETS: i64 = 20;

/// The application that sent the request.
pub(super) struct Client {
    pub(super) application: Arc<Application>,
    pub(super) proof: Proof,
}

/// The client's authentication. A wrong proof does not pass [`identify`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// It sent no credential.
    Nothing,
    /// By its secret.
    Secret,
    /// By a client assertion, signed with the key of a certificate.
    Certificate,
    /// It sent a secret but has none registered.
    Unexpected,
}

impl Client {
    /// Checks that the proof, or its absence, fits a grant acquired at a redirect URI of this platform.
    ///
    /// # Errors
    /// 90079, 90084.
    pub(super) fn may_redeem(&self, acquired_at: Platform) -> Result<(), Failure> {
        match (acquired_at, self.proof) {
            (Platform::Web, Proof::Secret | Proof::Certificate) => Ok(()),
            (Platform::Web, Proof::Nothing) => Err(Failure::secret_missing()),
            (Platform::Spa | Platform::PublicClient, Proof::Nothing) => Ok(()),
            _ => Err(Failure::secret_unexpected()),
        }
    }

    /// Checks that the application authenticated.
    ///
    /// # Errors
    /// 90079, 90084.
    pub(super) fn must_be_proven(&self) -> Result<(), Failure> {
        self.may_redeem(Platform::Web)
    }
}

/// Finds the application, and checks its secret or assertion if it sent one.
///
/// # Errors
/// 90008, 90018, 90092, 90081, 90016, 90017, 90039, 90122; 429.
pub(super) async fn identify(visit: Visit<'_>) -> Result<Client, TokenError> {
    let basic = basic(visit.call)?;
    let sent = visit.call.body.get("client_id");
    if let (Some(basic), Some(sent)) = (&basic, sent)
        && !basic.client_id.eq_ignore_ascii_case(sent)
    {
        let message = "The client ID in the request differs from the one in the Authorization header.";
        return Err(Failure::new(90122, "invalid_request", message).into());
    }
    let assertion = assertion::sent(visit.call)?;
    let named = basic.as_ref().map(|b| b.client_id.clone()).or_else(|| sent.map(str::to_owned));
    let named = named
        .or_else(|| assertion.and_then(assertion::named))
        .ok_or_else(|| Failure::new(90008, "invalid_request", "The request does not contain a client ID parameter."))?;
    let application = visit.tenant().application(&named).ok_or_else(|| {
        let message = "The client ID specified in the request is not registered in the tenant.";
        Failure::new(90018, "invalid_client", message)
    })?;
    if !application.enabled {
        return Err(Failure::new(90092, "unauthorized_client", "The provided application is disabled.").into());
    }
    if visit.target.is_of_another_profile(&application) {
        return Err(Failure::new(90122, "unauthorized_client", OTHER_PROFILE).into());
    }
    let by_header = basic.map(|b| b.secrets).filter(|s| !s.is_empty());
    let secrets = match (by_header, visit.call.body.get("client_secret"), assertion) {
        (Some(secrets), None, None) => secrets,
        (None, Some(secret), None) => vec![secret.to_owned()],
        (None, None, Some(sent)) => {
            assertion::check(visit, &application, sent).await?;
            return Ok(Client { application, proof: Proof::Certificate });
        }
        (None, None, None) => return Ok(Client { application, proof: Proof::Nothing }),
        _ => {
            let message = "The client must authenticate in one way only.";
            return Err(Failure::new(90122, "invalid_request", message).into());
        }
    };
    if application.credentials.is_empty() && !application.is_confidential() {
        return Ok(Client { application, proof: Proof::Unexpected });
    }
    if secrets.iter().any(|s| application.check_secret(s, visit.now()) == SecretCheck::Right) {
        return Ok(Client { application, proof: Proof::Secret });
    }
    Err(wrong_secret(visit, &application).await?)
}

/// Returns the error for a wrong secret. It is counted, and audited at a limited rate.
async fn wrong_secret(visit: Visit<'_>, application: &Application) -> Result<TokenError, TokenError> {
    let (client_id, failure) = (&application.client_id, Failure::secret_wrong());
    let entry = audit::failure(visit, client_id, "application.authenticate", &failure);
    let budget = audit::budget(visit, &format!("secret {client_id}"), WRONG_SECRETS);
    let lasts = audit::record_within(visit, &budget, entry).await?;
    Ok(if lasts { failure.into() } else { TokenError::too_many(budget.window_ms / 1000) })
}

/// The content of `Authorization: Basic`.
struct Basic {
    client_id: String,
    /// The password as sent, and form-decoded (RFC 6749 section 2.3.1): some clients encode, some do not.
    /// Empty: no password.
    secrets: Vec<String>,
}

/// Returns true if `Authorization: Basic` was sent: then an error must be a challenge (RFC 6749 section 5.2).
pub(super) fn is_basic(call: &Call) -> bool {
    basic_text(call).is_some()
}

fn basic_text(call: &Call) -> Option<&str> {
    let (scheme, text) = call.header(header::AUTHORIZATION.as_str())?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Basic").then(|| text.trim())
}

fn basic(call: &Call) -> Result<Option<Basic>, Failure> {
    let Some(text) = basic_text(call) else { return Ok(None) };
    let decoded = from_base64(text).and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((id, secret)) = decoded.as_deref().and_then(|text| text.split_once(':')) else {
        return Err(Failure::new(90122, "invalid_client", "The Authorization header is malformed."));
    };
    let mut secrets = vec![secret.to_owned()];
    secrets.extend(form_decoded(secret).filter(|decoded| decoded != secret));
    secrets.retain(|s| !s.is_empty());
    Ok(Some(Basic { client_id: form_decoded(id).unwrap_or_else(|| id.to_owned()), secrets }))
}

fn form_decoded(text: &str) -> Option<String> {
    percent_decode_str(&text.replace('+', " ")).decode_utf8().ok().map(|text| text.into_owned())
}

/// Returns the client id in the request, authenticated or not.
pub(super) fn named(call: &Call) -> Option<String> {
    let basic = basic(call).ok().flatten().map(|b| b.client_id);
    let named = basic.or_else(|| call.body.get("client_id").map(str::to_owned));
    named.or_else(|| assertion::sent(call).ok().flatten().and_then(assertion::named))
}
