//! Transformations of strings.

use super::{Call, Denied, Value, Yield, nothing, one};
use crate::claims::pattern::Pattern;
use vestibule_protocol::digest::{base64url, sha256};

pub(super) fn assert_equal(call: &Call<'_>) -> Result<Yield, Denied> {
    if call.same(&call.text("inputClaim1"), &call.text("inputClaim2")) {
        return nothing();
    }
    Err("UserMessageIfClaimsTransformationStringsAreNotEqual")
}

pub(super) fn change_case(call: &Call<'_>) -> Result<Yield, Denied> {
    let text = call.text("inputClaim1");
    let upper = call.param("toCase").eq_ignore_ascii_case("UPPER");
    one("outputClaim", Value::Text(if upper { text.to_uppercase() } else { text.to_lowercase() }))
}

pub(super) fn compare(call: &Call<'_>) -> Result<Yield, Denied> {
    compared(call, &call.text("inputClaim2"))
}

pub(super) fn compare_to_value(call: &Call<'_>) -> Result<Yield, Denied> {
    compared(call, call.param("compareTo"))
}

fn compared(call: &Call<'_>, other: &str) -> Result<Yield, Denied> {
    let equal = call.same(&call.text("inputClaim1"), other);
    let negated = call.param("operator").to_ascii_lowercase().replace(' ', "") == "notequal";
    one("outputClaim", Value::Bool(equal != negated))
}

pub(super) fn copy(call: &Call<'_>) -> Result<Yield, Denied> {
    call.input("inputClaim").cloned().map_or_else(nothing, |value| one("outputClaim", value))
}

pub(super) fn create(call: &Call<'_>) -> Result<Yield, Denied> {
    one("createdClaim", Value::from(call.param("value")))
}

pub(super) fn random(call: &Call<'_>) -> Result<Yield, Denied> {
    let drawn = if call.param("randomGeneratorType").eq_ignore_ascii_case("INTEGER") {
        let bound = |id: &str, default: u64| call.param(id).trim().parse().unwrap_or(default);
        let (least, most) = (bound("minimumNumber", 0), bound("maximumNumber", 1_000_000_000));
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&call.random[..8]);
        let width = most.saturating_sub(least).saturating_add(1).max(1);
        least.saturating_add(u64::from_le_bytes(bytes) % width).to_string()
    } else {
        guid(&call.random)
    };
    let format = call.param("stringFormat");
    let text = if format.is_empty() { drawn } else { fill(format, &[drawn]) };
    one("outputClaim", Value::Text(text))
}

/// A version 4 GUID.
fn guid(random: &[u8; 32]) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&random[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

pub(super) fn format_one(call: &Call<'_>) -> Result<Yield, Denied> {
    match call.input("inputClaim") {
        Some(value) => one("outputClaim", Value::Text(fill(call.param("stringFormat"), &[value.text()]))),
        None => nothing(),
    }
}

pub(super) fn format_two(call: &Call<'_>) -> Result<Yield, Denied> {
    let values = [call.text("inputClaim1"), call.text("inputClaim2")];
    one("outputClaim", Value::Text(fill(call.param("stringFormat"), &values)))
}

/// `{0}`, `{1}` filled in one pass, so that a value which looks like one stays as it is.
fn fill(format: &str, values: &[String]) -> String {
    let mut out = String::with_capacity(format.len());
    let mut rest = format;
    while let Some((before, from)) = rest.split_once('{') {
        out.push_str(before);
        let slot = from.split_once('}').and_then(|(n, after)| Some((values.get(n.parse::<usize>().ok()?)?, after)));
        match slot {
            Some((value, after)) => {
                out.push_str(value);
                rest = after;
            }
            None => {
                out.push('{');
                rest = from;
            }
        }
    }
    out.push_str(rest);
    out
}

pub(super) fn hash(call: &Call<'_>) -> Result<Yield, Denied> {
    let text = format!("{}{}{}", call.text("plaintext"), call.text("salt"), call.param("randomizerSecret"));
    one("hash", Value::Text(base64url(&sha256(text.as_bytes()))))
}

pub(super) fn lookup(call: &Call<'_>) -> Result<Yield, Denied> {
    let wanted = call.text("inputParameterId").to_ascii_lowercase();
    call.params.get(&wanted).map_or_else(nothing, |value| one("outputClaim", Value::from(value.as_str())))
}

pub(super) fn domain(call: &Call<'_>) -> Result<Yield, Denied> {
    let address = call.text("emailAddress");
    address.rsplit_once('@').map_or_else(nothing, |(_, domain)| one("domain", Value::from(domain)))
}

/// A match yields the value for it, the result, and the pattern's named groups.
pub(super) fn set_if_regex(call: &Call<'_>) -> Result<Yield, Denied> {
    let Ok(pattern) = Pattern::new(call.param("matchTo")) else { return nothing() };
    let text = call.text("claimToMatch");
    let matched = pattern.is_match(&text);
    let mut outputs = vec![("regexcompareresultclaim".to_owned(), Some(Value::Bool(matched)))];
    if matched {
        outputs.push(("outputclaim".to_owned(), Some(Value::from(call.param("outputClaimIfMatched")))));
        if call.flag("extractGroups") == Some(true) {
            let groups = pattern.groups(&text).into_iter();
            outputs.extend(groups.map(|(name, value)| (name.to_ascii_lowercase(), Some(Value::Text(value)))));
        }
    }
    Ok(outputs)
}

pub(super) fn set_if_match(call: &Call<'_>) -> Result<Yield, Denied> {
    let matched = call.same(&call.text("claimToMatch"), call.param("matchTo"));
    let mut outputs = vec![("stringcompareresultclaim".to_owned(), Some(Value::Bool(matched)))];
    if matched {
        outputs.push(("outputclaim".to_owned(), Some(Value::from(call.param("outputClaimIfMatched")))));
    }
    Ok(outputs)
}

pub(super) fn set_if_equal(call: &Call<'_>) -> Result<Yield, Denied> {
    let matched = call.same(&call.text("inputClaim"), call.param("matchTo"));
    let mut outputs = vec![("stringcompareresultclaim".to_owned(), Some(Value::Bool(matched)))];
    if matched {
        outputs.push(("outputclaim1".to_owned(), Some(Value::from(call.param("stringMatchMsg")))));
        outputs.push(("outputclaim2".to_owned(), Some(Value::from(call.param("stringMatchMsgCode")))));
    }
    Ok(outputs)
}

pub(super) fn contains(call: &Call<'_>) -> Result<Yield, Denied> {
    let (text, part) = (call.text("inputClaim"), call.param("contains"));
    let loose = call.flag("ignoreCase") == Some(true);
    let found = if loose { text.to_lowercase().contains(&part.to_lowercase()) } else { text.contains(part) };
    one("outputClaim", Value::Bool(found))
}

pub(super) fn replace(call: &Call<'_>) -> Result<Yield, Denied> {
    let (text, old) = (call.text("inputClaim"), call.param("oldValue"));
    let replaced = if old.is_empty() { text } else { text.replace(old, call.param("newValue")) };
    one("outputClaim", Value::Text(replaced))
}

pub(super) fn substring(call: &Call<'_>) -> Result<Yield, Denied> {
    let number = |id: &str| call.param(id).trim().parse::<usize>();
    let (Ok(start), Ok(length)) = (number("startIndex"), number("length")) else { return nothing() };
    one("outputClaim", Value::Text(call.text("inputClaim").chars().skip(start).take(length).collect()))
}
