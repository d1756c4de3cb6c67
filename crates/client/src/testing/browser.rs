//! A browser without a screen: cookies, redirects through the fake tenant and back.

use super::{FakeTenant, ORIGIN};
use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, Request, StatusCode};
use std::collections::BTreeMap;
use tower::ServiceExt;
use url::form_urlencoded;

/// Most redirects that are followed; real browsers stop at 20.
const MOST_HOPS: usize = 15;

/// A browser with one app and one tenant in its world.
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
    /// Path and query of the app that gave it.
    pub path: String,
}

impl Page {
    /// Where it redirects to; empty if it doesn't.
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

    /// Go to a path of the app and follow every redirect, through the tenant too.
    ///
    /// # Panics
    /// When the redirects do not end.
    pub async fn get(&mut self, path: &str) -> Page {
        let page = self.step(path).await;
        self.follow(page).await
    }

    /// Follow a page's redirects to their end.
    ///
    /// # Panics
    /// When they do not end.
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

    /// The path of the app that a location leads to, through the tenant if need be.
    #[must_use]
    pub fn resolve(&self, location: &str) -> String {
        if location.starts_with(ORIGIN) {
            return self.resolve(&self.tenant.visit(location));
        }
        location.strip_prefix("http://localhost:5000").unwrap_or(location).to_owned()
    }

    /// Go to a path of the app, and stop there.
    pub async fn step(&mut self, path: &str) -> Page {
        self.send(Request::get(path).header(ACCEPT, "text/html")).await
    }

    /// Post a form of the app to one of its paths, as a browser does, and stop there.
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

    /// Send any request without a body to the app, with this browser's cookies.
    pub async fn send(&mut self, request: http::request::Builder) -> Page {
        self.send_with(request, String::new()).await
    }

    /// Send any request to the app, with this browser's cookies.
    ///
    /// # Panics
    /// When the request cannot be made, or its answer not be read.
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
