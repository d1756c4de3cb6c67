//! The JSON Schema (draft 2020-12) of `vestibule.toml` for editors, generated from the declarations of its keys.

use super::file::FILE;
use super::schema::{Fallback, Key, Kind, Section};
use serde_json::{Map, Value, json};

/// The schema. It contains types, allowed words, ranges, patterns and required keys; rules that involve several keys
/// are checked only when the file is read.
#[must_use]
pub fn json_schema() -> Value {
    let mut schema = table(&FILE);
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".to_owned(), json!("vestibule.toml"));
    Value::Object(schema)
}

fn table(section: &Section) -> Map<String, Value> {
    let required = section.keys.iter().filter(|k| matches!(k.default, Fallback::Required)).map(|k| k.name);
    let properties: Map<String, Value> = section.keys.iter().map(|k| (k.name.to_owned(), property(k))).collect();
    object(json!({
        "description": section.about(),
        "type": "object",
        "properties": properties,
        "required": required.collect::<Vec<_>>(),
        "additionalProperties": false,
    }))
}

/// The schema of a key: its values, and the description that editors show.
fn property(key: &Key) -> Value {
    let mut schema = object(values(key));
    schema.insert("description".to_owned(), json!(key.meaning()));
    if let Fallback::Is(text) = key.default {
        schema.extend(written(text).map(|value| ("default".to_owned(), value)));
    }
    let example = key.example_value().and_then(|text| written(&text));
    schema.extend(example.map(|value| ("examples".to_owned(), json!([value]))));
    Value::Object(schema)
}

fn values(key: &Key) -> Value {
    match &key.kind {
        Kind::Text => Value::Object(text(key)),
        Kind::Texts => json!({ "type": "array", "items": text(key) }),
        Kind::TextsOr(inner) => json!({ "type": "array", "items": { "anyOf": [text(key), table(inner)] } }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Integer(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::OneOf(words) => json!({ "type": "string", "enum": words }),
        Kind::OneOfOr(words, name, inner) => json!({ "anyOf": [
            { "type": "string", "enum": words },
            {
                "type": "object",
                "properties": { *name: table(inner) },
                "required": [name],
                "additionalProperties": false,
            },
        ] }),
        Kind::Table(inner) => Value::Object(table(inner)),
        Kind::Tables(inner) => json!({ "type": "array", "items": table(inner) }),
        Kind::Map => json!({ "type": "object", "additionalProperties": { "type": ["string", "integer", "boolean"] } }),
    }
}

fn text(key: &Key) -> Map<String, Value> {
    let mut schema = object(json!({ "type": "string" }));
    schema.extend(key.pattern.map(|pattern| ("pattern".to_owned(), json!(pattern))));
    schema.extend(key.longest.map(|longest| ("maxLength".to_owned(), json!(longest))));
    schema
}

/// Parses a value as written in the file.
fn written(text: &str) -> Option<Value> {
    let mut table: Map<String, Value> = toml::from_str(&format!("value = {text}")).ok()?;
    table.remove("value")
}

fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(map) = value { map } else { Map::new() }
}
