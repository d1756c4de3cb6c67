//! Parses the syntax of .NET's regular expressions into a tree. Source: Microsoft, "Regular Expression Language -
//! Quick Reference" and "Character classes in .NET regular expressions".

use super::blocks;
use super::class::{Class, Item, Set};

/// Deepest nesting of groups and classes.
const MOST_DEPTH: usize = 100;

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Char {
        char: char,
        /// Matches both letter cases.
        fold: bool,
    },
    /// `.`
    Any {
        newline: bool,
    },
    Class {
        class: Class,
        fold: bool,
    },
    Start {
        /// True: the start of every line.
        lines: bool,
    },
    End {
        /// True: the end of every line.
        lines: bool,
    },
    Boundary {
        negated: bool,
    },
    Capture {
        /// Number of the group, in the order of opening parentheses, from 1.
        order: usize,
        name: Option<String>,
        node: Box<Node>,
    },
    Group(Box<Node>),
    Look {
        behind: bool,
        negated: bool,
        node: Box<Node>,
    },
    Atomic(Box<Node>),
    /// A back-reference to the capture with this number.
    Back {
        order: usize,
        fold: bool,
    },
    Repeat {
        node: Box<Node>,
        least: u32,
        most: Option<u32>,
        lazy: bool,
    },
    Sequence(Vec<Node>),
    Either(Vec<Node>),
}

/// The options in force: `(?imsnx)`.
#[derive(Clone, Copy, Debug, Default)]
struct Options {
    ignore_case: bool,
    multiline: bool,
    single_line: bool,
    explicit_capture: bool,
    ignore_space: bool,
}

/// The capture a back-reference names, by name or by .NET's number.
enum Wanted {
    Name(String),
    Number(usize),
}

/// Reads a pattern.
///
/// # Errors
/// A sentence about what is wrong with the pattern.
pub(super) fn parse(source: &str) -> Result<Node, String> {
    let mut parser = Parser { chars: source.chars().collect(), ..Parser::default() };
    let mut node = parser.either(0)?;
    if parser.at < parser.chars.len() {
        return Err("there is a ) without a (".to_owned());
    }
    let wanted = std::mem::take(&mut parser.wanted);
    let orders: Vec<usize> = wanted.iter().map(|wanted| parser.order(wanted)).collect::<Result<_, _>>()?;
    resolve(&mut node, &orders);
    Ok(node)
}

/// Replaces the index into `wanted`, which back-references hold until now, with the order of the capture.
fn resolve(node: &mut Node, orders: &[usize]) {
    match node {
        Node::Back { order, .. } => *order = orders.get(*order).copied().unwrap_or_default(),
        Node::Capture { node, .. }
        | Node::Group(node)
        | Node::Look { node, .. }
        | Node::Atomic(node)
        | Node::Repeat { node, .. } => resolve(node, orders),
        Node::Sequence(nodes) | Node::Either(nodes) => nodes.iter_mut().for_each(|node| resolve(node, orders)),
        _ => {}
    }
}

#[derive(Default)]
struct Parser {
    chars: Vec<char>,
    at: usize,
    options: Options,
    /// The names of the captures so far, in order.
    captures: Vec<Option<String>>,
    wanted: Vec<Wanted>,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.at += 1;
        Some(char)
    }

    /// Takes this text if it comes next.
    fn take(&mut self, text: &str) -> bool {
        let found = text.chars().enumerate().all(|(n, char)| self.chars.get(self.at + n) == Some(&char));
        if found {
            self.at += text.chars().count();
        }
        found
    }

    /// Takes the characters up to and including this one.
    fn until(&mut self, end: char) -> Result<String, String> {
        let mut text = String::new();
        loop {
            match self.next() {
                Some(char) if char == end => return Ok(text),
                Some(char) => text.push(char),
                None => return Err(format!("there is no {end} at its end")),
            }
        }
    }

    fn either(&mut self, depth: usize) -> Result<Node, String> {
        if depth > MOST_DEPTH {
            return Err(format!("its groups are nested more than {MOST_DEPTH} deep"));
        }
        let mut ways = vec![self.sequence(depth)?];
        while self.take("|") {
            ways.push(self.sequence(depth)?);
        }
        Ok(if ways.len() == 1 { ways.remove(0) } else { Node::Either(ways) })
    }

    fn sequence(&mut self, depth: usize) -> Result<Node, String> {
        let mut nodes = Vec::new();
        loop {
            self.skip_space()?;
            match self.peek() {
                None | Some('|' | ')') => break,
                Some(_) => {}
            }
            let Some(node) = self.atom(depth)? else { continue };
            self.skip_space()?;
            nodes.push(self.repeated(node)?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Sequence(nodes) })
    }

    /// Skips comments, and with the option `x` white space.
    fn skip_space(&mut self) -> Result<(), String> {
        loop {
            if self.take("(?#") {
                self.until(')')?;
            } else if self.options.ignore_space && self.peek().is_some_and(char::is_whitespace) {
                self.at += 1;
            } else if self.options.ignore_space && self.peek() == Some('#') {
                while self.next().is_some_and(|char| char != '\n') {}
            } else {
                return Ok(());
            }
        }
    }

    /// Parses one part without its quantifier. Returns `None` for options that apply to what follows.
    fn atom(&mut self, depth: usize) -> Result<Option<Node>, String> {
        let Options { ignore_case: fold, multiline: lines, single_line, .. } = self.options;
        Ok(Some(match self.next() {
            Some('(') => return self.group(depth + 1),
            Some('[') => Node::Class { class: self.class(depth)?, fold },
            Some('.') => Node::Any { newline: single_line },
            Some('^') => Node::Start { lines },
            Some('$') => Node::End { lines },
            Some('\\') => self.escape()?,
            Some(char @ ('*' | '+' | '?')) => return Err(format!("there is nothing before {char} to repeat")),
            Some(char) => Node::Char { char, fold },
            None => return Err("it ends too early".to_owned()),
        }))
    }

    fn repeated(&mut self, node: Node) -> Result<Node, String> {
        let Some((least, most)) = self.quantifier() else { return Ok(node) };
        if most.is_some_and(|most| most < least) {
            return Err(format!("{{{least},…}} has its numbers in the wrong order"));
        }
        let lazy = self.take("?");
        self.skip_space()?;
        if self.quantifier().is_some() {
            return Err("a quantifier follows another".to_owned());
        }
        Ok(Node::Repeat { node: Box::new(node), least, most, lazy })
    }

    /// `*`, `+`, `?`, `{n}`, `{n,}` or `{n,m}`. Any other brace is literal.
    fn quantifier(&mut self) -> Option<(u32, Option<u32>)> {
        match self.peek()? {
            '*' => self.counted((0, None)),
            '+' => self.counted((1, None)),
            '?' => self.counted((0, Some(1))),
            '{' => {
                let end = self.chars.iter().skip(self.at).position(|char| *char == '}')?;
                let text: String = self.chars.get(self.at + 1..self.at + end)?.iter().collect();
                let is_number = |text: &str| !text.is_empty() && text.chars().all(|char| char.is_ascii_digit());
                let (least, most) = text.split_once(',').map_or((text.as_str(), None), |(a, b)| (a, Some(b)));
                let fits = is_number(least) && most.is_none_or(|most| most.is_empty() || is_number(most));
                let least = fits.then(|| least.parse().ok()).flatten()?;
                let most = match most {
                    None => Some(least),
                    Some("") => None,
                    Some(most) => Some(most.parse().ok()?),
                };
                self.at += end + 1;
                Some((least, most))
            }
            _ => None,
        }
    }

    fn counted(&mut self, counts: (u32, Option<u32>)) -> Option<(u32, Option<u32>)> {
        self.at += 1;
        Some(counts)
    }

    /// Parses a group after its `(`.
    fn group(&mut self, depth: usize) -> Result<Option<Node>, String> {
        let before = self.options;
        let look = |behind, negated| move |node| Node::Look { behind, negated, node: Box::new(node) };
        let node = if self.take("?:") {
            Node::Group(Box::new(self.inside(depth)?))
        } else if self.take("?=") {
            look(false, false)(self.inside(depth)?)
        } else if self.take("?!") {
            look(false, true)(self.inside(depth)?)
        } else if self.take("?<=") {
            look(true, false)(self.inside(depth)?)
        } else if self.take("?<!") {
            look(true, true)(self.inside(depth)?)
        } else if self.take("?>") {
            Node::Atomic(Box::new(self.inside(depth)?))
        } else if self.take("?<") || self.take("?P<") {
            self.named('>', depth)?
        } else if self.take("?'") {
            self.named('\'', depth)?
        } else if self.take("?(") {
            return Err("conditional groups (?(…)…) cannot be used".to_owned());
        } else if self.take("?") {
            if self.set_options()? {
                return Ok(None);
            }
            Node::Group(Box::new(self.inside(depth)?))
        } else if self.options.explicit_capture {
            Node::Group(Box::new(self.inside(depth)?))
        } else {
            self.capture(None, depth)?
        };
        self.options = before;
        Ok(Some(node))
    }

    fn inside(&mut self, depth: usize) -> Result<Node, String> {
        let node = self.either(depth)?;
        if self.take(")") { Ok(node) } else { Err("a ( is not closed".to_owned()) }
    }

    fn capture(&mut self, name: Option<String>, depth: usize) -> Result<Node, String> {
        self.captures.push(name.clone());
        let order = self.captures.len();
        Ok(Node::Capture { order, name, node: Box::new(self.inside(depth)?) })
    }

    fn named(&mut self, end: char, depth: usize) -> Result<Node, String> {
        let name = self.until(end)?;
        if name.is_empty() || !name.chars().all(|char| char.is_alphanumeric() || char == '_') {
            return Err(format!("{name} is no name of a group"));
        }
        self.capture(Some(name), depth)
    }

    /// Parses `(?i)` and similar. Returns true if the group ends here, so that the options apply to what follows.
    fn set_options(&mut self) -> Result<bool, String> {
        let mut on = true;
        loop {
            let options = &mut self.options;
            match self.chars.get(self.at).copied() {
                Some('-') => on = false,
                Some('+') => on = true,
                Some('i' | 'I') => options.ignore_case = on,
                Some('m' | 'M') => options.multiline = on,
                Some('s' | 'S') => options.single_line = on,
                Some('n' | 'N') => options.explicit_capture = on,
                Some('x' | 'X') => options.ignore_space = on,
                Some(end @ (':' | ')')) => {
                    self.at += 1;
                    return Ok(end == ')');
                }
                _ => return Err("a (? is followed by nothing that it may be followed by".to_owned()),
            }
            self.at += 1;
        }
    }

    /// Parses an escape outside a class, after its backslash.
    fn escape(&mut self) -> Result<Node, String> {
        let fold = self.options.ignore_case;
        if let Some(set) = self.set()? {
            return Ok(Node::Class { class: Class::of(Item::Set(set)), fold });
        }
        Ok(match self.peek() {
            Some('A') => self.then(Node::Start { lines: false }),
            Some('Z' | 'z') => self.then(Node::End { lines: false }),
            Some('b') => self.then(Node::Boundary { negated: false }),
            Some('B') => self.then(Node::Boundary { negated: true }),
            Some('k') => self.back_by_name()?,
            Some('1'..='9') => self.back_by_number()?,
            _ => Node::Char { char: self.escaped_pair()?, fold },
        })
    }

    fn then(&mut self, node: Node) -> Node {
        self.at += 1;
        node
    }

    fn back(&mut self, wanted: Wanted) -> Node {
        self.wanted.push(wanted);
        Node::Back { order: self.wanted.len() - 1, fold: self.options.ignore_case }
    }

    fn back_by_name(&mut self) -> Result<Node, String> {
        self.at += 1;
        let name = match self.next() {
            Some('<') => self.until('>')?,
            Some('\'') => self.until('\'')?,
            _ => return Err("\\k needs the name of a group, as in \\k<name>".to_owned()),
        };
        Ok(self.back(Wanted::Name(name)))
    }

    fn back_by_number(&mut self) -> Result<Node, String> {
        let from = self.at;
        let mut number = 0_usize;
        while let Some(digit) = self.peek().and_then(|char| char.to_digit(10)) {
            number = number.saturating_mul(10).saturating_add(digit as usize);
            self.at += 1;
        }
        // Two or more digits are a character in octal, unless the pattern has that many groups.
        if number > 9 && number > self.captures.len() {
            self.at = from;
            return Ok(Node::Char { char: self.escaped_pair()?, fold: self.options.ignore_case });
        }
        Ok(self.back(Wanted::Number(number)))
    }

    /// The order of the capture that a back-reference names. .NET numbers unnamed captures first.
    fn order(&self, wanted: &Wanted) -> Result<usize, String> {
        let place = |of: &dyn Fn(&Option<String>) -> bool, nth: usize| {
            let all = self.captures.iter().enumerate().filter(|(_, name)| of(name));
            all.map(|(at, _)| at + 1).nth(nth)
        };
        let by_name = |wanted: &str| place(&|name| name.as_deref() == Some(wanted), 0);
        match wanted {
            Wanted::Name(name) => by_name(name).ok_or_else(|| format!("there is no group {name}")),
            Wanted::Number(number) => {
                let unnamed = self.captures.iter().filter(|name| name.is_none()).count();
                let named = || place(&Option::is_some, number.checked_sub(unnamed + 1)?);
                let counted = || place(&Option::is_none, number.checked_sub(1)?).or_else(named);
                by_name(&number.to_string()).or_else(counted).ok_or_else(|| format!("there is no group {number}"))
            }
        }
    }

    /// Parses a set such as `\d`, if the escape is one.
    fn set(&mut self) -> Result<Option<Set>, String> {
        let set = match self.peek() {
            Some('d') => Set::Digit(false),
            Some('D') => Set::Digit(true),
            Some('w') => Set::Word(false),
            Some('W') => Set::Word(true),
            Some('s') => Set::Space(false),
            Some('S') => Set::Space(true),
            Some(p @ ('p' | 'P')) => {
                self.at += 1;
                return self.category(p == 'P').map(Some);
            }
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(set))
    }

    fn category(&mut self, negated: bool) -> Result<Set, String> {
        if self.next() != Some('{') {
            return Err("\\p needs a name in braces, as in \\p{Lu}".to_owned());
        }
        let name = self.until('}')?;
        if blocks::CATEGORIES.split(' ').any(|known| known == name) {
            return Ok(Set::Category(name, negated));
        }
        let block = blocks::find(&name).ok_or_else(|| format!("there is no category or block {name}"))?;
        Ok(Set::Block(block, negated))
    }

    /// Parses an escaped character; two escaped surrogates form one character.
    fn escaped_pair(&mut self) -> Result<char, String> {
        let high = self.escaped()?;
        if let Some(char) = char::from_u32(high) {
            return Ok(char);
        }
        let low = if self.take("\\") { self.escaped()? } else { 0 };
        let both = [high, low].map(|half| u16::try_from(half).unwrap_or_default());
        let decoded = char::decode_utf16(both).next().and_then(Result::ok);
        decoded.ok_or_else(|| "half of a UTF-16 pair stands alone".to_owned())
    }

    /// Parses an escaped UTF-16 unit or character.
    fn escaped(&mut self) -> Result<u32, String> {
        let char = self.next().ok_or("it ends with a single backslash")?;
        Ok(match char {
            't' => 0x09,
            'n' => 0x0a,
            'v' => 0x0b,
            'f' => 0x0c,
            'r' => 0x0d,
            'a' => 0x07,
            'e' => 0x1b,
            '0'..='7' => self.octal(char),
            'x' => self.hex(2)?,
            'u' => self.hex(4)?,
            'c' => {
                let control = self.next().filter(char::is_ascii).ok_or("\\c needs a letter")?;
                u32::from(control.to_ascii_uppercase()) & 0x1f
            }
            _ if char.is_alphanumeric() => return Err(format!("there is no escape \\{char}")),
            _ => u32::from(char),
        })
    }

    fn octal(&mut self, first: char) -> u32 {
        let mut value = first.to_digit(8).unwrap_or_default();
        for _ in 0..2 {
            let Some(digit) = self.peek().and_then(|char| char.to_digit(8)) else { break };
            value = value * 8 + digit;
            self.at += 1;
        }
        value & 0xff
    }

    fn hex(&mut self, digits: usize) -> Result<u32, String> {
        let mut value = 0;
        for _ in 0..digits {
            let digit = self.next().and_then(|char| char.to_digit(16));
            value = value * 16 + digit.ok_or_else(|| format!("an escape needs {digits} hexadecimal digits"))?;
        }
        Ok(value)
    }

    /// Parses a class after its `[`.
    fn class(&mut self, depth: usize) -> Result<Class, String> {
        if depth > MOST_DEPTH {
            return Err(format!("its classes are nested more than {MOST_DEPTH} deep"));
        }
        let negated = self.take("^");
        let (mut items, mut minus) = (Vec::new(), None);
        // A bracket in first position is literal.
        let mut first = true;
        while first || !self.take("]") {
            if minus.is_some() {
                return Err("nothing may follow what a class takes away".to_owned());
            }
            if !first && self.take("-[") {
                minus = Some(Box::new(self.class(depth + 1)?));
            } else {
                items.push(self.item()?);
            }
            first = false;
        }
        Ok(Class { negated, items, minus })
    }

    fn item(&mut self) -> Result<Item, String> {
        let first = match self.next() {
            None => return Err("a [ is not closed".to_owned()),
            Some('\\') => match self.set()? {
                Some(set) => return Ok(Item::Set(set)),
                None => self.escaped_in_class()?,
            },
            Some(char) => u32::from(char),
        };
        let is_range = self.peek() == Some('-') && !matches!(self.chars.get(self.at + 1), None | Some(']' | '['));
        if !is_range {
            return Ok(Item::Range(first, first));
        }
        self.at += 1;
        let last = match self.next() {
            Some('\\') if self.set()?.is_some() => return Err("a range cannot end with a set".to_owned()),
            Some('\\') => self.escaped_in_class()?,
            Some(char) => u32::from(char),
            None => return Err("a [ is not closed".to_owned()),
        };
        if last < first {
            Err("a range has its ends in the wrong order".to_owned())
        } else {
            Ok(Item::Range(first, last))
        }
    }

    fn escaped_in_class(&mut self) -> Result<u32, String> {
        if self.take("b") { Ok(0x08) } else { self.escaped() }
    }
}
