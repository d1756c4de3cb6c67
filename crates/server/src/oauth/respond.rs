//! Sends the authorization response to the redirect URI: as a query, a fragment or a form post.

use crate::oauth::request::{Fields, ResponseMode, ReturnTo};
use crate::oauth::visit::Visit;
use crate::web::answer;
use crate::web::query::encode;
use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use vestibule_protocol::error::{Failure, one_line};

impl ReturnTo {
    /// Sends the fields, with `state` and `iss`.
    #[must_use]
    pub fn send(&self, visit: Visit<'_>, mut fields: Fields) -> Response<Body> {
        if let Some(state) = &self.state {
            fields.push(("state".to_owned(), state.clone()));
        }
        fields.push(("iss".to_owned(), self.issuer.clone()));
        let joint = match self.mode {
            ResponseMode::FormPost => return self.post(visit, &fields),
            ResponseMode::Fragment => '#',
            ResponseMode::Query if self.redirect_uri.contains('?') => '&',
            ResponseMode::Query => '?',
        };
        answer::redirect(&visit.call.method, &format!("{}{joint}{}", self.redirect_uri, encode(&fields)))
    }

    fn post(&self, visit: Visit<'_>, fields: &Fields) -> Response<Body> {
        let nonce = visit.app.random().token();
        let text = visit.app.pages().form_post(&self.redirect_uri, fields, &nonce, &self.language);
        let mut response = answer::html(StatusCode::OK, text, &nonce, &self.form_targets());
        // The application may check `Origin`, so send our origin, but no more of the URL.
        response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
        response
    }

    /// Sends an error, and logs it.
    #[must_use]
    pub fn fail(&self, visit: Visit<'_>, code: u32, error: &str, message: &str) -> Response<Body> {
        tracing::info!(
            correlation_id = visit.call.correlation_id,
            client_id = self.client_id,
            code,
            error,
            sentence = message,
            "an error goes to the application"
        );
        self.send(visit, self.error_fields(visit, code, error, message))
    }

    /// Returns `error` and `error_description` (RFC 6749 section 4.1.2.1).
    #[must_use]
    pub fn error_fields(&self, visit: Visit<'_>, code: u32, error: &str, message: &str) -> Fields {
        let description = Failure::new(code, "", message).description(&visit.call.correlation_id, visit.now());
        let description = if self.strict { one_line(&description) } else { description };
        vec![("error".to_owned(), error.to_owned()), ("error_description".to_owned(), description)]
    }

    /// Sends a known failure, as [`ReturnTo::fail`] does.
    #[must_use]
    pub fn failure(&self, visit: Visit<'_>, failure: &Failure) -> Response<Body> {
        self.fail(visit, failure.code, failure.error, &failure.message)
    }

    /// Returns the URLs to which a form on the way to the application may lead, for the Content-Security-Policy.
    #[must_use]
    pub fn form_targets(&self) -> Vec<String> {
        vec![self.redirect_uri.clone()]
    }
}
