//! Reads keys from a map and collects the problems.

use super::{KEYS, Problem, Secret};
use std::collections::{BTreeMap, BTreeSet};

/// A map of settings being read.
pub(crate) struct Reader<'a> {
    map: &'a BTreeMap<String, String>,
    /// The keys read so far.
    asked: BTreeSet<String>,
    /// The problems found so far.
    pub(crate) problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(map: &'a BTreeMap<String, String>) -> Self {
        Self { map, asked: BTreeSet::new(), problems: Vec::new() }
    }

    /// A value; an empty one counts as not set. A placeholder that was not replaced is a problem.
    pub(crate) fn optional(&mut self, key: &str) -> Option<String> {
        self.value(key, is_placeholder)
    }

    /// A value that may contain any characters.
    pub(crate) fn secret(&mut self, key: &str) -> Option<Secret> {
        self.value(key, |value| value.starts_with('<') && value.ends_with('>')).map(Secret)
    }

    fn value(&mut self, key: &str, is_placeholder: fn(&str) -> bool) -> Option<String> {
        self.asked.insert(key.to_owned());
        let value = self.map.get(key)?.trim();
        if value.is_empty() {
            return None;
        }
        if is_placeholder(value) {
            self.wrong(key, "still holds the sample's placeholder", "Replace it with the value of your tenant.");
            return None;
        }
        Some(value.to_owned())
    }

    /// Returns true if a value is set.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.map.get(key).is_some_and(|v| !v.trim().is_empty())
    }

    /// A mandatory value; `what` describes it.
    pub(crate) fn required(&mut self, key: &str, what: &str) -> Option<String> {
        let value = self.optional(key);
        // An unreplaced placeholder was reported already.
        if value.is_none() && !self.has(key) {
            self.missing(key, what);
        }
        value
    }

    /// Reports that a key is missing.
    pub(crate) fn missing(&mut self, key: &str, what: &str) {
        let hint = match self.nearest(key) {
            Some(near) => format!("You have set {near}: did you mean {key}? It is {what}."),
            None => format!("Add {key}=… to .env: {what}."),
        };
        self.wrong(key, "is missing", &hint);
    }

    /// Reports that a value is wrong.
    pub(crate) fn wrong(&mut self, key: &str, wrong: &str, fix: &str) {
        self.problems.push(Problem::new(key, wrong, fix));
    }

    /// Logs a warning for each unknown key that resembles one of ours that is not set. These are not errors, because a
    /// `.env` may be shared with other programs.
    pub(crate) fn misspelt(&self) {
        for (near, key) in self.suspects() {
            tracing::warn!("{near} is not a setting of the sign-in. If you meant {key}, write {key}.");
        }
    }

    /// Unknown keys, each with the key of ours that it resembles.
    fn suspects(&self) -> Vec<(String, String)> {
        let told = |key: &str| self.problems.iter().any(|p| p.key == key);
        let unset = self.asked.iter().filter(|key| !self.has(key) && !told(key));
        unset.filter_map(|key| Some((self.nearest(key)?, key.clone()))).collect()
    }

    /// The unknown key in the map that resembles `key` most, if any does.
    fn nearest(&self, key: &str) -> Option<String> {
        let unknown = self.map.keys().filter(|k| !KEYS.contains(&k.as_str()));
        unknown
            .map(|k| (strsim::damerau_levenshtein(&k.to_ascii_uppercase().replace('-', "_"), key), k))
            .filter(|(distance, _)| *distance <= key.len() / 5)
            .min()
            .map(|(_, k)| k.clone())
    }
}

/// Returns true for placeholders of samples and articles: `<tenant name>`, also in the middle of an address, and
/// `Enter_the_Application_Id_Here`.
fn is_placeholder(value: &str) -> bool {
    let bracket = value.split_once('<').is_some_and(|(_, rest)| rest.contains('>'));
    bracket || value.to_ascii_lowercase().contains("enter_the_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_other_programs_that_look_like_ours_are_at_most_suspects() {
        let theirs = ["SCORE", "ISSUER", "ENDPOINTS", "AUDIENCES", "CLIENT_IDS", "CA_FILES", "client-id"];
        let map = theirs.iter().map(|key| ((*key).to_owned(), "3".to_owned())).collect();
        let mut reader = Reader::new(&map);
        for key in KEYS {
            reader.optional(key);
        }
        reader.misspelt();
        assert!(reader.problems.is_empty(), "{:?}", reader.problems);
        assert!(reader.suspects().contains(&("SCORE".to_owned(), "SCOPE".to_owned())), "{:?}", reader.suspects());
    }

    #[test]
    fn placeholders_are_known_in_the_middle_of_a_value_too() {
        for value in
            ["<tenant name>", "https://<tenant name>.onmicrosoft.com/api/read", "Enter_the_Application_Id_Here"]
        {
            assert!(is_placeholder(value), "{value}");
        }
        assert!(!is_placeholder("a>b<c"));
    }
}
