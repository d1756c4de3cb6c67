//! A browser small enough to read: it keeps cookies, says where its requests come from, and reads our pages.

use axum::body::{Body, to_bytes};
use http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use std::collections::BTreeMap;
use tower::ServiceExt as _;
use vestibule_tenant::origin::Peer;

/// A browser.
#[derive(Clone)]
pub(crate) struct Browser {
    router: axum::Router,
    pub(crate) origin: String,
    pub(crate) cookies: BTreeMap<String, String>,
    /// `Set-Cookie` lines, as they came.
    pub(crate) set_cookies: Vec<String>,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Browser {
    pub(crate) fn new(router: axum::Router, origin: &str) -> Self {
        Self { router, origin: origin.to_owned(), cookies: BTreeMap::new(), set_cookies: Vec::new() }
    }

    /// A request with the browser's cookies.
    pub(crate) fn request(&self, method: Method, target: &str) -> http::request::Builder {
        let target = target.strip_prefix(&self.origin).unwrap_or(target);
        let host = self.origin.split_once("//").map(|(_, host)| host).expect("an origin");
        let mut builder = Request::builder().method(method).uri(target).header(header::HOST, host);
        if !self.cookies.is_empty() {
            let line: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            builder = builder.header(header::COOKIE, line.join("; "));
        }
        builder
    }

    /// Send it, and keep the cookies of the answer.
    pub(crate) async fn send(&mut self, mut request: Request<Body>) -> Answer {
        let peer = Peer { ip: "127.0.0.1".parse().expect("an address"), tls: self.origin.starts_with("https:") };
        request.extensions_mut().insert(peer);
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        for line in parts.headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().expect("text");
            let (name, value) = line.split(';').next().and_then(|p| p.split_once('=')).expect("a cookie");
            self.set_cookies.push(line.to_owned());
            if value.is_empty() || line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = to_bytes(body, usize::MAX).await.expect("a body");
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// Open an address, as a link from elsewhere does; answers are not followed.
    pub(crate) async fn get(&mut self, target: &str) -> Answer {
        let request = self.request(Method::GET, target).body(Body::empty()).expect("a request");
        self.send(request).await
    }

    /// Post a form of one of our pages.
    pub(crate) async fn post(&mut self, target: &str, fields: &[(&str, &str)]) -> Answer {
        let body = encode(fields);
        let request = self
            .request(Method::POST, target)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, &self.origin)
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body))
            .expect("a request");
        self.send(request).await
    }

    /// Post a form of a page without script, and go where the answer leads inside the tenant.
    pub(crate) async fn submit(&mut self, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        let settings = page.settings();
        let csrf = settings["csrf"].as_str().expect("a value").to_owned();
        let mut all = vec![("request_type", "RESPONSE"), ("csrf_token", csrf.as_str())];
        all.extend_from_slice(fields);
        let answer = self.post(&page.url("/SelfAsserted", &[]), &all).await;
        self.follow(answer).await
    }

    /// Press a link of the page API.
    pub(crate) async fn press(&mut self, page: &Answer, action: &str, query: &[(&str, &str)]) -> Answer {
        let settings = page.settings();
        let csrf = settings["csrf"].as_str().expect("a value").to_owned();
        let mut all = query.to_vec();
        all.push(("csrf_token", &csrf));
        let path = format!("/api/{}/{action}", settings["api"].as_str().expect("a name"));
        let answer = self.get(&page.url(&path, &all)).await;
        self.follow(answer).await
    }

    /// Follow redirects inside the tenant.
    pub(crate) async fn follow(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..5 {
            let Some(location) = answer.location() else { return answer };
            if !location.starts_with('/') && !location.starts_with(&self.origin) {
                return answer;
            }
            answer = self.get(&location).await;
        }
        panic!("too many redirects")
    }

    /// What B2C's script does with a form: JSON.
    pub(crate) async fn script(&mut self, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Value {
        let answer = self.script_raw(page, path, fields).await;
        serde_json::from_str(&answer.text).unwrap_or_else(|_| panic!("JSON: {answer:?}"))
    }

    pub(crate) async fn script_raw(&mut self, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = page.settings()["csrf"].as_str().expect("a value").to_owned();
        let request = self
            .request(Method::POST, &page.url(path, &[]))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8")
            .header("x-csrf-token", csrf)
            .header("x-requested-with", "XMLHttpRequest")
            .body(Body::from(encode(fields)))
            .expect("a request");
        self.send(request).await
    }

    /// Open the flow and sign in without script; the answer that goes to the application.
    pub(crate) async fn sign_in(&mut self, request: &super::Authorize, who: (&str, &str)) -> Answer {
        let page = self.get(&request.path()).await;
        self.sign_in_at(&page, who, &[]).await
    }

    /// Sign in at a page that is open.
    pub(crate) async fn sign_in_at(&mut self, page: &Answer, who: (&str, &str), more: &[(&str, &str)]) -> Answer {
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let name = page.sign_in_name();
        let mut fields = vec![(name.as_str(), who.0), ("password", who.1)];
        fields.extend_from_slice(more);
        self.submit(page, &fields).await
    }
}

impl Answer {
    pub(crate) fn location(&self) -> Option<String> {
        self.header("location").map(str::to_owned)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }

    /// The page's `SETTINGS`, cut out as scripts of others do.
    pub(crate) fn settings(&self) -> Value {
        self.global("SETTINGS")
    }

    fn global(&self, name: &str) -> Value {
        let start = format!("var {name} = ");
        let from = self.text.find(&start).unwrap_or_else(|| panic!("a page: {} {}", self.status, self.text));
        let rest = &self.text[from + start.len()..];
        let end = rest.find("};").expect("an end");
        serde_json::from_str(&rest[..=end]).expect("JSON")
    }

    /// Whether this is a page of a journey, of this kind (`Unified`, `SelfAsserted`).
    pub(crate) fn is_page(&self, kind: &str) -> bool {
        self.status == StatusCode::OK && self.text.contains(&format!("data-name=\"{kind}\""))
    }

    /// Names of the form's inputs.
    pub(crate) fn fields(&self) -> Vec<String> {
        let fields = self.global("SA_FIELDS");
        let list = fields["AttributeFields"].as_array().expect("fields").clone();
        list.iter().map(|field| field["ID"].as_str().expect("an id").to_owned()).collect()
    }

    /// The input for the name on a sign-in page.
    pub(crate) fn sign_in_name(&self) -> String {
        self.fields().into_iter().find(|name| name != "password").expect("an input for the name")
    }

    /// An address of the page's API.
    pub(crate) fn url(&self, path: &str, query: &[(&str, &str)]) -> String {
        let settings = self.settings();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let (tx, policy) = (text(&settings["transId"]), text(&settings["hosts"]["policy"]));
        let mut all = query.to_vec();
        all.extend_from_slice(&[("tx", &tx), ("p", &policy)]);
        format!("{}{path}?{}", text(&settings["hosts"]["tenant"]), encode(&all))
    }

    /// The parameters that this redirect carries to `callback`, in the query or the fragment.
    pub(crate) fn carried(&self, callback: &str, joint: char) -> BTreeMap<String, String> {
        let location = self.location().unwrap_or_else(|| panic!("a redirect: {} {}", self.status, self.text));
        let rest = location.strip_prefix(callback).unwrap_or_else(|| panic!("to {callback}: {location}"));
        let query = rest.strip_prefix(joint).unwrap_or_else(|| panic!("by {joint}: {location}"));
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    /// The error that goes to the article's callback: `error`, and the number of the AADB2C code.
    pub(crate) fn error(&self) -> (String, String) {
        let carried = self.carried(super::CALLBACK, '?');
        (carried["error"].clone(), carried["error_description"][6..11].to_owned())
    }

    /// The code that goes to the article's callback.
    pub(crate) fn code(&self) -> String {
        let carried = self.carried(super::CALLBACK, '?');
        carried.get("code").unwrap_or_else(|| panic!("a code: {carried:?}")).clone()
    }
}

pub(crate) fn encode(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
