//! The discovery documents (OpenID Connect Discovery section 4) and the published keys (RFC 7517).

pub mod cached;

use crate::app::documents::CachedDocument;
use crate::oauth::standard_claims;
use crate::oauth::target::Target;
use crate::oauth::visit::Visit;
use crate::web::answer;
use crate::web::request::Call;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, header};
use vestibule_protocol::metadata::{Metadata, PROTOCOL_CLAIMS, RESPONSE_TYPES};
use vestibule_protocol::scope::{OPENID, of_claim};
use vestibule_protocol::urls::{Endpoints, Form};
use vestibule_tenant::registry::Application;

/// The time for which clients may cache documents and keys. A new key is published much longer than that before it
/// signs: see [`vestibule_tenant::keys::PUBLISHED_BEFORE`].
const CACHE: &str = "public, max-age=3600";

/// `token_endpoint_auth_methods_supported`; B2C names the first two.
const AUTH_METHODS: [&str; 3] = ["client_secret_post", "client_secret_basic", "private_key_jwt"];
/// `token_endpoint_auth_signing_alg_values_supported`.
const ASSERTION_ALGS: [&str; 3] = ["RS256", "PS256", "ES256"];

/// Answers with the discovery document, or with the older one if `target.v1`.
pub async fn document(visit: Visit<'_>) -> Response<Body> {
    if let Some(other) = other_method(visit.call) {
        return other;
    }
    let text = Bytes::from(serde_json::to_vec(&metadata(visit)).unwrap_or_default());
    cached::store(visit, CachedDocument::Discovery(text.clone()));
    public(&visit.call.method, text)
}

/// Answers with the key set.
pub async fn keys(visit: Visit<'_>) -> Response<Body> {
    if let Some(other) = other_method(visit.call) {
        return other;
    }
    match visit.app.keys().published(visit.tenant_id()).await {
        Ok(text) => {
            cached::store(visit, CachedDocument::Keys(visit.tenant_id().to_owned()));
            public(&visit.call.method, text)
        }
        Err(error) => {
            tracing::error!(tenant = visit.tenant().id, %error, "the keys cannot be published");
            let mut response = answer::status(StatusCode::SERVICE_UNAVAILABLE);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            share(&mut response);
            response
        }
    }
}

/// The document in the same URL form as the request.
fn metadata(visit: Visit<'_>) -> Metadata {
    let (endpoints, v1) = (visit.target.endpoints(visit.call), visit.target.v1);
    let party = &visit.policy().relying_party;
    let strict = visit.target.form == Form::Openid;
    let own = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
    Metadata {
        issuer: issuer(visit, &endpoints, strict),
        authorization_endpoint: endpoints.authorize(v1),
        token_endpoint: endpoints.token(v1),
        end_session_endpoint: (!party.resource_owner).then(|| endpoints.logout(v1)),
        jwks_uri: endpoints.keys(v1),
        userinfo_endpoint: strict.then(|| endpoints.userinfo()),
        response_modes_supported: own(&["query", "fragment", "form_post"]),
        response_types_supported: if strict { response_types(visit.target) } else { own(&RESPONSE_TYPES) },
        scopes_supported: if strict { scopes(visit.target) } else { own(&["openid"]) },
        // B2C's document says `pairwise`, although its subjects are the same for every application.
        subject_types_supported: own(&[if strict { "public" } else { "pairwise" }]),
        id_token_signing_alg_values_supported: own(&["RS256"]),
        // B2C's document never names `private_key_jwt`.
        token_endpoint_auth_methods_supported: own(&AUTH_METHODS[..if strict { 3 } else { 2 }]),
        token_endpoint_auth_signing_alg_values_supported: if strict { own(&ASSERTION_ALGS) } else { Vec::new() },
        code_challenge_methods_supported: if strict { own(&["S256"]) } else { Vec::new() },
        claims_supported: claims(visit.target, strict),
        grant_types_supported: if strict { grant_types(visit.target) } else { Vec::new() },
        claims_parameter_supported: strict && !party.resource_owner,
        authorization_response_iss_parameter_supported: strict,
        request_uri_parameter_supported: strict.then_some(false),
    }
}

fn issuer(visit: Visit<'_>, endpoints: &Endpoints<'_>, strict: bool) -> String {
    match (visit.target.v1, strict) {
        (true, _) => endpoints.issuer_v1(),
        (false, true) => endpoints.issuer_openid(),
        (false, false) => visit.target.issuer(&visit.call.origin.public),
    }
}

/// The applications that follow OpenID Connect to the letter.
fn strict_applications(target: &Target) -> impl Iterator<Item = &Application> {
    target.tenant.applications().map(|application| &**application).filter(|one| one.enabled && one.is_strict())
}

/// Returns true if this address is for strict applications, and the tenant has none.
#[must_use]
pub fn is_for_nobody(target: &Target) -> bool {
    target.form == Form::Openid && strict_applications(target).next().is_none()
}

/// `response_types_supported`: everything that an application which reads this document may request.
fn response_types(target: &Target) -> Vec<String> {
    let may = |words: &str, application: &Application| {
        words.split(' ').all(|word| match word {
            "id_token" => application.implicit_id_token,
            "token" => application.implicit_access_token,
            _ => true,
        })
    };
    let pages = !target.flow.policy.relying_party.resource_owner;
    let is_given = |words: &&str| pages && strict_applications(target).any(|application| may(words, application));
    RESPONSE_TYPES.into_iter().filter(is_given).map(str::to_owned).collect()
}

/// `grant_types_supported`, in the same way.
fn grant_types(target: &Target) -> Vec<String> {
    let resource_owner = target.flow.policy.relying_party.resource_owner;
    let has = |may: fn(&Application) -> bool| strict_applications(target).any(may);
    let all = [
        ("authorization_code", !resource_owner),
        ("implicit", !resource_owner && has(|one| one.implicit_id_token || one.implicit_access_token)),
        ("password", resource_owner && has(|one| one.public_client)),
        ("refresh_token", has(|one| one.has_openid_permission("offline_access"))),
        ("client_credentials", has(Application::is_confidential)),
    ];
    all.into_iter().filter(|(_, given)| *given).map(|(name, _)| name.to_owned()).collect()
}

/// The scopes of OpenID Connect that are always supported, and those with which userinfo returns a claim of this
/// policy. (B2C's document names only `openid`, whatever is granted.)
fn scopes(target: &Target) -> Vec<String> {
    let claims = &target.flow.policy.relying_party.claim_names;
    let gives = |scope: &str| claims.iter().any(|claim| of_claim(claim) == Some(scope));
    let permitted = |scope: &str| strict_applications(target).any(|one| one.has_openid_permission(scope));
    let named = |scope: &&str| match *scope {
        "openid" | "offline_access" => permitted(scope),
        scope => gives(scope),
    };
    OPENID.into_iter().filter(named).map(str::to_owned).collect()
}

/// The policy's claims in its order, for strict applications with those that userinfo adds, then the protocol's;
/// without duplicates.
fn claims(target: &Target, strict: bool) -> Vec<String> {
    let party = &target.flow.policy.relying_party;
    let added = if strict { standard_claims::standard_names(&party.claim_names) } else { Vec::new() };
    // B2C's document lists `acr` even if the policy's name is in `tfp`.
    let given = |name: &&str| !strict || *name != "acr" || party.tokens.policy_claim == "acr";
    let subject = strict.then_some("sub");
    let mut all: Vec<String> = Vec::new();
    let names = party.claim_names.iter().map(String::as_str).chain(added).chain(subject);
    for name in names.chain(PROTOCOL_CLAIMS.into_iter().filter(given)) {
        if !all.iter().any(|have| have == name) {
            all.push(name.to_owned());
        }
    }
    all
}

/// Answers every method but GET and HEAD.
fn other_method(call: &Call) -> Option<Response<Body>> {
    match call.method {
        Method::GET | Method::HEAD => None,
        Method::OPTIONS => {
            let mut response = answer::status(StatusCode::NO_CONTENT);
            let headers = response.headers_mut();
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, OPTIONS"));
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
            if let Some(asked) = call.headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
                headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
            }
            share(&mut response);
            Some(response)
        }
        _ => {
            let mut response = answer::status(StatusCode::METHOD_NOT_ALLOWED);
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
            Some(response)
        }
    }
}

/// Answers with JSON that any page may read.
fn public(method: &Method, body: Bytes) -> Response<Body> {
    let length = body.len();
    let mut response = Response::new(if method == Method::HEAD { Body::empty() } else { Body::from(body) });
    let headers = response.headers_mut();
    // Allocates room for all headers at once.
    headers.reserve(8);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
    share(&mut response);
    response
}

/// Lets any page read the response.
pub(crate) fn share(response: &mut Response<Body>) {
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}
