//! .NET format strings: `{0}` and `{1}` are the claims, `{{` and `}}` are literal braces
//! (<https://learn.microsoft.com/dotnet/standard/base-types/composite-formatting>).

use super::{Call, Fault, Value, Yield, nothing, one};

/// Longest format string and longest result, in characters.
const MOST_CHARS: usize = 4000;

pub(super) fn one_claim(call: &Call<'_>) -> Result<Yield, Fault> {
    let Some(value) = call.input("inputClaim") else { return nothing() };
    formatted(call, &[value.text()])
}

/// A claim without a value becomes an empty string.
pub(super) fn two_claims(call: &Call<'_>) -> Result<Yield, Fault> {
    formatted(call, &[call.text("inputClaim1"), call.text("inputClaim2")])
}

fn formatted(call: &Call<'_>, values: &[String]) -> Result<Yield, Fault> {
    one("outputClaim", Value::Text(fill(call.param("stringFormat"), values)?))
}

/// Fills in the format in one pass, so that a placeholder inside a value is not replaced.
pub(super) fn fill(format: &str, values: &[String]) -> Result<String, Fault> {
    if format.chars().count() > MOST_CHARS {
        return Err(Fault::broken(format!("stringFormat is longer than {MOST_CHARS} characters")));
    }
    let mut out = String::with_capacity(format.len());
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        rest = if let Some(after) = from.strip_prefix("{{") {
            out.push('{');
            after
        } else if let Some(after) = from.strip_prefix("}}") {
            out.push('}');
            after
        } else {
            let (value, after) = placeholder(from, values)?;
            out.push_str(value);
            after
        };
    }
    out.push_str(rest);
    if out.chars().count() > MOST_CHARS {
        return Err(Fault::broken(format!("the formatted text is longer than {MOST_CHARS} characters")));
    }
    Ok(out)
}

/// The value of the placeholder at the beginning, and the text after it.
fn placeholder<'t>(text: &'t str, values: &'t [String]) -> Result<(&'t str, &'t str), Fault> {
    let inner = text.strip_prefix('{').and_then(|inner| inner.split_once('}'));
    let found = inner.and_then(|(index, after)| Some((values.get(index.trim().parse::<usize>().ok()?)?, after)));
    found.map(|(value, after)| (value.as_str(), after)).ok_or_else(|| {
        let last = values.len().saturating_sub(1);
        Fault::broken(format!("stringFormat has a brace that is neither doubled nor one of {{0}} to {{{last}}}"))
    })
}
