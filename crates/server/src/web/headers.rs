//! Parses headers, each by its own rule: a header with a single value may occur once, and in a list, an invalid entry
//! does not affect the others (RFC 9110 sections 5.3 and 5.5).

use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, ORIGIN};
use http::{HeaderMap, HeaderName, Request, Version};

/// The single-value headers that matter here. Browsers and clients send ASCII in all of them.
static SINGLE: [HeaderName; 6] = [
    AUTHORIZATION,
    CONTENT_TYPE,
    HOST,
    ORIGIN,
    HeaderName::from_static("sec-fetch-site"),
    HeaderName::from_static("x-csrf-token"),
];

/// Checks the headers before anything reads them.
///
/// # Errors
/// A message for a 400 response, if a single-value header is repeated or is not ASCII, or if the request names no host
/// or several (RFC 9112 section 3.2, RFC 9113 section 8.3.1).
pub fn check<B>(request: &Request<B>) -> Result<(), &'static str> {
    let headers = request.headers();
    if SINGLE.iter().any(|name| headers.get(name).is_some_and(|value| value.to_str().is_err())) {
        return Err("The request has a header with characters that it must not have.");
    }
    let some_are_doubled = headers.len() != headers.keys_len();
    if some_are_doubled && SINGLE.iter().any(|name| headers.get_all(name).iter().nth(1).is_some()) {
        return Err("The request has a header twice that may come only once.");
    }
    check_host(request)
}

fn check_host<B>(request: &Request<B>) -> Result<(), &'static str> {
    let host = text(request.headers(), HOST.as_str());
    let of_target = request.uri().authority();
    match (host, of_target) {
        (None, None) if request.version() == Version::HTTP_11 => Err("The request has no Host header."),
        (Some(host), Some(target))
            if request.version() >= Version::HTTP_2 && !target.as_str().eq_ignore_ascii_case(host) =>
        {
            Err("The request names two hosts.")
        }
        _ => Ok(()),
    }
}

/// A header with one value, as text.
#[must_use]
pub fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The entries of a list, over all header lines. An entry that is not UTF-8 is left out.
pub fn entries<'a>(headers: &'a HeaderMap, name: &str, separator: u8) -> impl Iterator<Item = &'a str> + use<'a> {
    let pieces = move |value: &'a http::HeaderValue| value.as_bytes().split(move |byte| *byte == separator);
    headers.get_all(name).iter().flat_map(pieces).filter_map(|entry| std::str::from_utf8(entry).ok()).map(bare)
}

/// The names and values of all cookies (RFC 6265 section 4.2.1).
pub fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let pairs = entries(headers, COOKIE.as_str(), b';').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (bare(name), bare(value).trim_matches('"')))
}

/// Trims the white space that HTTP allows around a value, and no other: browsers guard names that begin with
/// `__Host-`, but not names that begin with another kind of blank and then `__Host-`.
fn bare(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn map(name: HeaderName, lines: &[&[u8]]) -> HeaderMap {
        let value = |line: &&[u8]| HeaderValue::from_bytes(line).expect("a value");
        lines.iter().map(|line| (name.clone(), value(line))).collect()
    }

    #[test]
    fn a_foreign_cookie_beyond_ascii_hides_no_other() {
        for foreign in [&b"city=Z\xfcrich"[..], "city=Zürich".as_bytes(), b"\xff\xfe", b"=", b";;", b"x"] {
            let line = [&b"a=1; "[..], foreign, b"; b=2"].concat();
            let headers = map(COOKIE, &[&line, foreign, b"c=\"3\""]);
            let ours: Vec<_> = cookies(&headers).filter(|(name, _)| ["a", "b", "c"].contains(name)).collect();
            assert_eq!(ours, [("a", "1"), ("b", "2"), ("c", "3")], "{foreign:?}");
        }
    }

    #[test]
    fn no_blank_but_a_space_or_a_tab_is_taken_off_a_cookies_name() {
        for blank in ["\u{a0}", "\u{2003}", "\u{3000}", "\u{85}"] {
            let headers = map(COOKIE, &[format!("{blank}__Host-a=1").as_bytes()]);
            assert!(cookies(&headers).all(|(name, _)| name != "__Host-a"), "{blank:?}");
        }
    }
}
