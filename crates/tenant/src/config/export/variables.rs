//! Names of the environment variables that stand for secrets.

use std::collections::BTreeSet;

/// An environment variable that the file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name: upper-case letters, digits and `_`.
    pub name: String,
    /// What it holds, for people.
    pub purpose: String,
}

/// The variables so far.
#[derive(Default)]
pub(super) struct Variables {
    pub(super) all: Vec<Variable>,
    used: BTreeSet<String>,
}

impl Variables {
    /// Add a variable named like `wanted`. Returns its name, which no other variable has.
    pub(super) fn add(&mut self, wanted: &str, purpose: String) -> String {
        let base = variable(wanted);
        let numbered = |n: usize| if n == 1 { base.clone() } else { format!("{base}_{n}") };
        let mut n = 1;
        while !self.used.insert(numbered(n)) {
            n += 1;
        }
        let name = numbered(n);
        self.all.push(Variable { name: name.clone(), purpose });
        name
    }
}

/// `Web app-1` is `WEB_APP_1`.
fn variable(text: &str) -> String {
    let upper = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let name: String = text.chars().map(upper).collect();
    let words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
    let name = words.join("_");
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("APP_{name}") } else { name }
}
