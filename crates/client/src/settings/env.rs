//! `.env` under the process environment, as a map. The environment itself is never changed.

use super::{KEYS, Problem, SettingsError};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Keys whose value is taken as it stands: a `$`, `#` or space in it means itself.
const VERBATIM: [&str; 3] = ["SCOPE", "CLIENT_SECRET", "SESSION_KEY"];

/// The nearest `.env` upwards from the current folder, overlaid by the process environment.
pub(crate) fn load() -> Result<BTreeMap<String, String>, SettingsError> {
    let mut map = match find() {
        Some(path) => parse(&std::fs::read_to_string(&path).map_err(|e| unreadable(&path, &e))?)?,
        None => BTreeMap::new(),
    };
    let ours = |key: &str| {
        KEYS.contains(&key) || key.starts_with("B2C_") || key.starts_with("CLIENT_") || key.ends_with("_USER_FLOW")
    };
    map.extend(std::env::vars_os().filter_map(|(key, value)| {
        let key = key.into_string().ok().filter(|k| ours(k))?;
        Some((key, value.into_string().ok()?))
    }));
    Ok(map)
}

fn find() -> Option<PathBuf> {
    let folder = std::env::current_dir().ok()?;
    folder.ancestors().map(|f| f.join(".env")).find(|f| f.is_file())
}

fn unreadable(path: &Path, error: &std::io::Error) -> SettingsError {
    one(format!("cannot be read: {error}"), format!("Look at the permissions of {}.", path.display()))
}

fn one(wrong: String, fix: String) -> SettingsError {
    SettingsError { problems: vec![Problem { key: ".env".to_owned(), wrong, fix }] }
}

/// The text of a `.env` file as a map.
pub(crate) fn parse(text: &str) -> Result<BTreeMap<String, String>, SettingsError> {
    let mut map = BTreeMap::new();
    // Lines that are taken here leave an empty line behind, so that the numbers of the others stay.
    let mut rest = String::new();
    for line in text.trim_start_matches('\u{feff}').lines() {
        match verbatim(line) {
            Some((key, value)) => {
                map.insert(key.to_owned(), value);
            }
            None => rest.push_str(line),
        }
        rest.push('\n');
    }
    for item in dotenvy::from_read_iter(rest.as_bytes()) {
        let (key, value) = item.map_err(|error| unparsable(&error, &rest))?;
        map.entry(key).or_insert(value);
    }
    Ok(map)
}

/// The problem names the line by number, never its text: it may be a secret.
fn unparsable(error: &dotenvy::Error, text: &str) -> SettingsError {
    let place = match error {
        dotenvy::Error::LineParse(line, _) => text.lines().position(|l| l.trim() == line.trim()),
        _ => None,
    };
    let wrong = match place {
        Some(index) => format!("cannot be read at line {}", index + 1),
        None => "cannot be read".to_owned(),
    };
    one(wrong, "Write one KEY=value on each line, and put a value with spaces in \"quotes\".".to_owned())
}

fn verbatim(line: &str) -> Option<(&str, String)> {
    let line = line.trim_start();
    let (key, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    let key = key.trim();
    if !VERBATIM.contains(&key) {
        return None;
    }
    let value = value.trim();
    let quoted = ['"', '\''].iter().find_map(|q| value.strip_prefix(*q)?.strip_suffix(*q));
    // A comment follows a space.
    let bare = || value.split(" #").next().unwrap_or_default().trim_end();
    Some((key, quoted.filter(|v| !v.contains('"')).unwrap_or_else(bare).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str, key: &str) -> Option<String> {
        parse(text).expect("it can be read").get(key).cloned()
    }

    #[test]
    fn the_articles_file_is_read() {
        let text =
            "\u{feff}# settings\nFLASK_DEBUG=True\r\nB2C_TENANT_NAME=contoso\r\n\nexport CLIENT_ID=\"6731de76\"\n";
        assert_eq!(value(text, "B2C_TENANT_NAME").as_deref(), Some("contoso"));
        assert_eq!(value(text, "CLIENT_ID").as_deref(), Some("6731de76"));
    }

    #[test]
    fn secrets_and_scopes_mean_themselves() {
        let secret = |text: &str| value(&format!("CLIENT_SECRET={text}"), "CLIENT_SECRET").expect("a secret");
        assert_eq!(secret("a$b#c~d"), "a$b#c~d");
        assert_eq!(secret("\"a b\""), "a b");
        assert_eq!(secret("a~b # the secret"), "a~b");
        let list = r#"["https://c.test/read", https://c.test/write"]"#;
        assert_eq!(value(&format!("SCOPE={list}"), "SCOPE").as_deref(), Some(list));
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named_by_its_number_only() {
        let error = parse("A=b\nCLIENT_SECRET=x\nhush hush\n").expect_err("no line");
        assert_eq!(error.problems[0].wrong, "cannot be read at line 3");
        assert!(!error.to_string().contains("hush"), "{error}");
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(text in "(([A-Z_]{1,8}|CLIENT_SECRET|SCOPE)=?[\"' #$a-z\\[\\]]{0,12}\n?){0,6}") {
            let _ = parse(&text);
        }
    }
}
