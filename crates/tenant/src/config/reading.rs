//! Reads the text, and checks every key and value against the schema, so that a single run reports every mistake with
//! its line.

use super::file::{FILE, sections};
use super::place::{Lines, Places, hint, nearest};
use super::schema::{Fallback, Key, Kind, Section};
use super::{Config, Problem};
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads the text of a file. Keys that violate the schema are left out of the configuration, so that the rest can still
/// be checked. There is no configuration if a required key is missing or the text is not TOML.
pub(super) fn read(file: &str, text: &str) -> (Option<Config>, Vec<Problem>) {
    let mut reader = Reader { lines: Lines::of(text), places: Places::of(file), problems: Vec::new() };
    let (mut root, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let line = error.span().map_or(0, |span| reader.lines.at(span.start));
        reader.places.note("", line);
        reader.say("", format!("this is not TOML: {}", one_line(error.message())));
    }
    if !errors.is_empty() {
        return (None, reader.problems);
    }
    reader.table(&FILE, "", root.get_mut());
    let complete = reader.problems.is_empty();
    match Config::deserialize(toml::de::Deserializer::from(root)) {
        Ok(mut config) => {
            config.places = reader.places;
            (Some(config), reader.problems)
        }
        Err(error) => {
            if complete {
                let line = error.span().map_or(0, |span| reader.lines.at(span.start));
                reader.places.note("", line);
                reader.say("", one_line(error.message()));
            }
            (None, reader.problems)
        }
    }
}

struct Reader {
    lines: Lines,
    places: Places,
    problems: Vec<Problem>,
}

impl Reader {
    fn say(&mut self, path: &str, message: String) {
        self.problems.push(self.places.problem(path, message));
    }

    /// Checks the keys of a table, and removes those that are unknown or have the wrong type.
    fn table(&mut self, section: &Section, path: &str, table: &mut DeTable<'_>) {
        let mut wrong = Vec::new();
        for (name, value) in table.iter_mut() {
            let written = name.get_ref().as_ref();
            let path = if path.is_empty() { written.to_owned() } else { format!("{path}.{written}") };
            self.places.note(&path, self.lines.at(name.span().start));
            let right = match section.keys.iter().find(|k| k.name == written) {
                Some(key) => self.value(section, key, &path, value),
                None => {
                    self.say(&path, unknown(section, written));
                    false
                }
            };
            if !right {
                wrong.push(name.get_ref().to_string());
            }
        }
        for key in section.keys.iter().filter(|k| matches!(k.default, Fallback::Required)) {
            if !table.contains_key(key.name) {
                self.say(path, format!("{} needs the key {:?}", section.header, key.name));
            }
        }
        for name in wrong {
            table.remove(name.as_str());
        }
    }

    /// Returns true if the value has the key's type; checks tables recursively.
    fn value(&mut self, section: &Section, key: &Key, path: &str, value: &mut Spanned<DeValue<'_>>) -> bool {
        let right = match (&key.kind, value.get_mut()) {
            (Kind::Text, DeValue::String(_)) | (Kind::Bool, DeValue::Boolean(_)) => true,
            (Kind::Integer(least, most), DeValue::Integer(n)) => {
                i64::from_str_radix(n.as_str(), n.radix()).is_ok_and(|n| (*least..=*most).contains(&n))
            }
            (Kind::OneOf(words) | Kind::OneOfOr(words, ..), DeValue::String(word)) => words.contains(&word.as_ref()),
            (Kind::OneOfOr(_, name, inner), DeValue::Table(table)) => {
                match table.get_mut(*name).map(Spanned::get_mut) {
                    Some(DeValue::Table(own)) => self.table(inner, &format!("{path}.{name}"), own),
                    _ => return self.expected(section, key, path, value.get_ref()),
                }
                table.len() == 1
            }
            (Kind::Texts, DeValue::Array(items)) => {
                for (i, item) in items.iter().enumerate() {
                    self.places.note(&format!("{path}[{i}]"), self.lines.at(item.span().start));
                }
                items.iter().all(|item| item.get_ref().is_str())
            }
            (Kind::TextsOr(inner), DeValue::Array(items)) if items.iter().all(|i| is_text_or_table(i.get_ref())) => {
                self.items(inner, path, items);
                true
            }
            (Kind::Table(inner), DeValue::Table(table)) => {
                self.table(inner, path, table);
                true
            }
            (Kind::Tables(inner), DeValue::Array(items)) if items.iter().all(|i| i.get_ref().is_table()) => {
                self.items(inner, path, items);
                true
            }
            (Kind::Map, DeValue::Table(table)) => {
                for (name, _) in table.iter() {
                    self.places.note(&format!("{path}.{}", name.get_ref()), self.lines.at(name.span().start));
                }
                table
                    .iter()
                    .all(|(_, v)| matches!(v.get_ref(), DeValue::String(_) | DeValue::Integer(_) | DeValue::Boolean(_)))
            }
            _ => false,
        };
        right || self.expected(section, key, path, value.get_ref())
    }

    /// Note where the items of a list are; those that are tables are entered.
    fn items(&mut self, inner: &Section, path: &str, items: &mut [Spanned<DeValue<'_>>]) {
        for (i, item) in items.iter_mut().enumerate() {
            let path = format!("{path}[{i}]");
            self.places.note(&path, self.lines.at(item.span().start));
            if let DeValue::Table(table) = item.get_mut() {
                self.table(inner, &path, table);
            }
        }
    }

    /// Say what the key takes; always false.
    fn expected(&mut self, section: &Section, key: &Key, path: &str, value: &DeValue<'_>) -> bool {
        let near = match (&key.kind, value) {
            (Kind::OneOf(words) | Kind::OneOfOr(words, ..), DeValue::String(word)) => {
                nearest(word, words.iter().copied())
                    .map_or_else(String::new, |near| format!("; did you mean {near:?}?"))
            }
            _ => String::new(),
        };
        let kind = expectation(&key.kind);
        let name = key.name;
        self.say(path, format!("{name:?} in {} must be {kind}, not {}{near}", section.header, shown(&key.kind, value)));
        false
    }
}

/// The description of a type, to follow "must be".
pub(super) fn expectation(kind: &Kind) -> String {
    let words = |words: &[&str]| words.iter().map(|w| format!("{w:?}")).collect::<Vec<_>>().join(", ");
    match kind {
        Kind::Text => "a text in quotes".to_owned(),
        Kind::Texts | Kind::TextsOr(_) => "a list of texts such as [\"a\", \"b\"]".to_owned(),
        Kind::Bool => "true or false".to_owned(),
        Kind::Integer(least, most) => format!("a whole number from {least} to {most}"),
        Kind::OneOf(list) => format!("one of {}", words(list)),
        Kind::OneOfOr(list, name, _) => format!("{} or a table {{ {name} = {{ … }} }}", words(list)),
        Kind::Table(inner) => format!("a table, {}", inner.header),
        Kind::Tables(inner) => format!("tables, {}", inner.header),
        Kind::Map => "a table of texts, numbers and booleans such as { Team = \"blue\" }".to_owned(),
    }
}

/// A wrong value as shown in the message. Text may be a secret, so only its type is shown.
fn shown(kind: &Kind, value: &DeValue<'_>) -> String {
    let secret = matches!(kind, Kind::Text | Kind::Map);
    match value {
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
        DeValue::String(text) if secret || text.chars().count() > 24 => "a text".to_owned(),
        DeValue::Integer(_) | DeValue::Float(_) if secret => "a number".to_owned(),
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(n) => n.to_string(),
        DeValue::Float(n) => n.to_string(),
        DeValue::Boolean(b) => b.to_string(),
        DeValue::Datetime(d) => d.to_string(),
    }
}

/// The hint for an unknown key: the closest key of the section, or the section that has the key.
fn unknown(section: &Section, written: &str) -> String {
    let known: Vec<&str> = section.keys.iter().map(|k| k.name).collect();
    let elsewhere = || sections().into_iter().find(|s| s.keys.iter().any(|k| k.name == written));
    let more = match nearest(written, known.iter().copied()) {
        Some(near) => format!("; did you mean {near:?}?"),
        None => elsewhere().map_or_else(|| hint(written, &known), |s| format!("; it belongs in {}", s.header)),
    };
    format!("unknown key {written:?} in {}{more}", section.header)
}

fn is_text_or_table(value: &DeValue<'_>) -> bool {
    value.is_str() || value.is_table()
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(", ")
}
