//! Lists of options: finds the options that a value selects.

use crate::policy::model::{ClaimType, Listed};

/// The option that a value is: the same text, or the same value of the claim's type in another spelling.
pub(super) fn option_of<'o>(claim: &ClaimType, options: &'o [Listed], value: &str) -> Option<&'o str> {
    let same = |known: &str| {
        known == value || claim.data_type.read(known).is_some_and(|known| claim.data_type.equals(&known, value))
    };
    options.iter().map(|(known, ..)| known.as_str()).find(|known| same(known))
}

/// What is ticked in a list, which browsers send joined by commas. An option may hold commas itself: the longest that
/// fits counts.
pub(super) fn chosen<'t>(text: &'t str, options: &[Listed]) -> Vec<&'t str> {
    let mut all = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let fits =
            |known: &&str| rest.strip_prefix(*known).is_some_and(|after| after.is_empty() || after.starts_with(','));
        let option = options.iter().map(|(known, ..)| known.as_str()).filter(fits).max_by_key(|known| known.len());
        let end = option.map_or_else(|| rest.find(',').unwrap_or(rest.len()), str::len);
        let (one, after) = rest.split_at(end);
        all.push(one.trim());
        rest = after.strip_prefix(',').unwrap_or(after).trim_start();
    }
    all
}
