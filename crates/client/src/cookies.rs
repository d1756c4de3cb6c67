//! Reads cookies from requests, splits long ones, and writes them with all protection that the address allows.
//!
//! Over https, cookies are `Secure` and have the `__Host-` prefix; over http, which is allowed on this machine and for
//! named hosts only, neither is possible. All are `HttpOnly` and `SameSite=Lax`: the return from the provider is a
//! top-level navigation, which Lax allows. The application is part of the name, because browsers share the cookies of
//! `localhost` between all ports.

use http::HeaderMap;
use http::header::{COOKIE, HeaderValue};
use vestibule_protocol::digest::sha256_base64url;

/// Longest value of one cookie, in bytes; browsers drop cookies longer than 4096 bytes.
const PIECE: usize = 3600;
/// Maximum number of pieces of one value: servers reject requests with more than 16 KiB of headers.
const MAX_PIECES: usize = 3;

/// A value is too long for cookies. Holds its length in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its tokens take {0} bytes, and cookies hold {most} of them", most = MAX_PIECES * PIECE)]
pub(crate) struct TooLong(pub(crate) usize);

/// The cookies of a request: unparsed names and values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jar(Vec<(String, String)>);

impl Jar {
    /// Reads the `Cookie` headers. Skips a pair that is not UTF-8, but keeps the others: any program on this machine,
    /// or a sibling host, can set a cookie.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
        Self(lines.flat_map(|line| line.split(|byte| *byte == b';')).filter_map(pair).collect())
    }

    /// The first cookie of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The cookies whose name begins with this prefix.
    pub(crate) fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter(move |(name, _)| name.starts_with(prefix)).map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// Joins a value that may be split into pieces; the first piece says how many there are.
    pub(crate) fn whole(&self, name: &str) -> Option<String> {
        let (count, first) = self.get(name)?.split_once('.')?;
        let count: usize = count.parse().ok().filter(|n| (1..=MAX_PIECES).contains(n))?;
        (1..count).try_fold(first.to_owned(), |whole, index| Some(whole + self.get(&piece_name(name, index))?))
    }
}

fn pair(bytes: &[u8]) -> Option<(String, String)> {
    let (name, value) = std::str::from_utf8(bytes).ok()?.trim().split_once('=')?;
    Some((name.to_owned(), value.to_owned()))
}

fn piece_name(name: &str, index: usize) -> String {
    format!("{name}.{index}")
}

/// Names and attributes of this application's cookies.
#[derive(Clone, Debug)]
pub(crate) struct Cookies {
    /// `__Host-vestibule-1a2b3c4d`, or without the prefix.
    base: String,
    secure: bool,
}

impl Cookies {
    /// `identity` is a text that distinguishes the application from others: its client id, and where it signs in.
    pub(crate) fn new(identity: &str, secure: bool) -> Self {
        let application = &sha256_base64url(identity.as_bytes())[..8];
        let prefix = if secure { "__Host-" } else { "" };
        Self { base: format!("{prefix}vestibule-{application}"), secure }
    }

    /// The name of the session cookie.
    pub(crate) fn session(&self) -> &str {
        &self.base
    }

    /// The name prefix of all cookies of pending sign-ins.
    pub(crate) fn flows(&self) -> String {
        format!("{}-flow-", self.base)
    }

    /// The name of the cookie for the pending sign-in with this `state`.
    pub(crate) fn flow(&self, state: &str) -> String {
        format!("{}{}", self.flows(), &sha256_base64url(state.as_bytes())[..16])
    }

    /// `Set-Cookie` values that store `value` in as many pieces as needed, and drop surplus pieces that `jar` has.
    ///
    /// # Errors
    /// The value is too long.
    pub(crate) fn keep(&self, name: &str, value: &str, jar: &Jar) -> Result<Vec<String>, TooLong> {
        let pieces: Vec<&str> = pieces(value).ok_or(TooLong(value.len()))?;
        let mut set = vec![self.set(name, &format!("{}.{}", pieces.len(), pieces[0]), None)];
        set.extend(pieces.iter().enumerate().skip(1).map(|(i, piece)| self.set(&piece_name(name, i), piece, None)));
        set.extend(self.leftovers(name, pieces.len(), jar));
        Ok(set)
    }

    /// `Set-Cookie` values that drop every piece of a value that `jar` has.
    pub(crate) fn drop(&self, name: &str, jar: &Jar) -> Vec<String> {
        let first = jar.get(name).map(|_| self.expire(name));
        first.into_iter().chain(self.leftovers(name, 1, jar)).collect()
    }

    fn leftovers(&self, name: &str, from: usize, jar: &Jar) -> Vec<String> {
        let names = (from..MAX_PIECES).map(|index| piece_name(name, index));
        names.filter(|name| jar.get(name).is_some()).map(|name| self.expire(&name)).collect()
    }

    /// One `Set-Cookie` value; without `max_age` (in seconds), the cookie ends with the browser session.
    pub(crate) fn set(&self, name: &str, value: &str, max_age: Option<i64>) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        let age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}")
    }

    /// One `Set-Cookie` value that drops a cookie.
    pub(crate) fn expire(&self, name: &str) -> String {
        self.set(name, "", Some(0))
    }
}

/// Splits the value, which is ASCII, into pieces; `None` if there would be too many.
fn pieces(value: &str) -> Option<Vec<&str>> {
    let mut rest = value;
    let mut pieces = Vec::new();
    while pieces.is_empty() || !rest.is_empty() {
        let (piece, after) = rest.split_at_checked(PIECE.min(rest.len()))?;
        pieces.push(piece);
        rest = after;
    }
    (pieces.len() <= MAX_PIECES).then_some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The browser's cookies after these `Set-Cookie` values.
    fn after(set: &[String]) -> Jar {
        let kept = set.iter().filter(|s| !s.contains("Max-Age=0")).filter_map(|s| s.split(';').next());
        let mut headers = HeaderMap::new();
        let text = kept.collect::<Vec<_>>().join("; ");
        headers.insert(COOKIE, HeaderValue::from_str(&text).expect("a header"));
        Jar::of(&headers)
    }

    #[test]
    fn cookies_over_https_are_bound_to_the_host() {
        let cookies = Cookies::new("id", true);
        let set = cookies.set(cookies.session(), "v", None);
        assert!(set.starts_with("__Host-vestibule-"), "{set}");
        assert!(set.ends_with("=v; Path=/; HttpOnly; SameSite=Lax; Secure"), "{set}");
        assert!(!Cookies::new("id", false).set("n", "v", None).contains("Secure"));
    }

    #[test]
    fn a_foreign_cookie_beyond_ascii_hides_nothing() {
        for foreign in [b"city=Z\xc3\xbcrich".as_slice(), b"city=Z\xfcrich", b"\xff\xfe=1", b"\x80"] {
            let line = [b"a=1; ", foreign, b"; n=ours"].concat();
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, HeaderValue::from_bytes(&line).expect("a header"));
            let jar = Jar::of(&headers);
            assert_eq!((jar.get("a"), jar.get("n")), (Some("1"), Some("ours")), "{foreign:?}");
        }
    }

    #[test]
    fn a_missing_piece_spoils_the_whole() {
        let cookies = Cookies::new("id", false);
        let long = "x".repeat(PIECE + 1);
        let set = cookies.keep("n", &long, &Jar::default()).expect("it fits");
        assert_eq!(set.len(), 2);
        assert_eq!(after(&set).whole("n"), Some(long));
        assert_eq!(after(&set[..1]).whole("n"), None);
    }

    #[test]
    fn pieces_that_are_not_needed_any_more_are_dropped() {
        let cookies = Cookies::new("id", false);
        let jar = after(&cookies.keep("n", &"x".repeat(2 * PIECE + 1), &Jar::default()).expect("it fits"));
        let set = cookies.keep("n", "short", &jar).expect("it fits");
        assert_eq!(set.iter().filter(|s| s.contains("Max-Age=0")).count(), 2);
        assert_eq!(cookies.drop("n", &jar).len(), 3);
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let long = "x".repeat(MAX_PIECES * PIECE + 1);
        let error = Cookies::new("id", false).keep("n", &long, &Jar::default()).expect_err("too long");
        assert_eq!(error.to_string(), "its tokens take 10801 bytes, and cookies hold 10800 of them");
    }

    proptest! {
        #[test]
        fn any_length_comes_back_whole(length in 0..=MAX_PIECES * PIECE) {
            let value = "y".repeat(length);
            let set = Cookies::new("id", false).keep("n", &value, &Jar::default()).expect("it fits");
            prop_assert!(set.iter().all(|s| s.len() < 4000));
            prop_assert_eq!(after(&set).whole("n"), Some(value));
        }

        #[test]
        fn no_cookie_header_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                let mut headers = HeaderMap::new();
                headers.insert(COOKIE, value);
                let jar = Jar::of(&headers);
                let _ = (jar.whole("n"), jar.get(""), jar.with_prefix("a").count());
            }
        }
    }
}
