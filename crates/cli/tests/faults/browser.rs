//! A browser small enough to read, over real connections that may break.

use crate::server::{CALLBACK, ORIGIN, Server};
use serde_json::Value;
use std::collections::BTreeMap;

/// The connection broke, or could not be made: nobody knows what became of the request.
#[derive(Debug)]
pub(crate) struct Cut;

/// What a step gives.
pub(crate) type Got<T> = Result<T, Cut>;

/// A browser.
#[derive(Clone)]
pub(crate) struct Browser {
    client: reqwest::Client,
    base: String,
    cookies: BTreeMap<String, String>,
    ip: String,
    /// An answer of 503, or a redirect that says the same, is none: nobody knows what became of the request.
    lenient: bool,
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) text: String,
}

impl Browser {
    /// One that was never here. Each number is a person with an address of their own.
    pub(crate) fn new(server: &Server, number: u32) -> Self {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        // Each request has its own connection: one that is kept may be closed, as idle, at the moment of its next use.
        let client = client.pool_max_idle_per_host(0);
        let [_, a, b, c] = number.to_be_bytes();
        Self {
            client: client.build().expect("a client"),
            base: format!("http://127.0.0.1:{}", server.port),
            cookies: BTreeMap::new(),
            ip: format!("10.{a}.{b}.{c}"),
            lenient: false,
        }
    }

    /// The same browser, its requests going to another process.
    pub(crate) fn at(&self, server: &Server) -> Self {
        Self { base: format!("http://127.0.0.1:{}", server.port), ..self.clone() }
    }

    /// From now on an answer of 503 (which must say when to come back), or a redirect that says the same, is as none.
    pub(crate) fn takes_refusals(&mut self) {
        self.lenient = true;
    }

    /// A browser of the same person that has nothing in it.
    pub(crate) fn stranger(&self) -> Self {
        Self { cookies: BTreeMap::new(), ..self.clone() }
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Got<Answer> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let host = ORIGIN.trim_start_matches("https://");
        let mut request = request.header("host", host).header("x-forwarded-proto", "https");
        request = request.header("x-forwarded-for", &self.ip);
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        let response = request.send().await.map_err(|_| Cut)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.map_err(|_| Cut)?;
        for line in headers.get_all("set-cookie") {
            let line = line.to_str().expect("text");
            let (name, value) = line.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            if value.is_empty() || line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if self.lenient && status == 503 {
            assert!(headers.contains_key("retry-after"), "refused without a word on when to come back: {text}");
            return Err(Cut);
        }
        let location = headers.get("location").map(|value| value.to_str().expect("text").to_owned());
        if self.lenient && location.as_ref().is_some_and(|to| to.contains("error=temporarily_unavailable")) {
            return Err(Cut);
        }
        Ok(Answer { status, location, text })
    }

    /// The head of a page's form post as text, asking to be told when the server begins to read the body.
    pub(crate) fn head(&self, page: &Answer, path: &str, length: usize) -> String {
        let host = ORIGIN.trim_start_matches("https://");
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (target, ip, cookies) = (page.url(path, &[]), &self.ip, cookies.join("; "));
        let csrf = page.settings()["csrf"].as_str().expect("a value").to_owned();
        format!(
            "POST {target} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: {ip}\r\n\
             Cookie: {cookies}\r\nX-CSRF-TOKEN: {csrf}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
        )
    }

    fn url(&self, target: &str) -> String {
        format!("{}{}", self.base, target.strip_prefix(ORIGIN).unwrap_or(target))
    }

    /// Open an address; answers are not followed.
    pub(crate) async fn get(&mut self, target: &str) -> Got<Answer> {
        let request = self.client.get(self.url(target));
        self.send(request).await
    }

    /// Post a form.
    pub(crate) async fn post(&mut self, target: &str, fields: &[(&str, &str)]) -> Got<Answer> {
        let request = self.client.post(self.url(target)).form(fields);
        self.send(request.header("origin", ORIGIN).header("sec-fetch-site", "same-origin")).await
    }

    /// Post what an application posts.
    pub(crate) async fn call(&mut self, target: &str, fields: &[(&str, &str)]) -> Got<Answer> {
        let request = self.client.post(self.url(target)).form(fields);
        self.send(request).await
    }

    /// Post a page's form as its script does; the status and JSON.
    pub(crate) async fn script(&mut self, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Got<Answer> {
        let csrf = page.settings()["csrf"].as_str().expect("a value").to_owned();
        let request = self.client.post(self.url(&page.url(path, &[]))).form(fields);
        self.send(request.header("x-csrf-token", csrf).header("x-requested-with", "XMLHttpRequest")).await
    }

    /// Post a page's form without script, and go where the answer leads inside the tenant.
    pub(crate) async fn submit(&mut self, page: &Answer, fields: &[(&str, &str)]) -> Got<Answer> {
        let csrf = page.settings()["csrf"].as_str().expect("a value").to_owned();
        let mut all = vec![("request_type", "RESPONSE"), ("csrf_token", csrf.as_str())];
        all.extend_from_slice(fields);
        let answer = self.post(&page.url("/SelfAsserted", &[]), &all).await?;
        self.follow(answer).await
    }

    /// Press a link of the page API.
    pub(crate) async fn press(&mut self, page: &Answer, action: &str, query: &[(&str, &str)]) -> Got<Answer> {
        let settings = page.settings();
        let mut all = query.to_vec();
        all.push(("csrf_token", settings["csrf"].as_str().expect("a value")));
        let path = format!("/api/{}/{action}", settings["api"].as_str().expect("a name"));
        let answer = self.get(&page.url(&path, &all)).await?;
        self.follow(answer).await
    }

    async fn follow(&mut self, mut answer: Answer) -> Got<Answer> {
        for _ in 0..5 {
            let inside = |location: &&String| location.starts_with('/') || location.starts_with(ORIGIN);
            let Some(location) = answer.location.as_ref().filter(inside).cloned() else { return Ok(answer) };
            answer = self.get(&location).await?;
        }
        panic!("too many redirects")
    }
}

impl Answer {
    /// The page's `SETTINGS`.
    pub(crate) fn settings(&self) -> Value {
        let start = "var SETTINGS = ";
        let from = self.text.find(start).unwrap_or_else(|| panic!("a page: {} {}", self.status, self.text));
        let rest = &self.text[from + start.len()..];
        let end = rest.find("};").expect("an end");
        serde_json::from_str(&rest[..=end]).expect("JSON")
    }

    /// The value of an attribute, wherever it stands first.
    pub(crate) fn attribute(&self, name: &str) -> String {
        let rest = self.text.split(&format!("{name}=\"")).nth(1);
        let rest = rest.unwrap_or_else(|| panic!("{name}: {} {}", self.status, self.text));
        rest.split('"').next().expect("a value").to_owned()
    }

    /// Whether this is a page of this kind (`Unified`, `SelfAsserted`).
    pub(crate) fn is_page(&self, kind: &str) -> bool {
        self.status == 200 && self.text.contains(&format!("data-name=\"{kind}\""))
    }

    /// An address of the page's API.
    pub(crate) fn url(&self, path: &str, query: &[(&str, &str)]) -> String {
        let settings = self.settings();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let (tx, policy) = (text(&settings["transId"]), text(&settings["hosts"]["policy"]));
        let mut all = query.to_vec();
        all.extend_from_slice(&[("tx", &tx), ("p", &policy)]);
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
        format!("{}{path}?{query}", text(&settings["hosts"]["tenant"]))
    }

    /// What is carried to the application, if this leads there.
    pub(crate) fn carried(&self, name: &str) -> Option<String> {
        let query = self.location.as_deref()?.strip_prefix(CALLBACK)?.strip_prefix('?')?;
        url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("JSON: {self:?}"))
    }
}
