//! A small browser that uses the router or HTTP: it keeps cookies, sends the headers about a request's origin, and
//! reads our pages.

use crate::{Answer, Authorize};
use axum::Router;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use std::borrow::Borrow;
use std::collections::BTreeMap;
use tower::ServiceExt as _;
use vestibule_tenant::origin::Peer;

/// A browser.
#[derive(Clone, Debug)]
pub struct Browser {
    transport: Transport,
    /// The tenant's origin, as pages see it.
    pub origin: String,
    /// Cookies: name and value.
    pub cookies: BTreeMap<String, String>,
    /// `Set-Cookie` lines, as received.
    pub set_cookies: Vec<String>,
    demands_service: bool,
}

/// How a browser reaches the tenant.
#[derive(Clone, Debug)]
enum Transport {
    Router(Router),
    /// By HTTP to a port of this machine; the browser also acts as the reverse proxy.
    Http {
        client: reqwest::Client,
        port: u16,
        ip: String,
    },
}

/// The connection failed. The request may or may not have been processed.
#[derive(Debug)]
pub struct Disconnected;

impl Browser {
    /// A browser without cookies, over the router.
    #[must_use]
    pub fn new(router: Router, origin: &str) -> Self {
        Self::over(Transport::Router(router), origin)
    }

    /// A browser without cookies that uses HTTP to a port of this machine. Each number has its own source address.
    #[must_use]
    pub fn http(port: u16, origin: &str, number: u32) -> Self {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        // Use a new connection for each request: an idle one might be closed just when it is reused.
        let client = client.pool_max_idle_per_host(0).build().expect("a client");
        let [_, a, b, c] = number.to_be_bytes();
        Self::over(Transport::Http { client, port, ip: format!("10.{a}.{b}.{c}") }, origin)
    }

    fn over(transport: Transport, origin: &str) -> Self {
        let (cookies, set_cookies) = (BTreeMap::new(), Vec::new());
        Self { transport, origin: origin.to_owned(), cookies, set_cookies, demands_service: false }
    }

    /// The same browser over HTTP to another port.
    #[must_use]
    pub fn at_port(&self, to: u16) -> Self {
        let mut other = self.clone();
        if let Transport::Http { port, .. } = &mut other.transport {
            *port = to;
        }
        other
    }

    /// Another browser of the same user, without cookies.
    #[must_use]
    pub fn stranger(&self) -> Self {
        Self { cookies: BTreeMap::new(), ..self.clone() }
    }

    /// From now on, reports a 503, which must have `Retry-After`, and a redirect with the same meaning as
    /// [`Disconnected`].
    pub fn demand_service(&mut self) {
        self.demands_service = true;
    }

    /// A request with the browser's cookies.
    #[must_use]
    pub fn request(&self, method: Method, target: &str) -> http::request::Builder {
        let target = target.strip_prefix(&self.origin).unwrap_or(target);
        let builder = Request::builder().method(method).uri(target).header(header::HOST, self.host());
        if self.cookies.is_empty() { builder } else { builder.header(header::COOKIE, self.cookie_line()) }
    }

    fn host(&self) -> &str {
        self.origin.split_once("//").map(|(_, host)| host).expect("an origin")
    }

    fn cookie_line(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// Sends a request, and keeps the cookies of the answer.
    pub async fn send(&mut self, request: Request<Body>) -> Answer {
        self.try_send(request).await.expect("an answer")
    }

    /// Like [`Browser::send`].
    ///
    /// # Errors
    /// [`Disconnected`]
    pub async fn try_send(&mut self, request: Request<Body>) -> Result<Answer, Disconnected> {
        let answer = match &self.transport {
            Transport::Router(router) => self.through_router(router.clone(), request).await,
            Transport::Http { client, port, ip } => self.over_http(client, *port, ip, request).await?,
        };
        self.keep_cookies(&answer.headers);
        if self.demands_service && answer.is_unavailable() {
            return Err(Disconnected);
        }
        Ok(answer)
    }

    async fn through_router(&self, router: Router, mut request: Request<Body>) -> Answer {
        let peer = Peer { ip: "127.0.0.1".parse().expect("an address"), tls: self.origin.starts_with("https:") };
        request.extensions_mut().insert(peer);
        let (parts, body) = router.oneshot(request).await.expect("an answer").into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a body");
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    async fn over_http(
        &self,
        client: &reqwest::Client,
        port: u16,
        ip: &str,
        request: Request<Body>,
    ) -> Result<Answer, Disconnected> {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a body");
        let scheme = self.origin.split_once(':').map(|(scheme, _)| scheme).expect("an origin");
        let request =
            client.request(parts.method, format!("http://127.0.0.1:{port}{}", parts.uri)).headers(parts.headers);
        let request = request.header("x-forwarded-proto", scheme).header("x-forwarded-for", ip).body(body);
        let response = request.send().await.map_err(|_| Disconnected)?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Answer { status, headers, text: response.text().await.map_err(|_| Disconnected)? })
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().expect("text");
            let (name, value) = line.split(';').next().and_then(|p| p.split_once('=')).expect("a cookie");
            self.set_cookies.push(line.to_owned());
            if value.is_empty() || line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Opens a URL like a link on another site, without following redirects.
    pub async fn get(&mut self, target: &str) -> Answer {
        self.try_get(target).await.expect("an answer")
    }

    /// Like [`Browser::get`].
    ///
    /// # Errors
    /// [`Disconnected`]
    pub async fn try_get(&mut self, target: &str) -> Result<Answer, Disconnected> {
        let request = self.request(Method::GET, target).body(Body::empty()).expect("a request");
        self.try_send(request).await
    }

    /// Posts a form of one of our pages, without following redirects.
    pub async fn post(&mut self, target: &str, fields: &[(&str, &str)]) -> Answer {
        self.try_post(target, fields).await.expect("an answer")
    }

    async fn try_post(&mut self, target: &str, fields: &[(&str, &str)]) -> Result<Answer, Disconnected> {
        let origin = self.origin.clone();
        self.post_with(target, fields, &[("origin", &origin), ("sec-fetch-site", "same-origin")]).await
    }

    /// Posts like an application, without headers that say which page the request comes from.
    ///
    /// # Errors
    /// [`Disconnected`]
    pub async fn try_call(&mut self, target: &str, fields: &[(&str, &str)]) -> Result<Answer, Disconnected> {
        self.post_with(target, fields, &[]).await
    }

    async fn post_with(
        &mut self,
        target: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Result<Answer, Disconnected> {
        let mut request = self.request(Method::POST, target);
        request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.try_send(request.body(Body::from(encode(fields))).expect("a request")).await
    }

    /// Submits a page's form without script, and follows redirects inside the tenant.
    pub async fn submit(&mut self, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        self.try_submit(page, fields).await.expect("an answer")
    }

    /// Like [`Browser::submit`].
    ///
    /// # Errors
    /// [`Disconnected`]
    pub async fn try_submit(&mut self, page: &Answer, fields: &[(&str, &str)]) -> Result<Answer, Disconnected> {
        let csrf = page.csrf();
        let mut all = vec![("request_type", "RESPONSE"), ("csrf_token", csrf.as_str())];
        all.extend_from_slice(fields);
        let answer = self.try_post(&page.url("/SelfAsserted", &[]), &all).await?;
        self.try_follow(answer).await
    }

    /// Follows a link of the page API.
    pub async fn press(&mut self, page: &Answer, action: &str, query: &[(&str, &str)]) -> Answer {
        self.try_press(page, action, query).await.expect("an answer")
    }

    /// Like [`Browser::press`].
    ///
    /// # Errors
    /// [`Disconnected`]
    pub async fn try_press(
        &mut self,
        page: &Answer,
        action: &str,
        query: &[(&str, &str)],
    ) -> Result<Answer, Disconnected> {
        let (settings, csrf) = (page.settings(), page.csrf());
        let mut all = query.to_vec();
        all.push(("csrf_token", &csrf));
        let path = format!("/api/{}/{action}", settings["api"].as_str().expect("a name"));
        let answer = self.try_get(&page.url(&path, &all)).await?;
        self.try_follow(answer).await
    }

    /// Follows redirects inside the tenant.
    pub async fn follow(&mut self, answer: Answer) -> Answer {
        self.try_follow(answer).await.expect("an answer")
    }

    async fn try_follow(&mut self, mut answer: Answer) -> Result<Answer, Disconnected> {
        for _ in 0..5 {
            let Some(location) = answer.location() else { return Ok(answer) };
            if !location.starts_with('/') && !location.starts_with(&self.origin) {
                return Ok(answer);
            }
            answer = self.try_get(&location).await?;
        }
        panic!("too many redirects")
    }

    /// Submits a page's form like its script, and returns the JSON of the answer.
    pub async fn script(&mut self, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Value {
        self.script_raw(page, path, fields).await.json()
    }

    /// Like [`Browser::script`], but returns the whole answer.
    pub async fn script_raw(&mut self, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.try_script(page, path, fields).await.expect("an answer")
    }

    /// Like [`Browser::script_raw`].
    ///
    /// # Errors
    /// [`Disconnected`]
    pub async fn try_script(
        &mut self,
        page: &Answer,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Result<Answer, Disconnected> {
        let headers = [("x-csrf-token", &*page.csrf()), ("x-requested-with", "XMLHttpRequest")];
        self.post_with(&page.url(path, &[]), fields, &headers).await
    }

    /// The head of a page's form post as text, with `Expect: 100-continue`.
    #[must_use]
    pub fn head(&self, page: &Answer, path: &str, length: usize) -> String {
        let Transport::Http { ip, .. } = &self.transport else { panic!("over HTTP only") };
        let (target, host, cookies, csrf) = (page.url(path, &[]), self.host(), self.cookie_line(), page.csrf());
        format!(
            "POST {target} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: {ip}\r\n\
             Cookie: {cookies}\r\nX-CSRF-TOKEN: {csrf}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
        )
    }

    /// Opens the flow and signs in without script. Returns the answer that redirects to the application.
    pub async fn sign_in(&mut self, request: &Authorize, who: (&str, &str)) -> Answer {
        let page = self.get(&request.path()).await;
        self.sign_in_at(&page, who, &[]).await
    }

    /// Signs in at an open page.
    pub async fn sign_in_at(&mut self, page: &Answer, who: (&str, &str), more: &[(&str, &str)]) -> Answer {
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let name = page.sign_in_name();
        let mut fields = vec![(name.as_str(), who.0), ("password", who.1)];
        fields.extend_from_slice(more);
        self.submit(page, &fields).await
    }
}

/// Encodes as `application/x-www-form-urlencoded`.
#[must_use]
pub fn encode<F, K, V>(fields: F) -> String
where
    F: IntoIterator,
    F::Item: Borrow<(K, V)>,
    K: AsRef<str>,
    V: AsRef<str>,
{
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
