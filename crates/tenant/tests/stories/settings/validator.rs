//! A validator for the part of JSON Schema (draft 2020-12) that `vestibule schema` uses. A keyword that it does not
//! know fails the test, so that no part of the schema goes unchecked.

use regex::Regex;
use serde_json::Value;

/// The errors of a schema for a value, each with its path; empty if it is valid.
pub(crate) fn against(schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let keywords = schema.as_object().expect("a schema is an object");
    keywords.iter().flat_map(|(keyword, rule)| check(schema, keyword, rule, value, path)).collect()
}

fn check(schema: &Value, keyword: &str, rule: &Value, value: &Value, path: &str) -> Vec<String> {
    let holds = match keyword {
        "$schema" | "title" | "description" | "default" | "examples" => true,
        "type" => rule.as_array().map_or_else(|| is(rule, value), |types| types.iter().any(|one| is(one, value))),
        "enum" => rule.as_array().expect("a list").contains(value),
        "minimum" => value.as_i64().is_none_or(|n| n >= rule.as_i64().expect("a number")),
        "maximum" => value.as_i64().is_none_or(|n| n <= rule.as_i64().expect("a number")),
        "maxLength" => value.as_str().is_none_or(|s| s.chars().count() as u64 <= rule.as_u64().expect("a number")),
        "pattern" => {
            value.as_str().is_none_or(|s| Regex::new(rule.as_str().expect("text")).expect("a regex").is_match(s))
        }
        "required" => {
            let names = rule.as_array().expect("a list").iter().filter_map(Value::as_str);
            value.as_object().is_none_or(|object| names.into_iter().all(|name| object.contains_key(name)))
        }
        "anyOf" => rule.as_array().expect("a list").iter().any(|one| against(one, value, path).is_empty()),
        "items" => return items(rule, value, path),
        "properties" => return properties(rule, value, path),
        "additionalProperties" => return others(schema, rule, value, path),
        unknown => panic!("the validator does not know {unknown:?}"),
    };
    if holds { Vec::new() } else { vec![format!("{path}: {keyword} {rule}")] }
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str().expect("a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        unknown => panic!("the validator does not know the type {unknown:?}"),
    }
}

fn items(rule: &Value, value: &Value, path: &str) -> Vec<String> {
    let items = value.as_array().into_iter().flatten().enumerate();
    items.flat_map(|(i, item)| against(rule, item, &format!("{path}[{i}]"))).collect()
}

fn properties(rule: &Value, value: &Value, path: &str) -> Vec<String> {
    let declared = rule.as_object().expect("an object").iter();
    let present = declared.filter_map(|(name, schema)| Some((name, schema, value.get(name)?)));
    present.flat_map(|(name, schema, value)| against(schema, value, &format!("{path}.{name}"))).collect()
}

/// Undeclared properties: either none is allowed, or each must follow the rule.
fn others(schema: &Value, rule: &Value, value: &Value, path: &str) -> Vec<String> {
    let present = value.as_object().into_iter().flatten();
    let others = present.filter(|(name, _)| schema["properties"].get(name.as_str()).is_none());
    let fault = |(name, value): (&String, &Value)| {
        let path = format!("{path}.{name}");
        if rule.is_boolean() { vec![format!("{path}: unknown")] } else { against(rule, value, &path) }
    };
    others.flat_map(fault).collect()
}
