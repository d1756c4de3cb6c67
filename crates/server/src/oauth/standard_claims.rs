//! Adds B2C's claims under the names that OpenID Connect has for them (Core section 5.1).

use serde_json::{Map, Value};

/// The parts of an address: the name in OpenID Connect, and in B2C.
const ADDRESS: [(&str, &str); 5] = [
    ("street_address", "streetAddress"),
    ("locality", "city"),
    ("region", "state"),
    ("postal_code", "postalCode"),
    ("country", "country"),
];

/// Adds B2C's claims under their standard names (OpenID Connect Core section 5.1), unless the policy has done so.
pub fn add_standard(claims: &mut Map<String, Value>) {
    if let Some(first) = claims.get("emails").and_then(|emails| emails.get(0)).cloned() {
        claims.entry("email").or_insert(first);
    }
    let part = |(standard, b2c): &(&str, &str)| Some(((*standard).to_owned(), claims.get(*b2c)?.clone()));
    let mut address: Map<String, Value> = ADDRESS.iter().filter_map(part).collect();
    // Policies have no claims with several parts.
    address.extend(claims.remove("address").filter(Value::is_string).map(|whole| ("formatted".to_owned(), whole)));
    if !address.is_empty() {
        claims.insert("address".to_owned(), Value::Object(address));
    }
}

/// Returns the standard claims that [`add_standard`] adds for a policy with these claims.
#[must_use]
pub fn standard_names(claims: &[String]) -> Vec<&'static str> {
    let has = |name: &str| claims.iter().any(|claim| claim == name);
    let (email, address) = (has("emails"), ADDRESS.iter().any(|(_, b2c)| has(b2c)));
    [("email", email), ("address", address)].into_iter().filter_map(|(name, is)| is.then_some(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_address_has_the_standards_parts() {
        let named = |claims: Value| {
            let mut claims = claims.as_object().expect("claims").clone();
            add_standard(&mut claims);
            claims
        };
        let claims = named(json!({ "city": "Kyiv", "country": "Ukraine", "emails": [] }));
        assert_eq!(claims["address"], json!({ "locality": "Kyiv", "country": "Ukraine" }));
        assert!(!claims.contains_key("email"));
        let claims = named(json!({ "city": "Kyiv", "address": "A Street 1" }));
        assert_eq!(claims["address"], json!({ "locality": "Kyiv", "formatted": "A Street 1" }));
        assert_eq!(named(json!({ "emails": ["a@b.test", "c@d.test"] }))["email"], "a@b.test");
    }
}
