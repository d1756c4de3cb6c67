//! The parts of a request that matter for signing in.

use crate::cookies::Jar;
use crate::place::{LONGEST, Place, below, mounted};
use crate::requester::{Requester, text};
use crate::settings::Settings;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, ORIGIN, REFERER};
use http::{HeaderMap, Method, Uri};
use url::{Url, form_urlencoded};

/// Longest body of a form that is kept while a person signs in, in bytes.
pub(crate) const MOST_FORM_BYTES: usize = 64 * 1024;

/// The facts about a request. Paths are as browsers see them.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) jar: Jar,
    pub(crate) requester: Requester,
    pub(crate) method: Method,
    /// True if another site caused the request.
    pub(crate) foreign: bool,
    /// The path under which browsers find the app: `/app`, or nothing.
    pub(crate) mount: String,
    /// The folder that the app's own framework took off: the app is mounted there.
    pub(crate) nested: String,
    /// The path.
    pub(crate) path: String,
    /// The path and query, if the browser can return to them after a sign-in.
    pub(crate) place: Option<Place>,
    /// True if they are too long for that.
    pub(crate) is_long: bool,
    /// The page of this app that a person was looking at when a form or a script asked.
    from: Option<Place>,
    /// True if the body is a form that is short enough to be kept.
    pub(crate) brings_form: bool,
    query: String,
}

impl Asked {
    /// Reads a request for `uri`, from which the app's framework removed the folder `nested`.
    pub(crate) fn of(nested: &str, method: &Method, uri: &Uri, headers: &HeaderMap, settings: &Settings) -> Self {
        let base = settings.paths.base();
        let query = uri.query().unwrap_or_default().to_owned();
        // axum's `nest("/app", …)` serves its own "/" at "/app".
        let own_path = if nested.is_empty() || uri.path() != "/" { uri.path() } else { "" };
        let path = mounted(base, &format!("{nested}{own_path}"));
        let whole = if query.is_empty() { path.clone() } else { format!("{path}?{query}") };
        let requester = Requester::of(method, headers);
        let place = Place::read(&whole);
        let own = &settings.redirect_uri;
        let foreign = foreign(headers, own);
        Self {
            jar: Jar::of(headers),
            requester,
            method: method.clone(),
            foreign,
            mount: mounted(base, nested),
            nested: nested.to_owned(),
            is_long: whole.len() > LONGEST,
            from: if is_boosted(method, headers) { place.clone() } else { page_before(headers, own) },
            path,
            place,
            brings_form: requester == Requester::Form && !foreign && is_short_form(headers),
            query,
        }
    }

    /// The path below the mount: what the app itself calls it.
    pub(crate) fn local(&self) -> &str {
        self.path.strip_prefix(&self.mount).filter(|_| below(&self.mount, &self.path)).unwrap_or(&self.path)
    }

    /// The home page.
    pub(crate) fn home(&self) -> Place {
        let slash = if self.nested.is_empty() { "/" } else { "" };
        Place::home(&format!("{}{slash}", self.mount))
    }

    /// The place to return to after a sign-in that a form or script caused: the page that the user was on, if known.
    pub(crate) fn before(&self) -> Place {
        self.from.clone().unwrap_or_else(|| self.home())
    }

    /// A parameter of the query.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.query.as_bytes()).find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
    }

    /// The place to go afterwards, from a link's query.
    pub(crate) fn return_to(&self) -> Option<Place> {
        Some(Place::read(&self.parameter("return_to")?)?.under(&self.mount))
    }

    /// The query as it came.
    pub(crate) fn query(&self) -> &str {
        &self.query
    }
}

fn foreign(headers: &HeaderMap, own: &Url) -> bool {
    let site = text(headers, &HeaderName::from_static("sec-fetch-site"));
    match (site, text(headers, &ORIGIN)) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin != own.origin().ascii_serialization(),
        (None, None) => false,
    }
}

/// Returns true if htmx goes to a page in the browser's place.
fn is_boosted(method: &Method, headers: &HeaderMap) -> bool {
    let says = |name: &'static str| text(headers, &HeaderName::from_static(name)) == Some("true");
    *method == Method::GET && (says("hx-boosted") || says("hx-history-restore-request"))
}

/// The page of this app that htmx or the browser says it is on.
fn page_before(headers: &HeaderMap, own: &Url) -> Option<Place> {
    let named = text(headers, &HeaderName::from_static("hx-current-url")).or_else(|| text(headers, &REFERER))?;
    let url = Url::parse(named).ok().filter(|url| url.origin() == own.origin())?;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    Place::read(&format!("{}{query}", url.path()))
}

fn is_short_form(headers: &HeaderMap) -> bool {
    let length = text(headers, &CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    let kind = text(headers, &CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
    kind.starts_with("application/x-www-form-urlencoded") && length.is_some_and(|length| length <= MOST_FORM_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use std::collections::BTreeMap;

    fn asked(method: &Method, headers: &[(&'static str, &'static str)]) -> Asked {
        let headers = headers.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect();
        let map = [
            ("OIDC_AUTHORITY", "https://op.test"),
            ("CLIENT_ID", "app"),
            ("CLIENT_SECRET", "secret"),
            ("REDIRECT_URI", "https://app.test/getAToken"),
        ];
        let map: BTreeMap<String, String> = map.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let settings = Settings::from_map(&map).expect("settings");
        Asked::of("", method, &Uri::from_static("/a?b=c"), &headers, &settings)
    }

    #[test]
    fn other_sites_are_told_apart() {
        assert!(!asked(&Method::GET, &[]).foreign);
        assert!(!asked(&Method::GET, &[("sec-fetch-site", "same-origin")]).foreign);
        assert!(asked(&Method::GET, &[("sec-fetch-site", "cross-site")]).foreign);
        assert!(asked(&Method::GET, &[("sec-fetch-site", "same-site")]).foreign);
        assert!(asked(&Method::POST, &[("origin", "https://evil.test")]).foreign);
        assert!(asked(&Method::POST, &[("origin", "null")]).foreign);
        assert!(!asked(&Method::POST, &[("origin", "https://app.test")]).foreign);
    }

    #[test]
    fn the_page_before_is_one_of_this_app() {
        let before = |name: &'static str, value: &'static str| {
            asked(&Method::POST, &[(name, value)]).before().as_str().to_owned()
        };
        assert_eq!(before("referer", "https://app.test/form?x=1"), "/form?x=1");
        assert_eq!(before("hx-current-url", "https://app.test/list#top"), "/list");
        assert_eq!(before("referer", "https://evil.test/form"), "/");
        assert_eq!(before("referer", "https://app.test//evil.test"), "/");
    }

    #[test]
    fn a_boosted_link_comes_back_to_where_it_leads() {
        let headers = [("hx-request", "true"), ("hx-boosted", "true"), ("hx-current-url", "https://app.test/list")];
        assert_eq!(asked(&Method::GET, &headers).before().as_str(), "/a?b=c");
        assert_eq!(asked(&Method::POST, &headers).before().as_str(), "/list");
    }
}
