//! Parses a request once: its origin, tenant and policy, parameters, cookies and sender.

use super::headers;
use crate::app::App;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::uri::Authority;
use http::{HeaderMap, Method, Request, StatusCode, Uri, header};
use percent_encoding::percent_decode;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use vestibule_tenant::origin::{Differs, OriginRef, Origins, Peer};

/// Longest request target, in bytes.
const MAX_TARGET: usize = 8 * 1024;
/// Largest body, in bytes.
const MAX_BODY: usize = 64 * 1024;
/// Maximum number of parameters of a query or form.
const MAX_PARAMS: usize = 100;

/// The reason why a request was rejected before it reached an endpoint.
#[derive(Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The status.
    pub status: StatusCode,
    /// One sentence.
    pub message: &'static str,
}

const fn refused(status: StatusCode, message: &'static str) -> ReadError {
    ReadError { status, message }
}

/// The error for a request to a host that is not ours, with the reason if the host is similar to one of ours. The
/// messages reveal nothing that the sender does not know.
fn misdirected(origins: &Origins, tls: bool, host: &str) -> ReadError {
    let message = match origins.near(tls, host) {
        Some(Differs::Scheme) if tls => {
            "This host is configured with http, and the request came by https. Use the address that begins with http://."
        }
        Some(Differs::Scheme) => {
            "This host is configured with https, and the request came by http. Use the address that begins with https://. \
             A proxy that speaks TLS for this server must send X-Forwarded-Proto, and trusted_proxies must name it."
        }
        Some(Differs::Port) => "This host is configured with another port. Use the address that the operator gave you.",
        None => "No tenant is configured for this address.",
    };
    refused(StatusCode::MISDIRECTED_REQUEST, message)
}

/// Decoded name-value pairs of a query or a form, in order.
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Decodes `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// 400 if a value is not UTF-8 or contains NUL, or if there are too many.
    pub fn parse(text: &[u8]) -> Result<Self, ReadError> {
        let mut pairs = Vec::new();
        for piece in text.split(|b| *b == b'&').filter(|p| !p.is_empty()) {
            if pairs.len() == MAX_PARAMS {
                return Err(refused(StatusCode::BAD_REQUEST, "The request has too many parameters."));
            }
            let mut halves = piece.splitn(2, |b| *b == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            pairs.push((name, decode(halves.next().unwrap_or_default())?));
        }
        Ok(Self(pairs))
    }

    /// The first value under `name`; an empty one counts as absent (RFC 6749 section 3.1).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
    }

    /// Returns true if `name` was sent more than once.
    #[must_use]
    pub fn repeated(&self, name: &str) -> bool {
        self.0.iter().filter(|(n, _)| n == name).count() > 1
    }

    /// The first of `names` that was sent more than once.
    #[must_use]
    pub fn any_repeated<'a>(&self, names: &[&'a str]) -> Option<&'a str> {
        names.iter().copied().find(|n| self.repeated(n))
    }

    /// Returns true if any name was sent more than once.
    #[must_use]
    pub fn has_repeated(&self) -> bool {
        let mut seen = BTreeSet::new();
        !self.0.iter().all(|(name, _)| seen.insert(name))
    }

    /// All pairs.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }
}

fn decode(raw: &[u8]) -> Result<String, ReadError> {
    let spaced: Vec<u8> = raw.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    let bad = refused(StatusCode::BAD_REQUEST, "The request holds characters that are not valid UTF-8.");
    let text = match percent_decode(&spaced).decode_utf8() {
        Ok(Cow::Borrowed(text)) => text.to_owned(),
        Ok(Cow::Owned(text)) => text,
        Err(_) => return Err(bad),
    };
    if text.contains('\0') { Err(bad) } else { Ok(text) }
}

/// The facts of one request.
#[derive(Clone, Debug)]
pub struct Call {
    /// Method; HEAD is treated as GET.
    pub method: Method,
    /// Path as sent, undecoded.
    pub path: String,
    /// The public origin to which it was sent.
    pub origin: OriginRef,
    /// Query parameters.
    pub query: Params,
    /// Form parameters; empty if the body is not a form.
    pub body: Params,
    /// True if the body was a form.
    pub is_form: bool,
    /// The unparsed body.
    pub bytes: Bytes,
    /// Headers.
    pub headers: HeaderMap,
    /// The sender's address, behind trusted proxies.
    pub ip: IpAddr,
    /// A GUID that identifies this request in logs, pages and errors.
    pub correlation_id: String,
}

impl Call {
    /// Reads and parses a request.
    ///
    /// # Errors
    /// 414, 413, 400, 415, 421.
    pub async fn read(app: &App, request: Request<Body>) -> Result<Self, ReadError> {
        let (parts, body) = request.into_parts();
        if parts.uri.path_and_query().is_some_and(|t| t.as_str().len() > MAX_TARGET) {
            return Err(refused(StatusCode::URI_TOO_LONG, "The address is too long."));
        }
        let unknown = Peer { ip: IpAddr::V4(Ipv4Addr::LOCALHOST), tls: false };
        let peer = parts.extensions.get::<Peer>().copied().unwrap_or(unknown);
        let tls = app.proxies().tls(&parts.headers, peer);
        let ip = app.proxies().client(&parts.headers, peer.ip);
        let host = authority(&parts.uri, &parts.headers);
        let origin = host.and_then(|host| app.origins().find(tls, host));
        let origin = origin.ok_or_else(|| misdirected(app.origins(), tls, host.unwrap_or_default()))?;
        let is_form = headers::text(&parts.headers, header::CONTENT_TYPE.as_str()).is_some_and(is_form_type);
        let bytes = to_bytes(body, MAX_BODY)
            .await
            .map_err(|_| refused(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large."))?;
        if parts.headers.contains_key(header::CONTENT_ENCODING) {
            return Err(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Compressed requests are not read."));
        }
        Ok(Self {
            query: Params::parse(parts.uri.query().unwrap_or_default().as_bytes())?,
            body: if is_form { Params::parse(&bytes)? } else { Params::default() },
            path: parts.uri.path().to_owned(),
            // The router removes the body of the response (RFC 9110 section 9.3.2).
            method: if parts.method == Method::HEAD { Method::GET } else { parts.method },
            origin,
            is_form,
            bytes,
            headers: parts.headers,
            ip,
            correlation_id: app.random().uuid(),
        })
    }

    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        headers::text(&self.headers, name)
    }

    /// The cookie with this name; the first one, if there are several.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies().find(|(n, _)| *n == name).map(|(_, v)| v)
    }

    /// All cookies.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        headers::cookies(&self.headers)
    }

    /// Returns true if the sender's `Accept` names this media type.
    #[must_use]
    pub fn accepts(&self, media_type: &str) -> bool {
        let mut ranges = headers::entries(&self.headers, header::ACCEPT.as_str(), b',');
        ranges.any(|range| range.split(';').next().is_some_and(|one| one.trim().eq_ignore_ascii_case(media_type)))
    }

    /// The user's preferred languages, best first: `ui_locales` of the request, then the browser's.
    #[must_use]
    pub fn languages(&self) -> Vec<String> {
        let asked = self.query.get("ui_locales").or_else(|| self.body.get("ui_locales")).unwrap_or_default();
        languages(asked, &self.headers)
    }

    /// Returns true if a page on another site caused this request (Fetch metadata, then `Origin`).
    #[must_use]
    pub fn is_cross_site(&self) -> bool {
        let site = self.header("sec-fetch-site").is_some_and(|s| s != "same-origin" && s != "none");
        let origin = self.header(header::ORIGIN.as_str()).is_some_and(|o| o != self.origin.url);
        site || origin
    }
}

/// The languages of `ui_locales`, then those of the header `Accept-Language`, best first.
pub(crate) fn languages(ui_locales: &str, headers: &HeaderMap) -> Vec<String> {
    let browser = headers::entries(headers, header::ACCEPT_LANGUAGE.as_str(), b',');
    let mut weighted: Vec<(u32, String)> = browser.filter_map(weighted_language).collect();
    weighted.sort_by_key(|(q, _)| std::cmp::Reverse(*q));
    let asked = ui_locales.split(' ').filter(|t| !t.is_empty()).map(|tag| tag.replace('_', "-"));
    asked
        .chain(weighted.into_iter().map(|(_, tag)| tag))
        .filter(|t| t.len() <= 35 && t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        .take(10)
        .collect()
}

fn weighted_language(entry: &str) -> Option<(u32, String)> {
    let (tag, q) = entry.split_once(";q=").unwrap_or((entry, "1"));
    let q: f32 = q.trim().parse().ok().filter(|q| (0.0..=1.0).contains(q))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
    Some(((q * 1000.0) as u32, tag.trim().to_owned())).filter(|(q, tag)| *q > 0 && !tag.is_empty() && tag != "*")
}

fn is_form_type(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Host and port to which a request was sent.
pub(crate) fn authority<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    uri.authority().map(Authority::as_str).or_else(|| headers::text(headers, header::HOST.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn repeated_parameters_are_seen_and_empty_ones_count_as_absent() {
        let params = Params::parse(b"&a=1&b=&a=2&c=x+y%21").expect("well formed");
        assert_eq!((params.get("a"), params.get("b"), params.get("c")), (Some("1"), None, Some("x y!")));
        assert_eq!(params.any_repeated(&["c", "a"]), Some("a"));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        for bad in ["a=%ff", "a=%00", "%c0%af=1", "a=%ed%a0%80"] {
            assert_eq!(Params::parse(bad.as_bytes()).map(|_| ()).map_err(|r| r.status), Err(StatusCode::BAD_REQUEST));
        }
        let many = "a=1&".repeat(101);
        assert!(Params::parse(many.as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(name in "[a-z]{1,8}", value in "[^\0]{0,40}") {
            let encoded: String = url::form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish();
            let params = Params::parse(encoded.as_bytes()).expect("well formed");
            prop_assert_eq!(params.iter().next(), Some((name.as_str(), value.as_str())));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Params::parse(&bytes);
        }
    }
}
