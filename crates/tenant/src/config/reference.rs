//! Generates the reference of all keys in `docs/configuration.md` from their declarations.

use super::file::sections;
use super::schema::{Fallback, Key, Kind, UsedBy};
use std::fmt::Write as _;

/// Every section with all its keys, as Markdown.
#[must_use]
pub fn reference() -> String {
    let mut out = String::new();
    for section in sections() {
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "## `{}`\n\n{}\n\n| key | type | default | used by | meaning |\n| --- | --- | --- | --- | --- |\n",
            section.header,
            section.about()
        );
        for key in section.keys {
            let _ = writeln!(out, "{}", row(key));
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn row(key: &Key) -> String {
    let used_by = match key.used_by {
        UsedBy::Both => "both",
        UsedBy::Dev => "`dev`",
        UsedBy::Serve(_) => "`serve`",
    };
    let example = key.example_value().map_or_else(String::new, |value| format!(" Example: `{value}`"));
    let (name, value, default) = (key.name, value(&key.kind), fallback(&key.default));
    format!("| `{name}` | {value} | {default} | {used_by} | {}{example} |", key.meaning())
}

fn value(kind: &Kind) -> String {
    let words = |list: &[&str]| list.iter().map(|w| format!("`\"{w}\"`")).collect::<Vec<_>>().join(", ");
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Texts => "list of texts".to_owned(),
        Kind::TextsOr(inner) => format!("list of texts or `{}`", inner.header),
        Kind::Bool => "`true` or `false`".to_owned(),
        Kind::Integer(least, most) => format!("integer, {least} to {most}"),
        Kind::OneOf(list) => words(list),
        Kind::OneOfOr(list, _, inner) => format!("{} or `{}`", words(list), inner.header),
        Kind::Table(inner) => format!("table `{}`", inner.header),
        Kind::Tables(inner) => format!("tables `{}`", inner.header),
        Kind::Map => "table of texts, integers and booleans".to_owned(),
    }
}

fn fallback(default: &Fallback) -> String {
    match default {
        Fallback::Required => "**required**".to_owned(),
        Fallback::None => "none".to_owned(),
        Fallback::Is(text) => format!("`{text}`"),
        Fallback::Means(text) => (*text).to_owned(),
    }
}
