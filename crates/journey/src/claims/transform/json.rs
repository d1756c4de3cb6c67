//! JSON transformations.

use super::table::{ANY, BOOLEAN, COLLECTION, NUMBER, Page, Row, STRING, TRUTH, claim, maybe, param, rows};
use super::{Call, Fault, Value, Yield, nothing, one};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value as Json};
use std::fmt;

/// Maximum depth of a `GenerateJson` path, in segments.
const MOST_SEGMENTS: usize = 32;

// The input of GetClaimsFromJsonArray is `jsonSource` in the reference's examples and in policies, but
// `jsonSourceClaim` in its table.
#[rustfmt::skip]
pub(super) const METHODS: &[Row] = rows! { Page::Json;
    CreateJsonArray [claim("inputClaim", STRING)] [] => [maybe("outputClaim", STRING)], create_array;
    GenerateJson [maybe(ANY, ANY)] [param(ANY, ANY)] => [maybe("outputClaim", STRING)], generate;
    GetClaimFromJson [claim("inputJson", STRING)] [param("claimToExtract", STRING).needed()]
        => [maybe("extractedClaim", STRING)], get_claim;
    GetClaimsFromJsonArray [claim("jsonSource", STRING)]
        [param("errorOnMissingClaims", BOOLEAN).one_of(TRUTH), param("includeEmptyClaims", "boolean string").one_of(TRUTH),
         param("jsonSourceKeyName", STRING).needed(), param("jsonSourceValueName", STRING).needed()]
        => [maybe(ANY, ANY)], get_claims;
    GetClaimsFromJsonArrayV2 [claim("jsonSource", COLLECTION)]
        [param("errorOnMissingClaims", BOOLEAN).one_of(TRUTH), param("includeEmptyClaims", "boolean string").one_of(TRUTH),
         param("jsonSourceKeyName", STRING).needed(), param("jsonSourceValueName", STRING).needed()]
        => [maybe(ANY, ANY)], get_claims_of_items;
    GetNumericClaimFromJson [claim("inputJson", STRING)] [param("claimToExtract", STRING).needed()]
        => [maybe("extractedClaim", NUMBER)], get_number;
    GetSingleItemFromJson [claim("inputJson", STRING)] [] => [maybe("key", STRING), maybe("value", STRING)], get_item;
    GetSingleValueFromJsonArray [claim("inputJsonClaim", STRING)] [] => [maybe("extractedClaim", STRING)], get_value;
};

/// The JSON of an input claim, or `None` if the claim has no value.
fn read<'c, T: Deserialize<'c>>(call: &'c Call<'_>, kind: &str, what: &str) -> Result<Option<T>, Fault> {
    let Some(value) = call.input(kind) else { return Ok(None) };
    let Value::Text(text) = value else { return Err(Fault::broken(format!("{kind} is no text"))) };
    serde_json::from_str(text).map(Some).map_err(|_| Fault::broken(format!("{kind} is no {what}")))
}

/// A JSON value as text: strings without their quotes, everything else as JSON.
fn text(json: &Json) -> Value {
    Value::Text(json.as_str().map_or_else(|| json.to_string(), str::to_owned))
}

fn create_array(call: &Call<'_>) -> Result<Yield, Fault> {
    let Some(value) = call.input("inputClaim") else { return nothing() };
    one("outputClaim", Value::Text(Json::Array(vec![Json::String(value.text())]).to_string()))
}

/// Claims without a value are left out.
fn generate(call: &Call<'_>) -> Result<Yield, Fault> {
    let mut root = Json::Null;
    for (path, value) in &call.inputs {
        if let Some(value) = value {
            insert(&mut root, path, json_of(value))?;
        }
    }
    for param in call.params {
        let value = match param.data_type.as_str() {
            "int" | "long" | "boolean" => serde_json::from_str(&param.value.to_ascii_lowercase()).ok(),
            _ => None,
        };
        insert(&mut root, &param.id, value.unwrap_or_else(|| Json::String(param.value.clone())))?;
    }
    if root.is_null() { nothing() } else { one("outputClaim", Value::Text(root.to_string())) }
}

fn json_of(value: &Value) -> Json {
    match value {
        Value::Bool(yes) => Json::Bool(*yes),
        Value::Int(number) => Json::from(*number),
        Value::Text(text) => Json::String(text.clone()),
        Value::List(items) => Json::from(items.clone()),
    }
}

/// Inserts a value at a path: numeric segments are array indices, all others are names of object members.
fn insert(root: &mut Json, path: &str, value: Json) -> Result<(), Fault> {
    let broken = |why: &str| Fault::broken(format!("{path} {why}"));
    if path.split('.').count() > MOST_SEGMENTS {
        return Err(broken(&format!("has more than {MOST_SEGMENTS} segments")));
    }
    let mut at = root;
    for segment in path.split('.') {
        at = match segment.parse::<usize>() {
            Ok(index) => {
                if at.is_null() {
                    *at = Json::Array(Vec::new());
                }
                let items = at.as_array_mut().ok_or_else(|| broken("is an array in one place and none in another"))?;
                if index == items.len() {
                    items.push(Json::Null);
                }
                items.get_mut(index).ok_or_else(|| broken("leaves out a place of its array"))?
            }
            Err(_) => {
                if at.is_null() {
                    *at = Json::Object(Map::new());
                }
                let members =
                    at.as_object_mut().ok_or_else(|| broken("is an object in one place and none in another"))?;
                members.entry(segment).or_insert(Json::Null)
            }
        };
    }
    *at = value;
    Ok(())
}

/// The member that `claimToExtract` names.
fn member(call: &Call<'_>) -> Result<Option<Json>, Fault> {
    let object: Option<Map<String, Json>> = read(call, "inputJson", "JSON object")?;
    Ok(object.and_then(|mut object| object.remove(call.param("claimToExtract"))).filter(|json| !json.is_null()))
}

fn get_claim(call: &Call<'_>) -> Result<Yield, Fault> {
    member(call)?.map_or_else(nothing, |json| one("extractedClaim", text(&json)))
}

fn get_number(call: &Call<'_>) -> Result<Yield, Fault> {
    let Some(json) = member(call)? else { return nothing() };
    let number =
        json.as_i64().ok_or_else(|| Fault::broken("the member that claimToExtract names is no whole number"))?;
    one("extractedClaim", Value::Int(number))
}

fn get_value(call: &Call<'_>) -> Result<Yield, Fault> {
    let items: Option<Vec<Json>> = read(call, "inputJsonClaim", "JSON array")?;
    items.and_then(|items| items.into_iter().next()).map_or_else(nothing, |json| one("extractedClaim", text(&json)))
}

fn get_item(call: &Call<'_>) -> Result<Yield, Fault> {
    let first: Option<First> = read(call, "inputJson", "JSON object")?;
    let Some(First(Some((key, value)))) = first else { return nothing() };
    Ok(vec![("key".to_owned(), Some(Value::Text(key))), ("value".to_owned(), Some(text(&value)))])
}

/// The first member of an object, in the order of the document.
struct First(Option<(String, Json)>);

impl<'de> Deserialize<'de> for First {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = First;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<First, A::Error> {
                let first = members.next_entry()?;
                while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(First(first))
            }
        }
        from.deserialize_map(Members)
    }
}

fn get_claims(call: &Call<'_>) -> Result<Yield, Fault> {
    let items: Option<Vec<Map<String, Json>>> = read(call, "jsonSource", "JSON array of objects")?;
    named(call, &items.unwrap_or_default())
}

fn get_claims_of_items(call: &Call<'_>) -> Result<Yield, Fault> {
    let items = call.list("jsonSource");
    let objects = items.iter().map(|item| serde_json::from_str(item)).collect::<Result<Vec<Map<String, Json>>, _>>();
    named(call, &objects.map_err(|_| Fault::broken("an item of jsonSource is no JSON object"))?)
}

/// The output claims found among objects that each hold a key and a value.
fn named(call: &Call<'_>, items: &[Map<String, Json>]) -> Result<Yield, Fault> {
    let (key, value) = (call.param("jsonSourceKeyName"), call.param("jsonSourceValueName"));
    let mut outputs = Vec::new();
    for wanted in &call.outputs {
        let is = |item: &&Map<String, Json>| item.get(key).and_then(Json::as_str).is_some_and(|name| name == *wanted);
        let found = items.iter().find(is).and_then(|item| item.get(value)).and_then(value_of);
        let is_empty = |value: &Value| matches!(value, Value::Text(text) if text.is_empty());
        match found {
            Some(value) if is_empty(&value) && call.flag("includeEmptyClaims") != Some(true) => {}
            Some(value) => outputs.push(((*wanted).to_owned(), Some(value))),
            None if call.flag("errorOnMissingClaims") == Some(true) => {
                return Err(Fault::broken(format!("jsonSource has no {wanted}")));
            }
            None => {}
        }
    }
    Ok(outputs)
}

fn value_of(json: &Json) -> Option<Value> {
    match json {
        Json::Null => None,
        Json::Bool(yes) => Some(Value::Bool(*yes)),
        Json::Number(number) => Some(number.as_i64().map_or_else(|| text(json), Value::Int)),
        other => Some(text(other)),
    }
}
