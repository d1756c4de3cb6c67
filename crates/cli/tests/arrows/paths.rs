//! Finds the paths in a Rust source file that begin with `crate::`, `super::` or `self::`.
//!
//! This is a scanner, not a compiler: it skips comments and literals, follows inline modules such as `mod tests`, and
//! reads groups (`use crate::{a, b::c}`). It does not see paths created by macros.

/// A module or an item, by its path from the crate's root: `["oauth", "mint", "Mint"]`.
pub(crate) type Names = Vec<String>;

/// Returns the paths in `text`, the source of the module `module`, each with its line number (from 1).
pub(crate) fn paths(module: &[String], text: &str) -> Vec<(usize, Names)> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    // Inline modules around the current token, each with the depth of braces at which it ends.
    let mut inline: Vec<(String, usize)> = Vec::new();
    let mut depth = 0;
    for (i, token) in tokens.iter().enumerate() {
        let next = |n: usize| tokens.get(i + n).map_or("", |t| t.text.as_str());
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                inline.pop_if(|(_, ends)| *ends == depth);
            }
            "mod" if next(2) == "{" => inline.push((next(1).to_owned(), depth)),
            "crate" | "super" | "self" if next(1) == "::" && (i == 0 || tokens[i - 1].text != "::") => {
                let base = module.iter().cloned().chain(inline.iter().map(|(name, _)| name.clone())).collect();
                let mut tree = Tree { tokens: &tokens, at: i, found: &mut found };
                tree.read(base);
            }
            _ => {}
        }
    }
    found
}

/// Reads one path or `use` tree.
struct Tree<'a> {
    tokens: &'a [Token],
    at: usize,
    found: &'a mut Vec<(usize, Names)>,
}

impl Tree<'_> {
    /// Continues from the current name, which is relative to `names`.
    fn read(&mut self, mut names: Names) {
        let line = self.tokens[self.at].line;
        while let Some(token) = self.tokens.get(self.at) {
            match token.text.as_str() {
                "crate" => names.clear(),
                "super" => drop(names.pop()),
                "self" => {}
                "{" => return self.group(&names),
                name if is_name(name) => names.push(name.to_owned()),
                _ => break,
            }
            self.at += 1;
            if self.tokens.get(self.at).is_none_or(|t| t.text != "::") {
                break;
            }
            self.at += 1;
        }
        self.found.push((line, names));
    }

    /// Reads the trees of a group, up to its end.
    fn group(&mut self, names: &Names) {
        self.at += 1;
        while let Some(token) = self.tokens.get(self.at) {
            match token.text.as_str() {
                "}" => {
                    self.at += 1;
                    return;
                }
                name if is_name(name) && name != "as" => self.read(names.clone()),
                // The new name after `as` is not a path.
                "as" => self.at += 2,
                _ => self.at += 1,
            }
        }
    }
}

struct Token {
    line: usize,
    text: String,
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// Splits the source into names, `::` and single characters, without comments and literals.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let skipped = literal_or_comment(rest);
        let name = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let length = match (skipped, name) {
            (Some(length), _) => length,
            (None, 0) if rest.starts_with("::") => 2,
            (None, 0) => first.len_utf8(),
            (None, name) => name,
        };
        let (piece, after) = rest.split_at(length);
        if skipped.is_none() && !piece.trim().is_empty() {
            tokens.push(Token { line, text: piece.to_owned() });
        }
        line += piece.matches('\n').count();
        rest = after;
    }
    tokens
}

/// Returns the length of the comment or literal that `text` begins with.
fn literal_or_comment(text: &str) -> Option<usize> {
    let up_to =
        |end: &str, from: usize| Some(text.get(from..)?.find(end).map_or(text.len(), |at| from + at + end.len()));
    let mut chars = text.chars();
    match (chars.next()?, chars.next().unwrap_or_default(), chars.next().unwrap_or_default()) {
        ('/', '/', _) => up_to("\n", 0).map(|end| end - usize::from(text[..end].ends_with('\n'))),
        ('/', '*', _) => up_to("*/", 2),
        ('r', '"', _) => up_to("\"", 2),
        ('r', '#', next) if next == '"' || next == '#' => {
            let hashes = text[1..].chars().take_while(|c| *c == '#').count();
            up_to(&format!("\"{}", "#".repeat(hashes)), hashes + 2)
        }
        ('b', 'r', '"' | '#') => literal_or_comment(&text[1..]).map(|length| length + 1),
        ('b', '"', _) => quoted(&text[1..], '"').map(|length| length + 1),
        ('"', ..) => quoted(text, '"'),
        ('\'', '\\', _) | ('\'', _, '\'') => quoted(text, '\''),
        _ => None,
    }
}

/// Returns the length of a literal up to its closing quote; a backslash escapes the next character.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == quote {
            return Some(at + 1);
        }
    }
    Some(text.len())
}

#[test]
fn a_scanner_finds_groups_inline_modules_and_code_but_neither_comments_nor_literals() {
    let source = r##"
        //! [`crate::comment`]
        use crate::{a::{self, B}, c as d};
        fn f<'a>(x: &'a str) { let _ = ('{', '\'', "crate::text", r#"crate::"raw"#); super::e::go(x) }
        mod tests { use super::*; use super::super::g; }
    "##;
    let module = ["m".to_owned(), "n".to_owned()];
    let found: Vec<String> =
        paths(&module, source).iter().map(|(line, names)| format!("{line} {}", names.join("::"))).collect();
    assert_eq!(found, ["3 a", "3 a::B", "3 c", "4 m::e::go", "5 m::n", "5 m::g"]);
}
