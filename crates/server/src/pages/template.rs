//! The templates: their files, rendering and escaping.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, ValueKind};
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value, escape_formatter};
use serde::Serialize;

/// All templates, by name. Those in `.html` are escaped.
const TEMPLATES: &[(&str, &str)] = &[
    ("layout.html", include_str!("../../assets/templates/layout.html")),
    ("fields.html", include_str!("../../assets/templates/fields.html")),
    ("control.html", include_str!("../../assets/templates/control.html")),
    ("journey.html", include_str!("../../assets/templates/journey.html")),
    ("unified.html", include_str!("../../assets/templates/unified.html")),
    ("self-asserted.html", include_str!("../../assets/templates/self-asserted.html")),
    ("choices.html", include_str!("../../assets/templates/choices.html")),
    ("error.html", include_str!("../../assets/templates/error.html")),
    ("link.html", include_str!("../../assets/templates/link.html")),
    ("signed-out.html", include_str!("../../assets/templates/signed-out.html")),
    ("sign-out-question.html", include_str!("../../assets/templates/sign-out-question.html")),
    ("form-post.html", include_str!("../../assets/templates/form-post.html")),
    ("mail-code.html", include_str!("../../assets/templates/mail-code.html")),
    ("mail-code.txt", include_str!("../../assets/templates/mail-code.txt")),
    ("dev-home.html", include_str!("../../assets/templates/dev-home.html")),
    ("dev-outbox.html", include_str!("../../assets/templates/dev-outbox.html")),
];

/// The page if a template fails, which tests rule out.
const FALLBACK: &str = "<!DOCTYPE html><html lang=\"en\"><title>Error</title><p>This page could not be made. \
     Go back to the application and try again.</p></html>";

/// All templates, ready to render.
pub(super) fn environment() -> Environment<'static> {
    environment_of(TEMPLATES)
}

/// These templates, by name and text, with the rules of every page: names in `.html` are escaped, and a value that is
/// missing is an error.
#[must_use]
pub fn environment_of(templates: &[(&'static str, &'static str)]) -> Environment<'static> {
    let mut environment = Environment::new();
    match SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        Ok(syntax) => environment.set_syntax(syntax),
        Err(error) => tracing::error!(%error, "the syntax of the templates is broken"),
    }
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(format);
    environment.add_global("assets", super::asset::urls());
    environment.add_test("right_to_left", is_right_to_left);
    for (name, source) in templates {
        if let Err(error) = environment.add_template(name, source) {
            tracing::error!(template = name, %error, "a built-in template is broken");
        }
    }
    environment
}

/// Returns true if this language, a BCP 47 tag, is written from right to left. A script subtag decides, or else the
/// language (Unicode CLDR, "characterOrder").
fn is_right_to_left(tag: &str) -> bool {
    const SCRIPTS: &[&str] = &["adlm", "arab", "hebr", "mand", "nkoo", "rohg", "samr", "syrc", "thaa"];
    const LANGUAGES: &[&str] = &[
        "ar", "arc", "azb", "ckb", "dv", "fa", "glk", "he", "iw", "ji", "lrc", "mzn", "nqo", "pnb", "ps", "sd", "syr",
        "ug", "ur", "yi",
    ];
    let tag = tag.to_ascii_lowercase();
    let mut parts = tag.split(['-', '_']);
    let language = parts.next().unwrap_or_default();
    match parts.find(|part| part.len() == 4 && part.bytes().all(|b| b.is_ascii_alphabetic())) {
        Some(script) => SCRIPTS.contains(&script),
        None => LANGUAGES.contains(&language),
    }
}

/// Fill a template; a failure is logged and gives a plain sentence.
#[must_use]
pub fn render(environment: &Environment<'_>, name: &str, view: impl Serialize) -> String {
    match environment.get_template(name).and_then(|template| template.render(Serde(view))) {
        Ok(text) => text,
        Err(error) => {
            tracing::error!(template = name, error = format!("{error:#}"), "a page could not be rendered");
            FALLBACK.to_owned()
        }
    }
}

/// Like the engine's own formatter, but leaves `/` as it is: scripts and tests of B2C pages search for URLs in the
/// source, and escaping it adds nothing inside quoted attributes and text.
fn format(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let escaping = matches!(state.auto_escape(), AutoEscape::Html) && !value.is_safe();
    match value.as_str().filter(|_| escaping && value.kind() == ValueKind::String) {
        Some(text) => write_escaped(out, text),
        None => escape_formatter(out, state, value),
    }
}

fn write_escaped(out: &mut Output<'_>, text: &str) -> Result<(), Error> {
    let mut rest = text;
    while let Some(at) = rest.find(['<', '>', '&', '"', '\'', '\0']) {
        let (plain, from) = rest.split_at(at);
        out.write_str(plain)?;
        out.write_str(match from.as_bytes()[0] {
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'&' => "&amp;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => "\u{fffd}",
        })?;
        rest = &from[1..];
    }
    Ok(out.write_str(rest)?)
}
