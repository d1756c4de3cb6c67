//! What a request says that matters for signing in.

use crate::cookies::Jar;
use crate::place::Place;
use http::header::{ACCEPT, HeaderName, ORIGIN};
use http::{HeaderMap, Method, Uri};
use url::{Url, form_urlencoded};

/// The facts.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) jar: Jar,
    /// Whether a person's browser goes there, and so can be sent to the provider; else a script asks.
    pub(crate) navigates: bool,
    /// Whether another site made the browser ask, or nobody did: it fetches ahead what may be clicked.
    pub(crate) foreign: bool,
    /// The path, if it may be come back to.
    pub(crate) place: Option<Place>,
    query: String,
}

impl Asked {
    pub(crate) fn of(method: &Method, uri: &Uri, headers: &HeaderMap, own: &Url) -> Self {
        let whole = uri.path_and_query().map_or("/", |p| p.as_str());
        Self {
            jar: Jar::of(headers),
            navigates: navigates(method, headers),
            foreign: foreign(headers, own),
            place: Place::read(whole),
            query: uri.query().unwrap_or_default().to_owned(),
        }
    }

    /// A parameter of the query.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.query.as_bytes()).find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
    }

    /// Where a link asked to go afterwards.
    pub(crate) fn return_to(&self) -> Option<Place> {
        Place::read(&self.parameter("return_to")?)
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn navigates(method: &Method, headers: &HeaderMap) -> bool {
    let mode = text(headers, &HeaderName::from_static("sec-fetch-mode"));
    let script = ["x-requested-with", "hx-request"].iter().any(|name| headers.contains_key(*name));
    // Browsers before 2023 do not say; those and command lines accept HTML or anything.
    let accepts = text(headers, &ACCEPT).is_none_or(|a| a.contains("text/html") || a.contains("*/*"));
    matches!(*method, Method::GET | Method::HEAD) && !script && mode.map_or(accepts, |mode| mode == "navigate")
}

fn foreign(headers: &HeaderMap, own: &Url) -> bool {
    let site = text(headers, &HeaderName::from_static("sec-fetch-site"));
    if text(headers, &HeaderName::from_static("sec-purpose")).is_some_and(|p| p.contains("prefetch")) {
        return true;
    }
    match (site, text(headers, &ORIGIN)) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin != own.origin().ascii_serialization(),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn asked(method: &Method, headers: &[(&'static str, &'static str)]) -> Asked {
        let headers = headers.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect();
        let own = Url::parse("https://app.test/getAToken").expect("a URL");
        Asked::of(method, &Uri::from_static("/a?b=c"), &headers, &own)
    }

    #[test]
    fn only_navigations_are_sent_to_the_provider() {
        assert!(asked(&Method::GET, &[]).navigates);
        assert!(asked(&Method::GET, &[("accept", "text/html,*/*;q=0.8")]).navigates);
        assert!(asked(&Method::GET, &[("sec-fetch-mode", "navigate"), ("accept", "text/html")]).navigates);
        assert!(!asked(&Method::POST, &[("sec-fetch-mode", "navigate")]).navigates);
        assert!(!asked(&Method::GET, &[("sec-fetch-mode", "cors"), ("accept", "*/*")]).navigates);
        assert!(!asked(&Method::GET, &[("accept", "application/json")]).navigates);
        assert!(!asked(&Method::GET, &[("hx-request", "true")]).navigates);
    }

    #[test]
    fn other_sites_are_told_apart() {
        assert!(!asked(&Method::GET, &[]).foreign);
        assert!(!asked(&Method::GET, &[("sec-fetch-site", "same-origin")]).foreign);
        assert!(asked(&Method::GET, &[("sec-fetch-site", "cross-site")]).foreign);
        assert!(asked(&Method::GET, &[("sec-fetch-site", "same-site")]).foreign);
        assert!(asked(&Method::POST, &[("origin", "https://evil.test")]).foreign);
        assert!(asked(&Method::POST, &[("origin", "null")]).foreign);
        assert!(asked(&Method::GET, &[("sec-fetch-site", "none"), ("sec-purpose", "prefetch")]).foreign);
        assert!(!asked(&Method::POST, &[("origin", "https://app.test")]).foreign);
    }
}
