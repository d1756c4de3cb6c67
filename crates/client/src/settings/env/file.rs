//! Parses a `.env` file, which may be shared with other programs: their lines are never errors.
//!
//! Values are parsed as in python-dotenv and Docker Compose: bare or quoted, and the last of several wins. A value in
//! double quotes may span several lines.

use super::super::{KEYS, Problem};
use std::collections::BTreeMap;

/// Keys with literal values: a `$`, `#` or space has no special meaning.
const VERBATIM: [&str; 3] = ["SCOPE", "CLIENT_SECRET", "SESSION_KEY"];

/// Maximum number of lines of one value.
const LONGEST: usize = 200;

/// The content of a file.
#[derive(Default)]
pub(super) struct Parsed {
    pub(super) map: BTreeMap<String, String>,
    /// The line of each key, from 1.
    pub(super) lines: BTreeMap<String, usize>,
    /// Problems in lines that set our keys.
    pub(super) problems: Vec<Problem>,
}

/// Decodes a file: UTF-8, or the UTF-16 that Windows PowerShell writes with `>`.
pub(super) fn decode(content: &[u8]) -> String {
    let wide = |from: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = content[2..].chunks_exact(2).map(|pair| from([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match content {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        _ => String::from_utf8_lossy(content).trim_start_matches('\u{feff}').to_owned(),
    }
}

/// Parses a file's text; `environment` returns the value of a variable that the file uses but does not set.
pub(super) fn parse(text: &str, environment: impl Fn(&str) -> Option<String>) -> Parsed {
    let lines: Vec<&str> = text.lines().collect();
    let mut parsed = Parsed::default();
    let mut next = 0;
    while let Some(line) = lines.get(next) {
        let number = next + 1;
        next += 1;
        match assignment(line) {
            Line::Empty => {}
            Line::Other(word) => parsed.odd_line(word, number),
            Line::Set(key, value) if VERBATIM.contains(&key) => parsed.set(key, verbatim(value), number),
            Line::Set(key, value) => match read(value, following(key, &lines[next..])) {
                Ok((text, more)) => {
                    next += more;
                    let expanded =
                        if text.expands { expand(&text.value, &parsed.map, &environment) } else { text.value };
                    parsed.set(key, Ok(expanded), number);
                }
                Err(wrong) => parsed.set(key, if is_ours(key) { Err(wrong) } else { Ok(value.to_owned()) }, number),
            },
        }
    }
    parsed
}

impl Parsed {
    fn set(&mut self, key: &str, value: Result<String, &'static str>, number: usize) {
        self.lines.insert(key.to_owned(), number);
        self.problems.retain(|problem| problem.key != key);
        let value = value.and_then(|value| match value.contains(char::REPLACEMENT_CHARACTER) && is_ours(key) {
            true => Err("holds bytes that are no UTF-8"),
            false => Ok(value),
        });
        match value {
            Ok(value) => {
                self.map.insert(key.to_owned(), value);
            }
            Err(wrong) => {
                self.map.remove(key);
                self.problem(key, wrong, number);
            }
        }
    }

    /// A line without `=`: a problem if it begins with one of our keys. The log gets its number, never its text, which
    /// may be a secret.
    fn odd_line(&mut self, word: &str, number: usize) {
        if is_ours(word) {
            self.problem(word, "has no = behind it", number);
        } else {
            tracing::warn!(line = number, "a line of .env is no KEY=value and is skipped");
        }
    }

    fn problem(&mut self, key: &str, wrong: &str, number: usize) {
        let fix = format!("Write {key}=value on one line, and put a value with spaces in \"quotes\".");
        self.problems.push(Problem { line: Some(number), ..Problem::new(key, wrong, &fix) });
    }
}

fn is_ours(key: &str) -> bool {
    KEYS.contains(&key)
}

enum Line<'a> {
    /// Blank or a comment.
    Empty,
    /// Key and value, trimmed.
    Set(&'a str, &'a str),
    /// Neither; holds its first word.
    Other(&'a str),
}

fn assignment(line: &str) -> Line<'_> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Line::Empty;
    }
    let line = line.strip_prefix("export ").unwrap_or(line);
    match line.split_once('=') {
        Some((key, value)) if is_name(key.trim()) => Line::Set(key.trim(), value.trim()),
        _ => Line::Other(line.split([' ', ':', '=', '\t']).next().unwrap_or_default()),
    }
}

fn is_name(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// A literal value, without the quotes around it or the comment behind it.
fn verbatim(value: &str) -> Result<String, &'static str> {
    let quoted = ['"', '\''].iter().find_map(|q| value.strip_prefix(*q)?.strip_suffix(*q));
    let bare = || value.split(" #").next().unwrap_or_default().trim_end();
    Ok(quoted.filter(|v| !v.contains('"')).unwrap_or_else(bare).to_owned())
}

/// The lines over which a quoted value may continue; values of our own keys never do.
fn following<'a, 'b>(key: &str, lines: &'a [&'b str]) -> &'a [&'b str] {
    if is_ours(key) { &[] } else { &lines[..lines.len().min(LONGEST)] }
}

struct Text {
    value: String,
    /// True if variables in it are replaced.
    expands: bool,
}

/// A value, and the number of following lines that belong to it.
fn read(value: &str, following: &[&str]) -> Result<(Text, usize), &'static str> {
    let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let bare = if value.starts_with('#') { "" } else { value.split(" #").next().unwrap_or_default().trim_end() };
        return Ok((Text { value: bare.to_owned(), expands: true }, 0));
    };
    let mut whole = value[1..].to_owned();
    for more in 0..=following.len() {
        if let Some((inside, rest)) = closed(&whole, quote) {
            let rest = rest.trim_start();
            return match rest.is_empty() || rest.starts_with('#') {
                true => Ok((Text { value: inside, expands: quote == '"' }, more)),
                false => Err("has something behind its closing quote"),
            };
        }
        if let Some(line) = following.get(more) {
            whole.push('\n');
            whole.push_str(line);
        }
    }
    Err("has a quote that is not closed")
}

/// The text up to the closing quote, without escapes, and the rest.
fn closed(text: &str, quote: char) -> Option<(String, &str)> {
    let mut inside = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if quote == '"' => match chars.next()?.1 {
                'n' => inside.push('\n'),
                // Kept escaped for the replacement of variables, which removes the backslash.
                '$' => inside.push_str("\\$"),
                c => inside.push(c),
            },
            c if c == quote => return Some((inside, &text[at + 1..])),
            c => inside.push(c),
        }
    }
    None
}

/// Replaces `$NAME` and `${NAME}` by the value in the process environment or, failing that, in an earlier line.
/// Undefined variables stay as they are.
fn expand(text: &str, map: &BTreeMap<String, String>, environment: &impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        if let Some(before) = before.strip_suffix('\\') {
            out.push_str(before);
            out.push('$');
            rest = &from[1..];
            continue;
        }
        out.push_str(before);
        let (name, whole) = variable(from);
        match environment(name).or_else(|| map.get(name).cloned()).filter(|_| !name.is_empty()) {
            Some(value) => out.push_str(&value),
            None => out.push_str(&from[..whole]),
        }
        rest = &from[whole..];
    }
    out + rest
}

/// The name of the variable that `text` begins with, and the length of the reference in bytes.
fn variable(text: &str) -> (&str, usize) {
    let plain = |text: &str| text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    if let Some((name, _)) = text.strip_prefix("${").and_then(|rest| rest.split_once('}')) {
        return (name, name.len() + 3);
    }
    let length = plain(&text[1..]);
    (&text[1..=length], length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Parsed {
        parse(text, |name| (name == "HOST").then(|| "outside".to_owned()))
    }

    fn value(text: &str, key: &str) -> Option<String> {
        parsed(text).map.get(key).cloned()
    }

    fn problems(text: &str) -> Vec<String> {
        parsed(text).problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_articles_file_is_read() {
        let text =
            "# settings\nFLASK_DEBUG=True\r\nB2C_TENANT_NAME=contoso\r\n\nexport CLIENT_ID=\"6731de76\" # mine\n";
        assert_eq!(value(text, "B2C_TENANT_NAME").as_deref(), Some("contoso"));
        assert_eq!(value(text, "CLIENT_ID").as_deref(), Some("6731de76"));
        assert_eq!(parsed(text).lines["CLIENT_ID"], 5);
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
    fn lines_of_other_programs_stop_nothing() {
        let text = "MOTTO=all for one\nTHEIRS=it's fine\nODD=\"a\" b\nhush hush\nPEM=\"-----BEGIN\nCLIENT_ID=inside\n-----END\"\n\
                    LIST=['a', \"b\"]\n=x\n[section]\nCLIENT_ID=app\n";
        assert_eq!(problems(text), Vec::<String>::new());
        assert_eq!(value(text, "CLIENT_ID").as_deref(), Some("app"));
        assert_eq!(value(text, "MOTTO").as_deref(), Some("all for one"));
        assert_eq!(parsed(text).lines["CLIENT_ID"], 11);
    }

    #[test]
    fn a_line_of_ours_that_cannot_be_read_is_told_by_its_number_and_key_and_never_by_its_text() {
        let text = "CLIENT_ID hush\nB2C_TENANT_NAME: hush\nAUTHORITY=\"hush\nREDIRECT_URI='hush' hush";
        let told = problems(text);
        assert!(told[0].starts_with("CLIENT_ID (line 1 of .env) has no = behind it."), "{told:?}");
        assert!(told[1].starts_with("B2C_TENANT_NAME (line 2 of .env) has no = behind it."), "{told:?}");
        assert!(told[2].starts_with("AUTHORITY (line 3 of .env) has a quote that is not closed."), "{told:?}");
        assert!(
            told[3].starts_with("REDIRECT_URI (line 4 of .env) has something behind its closing quote."),
            "{told:?}"
        );
        assert!(!told.concat().contains("hush"), "{told:?}");
    }

    #[test]
    fn the_last_of_several_lines_counts() {
        assert_eq!(value("CLIENT_ID=\"a\nCLIENT_ID=b\nSCOPE=c\nSCOPE=d", "CLIENT_ID").as_deref(), Some("b"));
        assert_eq!(problems("CLIENT_ID=\"a\nCLIENT_ID=b"), Vec::<String>::new());
        assert_eq!(value("SCOPE=c\nSCOPE=d", "SCOPE").as_deref(), Some("d"));
    }

    #[test]
    fn variables_are_replaced_where_a_value_is_not_in_single_quotes() {
        let text = "PORT=8400\nA=http://$HOST:${PORT}/$MISSING\nB='$HOST'\nC=\"\\$HOST ${HOST}\"\nD=5$";
        assert_eq!(value(text, "A").as_deref(), Some("http://outside:8400/$MISSING"));
        assert_eq!(value(text, "B").as_deref(), Some("$HOST"));
        assert_eq!(value(text, "C").as_deref(), Some("$HOST outside"));
        assert_eq!(value(text, "D").as_deref(), Some("5$"));
    }

    #[test]
    fn every_way_of_windows_to_write_it_is_read() {
        let wide =
            |order: fn(u16) -> [u8; 2]| -> Vec<u8> { "\u{feff}CLIENT_ID=app".encode_utf16().flat_map(order).collect() };
        let files = [wide(u16::to_le_bytes), wide(u16::to_be_bytes), "\u{feff}CLIENT_ID=app".as_bytes().to_vec()];
        for file in files {
            assert_eq!(value(&decode(&file), "CLIENT_ID").as_deref(), Some("app"));
        }
        let latin = decode(b"# Schl\xfcssel\nCLIENT_ID=app\nAUTHORITY=\xfc");
        assert_eq!(value(&latin, "CLIENT_ID").as_deref(), Some("app"));
        assert!(problems(&latin)[0].contains("AUTHORITY (line 3 of .env) holds bytes that are no UTF-8"));
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(text in "(([A-Z_]{1,8}|CLIENT_SECRET|SCOPE|AUTHORITY)=?[\"' #$\\\\{}a-zé\\[\\]]{0,12}\n?){0,6}") {
            let _ = parsed(&text);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = parsed(&decode(&bytes));
        }
    }
}
