//! The few pages that the library shows by itself: wrong settings, failed sign-ins, a question before signing out.
//! One style sheet, no script, nothing from elsewhere.

use crate::settings::SettingsError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, RETRY_AFTER};
use http::header::{HeaderValue, LOCATION, SET_COOKIE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use http::{Response, StatusCode};
use std::fmt::Write;
use std::sync::LazyLock;
use vestibule_protocol::digest::sha256;

/// A whole answer to a request.
pub type Answer = Response<String>;

const STYLE: &str = include_str!("../assets/page.css");

/// What a page lets the browser load: its own style sheet.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = STANDARD.encode(sha256(STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    // Base64 and the text above are ASCII, so the other branch is never taken.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

/// Where the browser goes next. 303, so that a POST becomes a GET.
pub(crate) fn redirect(location: &str) -> Answer {
    let mut answer = bare(StatusCode::SEE_OTHER, String::new());
    match HeaderValue::from_str(location) {
        Ok(location) => answer.headers_mut().insert(LOCATION, location),
        Err(_) => return failure(StatusCode::BAD_GATEWAY, "Sign-in failed", "The provider named an odd address."),
    };
    answer
}

/// Something went wrong; a person can do nothing but try again.
pub(crate) fn failure(status: StatusCode, title: &str, sentence: &str) -> Answer {
    Page { status, title, body: format!("<p>{}</p>{}", escape(sentence), again("/")) }.answer()
}

/// A sign-in failed: what happened, what to do, and what to quote when asking for help.
pub(crate) fn sign_in_failed(status: StatusCode, sentence: &str, reference: &str, retry: &str) -> Answer {
    let reference = match reference {
        "" => String::new(),
        text => format!("<p class=\"soft\">{}</p>", escape(text)),
    };
    let body = format!("<p>{}</p>{reference}{}", escape(sentence), again(retry));
    Page { status, title: "The sign-in did not succeed", body }.answer()
}

/// The provider cannot be reached.
pub(crate) fn unavailable(retry: &str) -> Answer {
    let sentence = "The sign-in service cannot be reached at the moment. Try again in a minute.";
    let body = format!("<p>{sentence}</p>{}", again(retry));
    let mut answer = Page { status: StatusCode::SERVICE_UNAVAILABLE, title: "Sign-in is not available", body }.answer();
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("30"));
    answer
}

/// Every problem of the settings, with what to set.
pub(crate) fn configuration(error: &SettingsError) -> Answer {
    let mut body = String::from(
        "<p>The settings cannot be used yet. Put these right in <code>.env</code> or in the environment, then start \
         the app again.</p><ul>",
    );
    for problem in &error.problems {
        let (key, wrong, fix) = (escape(&problem.key), escape(&problem.wrong), escape(&problem.fix));
        // Writing to a string cannot fail.
        let _ = write!(body, "<li><strong><code>{key}</code> {wrong}.</strong><br>{fix}</li>");
    }
    body.push_str("</ul>");
    Page { status: StatusCode::INTERNAL_SERVER_ERROR, title: "This app is not configured", body }.answer()
}

/// The question before a sign-out that another site asked for.
pub(crate) fn sign_out_question(path: &str) -> Answer {
    let path = escape(path);
    let body = format!(
        "<p>Do you want to sign out of this app?</p><form method=\"post\" action=\"{path}\">\
         <button class=\"button\" type=\"submit\">Sign out</button> <a href=\"/\">Stay signed in</a></form>"
    );
    Page { status: StatusCode::OK, title: "Sign out", body }.answer()
}

/// For programs: the session is missing, and where a person gets one.
pub(crate) fn sign_in_required(sign_in_path: &str) -> Answer {
    let body = serde_json::json!({
        "error": "sign_in_required",
        "error_description": "Nobody is signed in. Let the browser go to the address in sign_in.",
        "sign_in": sign_in_path,
    });
    json(StatusCode::UNAUTHORIZED, "application/json", &body)
}

/// A JSON answer that is not cached.
pub(crate) fn json(status: StatusCode, media_type: &'static str, body: &serde_json::Value) -> Answer {
    let mut answer = bare(status, body.to_string());
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer
}

/// Add `Set-Cookie` values.
pub(crate) fn set_cookies(headers: &mut http::HeaderMap, values: Vec<String>) {
    for value in values.iter().filter_map(|v| HeaderValue::from_str(v).ok()) {
        headers.append(SET_COOKIE, value);
    }
}

fn again(path: &str) -> String {
    let home = if path == "/" { "" } else { " <a href=\"/\">Home page</a>" };
    format!("<p><a class=\"button\" href=\"{}\">Try again</a>{home}</p>", escape(path))
}

struct Page<'a> {
    status: StatusCode,
    title: &'a str,
    /// HTML.
    body: String,
}

impl Page<'_> {
    fn answer(self) -> Answer {
        let (title, body) = (escape(self.title), self.body);
        let html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>{title}</title><style>{STYLE}</style></head>\n<body><main><h1>{title}</h1>\n{body}</main></body>\n\
             </html>\n"
        );
        let mut answer = bare(self.status, html);
        let fixed: [(HeaderName, HeaderValue); 3] = [
            (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (CONTENT_SECURITY_POLICY, POLICY.clone()),
            (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        ];
        answer.headers_mut().extend(fixed);
        answer
    }
}

fn bare(status: StatusCode, body: String) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let fixed: [(HeaderName, HeaderValue); 3] = [
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    answer.headers_mut().extend(fixed);
    answer
}

/// Text for HTML, in elements and in quoted attributes.
fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
        out
    })
}
