//! A headless browser with cookies that follows redirects through the fake tenant and back.

use super::{FakeTenant, ORIGIN};
use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, Request, StatusCode};
use std::collections::BTreeMap;
use tower::ServiceExt;
use url::form_urlencoded;

/// Maximum number of redirects to follow; real browsers stop at 20.
const MOST_HOPS: usize = 15;

/// A browser that knows one app and one tenant.
#[derive(Clone, Debug)]
pub struct Browser {
    tenant: FakeTenant,
    app: Router,
    /// Cookies of the app, by name.
    pub cookies: BTreeMap<String, String>,
}

/// The page in the browser.
#[derive(Clone, Debug)]
pub struct Page {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body as text.
    pub body: String,
    /// Path and query of the app that returned the page.
    pub path: String,
}

impl Page {
    /// The target of a redirect; empty if the page does not redirect.
    #[must_use]
    pub fn location(&self) -> &str {
        self.headers.get(LOCATION).and_then(|l| l.to_str().ok()).unwrap_or_default()
    }
}

impl Browser {
    /// A browser without cookies.
    #[must_use]
    pub fn new(tenant: &FakeTenant, app: Router) -> Self {
        Self { tenant: tenant.clone(), app, cookies: BTreeMap::new() }
    }

    /// Opens a path of the app and follows all redirects, including those through the tenant.
    ///
    /// # Panics
    /// If the redirects do not end.
    pub async fn get(&mut self, path: &str) -> Page {
        let page = self.step(path).await;
        self.follow(page).await
    }

    /// Follows a page's redirects to the end.
    ///
    /// # Panics
    /// If they do not end.
    pub async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..MOST_HOPS {
            if !page.status.is_redirection() {
                return page;
            }
            let next = self.resolve(page.location());
            page = self.step(&next).await;
        }
        panic!("the redirects do not end: {} to {}", page.path, page.location());
    }

    /// The path of the app that a location leads to, through the tenant if necessary.
    #[must_use]
    pub fn resolve(&self, location: &str) -> String {
        if location.starts_with(ORIGIN) {
            return self.resolve(&self.tenant.visit(location));
        }
        location.strip_prefix("http://localhost:5000").unwrap_or(location).to_owned()
    }

    /// Opens a path of the app without following redirects.
    pub async fn step(&mut self, path: &str) -> Page {
        self.send(Request::get(path).header(ACCEPT, "text/html")).await
    }

    /// Posts a form to a path of the app, as a browser does, without following redirects.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header(ACCEPT, "text/html")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(CONTENT_LENGTH, form.len())
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-site", "same-origin");
        self.send_with(request, form).await
    }

    /// Sends any request without a body to the app, with this browser's cookies.
    pub async fn send(&mut self, request: http::request::Builder) -> Page {
        self.send_with(request, String::new()).await
    }

    /// Sends any request to the app, with this browser's cookies.
    ///
    /// # Panics
    /// If the request is invalid, or if the response cannot be read.
    pub async fn send_with(&mut self, request: http::request::Builder, body: String) -> Page {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = match request.header(COOKIE, cookies.join("; ")).body(Body::from(body)) {
            Ok(request) => request,
            Err(error) => panic!("no request: {error}"),
        };
        let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
        let Ok(response) = self.app.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.unwrap_or_default();
        self.take_cookies(&parts.headers);
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Page { status: parts.status, headers: parts.headers, body, path }
    }

    fn take_cookies(&mut self, headers: &HeaderMap) {
        for text in headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let (pair, attributes) = text.split_once(';').unwrap_or((text, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
