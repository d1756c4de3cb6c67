//! The reference of all keys, written from the schema.

use super::schema::{Fallback, Kind, sections};
use std::fmt::Write as _;

/// Every section with every key, as Markdown: what `docs/configuration.md` holds below its introduction.
#[must_use]
pub fn reference() -> String {
    let mut out = String::new();
    for section in sections() {
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "## `{}`\n\n{}\n\n| key | value | without it | meaning |\n| --- | --- | --- | --- |\n",
            section.header, section.about
        );
        for key in section.keys {
            let _ =
                writeln!(out, "| `{}` | {} | {} | {} |", key.name, value(&key.kind), fallback(&key.default), key.about);
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn value(kind: &Kind) -> String {
    let words = |list: &[&str]| list.iter().map(|w| format!("`\"{w}\"`")).collect::<Vec<_>>().join(", ");
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Texts => "list of texts".to_owned(),
        Kind::Bool => "`true` or `false`".to_owned(),
        Kind::Integer(least, most) => format!("{least} to {most}"),
        Kind::OneOf(list) => words(list),
        Kind::OneOfOr(list, _, inner) => format!("{} or `{}`", words(list), inner.header),
        Kind::Table(inner) => format!("table `{}`", inner.header),
        Kind::Tables(inner) => format!("tables `{}`", inner.header),
        Kind::Map => "table of texts, numbers and booleans".to_owned(),
    }
}

fn fallback(default: &Fallback) -> String {
    match default {
        Fallback::Required => "**required**".to_owned(),
        Fallback::None => "nothing".to_owned(),
        Fallback::Is(text) => format!("`{text}`"),
        Fallback::Means(text) => (*text).to_owned(),
    }
}
