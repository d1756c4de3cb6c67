//! The pages: rendered templates, with headers that forbid foreign content.

use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use minijinja::Environment;
use minijinja::value::Serde;
use serde_json::Value;
use std::sync::LazyLock;

const TEMPLATES: [(&str, &str); 4] = [
    ("base.html", include_str!("../templates/base.html")),
    ("welcome.html", include_str!("../templates/welcome.html")),
    ("index.html", include_str!("../templates/index.html")),
    ("api.html", include_str!("../templates/api.html")),
];

const HEADERS: [(HeaderName, &str); 3] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; \
         base-uri 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
];

static VIEWS: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(|| {
    let mut views = Environment::new();
    for (name, text) in TEMPLATES {
        views.add_template(name, text)?;
    }
    Ok(views)
});

/// Renders a page; templates with `.html` names escape all values.
pub(crate) fn page(name: &str, shown: &Value) -> Response {
    let html = VIEWS.as_ref().ok().and_then(|views| views.get_template(name).ok()?.render(Serde(shown)).ok());
    match html {
        Some(html) => (HEADERS, Html(html)).into_response(),
        None => (StatusCode::INTERNAL_SERVER_ERROR, "This page cannot be shown.").into_response(),
    }
}

/// The style sheet.
pub(crate) async fn style_sheet() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../assets/app.css"))
}
