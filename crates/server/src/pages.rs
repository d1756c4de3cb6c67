//! The pages that users see, as HTML that works without JavaScript and has B2C's element ids and page globals
//! (docs/b2c.md, "Pages").
//!
//! [`crate::pages::Pages`] renders typed pages of the journey as text. It does no I/O and never fails: templates and
//! strings are part of the program, and tests check them.

mod asset;
mod dev;
mod form;
mod form_action;
mod links;
mod mail;
mod strings;
mod template;
mod view;

pub use asset::{asset, content_security_policy};
pub use dev::{DevFlow, DevHome, DevMail};
pub use form::form_values;
pub use template::{environment_of, render};

use minijinja::value::Serde;
use minijinja::{Environment, context};
use std::collections::BTreeMap;
use strings::Strings;
use vestibule_journey::event::Form;
use vestibule_journey::{Notice, Page};

/// Templates and strings, loaded once and shared.
#[derive(Debug)]
pub struct Pages {
    templates: Environment<'static>,
    strings: Strings,
}

/// The context in which a page is displayed.
#[derive(Clone, Copy, Debug)]
pub struct PageContext<'a> {
    /// URL prefix of everything on the page: `/contoso.onmicrosoft.com/B2C_1_signupsignin1`.
    pub base: &'a str,
    /// The policy's canonical name.
    pub policy: &'a str,
    /// The transaction: `StateProperties=…`, not percent-encoded.
    pub tx: &'a str,
    /// The CSRF value of this page, as in the cookie `x-ms-cpim-csrf`.
    pub csrf: &'a str,
    /// Id of this page view, for B2C-style telemetry.
    pub page_view_id: &'a str,
    /// The nonce that the response's Content-Security-Policy names.
    pub nonce: &'a str,
    /// The tenant's display name.
    pub tenant_name: &'a str,
    /// The display name of the application that the user is signing in to; may be empty.
    pub application: &'a str,
    /// The notice about the last submission or action.
    pub notice: Option<&'a Notice>,
    /// The values to show again, by claim id in any letter case. Passwords and codes are never shown.
    pub values: &'a Form,
    /// True if "keep me signed in" was ticked.
    pub remember_me: bool,
    /// Correlation id, kept in a comment of the page as B2C does.
    pub correlation_id: &'a str,
}

/// An error that cannot be sent to an application (B2C's `api.error`).
#[derive(Clone, Copy, Debug)]
pub struct ErrorPage<'a> {
    /// Number of the AADB2C code, e.g. 90006.
    pub code: Option<u32>,
    /// The problem in one sentence, without any text of the request (docs/security-floor.md, row 65).
    pub message: &'a str,
    /// What to do; `None` for the default advice in the page's language.
    pub advice: Option<&'a str>,
    /// The id by which the log entry can be found.
    pub correlation_id: &'a str,
    /// The time, in milliseconds since the epoch.
    pub at: i64,
    /// The tenant's display name; empty if no tenant was found.
    pub tenant_name: &'a str,
    /// Languages, best first.
    pub languages: &'a [String],
}

/// The page with a link to a provider's site.
#[derive(Clone, Copy, Debug)]
pub struct LeavePage<'a> {
    /// The provider's display name.
    pub provider: &'a str,
    /// The provider's URL.
    pub url: &'a str,
    /// The tenant's display name.
    pub tenant_name: &'a str,
    /// Languages, best first.
    pub languages: &'a [String],
}

/// The page that repeats a request with a link.
#[derive(Clone, Copy, Debug)]
pub struct StartAgainPage<'a> {
    /// The authorization request, at our own origin.
    pub url: &'a str,
    /// The tenant's display name.
    pub tenant_name: &'a str,
    /// Languages, best first.
    pub languages: &'a [String],
}

/// The query parameter of a page API request that follows from a form, and not from a script.
pub const BY_FORM: &str = "by_form";

/// The confirmation before a sign-out without a valid hint (docs/b2c.md, "Sign-out", OpenID RP-Initiated Logout
/// section 2).
#[derive(Clone, Copy, Debug)]
pub struct SignOutQuestion<'a> {
    /// The path that the answer is posted to: the tenant's own logout endpoint.
    pub action: &'a str,
    /// The CSRF value, sent back as `csrf_token`.
    pub csrf: &'a str,
    /// The request's parameters, sent back unchanged.
    pub fields: &'a [(String, String)],
    /// The tenant's display name.
    pub tenant_name: &'a str,
    /// Languages, best first.
    pub languages: &'a [String],
}

impl Default for Pages {
    fn default() -> Self {
        Self::new()
    }
}

impl Pages {
    /// The pages built into the program.
    #[must_use]
    pub fn new() -> Self {
        Self { templates: template::environment(), strings: Strings::embedded() }
    }

    /// A page of a journey.
    #[must_use]
    pub fn journey(&self, page: &Page, cx: &PageContext<'_>) -> String {
        let texts = self.strings.of_page(page);
        let view = view::PageView::new(page, cx, &texts, &self.strings);
        template::render(&self.templates, "journey.html", view)
    }

    /// The text of a notice: the policy's text, or else the page's string, or else the language file's text, with
    /// `{0}`, `{1}` filled in.
    #[must_use]
    pub fn notice_text(&self, notice: &Notice, page_strings: &BTreeMap<String, String>, language: &str) -> String {
        self.strings.notice(notice, page_strings, language)
    }

    /// The error page: code, message, what to do, correlation id and time. It has no links.
    #[must_use]
    pub fn error(&self, error: &ErrorPage<'_>) -> String {
        let texts = self.strings.of("api.error", error.languages);
        let code = error.code.map(|code| format!("AADB2C{code}"));
        let time = jiff::Timestamp::from_millisecond(error.at).map(|at| at.strftime("%F %TZ").to_string());
        let view = context! {
            lang => texts.lang(),
            texts => Serde(texts.map()),
            tenant_name => error.tenant_name,
            code,
            message => error.message,
            // Our own messages are in English, whatever the language of the page.
            is_english => texts.lang() == "en",
            is_own_advice => error.advice.is_some(),
            advice => error.advice.unwrap_or_else(|| texts.get("advice")),
            correlation_id => error.correlation_id,
            timestamp => time.unwrap_or_default(),
        };
        template::render(&self.templates, "error.html", view)
    }

    /// The page that says that the sign-in must be started again, with a link that repeats the request.
    #[must_use]
    pub fn start_again(&self, page: &StartAgainPage<'_>) -> String {
        let texts = self.strings.of("startagain", page.languages);
        let view = context! {
            lang => texts.lang(),
            heading => texts.get("heading"),
            text => texts.get("text"),
            button => texts.get("button"),
            tenant_name => page.tenant_name,
            url => links::web_url(page.url).unwrap_or("about:invalid"),
        };
        template::render(&self.templates, "link.html", view)
    }

    /// The page with a link to a provider. A URL that is not http or https is left out.
    #[must_use]
    pub fn leave(&self, page: &LeavePage<'_>) -> String {
        let texts = self.strings.of("leave", page.languages);
        let view = context! {
            lang => texts.lang(),
            heading => texts.fill("heading", &[page.provider]),
            text => texts.fill("text", &[page.provider]),
            button => texts.fill("button", &[page.provider]),
            tenant_name => page.tenant_name,
            url => links::web_url(page.url).unwrap_or("about:invalid"),
        };
        template::render(&self.templates, "link.html", view)
    }

    /// The page after a sign-out without a redirect.
    #[must_use]
    pub fn signed_out(&self, tenant_name: &str, languages: &[String]) -> String {
        let texts = self.strings.of("signout", languages);
        let view = context! { lang => texts.lang(), texts => Serde(texts.map()), tenant_name };
        template::render(&self.templates, "signed-out.html", view)
    }

    /// The page that asks for confirmation of a sign-out; the answer is a POST with the CSRF value.
    #[must_use]
    pub fn sign_out_question(&self, question: &SignOutQuestion<'_>) -> String {
        let texts = self.strings.of("signout", question.languages);
        let view = context! {
            lang => texts.lang(),
            texts => Serde(texts.map()),
            tenant_name => question.tenant_name,
            action => question.action,
            csrf => question.csrf,
            fields => Serde(question.fields),
        };
        template::render(&self.templates, "sign-out-question.html", view)
    }

    /// The page that posts a response to the application (OAuth 2.0 Form Post Response Mode), by script or by button.
    /// The response's Content-Security-Policy must allow `nonce` and `action`. An `action` that is not http or https
    /// is left out.
    #[must_use]
    pub fn form_post(&self, action: &str, fields: &[(String, String)], nonce: &str, language: &str) -> String {
        let texts = self.strings.of("formpost", &[language.to_owned()]);
        let view = context! {
            lang => texts.lang(),
            texts => Serde(texts.map()),
            action => links::web_url(action).unwrap_or("about:invalid"),
            fields => Serde(fields),
            nonce,
        };
        template::render(&self.templates, "form-post.html", view)
    }
}
