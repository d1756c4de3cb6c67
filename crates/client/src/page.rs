//! The few pages that the library shows by itself: wrong settings, failed sign-ins, a question before signing out.
//! One style sheet, no script, nothing from elsewhere.

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

/// A whole answer to a request.
pub type Answer = Response<String>;

const STYLE: &str = include_str!("../assets/page.css");

/// The policy of a page: it loads its own style sheet and nothing else.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| policy("form-action 'none'; "));
/// The same for a page with a form. It does not say where forms may lead: browsers hold every redirect that answers a
/// form against that, and a sign-out leads on to the provider.
static FORM_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| policy(""));

fn policy(forms: &str) -> HeaderValue {
    let hash = STANDARD.encode(sha256(STYLE.as_bytes()));
    let policy =
        format!("default-src 'none'; style-src 'sha256-{hash}'; {forms}frame-ancestors 'none'; base-uri 'none'");
    // Base64 and the text above are ASCII, so the other branch is never taken.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// Sends the browser to an address, whatever made the request: htmx gets a header.
pub(crate) fn go(requester: Requester, location: &str) -> Answer {
    if requester == Requester::Htmx { lead(location, bare(StatusCode::OK, String::new())) } else { redirect(location) }
}

/// An answer to htmx that leads the browser elsewhere (<https://htmx.org/headers/hx-redirect/>).
pub(crate) fn lead(location: &str, mut answer: Answer) -> Answer {
    if let Ok(location) = HeaderValue::from_str(location) {
        answer.headers_mut().insert(HeaderName::from_static("hx-redirect"), location);
    }
    answer
}

/// The answer to a HEAD request for what must not happen yet.
pub(crate) fn nothing() -> Answer {
    bare(StatusCode::NO_CONTENT, String::new())
}

/// The answer to a browser that fetches ahead what a person may click. Browsers do not show an answer of this status
/// later, and ask again at the click.
pub(crate) fn not_ahead() -> Answer {
    let body = json!({
        "error": "sign_in_required",
        "error_description": "A sign-in does not begin before a person goes to the page.",
    });
    json(StatusCode::UNAUTHORIZED, "application/json", &body)
}

/// A method that an address of the sign-in does not take.
pub(crate) fn not_allowed(allowed: &'static str) -> Answer {
    let mut answer = bare(StatusCode::METHOD_NOT_ALLOWED, String::new());
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    answer
}

/// Where the browser goes next. 303, so that a POST becomes a GET.
pub(crate) fn redirect(location: &str) -> Answer {
    let mut answer = bare(StatusCode::SEE_OTHER, String::new());
    match HeaderValue::from_str(location) {
        Ok(location) => answer.headers_mut().insert(LOCATION, location),
        Err(_) => return failure(StatusCode::BAD_GATEWAY, "Sign-in failed", "The provider named an odd address.", "/"),
    };
    answer
}

/// Something went wrong; a person can do nothing but go home and try again.
pub(crate) fn failure(status: StatusCode, title: &str, sentence: &str, home: &str) -> Answer {
    Page { status, title, body: format!("<p>{}</p>{}", escape(sentence), again(home, home)) }.answer()
}

/// The same for a program: an error by its name.
pub(crate) fn failure_for(requester: Requester, status: StatusCode, failure: &Failure<'_>) -> Answer {
    if requester.reads_pages() {
        return self::failure(status, failure.title, failure.sentence, failure.home);
    }
    let body = json!({ "error": failure.name, "error_description": failure.sentence });
    json(status, "application/json", &body)
}

/// An error for users and for programs.
pub(crate) struct Failure<'a> {
    /// For programs.
    pub(crate) name: &'a str,
    /// For people.
    pub(crate) title: &'a str,
    /// For both.
    pub(crate) sentence: &'a str,
    /// Where people go on.
    pub(crate) home: &'a str,
}

/// A sign-in failed: what happened, what to do, and what to quote when asking for help.
pub(crate) fn sign_in_failed(sentence: &str, reference: &str, retry: &str, home: &str) -> Answer {
    let reference = match reference {
        "" => String::new(),
        text => format!("<p class=\"soft\">{}</p>", escape(text)),
    };
    let body = format!("<p>{}</p>{reference}{}", escape(sentence), again(retry, home));
    Page { status: StatusCode::BAD_REQUEST, title: "The sign-in did not succeed", body }.answer()
}

/// The provider cannot be reached.
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

/// Every problem of the settings, with what to set.
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

/// The question before a sign-out that another site asked for.
pub(crate) fn sign_out_question(path: &str, home: &str) -> Answer {
    let (path, home) = (escape(path), escape(home));
    let body = format!(
        "<p>Do you want to sign out of this app?</p><form method=\"post\" action=\"{path}\">\
         <button class=\"button\" type=\"submit\">Sign out</button> <a href=\"{home}\">Stay signed in</a></form>"
    );
    Page { status: StatusCode::OK, title: "Sign out", body }.answer_with_form()
}

/// For programs: the session is missing, and where a person gets one.
pub(crate) fn sign_in_required(sign_in_path: &str) -> Answer {
    let body = json!({
        "error": "sign_in_required",
        "error_description": "Nobody is signed in. Let the browser go to the address in sign_in.",
        "sign_in": sign_in_path,
    });
    json(StatusCode::UNAUTHORIZED, "application/json", &body)
}

/// For programs: a user is signed in, but the app has no token for these scopes.
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

/// A form that was posted when something was missing.
pub(crate) struct Form<'a> {
    /// True if nobody is signed in; else a permission is missing.
    pub(crate) lacks_person: bool,
    /// Where the person gets what is missing.
    pub(crate) sign_in: &'a str,
    /// Where the form was posted to.
    pub(crate) action: &'a str,
    /// The form's fields, if the page can hold them.
    pub(crate) fields: Option<Vec<(String, String)>>,
}

/// The form was not sent; the page holds it until it can be, or says that it has to be filled in again.
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

/// A page whose address is too long to come back to.
pub(crate) fn long_address(sign_in: &str) -> Answer {
    let body = format!(
        "<p>You have to sign in for this page, and its address is too long to come back to by itself. Sign in in a new \
         tab, then load this page again.</p><p><a class=\"button\" href=\"{}\" target=\"_blank\" rel=\"noopener\">\
         Sign in</a> <a href=\"\">Load this page again</a></p>",
        escape(sign_in)
    );
    Page { status: StatusCode::UNAUTHORIZED, title: "Sign in first", body }.answer()
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

fn again(path: &str, home: &str) -> String {
    let home = if path == home { String::new() } else { format!(" <a href=\"{}\">Home page</a>", escape(home)) };
    format!("<p><a class=\"button\" href=\"{}\">Try again</a>{home}</p>", escape(path))
}

struct Page<'a> {
    status: StatusCode,
    title: &'a str,
    /// HTML.
    body: String,
}

impl Page<'_> {
    /// A page whose form is sent to this app. Without the app's own address as its referrer, browsers send `Origin:
    /// null` along, which looks like another site.
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
