//! An answer, and methods that read it as browsers, scripts and applications do.

use crate::CALLBACK;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use std::collections::BTreeMap;

/// A complete answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Answer {
    /// This answer, which must have the status 200.
    pub fn ok(self) -> Self {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        self
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }

    /// The destination of a redirect.
    pub fn location(&self) -> Option<String> {
        self.header("location").map(str::to_owned)
    }

    /// Returns true if the answer says that the service is unavailable, by a 503 or an error in a redirect. A 503 must
    /// have `Retry-After`.
    pub fn is_unavailable(&self) -> bool {
        let unavailable = self.status == StatusCode::SERVICE_UNAVAILABLE;
        assert!(!unavailable || self.headers.contains_key("retry-after"), "503 without Retry-After: {}", self.text);
        unavailable || self.location().is_some_and(|to| to.contains("error=temporarily_unavailable"))
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("JSON: {self:?}"))
    }

    /// A text member of the JSON body.
    pub fn member(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_else(|| panic!("no {name}: {self:?}")).to_owned()
    }

    /// The error of the token endpoint: the number of the AADB2C code, and `error`.
    pub fn token_error(&self) -> (u32, String) {
        let description = self.member("error_description");
        let digits = description.strip_prefix("AADB2C").and_then(|d| d.get(..5)).expect("a code");
        (digits.parse().expect("digits"), self.member("error"))
    }

    /// The page's `SETTINGS`, extracted as third-party scripts do.
    pub fn settings(&self) -> Value {
        self.global("SETTINGS")
    }

    /// The page's CSRF token.
    pub fn csrf(&self) -> String {
        self.settings()["csrf"].as_str().expect("a value").to_owned()
    }

    fn global(&self, name: &str) -> Value {
        let start = format!("var {name} = ");
        let from = self.text.find(&start).unwrap_or_else(|| panic!("a page: {} {}", self.status, self.text));
        let rest = &self.text[from + start.len()..];
        let end = rest.find("};").expect("an end");
        serde_json::from_str(&rest[..=end]).expect("JSON")
    }

    /// Returns true if this is a page of this kind (`Unified`, `SelfAsserted`) in a journey.
    pub fn is_page(&self, kind: &str) -> bool {
        self.status == StatusCode::OK && self.text.contains(&format!("data-name=\"{kind}\""))
    }

    /// The value of the first attribute with this name.
    pub fn attribute(&self, name: &str) -> String {
        let rest = self.text.split(&format!("{name}=\"")).nth(1);
        let rest = rest.unwrap_or_else(|| panic!("{name}: {} {}", self.status, self.text));
        rest.split('"').next().expect("a value").to_owned()
    }

    /// The names of the form's inputs.
    pub fn fields(&self) -> Vec<String> {
        let fields = self.global("SA_FIELDS");
        let list = fields["AttributeFields"].as_array().expect("fields").clone();
        list.iter().map(|field| field["ID"].as_str().expect("an id").to_owned()).collect()
    }

    /// The input for the sign-in name on a sign-in page.
    pub fn sign_in_name(&self) -> String {
        self.fields().into_iter().find(|name| name != "password").expect("an input for the name")
    }

    /// A URL of the page's API.
    pub fn url(&self, path: &str, query: &[(&str, &str)]) -> String {
        let settings = self.settings();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let (tx, policy) = (text(&settings["transId"]), text(&settings["hosts"]["policy"]));
        let mut all = query.to_vec();
        all.extend_from_slice(&[("tx", &tx), ("p", &policy)]);
        format!("{}{path}?{}", text(&settings["hosts"]["tenant"]), crate::encode(&all))
    }

    /// A parameter in the query of a redirect to `callback`; `None` if it does not redirect there.
    pub fn parameter(&self, callback: &str, name: &str) -> Option<String> {
        let location = self.location()?;
        let query = location.strip_prefix(callback)?.strip_prefix('?')?;
        url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The parameters of the redirect to `callback`, from the query (`?`) or the fragment (`#`).
    pub fn carried(&self, callback: &str, separator: char) -> BTreeMap<String, String> {
        let location = self.location().unwrap_or_else(|| panic!("a redirect: {} {}", self.status, self.text));
        let rest = location.strip_prefix(callback).unwrap_or_else(|| panic!("to {callback}: {location}"));
        let query = rest.strip_prefix(separator).unwrap_or_else(|| panic!("by {separator}: {location}"));
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    /// The error in the redirect to [`CALLBACK`]: `error`, and the number of the AADB2C code.
    pub fn error(&self) -> (String, String) {
        let carried = self.carried(CALLBACK, '?');
        (carried["error"].clone(), carried["error_description"][6..11].to_owned())
    }

    /// The code in the redirect to [`CALLBACK`].
    pub fn code(&self) -> String {
        let carried = self.carried(CALLBACK, '?');
        carried.get("code").unwrap_or_else(|| panic!("a code: {carried:?}")).clone()
    }
}
