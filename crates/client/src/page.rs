//! The few pages of the library itself: wrong settings, failed sign-ins, and the confirmation before signing out. They
//! use one style sheet, no script, and nothing from other hosts.

use crate::requester::Requester;
use crate::settings::SettingsError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, RETRY_AFTER,
};
use http::header::{HeaderValue, LOCATION, SET_COOKIE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use http::{Response, StatusCode};
use serde_json::json;
use std::fmt::Write;
use std::sync::LazyLock;
use vestibule_protocol::digest::sha256;

/// A complete response to a request.
pub type Answer = Response<String>;

const STYLE: &str = include_str!("../assets/page.css");

/// The content security policy of a page: it loads its own style sheet and nothing else.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| policy("form-action 'none'; "));
/// The policy for a page with a form. It does not restrict where forms lead, because browsers apply that restriction
/// to every redirect after a form, and a sign-out redirects to the provider.
static FORM_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| policy(""));

fn policy(forms: &str) -> HeaderValue {
    let hash = STANDARD.encode(sha256(STYLE.as_bytes()));
    let policy =
        format!("default-src 'none'; style-src 'sha256-{hash}'; {forms}frame-ancestors 'none'; base-uri 'none'");
    // Base64 and the text above are ASCII, so the fallback is never used.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// Redirects the browser, whatever made the request: htmx gets a header.
pub(crate) fn go(requester: Requester, location: &str) -> Answer {
    if requester == Requester::Htmx { lead(location, bare(StatusCode::OK, String::new())) } else { redirect(location) }
}

/// A response to htmx that redirects the browser (<https://htmx.org/headers/hx-redirect/>).
pub(crate) fn lead(location: &str, mut answer: Answer) -> Answer {
    if let Ok(location) = HeaderValue::from_str(location) {
        answer.headers_mut().insert(HeaderName::from_static("hx-redirect"), location);
    }
    answer
}

/// The response to a HEAD request that must not have an effect yet.
pub(crate) fn nothing() -> Answer {
    bare(StatusCode::NO_CONTENT, String::new())
}

/// The response to a browser that prefetches a page. Browsers do not show a response with this status later, but
/// repeat the request when the user clicks.
pub(crate) fn not_ahead() -> Answer {
    let body = json!({
        "error": "sign_in_required",
        "error_description": "A sign-in does not begin before a person goes to the page.",
    });
    json(StatusCode::UNAUTHORIZED, "application/json", &body)
}

/// The response to a method that a path of the sign-in does not accept.
pub(crate) fn not_allowed(allowed: &'static str) -> Answer {
    let mut answer = bare(StatusCode::METHOD_NOT_ALLOWED, String::new());
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    answer
}

/// Redirects the browser. The status is 303, so that a POST becomes a GET.
pub(crate) fn redirect(location: &str) -> Answer {
    let mut answer = bare(StatusCode::SEE_OTHER, String::new());
    match HeaderValue::from_str(location) {
        Ok(location) => answer.headers_mut().insert(LOCATION, location),
        Err(_) => return failure(StatusCode::BAD_GATEWAY, "Sign-in failed", "The provider named an odd address.", "/"),
    };
    answer
}

/// An error page; the user can only return to the home page and try again.
pub(crate) fn failure(status: StatusCode, title: &str, sentence: &str, home: &str) -> Answer {
    Page { status, title, body: format!("<p>{}</p>{}", escape(sentence), again(home, home)) }.answer()
}

/// The same for a program, with a named error.
pub(crate) fn failure_for(requester: Requester, status: StatusCode, failure: &Failure<'_>) -> Answer {
    if requester.reads_pages() {
        return self::failure(status, failure.title, failure.sentence, failure.home);
    }
    let body = json!({ "error": failure.name, "error_description": failure.sentence });
    json(status, "application/json", &body)
}

/// An error, described for users and for programs.
pub(crate) struct Failure<'a> {
    /// The error code for programs.
    pub(crate) name: &'a str,
    /// The title for users.
    pub(crate) title: &'a str,
    /// The description for both.
    pub(crate) sentence: &'a str,
    /// The link for users to continue.
    pub(crate) home: &'a str,
}

/// A failed sign-in: what happened, what to do, and what to quote when asking for help.
pub(crate) fn sign_in_failed(sentence: &str, reference: &str, retry: &str, home: &str) -> Answer {
    let reference = match reference {
        "" => String::new(),
        text => format!("<p class=\"soft\">{}</p>", escape(text)),
    };
    let body = format!("<p>{}</p>{reference}{}", escape(sentence), again(retry, home));
    Page { status: StatusCode::BAD_REQUEST, title: "The sign-in did not succeed", body }.answer()
}

/// The provider is unreachable.
pub(crate) fn unavailable(requester: Requester, retry: &str, home: &str) -> Answer {
    let sentence = "The sign-in service cannot be reached at the moment. Try again in a minute.";
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let mut answer = if requester.reads_pages() {
        let body = format!("<p>{sentence}</p>{}", again(retry, home));
        Page { status, title: "Sign-in is not available", body }.answer()
    } else {
        let body = json!({ "error": "temporarily_unavailable", "error_description": sentence });
        json(status, "application/json", &body)
    };
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("30"));
    answer
}

/// All problems of the settings, with what to set.
pub(crate) fn configuration(error: &SettingsError, requester: Requester) -> Answer {
    if !requester.reads_pages() {
        let body = json!({ "error": "server_error", "error_description": error.to_string() });
        return json(StatusCode::INTERNAL_SERVER_ERROR, "application/json", &body);
    }
    let mut body = String::from(
        "<p>The settings cannot be used yet. Put these right in <code>.env</code> or in the environment, then start \
         the app again.</p><ul>",
    );
    for problem in &error.problems {
        let (key, wrong, fix) = (escape(&problem.key), escape(&problem.wrong), escape(&problem.fix));
        // Writing to a string cannot fail.
        let _ = write!(body, "<li><strong><code>{key}</code>{} {wrong}.</strong><br>{fix}</li>", problem.place());
    }
    body.push_str("</ul>");
    Page { status: StatusCode::INTERNAL_SERVER_ERROR, title: "This app is not configured", body }.answer()
}

/// The confirmation before a sign-out that another site requested.
pub(crate) fn sign_out_question(path: &str, home: &str) -> Answer {
    let (path, home) = (escape(path), escape(home));
    let body = format!(
        "<p>Do you want to sign out of this app?</p><form method=\"post\" action=\"{path}\">\
         <button class=\"button\" type=\"submit\">Sign out</button> <a href=\"{home}\">Stay signed in</a></form>"
    );
    Page { status: StatusCode::OK, title: "Sign out", body }.answer_with_form()
}

/// The response for programs when no user is signed in; says where to sign in.
pub(crate) fn sign_in_required(sign_in_path: &str) -> Answer {
    let body = json!({
        "error": "sign_in_required",
        "error_description": "Nobody is signed in. Let the browser go to the address in sign_in.",
        "sign_in": sign_in_path,
    });
    json(StatusCode::UNAUTHORIZED, "application/json", &body)
}

/// The response for programs when the app has no token for these scopes.
pub(crate) fn permission_required(sign_in_path: &str, scopes: &[String]) -> Answer {
    let body = json!({
        "error": "interaction_required",
        "error_description": "Somebody is signed in, but this app has no access token for the scopes, and gets none \
                              without the person. Let the browser go to the address in sign_in.",
        "scope": scopes.join(" "),
        "sign_in": sign_in_path,
    });
    json(StatusCode::UNAUTHORIZED, "application/json", &body)
}

/// A posted form that lacks a user or a permission.
pub(crate) struct Form<'a> {
    /// True if no user is signed in; false if a permission is missing.
    pub(crate) lacks_person: bool,
    /// The link to sign in or grant the permission.
    pub(crate) sign_in: &'a str,
    /// The path that the form was posted to.
    pub(crate) action: &'a str,
    /// The form's fields, if the page can hold them.
    pub(crate) fields: Option<Vec<(String, String)>>,
}

/// The page for a form that was not sent. It holds the form until it can be sent, or says that it must be filled in
/// again.
pub(crate) fn form_not_sent(form: &Form<'_>) -> Answer {
    let (why, button) = match form.lacks_person {
        true => ("The form was not sent, because you are not signed in.", "Sign in"),
        false => ("The form was not sent: this app needs your permission at the sign-in service first.", "Go there"),
    };
    let sign_in = escape(form.sign_in);
    let rest = match &form.fields {
        Some(fields) => format!(
            "<p>This page keeps what you typed. Go to the sign-in in a new tab, come back here, and send the form \
             again.</p><form method=\"post\" action=\"{}\">{}<a class=\"button\" href=\"{sign_in}\" \
             target=\"_blank\" rel=\"noopener\">{button}</a> <button class=\"button\" type=\"submit\">Send the form \
             again</button></form>",
            escape(form.action),
            hidden(fields)
        ),
        None => format!(
            "<p>Fill it in again afterwards. To copy what you typed, go back in your browser first.</p>\
             <p><a class=\"button\" href=\"{sign_in}\">{button}</a></p>"
        ),
    };
    Page { status: StatusCode::UNAUTHORIZED, title: "Not sent yet", body: format!("<p>{why}</p>{rest}") }
        .answer_with_form()
}

fn hidden(fields: &[(String, String)]) -> String {
    let one = |(name, value): &(String, String)| {
        format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value))
    };
    fields.iter().map(one).collect()
}

/// The response for a page whose address is too long to return to.
pub(crate) fn long_address(sign_in: &str) -> Answer {
    let body = format!(
        "<p>You have to sign in for this page, and its address is too long to come back to by itself. Sign in in a new \
         tab, then load this page again.</p><p><a class=\"button\" href=\"{}\" target=\"_blank\" rel=\"noopener\">\
         Sign in</a> <a href=\"\">Load this page again</a></p>",
        escape(sign_in)
    );
    Page { status: StatusCode::UNAUTHORIZED, title: "Sign in first", body }.answer()
}

/// A JSON response that must not be cached.
pub(crate) fn json(status: StatusCode, media_type: &'static str, body: &serde_json::Value) -> Answer {
    let mut answer = bare(status, body.to_string());
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer
}

/// Adds `Set-Cookie` values.
pub(crate) fn set_cookies(headers: &mut http::HeaderMap, values: Vec<String>) {
    for value in values.iter().filter_map(|v| HeaderValue::from_str(v).ok()) {
        headers.append(SET_COOKIE, value);
    }
}

fn again(path: &str, home: &str) -> String {
    let home = if path == home { String::new() } else { format!(" <a href=\"{}\">Home page</a>", escape(home)) };
    format!("<p><a class=\"button\" href=\"{}\">Try again</a>{home}</p>", escape(path))
}

struct Page<'a> {
    status: StatusCode,
    title: &'a str,
    /// The content, as HTML.
    body: String,
}

impl Page<'_> {
    /// A page whose form is sent to this app. If the app's own address were not sent as the referrer, browsers would
    /// send `Origin: null`, which looks like another site.
    fn answer_with_form(self) -> Answer {
        let mut answer = self.answer();
        let headers = answer.headers_mut();
        headers.insert(CONTENT_SECURITY_POLICY, FORM_POLICY.clone());
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        answer
    }

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

/// Escapes text for HTML elements and quoted attributes.
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
