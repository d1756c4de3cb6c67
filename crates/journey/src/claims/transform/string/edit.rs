//! Transformations that change strings or take parts of them.

use super::{Call, Fault, Value, Yield, nothing, one};

pub(super) fn change_case(call: &Call<'_>) -> Result<Yield, Fault> {
    let Some(text) = call.input("inputClaim1").map(Value::text) else { return nothing() };
    let changed = match call.param("toCase").to_ascii_lowercase().as_str() {
        "lower" => text.to_lowercase(),
        "upper" => text.to_uppercase(),
        other => return Err(Fault::broken(format!("toCase cannot be {other}"))),
    };
    one("outputClaim", Value::Text(changed))
}

pub(super) fn domain(call: &Call<'_>) -> Result<Yield, Fault> {
    let address = call.text("emailAddress");
    address.rsplit_once('@').map_or_else(nothing, |(_, domain)| one("domain", Value::from(domain)))
}

pub(super) fn replace(call: &Call<'_>) -> Result<Yield, Fault> {
    let Some(text) = call.input("inputClaim").map(Value::text) else { return nothing() };
    let old = call.param("oldValue");
    if old.is_empty() {
        return Err(Fault::broken("oldValue is empty"));
    }
    one("outputClaim", Value::Text(text.replace(old, call.param("newValue"))))
}

pub(super) fn join(call: &Call<'_>) -> Result<Yield, Fault> {
    if call.input("inputClaim").is_none() {
        return nothing();
    }
    one("outputClaim", Value::Text(call.list("inputClaim").join(call.param("delimiter"))))
}

/// Empty parts are kept, and a claim without a value is an error
/// (<https://github.com/azure-ad-b2c/samples/issues/677>).
pub(super) fn split(call: &Call<'_>) -> Result<Yield, Fault> {
    let text = call.input("inputClaim").map(Value::text).ok_or_else(|| Fault::no_value("inputClaim"))?;
    let delimiter = call.param("delimiter");
    let parts: Vec<&str> = if delimiter.is_empty() { vec![&text] } else { text.split(delimiter).collect() };
    one("outputClaim", Value::List(parts.into_iter().map(str::to_owned).collect()))
}

/// As in .NET, indices count UTF-16 code units, and a part that extends beyond the end is an error
/// (<https://github.com/azure-ad-b2c/unit-tests/issues/5>).
pub(super) fn substring(call: &Call<'_>) -> Result<Yield, Fault> {
    let index = |id: &str| {
        let number = call.number(id)?.ok_or_else(|| Fault::broken(format!("{id} is missing")))?;
        usize::try_from(number).map_err(|_| Fault::broken(format!("{id} is less than 0")))
    };
    let (start, length) = (index("startIndex")?, index("length")?);
    let text = call.input("inputClaim").map(Value::text).ok_or_else(|| Fault::no_value("inputClaim"))?;
    let units: Vec<u16> = text.encode_utf16().collect();
    let part = units.get(start..start.saturating_add(length));
    let part = part.ok_or_else(|| Fault::broken("startIndex and length reach beyond the end of inputClaim"))?;
    one("outputClaim", Value::Text(String::from_utf16_lossy(part)))
}
