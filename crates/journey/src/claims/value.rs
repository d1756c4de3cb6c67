//! The value of a claim, and the claims bag.

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A claim's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// `boolean`
    Bool(bool),
    /// `int`, `long`
    Int(i64),
    /// `string`, `date`, `dateTime` and all others
    Text(String),
    /// `stringCollection`
    List(Vec<String>),
}

/// Claim id (lower case) → value. A claim without a value is absent.
pub type Bag = BTreeMap<String, Value>;

impl Value {
    /// The value as text: booleans as `True` and `False`, as policies compare them; lists joined by commas.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::Int(n) => n.to_string(),
            Self::Text(s) => s.clone(),
            Self::List(items) => items.join(","),
        }
    }
}

/// By what stands there. Derived code would try one kind after the other, and write an error for each that does not fit.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(OfAnyKind)
    }
}

struct OfAnyKind;

impl<'de> Visitor<'de> for OfAnyKind {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a boolean, a whole number, text or a list of texts")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        value.try_into().map(Value::Int).map_err(|_| E::custom("the number is too large"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// What a claim may hold (`DataType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DataType {
    Boolean,
    /// `int` and `long`
    Number,
    /// `yyyy-mm-dd`
    Date,
    /// An instant, RFC 3339.
    DateTime,
    StringCollection,
    /// `string`, and the types that we keep as text
    Text,
}

impl DataType {
    /// Names of the language. Additions are rows.
    pub(crate) const NAMES: &'static [(&'static str, DataType)] = &[
        ("string", DataType::Text),
        ("boolean", DataType::Boolean),
        ("int", DataType::Number),
        ("long", DataType::Number),
        ("date", DataType::Date),
        ("dateTime", DataType::DateTime),
        ("stringCollection", DataType::StringCollection),
        ("duration", DataType::Text),
        ("phoneNumber", DataType::Text),
        ("userIdentity", DataType::Text),
        ("userIdentityCollection", DataType::StringCollection),
        ("alternativeSecurityIdCollection", DataType::StringCollection),
    ];

    /// The value that a text means; none if it means none of this type.
    pub(crate) fn read(self, text: &str) -> Option<Value> {
        Some(match self {
            Self::Boolean => Value::Bool(truth(text)?),
            Self::Number => Value::Int(text.trim().parse().ok()?),
            Self::Date => {
                text.trim().parse::<jiff::civil::Date>().ok()?;
                Value::from(text.trim())
            }
            Self::DateTime => {
                instant(text)?;
                Value::from(text.trim())
            }
            Self::StringCollection => Value::List(vec![text.to_owned()]),
            Self::Text => Value::from(text),
        })
    }

    /// A value from elsewhere, as this type; none if it cannot be.
    pub(crate) fn coerce(self, value: &Value) -> Option<Value> {
        match (self, value) {
            (Self::Boolean, Value::Bool(_))
            | (Self::Number, Value::Int(_))
            | (Self::StringCollection, Value::List(_)) => Some(value.clone()),
            (Self::Text, Value::Bool(yes)) => Some(Value::from(if *yes { "true" } else { "false" })),
            (_, value) => self.read(&value.text()),
        }
    }
}

/// `true`, `false`, `1`, `0`, in any case.
pub(crate) fn truth(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// Milliseconds since the epoch of an RFC 3339 text; a date is its beginning in UTC.
pub(crate) fn instant(text: &str) -> Option<i64> {
    let text = text.trim();
    let time = text.parse::<jiff::Timestamp>().ok();
    let date = || {
        let midnight = text.parse::<jiff::civil::DateTime>().ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(midnight).ok()
    };
    time.or_else(date).map(jiff::Timestamp::as_millisecond)
}

/// RFC 3339 of milliseconds since the epoch.
pub(crate) fn rfc3339(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_values_of_their_type_or_nothing() {
        assert_eq!(DataType::Boolean.read("True"), Some(Value::Bool(true)));
        assert_eq!(DataType::Boolean.read("yes"), None);
        assert_eq!(DataType::Number.read("9223372036854775808"), None);
        assert_eq!(DataType::Date.read("2024-02-30"), None);
        assert_eq!(DataType::Date.read("1815-12-10"), Some(Value::from("1815-12-10")));
        assert_eq!(DataType::DateTime.read("2024-02-29T00:00:00Z"), Some(Value::from("2024-02-29T00:00:00Z")));
        assert_eq!(DataType::Text.coerce(&Value::Bool(true)), Some(Value::from("true")));
        assert_eq!(DataType::StringCollection.coerce(&Value::from("a")), Some(Value::List(vec!["a".to_owned()])));
    }

    #[test]
    fn instants_are_read_with_and_without_a_time() {
        assert_eq!(instant("1970-01-01T00:00:01Z"), Some(1000));
        assert_eq!(instant("1970-01-02"), Some(86_400_000));
        assert_eq!(instant("tomorrow"), None);
        assert_eq!(rfc3339(1000), "1970-01-01T00:00:01Z");
    }
}
