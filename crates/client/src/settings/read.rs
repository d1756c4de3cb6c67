//! Reads keys from a map and collects what is wrong with them.

use super::{KEYS, Problem};
use std::collections::BTreeMap;

/// A map of settings being read.
pub(crate) struct Reader<'a> {
    map: &'a BTreeMap<String, String>,
    /// What was found wrong so far.
    pub(crate) problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(map: &'a BTreeMap<String, String>) -> Self {
        Self { map, problems: Vec::new() }
    }

    /// A value; empty ones count as not set. A placeholder that was left standing is a problem.
    pub(crate) fn optional(&mut self, key: &str) -> Option<String> {
        let value = self.map.get(key)?.trim();
        if value.is_empty() {
            return None;
        }
        if value.starts_with('<') && value.ends_with('>') {
            self.wrong(key, "still holds the sample's placeholder", "Replace it with the value of your tenant.");
            return None;
        }
        Some(value.to_owned())
    }

    /// Whether a value is set.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.map.get(key).is_some_and(|v| !v.trim().is_empty())
    }

    /// A value that must be there; `what` describes it.
    pub(crate) fn required(&mut self, key: &str, what: &str) -> Option<String> {
        let value = self.optional(key);
        // A placeholder was noted already.
        if value.is_none() && !self.has(key) {
            self.missing(key, what);
        }
        value
    }

    /// Note that a key is missing.
    pub(crate) fn missing(&mut self, key: &str, what: &str) {
        let hint = match self.nearest(key) {
            Some(near) => format!("You have set {near}: did you mean {key}? It is {what}."),
            None => format!("Add {key}=… to .env: {what}."),
        };
        self.wrong(key, "is missing", &hint);
    }

    /// Note that something is wrong with a key.
    pub(crate) fn wrong(&mut self, key: &str, wrong: &str, fix: &str) {
        self.problems.push(Problem { key: key.to_owned(), wrong: wrong.to_owned(), fix: fix.to_owned() });
    }

    /// Note the keys that look like one of ours which is not set, unless that was said already.
    pub(crate) fn misspelt(&mut self) {
        for key in KEYS {
            let said = self.problems.iter().any(|p| p.key == key);
            if self.has(key) || said {
                continue;
            }
            if let Some(near) = self.nearest(key) {
                self.wrong(&near, "is not a setting", &format!("Did you mean {key}?"));
            }
        }
    }

    /// The unknown key of the map that is nearest to `key`, if it is near.
    fn nearest(&self, key: &str) -> Option<String> {
        let unknown = self.map.keys().filter(|k| !KEYS.contains(&k.as_str()));
        unknown
            .map(|k| (strsim::damerau_levenshtein(&k.to_ascii_uppercase().replace('-', "_"), key), k))
            .filter(|(distance, _)| *distance <= key.len() / 5)
            .min()
            .map(|(_, k)| k.clone())
    }
}
