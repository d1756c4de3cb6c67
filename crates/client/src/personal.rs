//! Marks responses that are for one user: shared caches may not store them, and only they carry the session's cookies
//! (RFC 9111; RFC 9213 for the headers that content delivery networks read).

use http::HeaderMap;
use http::header::{CACHE_CONTROL, HeaderName, HeaderValue, VARY};

/// Headers other than `Cache-Control` that control caches in front of the app.
const TARGETED: [&str; 2] = ["surrogate-control", "x-accel-expires"];
/// The suffix of targeted cache-control headers (RFC 9213).
const TARGETED_ENDING: &str = "-cache-control";

/// Marks a response as made for one user, unless the app has its own cache headers: sets `private, no-store` if there
/// is no `Cache-Control`, adds `private` to one that does not allow reuse without revalidation, and adds `Vary:
/// Cookie`.
///
/// Returns true if no shared cache may store the response, so that it can carry cookies.
pub(crate) fn mark(headers: &mut HeaderMap) -> bool {
    vary_by_cookie(headers);
    match headers.contains_key(CACHE_CONTROL) {
        false => {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        }
        true if !is_closed(headers, &CACHE_CONTROL) && !gives_lifetime(headers) => {
            headers.append(CACHE_CONTROL, HeaderValue::from_static("private"));
        }
        true => {}
    }
    is_closed(headers, &CACHE_CONTROL) && targeted(headers).iter().all(|name| is_closed(headers, name))
}

fn vary_by_cookie(headers: &mut HeaderMap) {
    let named = headers.get_all(VARY).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','));
    if !named.map(str::trim).any(|name| name == "*" || name.eq_ignore_ascii_case("cookie")) {
        headers.append(VARY, HeaderValue::from_static("Cookie"));
    }
}

/// The headers of this response that only caches in front of the app read.
fn targeted(headers: &HeaderMap) -> Vec<HeaderName> {
    let speaks = |name: &&HeaderName| TARGETED.contains(&name.as_str()) || name.as_str().ends_with(TARGETED_ENDING);
    headers.keys().filter(speaks).cloned().collect()
}

/// Returns true if this header keeps the response out of shared caches. `private="a field"` does not: it leaves the
/// rest of the response cacheable.
fn is_closed(headers: &HeaderMap, name: &HeaderName) -> bool {
    directives(headers, name).iter().any(|(directive, argument)| match (directive.as_str(), argument.as_deref()) {
        ("private", None) | ("no-store", _) => true,
        // nginx's X-Accel-Expires is a bare number of seconds.
        ("0", None) => name.as_str() == "x-accel-expires",
        _ => false,
    })
}

/// Returns true if the app allows its response to be reused without revalidation.
fn gives_lifetime(headers: &HeaderMap) -> bool {
    directives(headers, &CACHE_CONTROL).iter().any(|(directive, argument)| match directive.as_str() {
        "max-age" | "s-maxage" => argument.as_deref() != Some("0"),
        "public" | "immutable" | "stale-while-revalidate" | "stale-if-error" => true,
        _ => false,
    })
}

/// Directive names in lower case, and arguments without their quotes. A value that is not text counts as `public`.
fn directives(headers: &HeaderMap, name: &HeaderName) -> Vec<(String, Option<String>)> {
    let texts = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("public"));
    let one = |text: &str| match text.split_once('=') {
        Some((name, argument)) => (name.trim().to_ascii_lowercase(), Some(argument.trim().replace('"', ""))),
        None => (text.trim().to_ascii_lowercase(), None),
    };
    texts.flat_map(|text| text.split(',')).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(name: &'static str, value: &'static str) -> (bool, String) {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        let closed = mark(&mut headers);
        let all: Vec<_> = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok()).collect();
        (closed, all.join(", "))
    }

    #[test]
    fn an_answer_that_asks_for_a_lifetime_stays_as_the_app_wants_it_and_carries_no_cookie() {
        let open = [
            "public, max-age=31536000",
            "max-age=60",
            "MAX-AGE=60",
            "s-maxage=1",
            "public, no-cache",
            "private=\"set-cookie\", max-age=60",
            "immutable",
            "max-age=0, stale-while-revalidate=60",
        ];
        for value in open {
            assert_eq!(marked("cache-control", value), (false, value.to_owned()));
        }
    }

    #[test]
    fn an_answer_that_no_shared_cache_keeps_carries_cookies() {
        for value in ["no-store", "private", "private, max-age=60", "Private,No-Store"] {
            assert_eq!(marked("cache-control", value), (true, value.to_owned()));
        }
        for value in ["no-cache", "max-age=0, must-revalidate", "no-transform", "no-cache=\"Set-Cookie\""] {
            assert_eq!(marked("cache-control", value), (true, format!("{value}, private")));
        }
        assert_eq!(marked("expires", "Thu, 01 Jan 2099 00:00:00 GMT"), (true, "private, no-store".to_owned()));
    }

    #[test]
    fn headers_for_the_cache_in_front_count_as_well() {
        for name in ["cdn-cache-control", "surrogate-control", "cloudflare-cdn-cache-control"] {
            assert!(!marked(name, "max-age=600").0, "{name}");
            assert!(marked(name, "no-store").0, "{name}");
        }
        assert!(!marked("x-accel-expires", "600").0);
        assert!(marked("x-accel-expires", "0").0);
    }

    #[test]
    fn the_answer_varies_by_cookie_once() {
        for (before, after) in [("Accept", "Accept, Cookie"), ("accept, cookie", "accept, cookie"), ("*", "*")] {
            let mut headers = HeaderMap::new();
            headers.insert(VARY, HeaderValue::from_static(before));
            mark(&mut headers);
            let all: Vec<_> = headers.get_all(VARY).iter().filter_map(|value| value.to_str().ok()).collect();
            assert_eq!(all.join(", "), after);
        }
    }
}
