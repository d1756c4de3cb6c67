//! Random strings.

use super::format::fill;
use super::{Call, Fault, Value, Yield, one};
use vestibule_protocol::digest::to_base64;

/// The exclusive upper bound of random numbers if there is no `maximumNumber`.
const USUAL_BOUND: i64 = 0x7fff_ffff;

pub(super) fn create(call: &Call<'_>) -> Result<Yield, Fault> {
    let drawn = match call.param("randomGeneratorType").to_ascii_lowercase().as_str() {
        "guid" => guid(&call.random),
        "integer" => number(call)?.to_string(),
        other => return Err(Fault::broken(format!("randomGeneratorType cannot be {other}"))),
    };
    let text = match call.given("stringFormat") {
        Some(format) => fill(format, &[drawn])?,
        None => drawn,
    };
    let is_base64 = call.flag("base64") == Some(true);
    one("outputClaim", Value::Text(if is_base64 { to_base64(text.as_bytes()) } else { text }))
}

/// A version 4 GUID (RFC 9562 section 5.4).
fn guid(random: &[u8; 32]) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&random[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// A number from `minimumNumber` up to but not including `maximumNumber`, as .NET's `Random.Next` draws it. A seed
/// always gives the same number.
fn number(call: &Call<'_>) -> Result<i64, Fault> {
    let least = call.number("minimumNumber")?.unwrap_or(0);
    let width = call.number("maximumNumber")?.unwrap_or(USUAL_BOUND).saturating_sub(least);
    if width < 0 {
        return Err(Fault::broken("maximumNumber is less than the minimum"));
    }
    let offset = match call.number("seed")? {
        Some(seed) => seeded(seed, width),
        None => drawn(&call.random, width),
    };
    Ok(least.saturating_add(offset))
}

fn drawn(random: &[u8; 32], width: i64) -> i64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&random[..8]);
    let number = u64::from_le_bytes(bytes) % width.unsigned_abs().max(1);
    i64::try_from(number).unwrap_or(0)
}

/// The first number below `width` that .NET's `new Random(seed)` gives: Knuth's subtractive generator
/// (<https://learn.microsoft.com/dotnet/api/system.random>).
fn seeded(seed: i64, width: i64) -> i64 {
    const SEED: i64 = 161_803_398;
    const MODULUS: i64 = 0x7fff_ffff;
    let wrap = |number: i64| if number < 0 { number + MODULUS } else { number };
    let mut table = [0_i64; 56];
    let mut before = SEED - seed.saturating_abs().min(MODULUS);
    let mut next = 1;
    table[55] = before;
    for step in 1..55 {
        table[21 * step % 55] = next;
        (before, next) = (next, wrap(before - next));
    }
    for _ in 1..5 {
        for at in 1..56 {
            table[at] = wrap(table[at] - table[1 + (at + 30) % 55]);
        }
    }
    // The first draw uses the entries 1 and 22.
    let sample = wrap(match table[1] - table[22] {
        MODULUS => MODULUS - 1,
        difference => difference,
    });
    // .NET multiplies by the fraction of the modulus and rounds down.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "numbers below 2^31")]
    let scaled = (sample as f64 * (1.0 / MODULUS as f64) * width as f64) as i64;
    scaled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_give_the_numbers_that_dotnet_gives() {
        assert_eq!([0, 1, 42].map(|seed| seeded(seed, 100)), [72, 24, 66]);
        assert_eq!(seeded(-42, 100), seeded(42, 100));
    }
}
