//! Classifies requests: a browser that can be redirected to the provider, or a requester that needs another response.

use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, UPGRADE};
use http::{HeaderMap, Method};

/// The kinds of requester that get different responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Requester {
    /// A user's browser opens a page: it can be redirected.
    Person,
    /// A user's browser posts a form. A redirect would lose what the user typed.
    Form,
    /// htmx: its script would follow a redirect as its own request, but can redirect the browser by a header.
    Htmx,
    /// The browser prefetches a page that the user may open.
    Prefetch,
    /// A script, a command, a WebSocket, an image: it cannot sign in, but needs to know the reason.
    Script,
}

impl Requester {
    /// Classifies by method and headers, mostly Fetch metadata (<https://www.w3.org/TR/fetch-metadata/>).
    pub(crate) fn of(method: &Method, headers: &HeaderMap) -> Self {
        if is_prefetch(headers) {
            return Self::Prefetch;
        }
        if headers.contains_key("hx-request") {
            return Self::Htmx;
        }
        if headers.contains_key(UPGRADE) || headers.contains_key("x-requested-with") || !navigates(headers) {
            return Self::Script;
        }
        match *method {
            Method::GET | Method::HEAD => Self::Person,
            Method::POST if is_form(headers) => Self::Form,
            _ => Self::Script,
        }
    }

    /// Returns true if the response is shown to the user as a page.
    pub(crate) fn reads_pages(self) -> bool {
        matches!(self, Self::Person | Self::Form)
    }
}

/// The text of a header.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The standard `Sec-Purpose`, and the headers that browsers used before it.
fn is_prefetch(headers: &HeaderMap) -> bool {
    const NAMES: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];
    let says =
        |name: &'static str| text(headers, &HeaderName::from_static(name)).unwrap_or_default().to_ascii_lowercase();
    NAMES.into_iter().map(says).any(|purpose| ["prefetch", "prerender", "preview"].iter().any(|p| purpose.contains(p)))
}

fn navigates(headers: &HeaderMap) -> bool {
    match text(headers, &HeaderName::from_static("sec-fetch-mode")) {
        Some(mode) => mode == "navigate",
        None => accepts_pages(headers),
    }
}

/// Browsers before 2023 send no Fetch metadata. They accept HTML for a page; command-line tools send `*/*` or nothing.
fn accepts_pages(headers: &HeaderMap) -> bool {
    text(headers, &ACCEPT).is_none_or(|accept| accept.contains("text/html") || accept.trim() == "*/*")
}

/// Returns true if a browser's form makes this request: programs that post send neither a fetch mode nor accept HTML.
fn is_form(headers: &HeaderMap) -> bool {
    const TYPES: [&str; 3] = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
    let kind = text(headers, &CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
    let says =
        headers.contains_key("sec-fetch-mode") || text(headers, &ACCEPT).is_some_and(|a| a.contains("text/html"));
    says && (kind.is_empty() || TYPES.iter().any(|form| kind.starts_with(form)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn of(method: &Method, headers: &[(&'static str, &'static str)]) -> Requester {
        let headers = headers.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect();
        Requester::of(method, &headers)
    }

    #[test]
    fn only_navigations_are_a_person() {
        let navigates = ("sec-fetch-mode", "navigate");
        let people: [&[(&'static str, &'static str)]; 4] =
            [&[], &[("accept", "*/*")], &[("accept", "text/html,*/*;q=0.8")], &[navigates, ("accept", "text/html")]];
        for headers in people {
            assert_eq!(of(&Method::GET, headers), Requester::Person, "{headers:?}");
            assert_eq!(of(&Method::HEAD, headers), Requester::Person, "{headers:?}");
        }
        let scripts: [&[(&'static str, &'static str)]; 6] = [
            &[("sec-fetch-mode", "cors"), ("accept", "text/html")],
            &[("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")],
            &[("accept", "application/json")],
            &[("accept", "text/event-stream")],
            // An image in an older browser.
            &[("accept", "image/webp,*/*;q=0.8")],
            &[("x-requested-with", "XMLHttpRequest"), ("accept", "text/html")],
        ];
        for headers in scripts {
            assert_eq!(of(&Method::GET, headers), Requester::Script, "{headers:?}");
        }
    }

    #[test]
    fn a_web_socket_is_a_script() {
        assert_eq!(of(&Method::GET, &[("upgrade", "websocket"), ("connection", "upgrade")]), Requester::Script);
        assert_eq!(of(&Method::GET, &[("sec-fetch-mode", "websocket"), ("upgrade", "websocket")]), Requester::Script);
    }

    #[test]
    fn a_form_is_posted_by_a_navigation() {
        let urlencoded = ("content-type", "application/x-www-form-urlencoded");
        let navigates = ("sec-fetch-mode", "navigate");
        assert_eq!(of(&Method::POST, &[navigates, urlencoded]), Requester::Form);
        assert_eq!(
            of(&Method::POST, &[navigates, ("content-type", "multipart/form-data; boundary=x")]),
            Requester::Form
        );
        assert_eq!(of(&Method::POST, &[("accept", "text/html"), urlencoded]), Requester::Form, "an old browser");
        assert_eq!(of(&Method::POST, &[urlencoded]), Requester::Script, "a program");
        assert_eq!(of(&Method::POST, &[("accept", "*/*"), urlencoded]), Requester::Script, "a command");
        assert_eq!(of(&Method::POST, &[("sec-fetch-mode", "cors"), urlencoded]), Requester::Script);
        assert_eq!(
            of(&Method::POST, &[("accept", "text/html"), ("content-type", "application/json")]),
            Requester::Script
        );
        assert_eq!(of(&Method::DELETE, &[navigates]), Requester::Script);
    }

    #[test]
    fn htmx_and_prefetches_are_told_apart_whatever_else_they_say() {
        let navigates = ("sec-fetch-mode", "navigate");
        assert_eq!(of(&Method::GET, &[("hx-request", "true"), ("accept", "*/*")]), Requester::Htmx);
        assert_eq!(of(&Method::POST, &[("hx-request", "true"), ("hx-boosted", "true")]), Requester::Htmx);
        for purpose in [
            ("sec-purpose", "prefetch"),
            ("sec-purpose", "prefetch;prerender"),
            ("purpose", "prefetch"),
            ("x-purpose", "preview"),
            ("x-moz", "prefetch"),
        ] {
            assert_eq!(of(&Method::GET, &[navigates, purpose]), Requester::Prefetch, "{purpose:?}");
        }
    }
}
