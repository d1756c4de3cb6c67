//! Client assertions: an application authenticates with the private key of a certificate that is registered for it
//! (`private_key_jwt`: RFC 7523 section 3, OpenID Connect Core section 9).
//!
//! Only registered certificates are used; a key inside the assertion is ignored.

use super::audit;
use super::error::TokenError;
use crate::oauth::visit::Visit;
use crate::web::request::Call;
use serde_json::{Map, Value};
use vestibule_protocol::digest::sha256_base64url;
use vestibule_protocol::error::Failure;
use vestibule_protocol::jwt::{self, Header};
use vestibule_tenant::registry::{Application, Certificate};

/// The only `client_assertion_type`.
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The longest lifetime of an assertion, in seconds. MSAL creates one for ten minutes and sends it repeatedly.
const LIFETIME: i64 = 600;
/// The longest lifetime of an assertion that is accepted only once, in seconds.
const LIFETIME_ONCE: i64 = 300;
/// The largest clock skew of an application, in seconds.
const SKEW: i64 = 60;
/// The maximum number of audited rejections of one client's assertions from one address per window.
const AUDITED_REFUSALS: i64 = 20;

/// Returns the assertion in the request.
///
/// # Errors
/// 90016, 90083.
pub(super) fn sent(call: &Call) -> Result<Option<&str>, Failure> {
    match (call.body.get("client_assertion"), call.body.get("client_assertion_type")) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(Failure::parameter_missing("client_assertion")),
        (Some(assertion), Some(TYPE)) => Ok(Some(assertion)),
        (Some(_), _) => {
            let message = format!("The client assertion type in the request is not the expected one, {TYPE}.");
            Err(Failure::new(90016, "invalid_client", message))
        }
    }
}

/// Returns the client that the assertion names, which is not verified.
pub(super) fn named(assertion: &str) -> Option<String> {
    let claims = jwt::claims_unverified(assertion).ok()?;
    claims.get("sub").and_then(Value::as_str).map(str::to_owned)
}

/// Checks that the assertion comes from the application.
///
/// # Errors
/// 90039, 90017; they are logged, and audited at a limited rate.
pub(super) async fn check(visit: Visit<'_>, application: &Application, assertion: &str) -> Result<(), TokenError> {
    let refused = match proves(visit, application, assertion).await? {
        Ok(()) => return Ok(()),
        Err(failure) => failure,
    };
    audit_refusal(visit, application, &refused).await?;
    Err(refused.into())
}

async fn proves(
    visit: Visit<'_>,
    application: &Application,
    assertion: &str,
) -> Result<Result<(), Failure>, TokenError> {
    if application.certificates().next().is_none() {
        let message = "The request contains a client assertion, but the application has no certificate.";
        return Ok(Err(Failure::new(90039, "invalid_client", message)));
    }
    let once = application.takes_assertions_once();
    let limit = if once { LIFETIME_ONCE } else { LIFETIME };
    let believed = match believed(visit, application, assertion, visit.now(), limit) {
        Ok(believed) => believed,
        Err(why) => return Ok(Err(invalid(&why))),
    };
    let first_use = !once || take(visit, application, &believed).await?;
    Ok(if first_use { Ok(()) } else { Err(invalid("it was used before")) })
}

fn invalid(why: &str) -> Failure {
    let message = format!("The client assertion provided in the request is invalid: {why}.");
    Failure::new(90017, "invalid_client", message)
}

/// Identifies an assertion that is accepted only once.
struct Believed {
    jti: String,
    /// Seconds since the epoch.
    expires_at: i64,
}

/// Checks everything except earlier use. `now` is in milliseconds; the error says what is wrong.
fn believed(
    visit: Visit<'_>,
    application: &Application,
    assertion: &str,
    now: i64,
    limit: i64,
) -> Result<Believed, String> {
    let header = jwt::header(assertion).map_err(|why| why.to_string())?;
    check_type(&header)?;
    let meant: Vec<&Certificate> = application.certificates().filter(|c| c.is_meant(&header)).collect();
    if meant.is_empty() {
        return Err("no certificate of the application has its thumbprint".to_owned());
    }
    let keys: Vec<_> = meant.iter().filter(|c| c.is_valid_at(now)).map(|c| &c.key).collect();
    if keys.is_empty() {
        return Err("its certificate has expired or is not valid yet".to_owned());
    }
    let claims = jwt::verify_by_any(assertion, &keys).map_err(|why| why.to_string())?;
    check_names(&claims, &application.client_id)?;
    check_audience(&claims, visit)?;
    let expires_at = check_times(&claims, now / 1000, limit)?;
    let jti = claims.get("jti").and_then(Value::as_str).filter(|jti| !jti.is_empty());
    let jti = jti.ok_or("it has no jti")?.to_owned();
    Ok(Believed { jti, expires_at })
}

/// Rejects a token of another purpose, by its type (RFC 8725 section 3.11).
fn check_type(header: &Header) -> Result<(), String> {
    let Some(typ) = &header.typ else { return Ok(()) };
    let typ = typ.to_ascii_lowercase();
    let own = ["jwt", "client-authentication+jwt", "application/client-authentication+jwt"];
    if own.contains(&typ.as_str()) { Ok(()) } else { Err("its type is that of another token".to_owned()) }
}

fn check_names(claims: &Map<String, Value>, client_id: &str) -> Result<(), String> {
    let is_client = |name: &str| {
        let text = claims.get(name).and_then(Value::as_str);
        text.is_some_and(|text| text.eq_ignore_ascii_case(client_id))
    };
    let is_its_own = is_client("iss") && is_client("sub");
    if is_its_own { Ok(()) } else { Err("its iss and sub are not both the client id".to_owned()) }
}

/// Checks that the only audience is this endpoint or the issuer, as published. If an assertion were meant for two
/// audiences, the other one could replay it here.
fn check_audience(claims: &Map<String, Value>, visit: Visit<'_>) -> Result<(), String> {
    let endpoints = visit.target.endpoints(visit.call);
    let issuers = [endpoints.issuer(false), endpoints.issuer(true), endpoints.issuer_openid()];
    let [token, v1] = [endpoints.token(false), endpoints.token(true)];
    let own: Vec<&String> = [&token, &v1].into_iter().chain(&issuers).collect();
    match jwt::audiences(claims).as_slice() {
        [one] if own.iter().any(|own| own.eq_ignore_ascii_case(one)) => Ok(()),
        _ => Err(format!("its aud is not {token}")),
    }
}

/// Checks the times and returns the expiry; `now` and `limit` are in seconds.
fn check_times(claims: &Map<String, Value>, now: i64, limit: i64) -> Result<i64, String> {
    let time = |name: &str| match (claims.get(name), jwt::seconds(claims, name)) {
        (Some(_), None) => Err(format!("its {name} is no number")),
        (_, seconds) => Ok(seconds),
    };
    let exp = time("exp")?.ok_or("it has no exp")?;
    if exp <= now {
        return Err("it has expired".to_owned());
    }
    let (iat, nbf) = (time("iat")?, time("nbf")?);
    let begins = [iat, nbf].into_iter().flatten();
    if begins.clone().any(|at| at > now + SKEW) {
        return Err("its iat or nbf lies in the future".to_owned());
    }
    if begins.chain([now]).any(|at| exp.saturating_sub(at) > limit + SKEW) {
        return Err(format!("it lives longer than {limit} seconds"));
    }
    Ok(exp)
}

/// Marks the assertion as used; returns false if it was used before.
async fn take(visit: Visit<'_>, application: &Application, believed: &Believed) -> Result<bool, TokenError> {
    let Believed { jti, expires_at } = believed;
    let hash = sha256_base64url(format!("{}\0{jti}", application.client_id).as_bytes());
    Ok(visit.app.store().take_client_assertion(visit.tenant_id(), &hash, expires_at.saturating_mul(1000)).await?)
}

/// Logs why the assertion is rejected, and audits it at a limited rate for each address.
async fn audit_refusal(visit: Visit<'_>, application: &Application, failure: &Failure) -> Result<(), TokenError> {
    let client_id = &application.client_id;
    tracing::info!(
        correlation_id = visit.call.correlation_id,
        client_id,
        why = failure.message,
        "an assertion was refused"
    );
    let entry = audit::failure(visit, client_id, "application.authenticate", failure);
    audit::record_within(visit, &audit::budget(visit, &format!("assertion {client_id}"), AUDITED_REFUSALS), entry)
        .await?;
    Ok(())
}
