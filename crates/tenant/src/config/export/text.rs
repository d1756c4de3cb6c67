//! Writes a tree as TOML: keys in the order in which they are declared, without those that have their default.

use super::Tree;
use crate::config::schema::{Fallback, Key, Kind, Section};
use serde_json::Value;

/// The key of a comment, which stands above its table. No table of the file has such a key.
pub(super) const COMMENT: &str = "#";
/// Longest line, in characters, before a list gets a line for each item.
const LONGEST_LINE: usize = 110;
/// Tables that are written inside a line.
const INLINE: &str = "[[tenant.flow.attributes]]";

/// The text of a tree in the shape of this section.
pub(super) fn write(section: &Section, tree: &Tree) -> String {
    let mut out = String::new();
    table(&mut out, section, tree);
    out
}

/// The keys of a table, then the tables in it.
fn table(out: &mut String, section: &Section, tree: &Tree) {
    for key in section.keys {
        match (&key.kind, tree.get(key.name)) {
            (_, None) => {}
            (Kind::Table(inner), Some(Value::Object(own))) => lines(out, &format!("{}.", key.name), inner.keys, own),
            (Kind::Tables(inner), _) if inner.header != INLINE => {}
            _ => lines(out, "", std::slice::from_ref(key), tree),
        }
    }
    for key in section.keys {
        if let (Kind::Tables(inner), Some(Value::Array(all))) = (&key.kind, tree.get(key.name))
            && inner.header != INLINE
        {
            all.iter().filter_map(Value::as_object).for_each(|one| headed(out, inner, one));
        }
    }
}

fn headed(out: &mut String, section: &Section, tree: &Tree) {
    out.push('\n');
    let comment = tree.get(COMMENT).and_then(Value::as_str).unwrap_or_default();
    comment.lines().for_each(|line| out.extend(["# ", line, "\n"]));
    out.extend([section.header, "\n"]);
    table(out, section, tree);
}

/// A line for each key that has another value than its default.
fn lines(out: &mut String, before: &str, keys: &[Key], tree: &Tree) {
    for key in keys {
        if let Some(value) = tree.get(key.name).and_then(|value| written(key, value)) {
            let name = format!("{before}{}", key.name);
            let is_long = name.chars().count() + value.chars().count() > LONGEST_LINE;
            let long = if is_long { tree.get(key.name).and_then(|value| over_lines(key, value)) } else { None };
            out.extend([&name, " = ", &long.unwrap_or(value), "\n"]);
        }
    }
}

/// A value as the file has it; none if it is the default, or nothing.
fn written(key: &Key, value: &Value) -> Option<String> {
    let text = inline(&key.kind, value)?;
    let is_default = matches!(key.default, Fallback::Is(default) if default == text);
    (!is_default).then_some(text)
}

fn inline(kind: &Kind, value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::String(text) => quoted(text),
        Value::Array(_) => format!("[{}]", items(kind, value).join(", ")),
        Value::Object(tree) => match kind {
            Kind::OneOfOr(_, name, inner) => {
                format!("{{ {name} = {} }}", inline(&Kind::Table(inner), tree.get(*name)?)?)
            }
            Kind::Table(inner) | Kind::Tables(inner) | Kind::TextsOr(inner) => inline_table(inner, tree),
            _ => return None,
        },
        other => other.to_string(),
    })
}

fn inline_table(section: &Section, tree: &Tree) -> String {
    let pairs = section.keys.iter().filter_map(|key| {
        let value = written(key, tree.get(key.name)?)?;
        Some(format!("{} = {value}", key.name))
    });
    format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
}

fn items(kind: &Kind, list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|item| inline(kind, item)).collect()
}

/// A list with a line for each item; none if it is no list.
fn over_lines(key: &Key, value: &Value) -> Option<String> {
    let items: Vec<String> = value.is_array().then(|| items(&key.kind, value))?;
    Some(format!("[\n{}]", items.iter().map(|item| format!("  {item},\n")).collect::<String>()))
}

/// A basic string. JSON's escapes are among TOML's, which also has one for U+007F.
fn quoted(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}
