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
    /// `stringCollection` and other collections
    List(Vec<String>),
}

/// Claim id (lower case) → value. A claim without a value is absent.
pub type Bag = BTreeMap<String, Value>;

impl Value {
    /// The value as text: booleans as `True` and `False`, the form that policies compare with; lists joined by commas.
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

/// Dispatches on the JSON type. Derived code would try one variant after the other and format an error for each that
/// does not fit.
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

/// The type of a claim's value (`DataType`). [`Value`] has no variants for dates, times and telephone numbers: they
/// are texts in a normalized form, and the data type says which. Source: Microsoft, "ClaimsSchema", DataType.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DataType {
    Boolean,
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 64 bits.
    Long,
    /// `yyyy-mm-dd`
    Date,
    /// An instant: RFC 3339 in the bag, seconds since the epoch in tokens.
    DateTime,
    /// ISO 8601, such as `P1D`.
    Duration,
    /// `+` and digits (E.164).
    PhoneNumber,
    StringCollection,
    /// A JSON object, as text.
    UserIdentity,
    /// A list of JSON objects, each as text.
    UserIdentityCollection,
    Text,
}

impl DataType {
    /// The names of the policy language. To add one, add a row.
    pub(crate) const NAMES: &'static [(&'static str, DataType)] = &[
        ("string", DataType::Text),
        ("boolean", DataType::Boolean),
        ("int", DataType::Int),
        ("long", DataType::Long),
        ("date", DataType::Date),
        ("dateTime", DataType::DateTime),
        ("stringCollection", DataType::StringCollection),
        ("duration", DataType::Duration),
        ("phoneNumber", DataType::PhoneNumber),
        ("userIdentity", DataType::UserIdentity),
        ("userIdentityCollection", DataType::UserIdentityCollection),
        ("alternativeSecurityIdCollection", DataType::UserIdentityCollection),
    ];

    /// Parses a text as this type; `None` if it is not a valid value.
    pub(crate) fn read(self, text: &str) -> Option<Value> {
        Some(match self {
            Self::Boolean => Value::Bool(truth(text)?),
            Self::Int => Value::Int(text.trim().parse::<i32>().ok()?.into()),
            Self::Long => Value::Int(text.trim().parse().ok()?),
            Self::Date => Value::Text(date(text)?.to_string()),
            Self::DateTime => {
                instant(text)?;
                Value::from(text.trim())
            }
            Self::Duration => {
                text.trim().parse::<jiff::Span>().ok()?;
                Value::from(text.trim())
            }
            Self::PhoneNumber => Value::Text(phone_number(text)?),
            Self::StringCollection => Value::List(vec![text.to_owned()]),
            Self::UserIdentity => Value::Text(object(text)?),
            Self::UserIdentityCollection => Value::List(objects(text)?),
            Self::Text => Value::from(text),
        })
    }

    /// Converts a value from outside to this type; `None` if that is impossible.
    pub(crate) fn coerce(self, value: &Value) -> Option<Value> {
        match (self, value) {
            (Self::Boolean, Value::Bool(_))
            | (Self::Long, Value::Int(_))
            | (Self::StringCollection, Value::List(_)) => Some(value.clone()),
            (Self::Text, Value::Bool(yes)) => Some(Value::from(if *yes { "true" } else { "false" })),
            // Numbers are seconds since the epoch, as in tokens (RFC 7519 section 2, NumericDate).
            (Self::DateTime, Value::Int(seconds)) => Some(Value::Text(rfc3339(seconds.checked_mul(1000)?))),
            (Self::Date, Value::Text(text)) => {
                self.read(text).or_else(|| self.read(rfc3339(instant(text)?).get(..10)?))
            }
            (Self::UserIdentityCollection, Value::List(items)) => {
                Some(Value::List(items.iter().map(|item| object(item)).collect::<Option<_>>()?))
            }
            (_, value) => self.read(&value.text()),
        }
    }

    /// The value in the form used in tokens: times are JSON numbers, in seconds since the epoch.
    pub(crate) fn in_token(self, value: Value) -> Value {
        match (self, &value) {
            (Self::DateTime, Value::Text(text)) => instant(text).map_or(value, |ms| Value::Int(ms.div_euclid(1000))),
            _ => value,
        }
    }

    /// Returns true if the text means this value. The comparison is by value, not by spelling; strings compare with
    /// case.
    pub(crate) fn equals(self, value: &Value, text: &str) -> bool {
        match (self, value) {
            (Self::Text | Self::StringCollection | Self::UserIdentity | Self::UserIdentityCollection, _) => {
                value.text() == text
            }
            (Self::DateTime, Value::Text(own)) => instant(own).is_some() && instant(own) == instant(text),
            _ => self.read(text).as_ref() == Some(value),
        }
    }
}

/// A date as `yyyy-mm-dd`.
pub(crate) fn date(text: &str) -> Option<jiff::civil::Date> {
    let text = text.trim();
    text.parse().ok().filter(|_| text.len() == "yyyy-mm-dd".len())
}

/// `+` and 7 to 15 digits (E.164), without the blanks, hyphens, dots, slashes and brackets that people type.
fn phone_number(text: &str) -> Option<String> {
    let digits = text.trim().strip_prefix('+')?;
    let digits: String = digits.chars().filter(|char| !matches!(char, ' ' | '-' | '.' | '/' | '(' | ')')).collect();
    let good =
        (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    good.then(|| format!("+{digits}"))
}

/// The text, if it is a JSON object.
fn object(text: &str) -> Option<String> {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).ok().map(|_| text.trim().to_owned())
}

/// The objects of a JSON array, or a single object.
fn objects(text: &str) -> Option<Vec<String>> {
    let array = || serde_json::from_str::<Vec<serde_json::Map<String, serde_json::Value>>>(text).ok();
    let each = |items: Vec<_>| items.into_iter().map(|item| serde_json::Value::Object(item).to_string()).collect();
    object(text).map(|one| vec![one]).or_else(|| array().map(each))
}

/// `true`, `false`, `1`, `0`, in any case.
pub(crate) fn truth(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// Milliseconds since the epoch. The text is in RFC 3339 form or in the form of the resolver `{Context:DateTimeInUtc}`
/// (`10/9/2021 1:05:00 PM`, UTC). A date means its first instant in UTC.
pub(crate) fn instant(text: &str) -> Option<i64> {
    let text = text.trim();
    let time = text.parse::<jiff::Timestamp>().ok();
    let date = || {
        let midnight = text.parse::<jiff::civil::DateTime>().ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(midnight).ok()
    };
    let resolved = || {
        let time = jiff::civil::DateTime::strptime("%m/%d/%Y %I:%M:%S %p", text).ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(time).ok()
    };
    time.or_else(date).or_else(resolved).map(jiff::Timestamp::as_millisecond)
}

/// The RFC 3339 form of a time in milliseconds since the epoch.
pub(crate) fn rfc3339(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[&str]) -> Value {
        Value::List(items.iter().map(|item| (*item).to_owned()).collect())
    }

    #[test]
    fn texts_become_values_of_their_type_or_nothing() {
        #[rustfmt::skip]
        let cases: Vec<(DataType, &str, Option<Value>)> = vec![
            (DataType::Text, " a ", Some(" a ".into())),
            (DataType::Boolean, "True", Some(Value::Bool(true))),
            (DataType::Boolean, "yes", None),
            (DataType::Int, " -2147483648 ", Some(Value::Int(-2_147_483_648))),
            (DataType::Int, "2147483648", None),
            (DataType::Int, "99999999999", None),
            (DataType::Int, "1.0", None),
            (DataType::Long, "99999999999", Some(Value::Int(99_999_999_999))),
            (DataType::Long, "9223372036854775808", None),
            (DataType::Date, "1815-12-10", Some("1815-12-10".into())),
            (DataType::Date, "2024-02-30", None),
            (DataType::Date, "2024-02-29T00:00:00", None),
            (DataType::DateTime, "2024-02-29T00:00:00Z", Some("2024-02-29T00:00:00Z".into())),
            (DataType::DateTime, "tomorrow", None),
            (DataType::Duration, "P1DT2H", Some("P1DT2H".into())),
            (DataType::Duration, "a day", None),
            (DataType::PhoneNumber, "+44 (20) 7946-0958", Some("+442079460958".into())),
            (DataType::PhoneNumber, "020 7946 0958", None),
            (DataType::PhoneNumber, "+1 555 CALL NOW", None),
            (DataType::StringCollection, "a,b", Some(list(&["a,b"]))),
            (DataType::UserIdentity, r#"{"issuer":"x"}"#, Some(r#"{"issuer":"x"}"#.into())),
            (DataType::UserIdentity, "x", None),
            (DataType::UserIdentityCollection, r#"[{"a":1},{"b":2}]"#, Some(list(&[r#"{"a":1}"#, r#"{"b":2}"#]))),
            (DataType::UserIdentityCollection, "[1]", None),
        ];
        for (data_type, text, expected) in cases {
            assert_eq!(data_type.read(text), expected, "{data_type:?} {text}");
        }
    }

    #[test]
    fn values_from_elsewhere_become_values_of_the_type_or_nothing() {
        #[rustfmt::skip]
        let cases: Vec<(DataType, Value, Option<Value>)> = vec![
            (DataType::Text, Value::Bool(true), Some("true".into())),
            (DataType::Text, Value::Int(5), Some("5".into())),
            (DataType::Boolean, "false".into(), Some(Value::Bool(false))),
            (DataType::Int, Value::Int(99_999_999_999), None),
            (DataType::Int, "7".into(), Some(Value::Int(7))),
            (DataType::Long, Value::Int(99_999_999_999), Some(Value::Int(99_999_999_999))),
            (DataType::Date, "2024-05-01T23:30:00Z".into(), Some("2024-05-01".into())),
            (DataType::DateTime, Value::Int(1_640_131_200), Some("2021-12-22T00:00:00Z".into())),
            (DataType::StringCollection, "a".into(), Some(list(&["a"]))),
            (DataType::UserIdentityCollection, list(&["x"]), None),
        ];
        for (data_type, value, expected) in cases {
            assert_eq!(data_type.coerce(&value), expected, "{data_type:?} {value:?}");
        }
    }

    #[test]
    fn a_value_equals_a_text_by_what_it_means() {
        #[rustfmt::skip]
        let cases: Vec<(DataType, Value, &str, bool)> = vec![
            (DataType::Boolean, Value::Bool(true), "true", true),
            (DataType::Boolean, Value::Bool(true), "True", true),
            (DataType::Boolean, Value::Bool(false), "FALSE", true),
            (DataType::Boolean, Value::Bool(false), "no", false),
            (DataType::Int, Value::Int(5), " 05", true),
            (DataType::Long, Value::Int(5), "6", false),
            (DataType::DateTime, "2024-05-01T00:00:00Z".into(), "2024-05-01T02:00:00+02:00", true),
            (DataType::DateTime, "2024-05-01T00:00:00Z".into(), "later", false),
            (DataType::Date, "2024-05-01".into(), "2024-05-01", true),
            (DataType::PhoneNumber, "+442079460958".into(), "+44 20 7946 0958", true),
            (DataType::Text, "True".into(), "true", false),
            (DataType::Text, "a".into(), "a", true),
        ];
        for (data_type, value, text, expected) in cases {
            assert_eq!(data_type.equals(&value, text), expected, "{data_type:?} {value:?} {text}");
        }
    }

    #[test]
    fn tokens_carry_times_as_numbers_and_everything_else_as_it_is() {
        let token = |data_type: DataType, value: Value| data_type.in_token(value);
        assert_eq!(token(DataType::DateTime, "2021-12-22T00:00:00Z".into()), Value::Int(1_640_131_200));
        assert_eq!(token(DataType::DateTime, "1969-12-31T23:59:59.5Z".into()), Value::Int(-1));
        assert_eq!(token(DataType::Date, "2021-12-22".into()), "2021-12-22".into());
        assert_eq!(token(DataType::Text, "2021-12-22T00:00:00Z".into()), "2021-12-22T00:00:00Z".into());
        assert_eq!(token(DataType::Int, Value::Int(5)), Value::Int(5));
    }

    #[test]
    fn instants_are_read_with_and_without_a_time() {
        assert_eq!(instant("1970-01-01T00:00:01Z"), Some(1000));
        assert_eq!(instant("1970-01-02"), Some(86_400_000));
        assert_eq!(instant("1/2/1970 12:00:01 AM"), Some(86_401_000), "as a resolver writes it");
        assert_eq!(instant("tomorrow"), None);
        assert_eq!(rfc3339(1000), "1970-01-01T00:00:01Z");
    }
}
