//! Writes a pattern for the `pattern` attribute of an HTML input. Browsers compile it with the flag `v` and match it
//! against the whole value (HTML, "The pattern attribute"; ECMAScript 2024, section 22.2.1).

use super::class::{Class, Item, Set};
use super::engine::quantifier;
use super::syntax::Node;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A range beyond ASCII with more characters than this has no browser equivalent in a pattern that ignores case.
const MOST_FOLDED: u32 = 1000;
/// White space of all scripts, for use inside a class.
const SPACE: &str = "\\t-\\r\\u{85}\\p{Z}";
/// What `\w` means in .NET, for use inside a class.
const WORD: &str = "\\p{L}\\p{Mn}\\p{Nd}\\p{Pc}";

/// Writes the pattern, or returns `None` if browsers have no equivalent, in which case only the server checks the
/// value. `trims` allows blanks around a value that the server trims.
pub(super) fn write(node: &Node, trims: bool) -> Option<String> {
    let mut writer = Writer::default();
    collect(node, &mut writer.wanted);
    let blanks = if trims { format!("[{SPACE}]*") } else { String::new() };
    match whole(node) {
        Some(inner) => {
            writer.text(&format!("{blanks}(?:"));
            inner.iter().try_for_each(|node| writer.part(node))?;
            writer.text(&format!("){blanks}"));
        }
        // A policy's pattern may match any part of the value.
        None => {
            writer.text("[\\s\\S]*(?:");
            writer.node(node)?;
            writer.text(")[\\s\\S]*");
        }
    }
    Some(writer.out)
}

/// The parts between `^` and `$`, if the pattern begins and ends with these.
fn whole(node: &Node) -> Option<&[Node]> {
    match node {
        Node::Sequence(nodes) => match nodes.as_slice() {
            [Node::Start { .. }, inner @ .., Node::End { .. }] => Some(inner),
            _ => None,
        },
        _ => None,
    }
}

/// Collects the captures that a back-reference uses.
fn collect(node: &Node, wanted: &mut BTreeSet<usize>) {
    match node {
        Node::Back { order, .. } => drop(wanted.insert(*order)),
        Node::Capture { node, .. }
        | Node::Group(node)
        | Node::Look { node, .. }
        | Node::Atomic(node)
        | Node::Repeat { node, .. } => collect(node, wanted),
        Node::Sequence(nodes) | Node::Either(nodes) => nodes.iter().for_each(|node| collect(node, wanted)),
        _ => {}
    }
}

#[derive(Default)]
struct Writer {
    out: String,
    wanted: BTreeSet<usize>,
    /// The number of captures written so far.
    count: usize,
    /// The capture numbers in the browser's pattern, by their numbers here.
    numbers: BTreeMap<usize, usize>,
}

impl Writer {
    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn within(&mut self, open: &str, node: &Node) -> Option<()> {
        self.text(open);
        self.node(node)?;
        self.text(")");
        Some(())
    }

    fn node(&mut self, node: &Node) -> Option<()> {
        match node {
            Node::Char { char, fold } => self.text(&letter(*char, *fold)),
            Node::Any { newline } => self.text(if *newline { "[\\s\\S]" } else { "[^\\n]" }),
            Node::Class { class, fold } => {
                let class = self::class(class, *fold)?;
                self.text(&class);
            }
            Node::Start { lines } => self.text(if *lines { "(?<![^\\n])" } else { "^" }),
            Node::End { lines } => self.text(if *lines { "(?![^\\n])" } else { "$" }),
            Node::Boundary { negated } => self.text(&boundary(*negated)),
            Node::Capture { order, node, .. } => self.capture(*order, node)?,
            Node::Group(node) => self.within("(?:", node)?,
            Node::Look { behind, negated, node } => {
                let open = format!("(?{}{}", if *behind { "<" } else { "" }, if *negated { "!" } else { "=" });
                self.within(&open, node)?;
            }
            Node::Atomic(node) => self.atomic(node)?,
            // A reference that ignores case, or to a later group, means something else in browsers.
            Node::Back { fold: true, .. } => return None,
            Node::Back { order, .. } => {
                let number = self.numbers.get(order)?;
                let text = format!("(?:\\{number})");
                self.text(&text);
            }
            Node::Repeat { node, least, most, lazy } => {
                self.within("(?:", node)?;
                self.text(&quantifier(*least, *most, *lazy));
            }
            Node::Sequence(nodes) => nodes.iter().try_for_each(|node| self.part(node))?,
            Node::Either(nodes) => self.ways(nodes)?,
        }
        Some(())
    }

    fn part(&mut self, node: &Node) -> Option<()> {
        if matches!(node, Node::Either(_)) { self.within("(?:", node) } else { self.node(node) }
    }

    fn ways(&mut self, nodes: &[Node]) -> Option<()> {
        for (at, node) in nodes.iter().enumerate() {
            if at > 0 {
                self.text("|");
            }
            self.node(node)?;
        }
        Some(())
    }

    fn capture(&mut self, order: usize, node: &Node) -> Option<()> {
        if !self.wanted.contains(&order) {
            return self.within("(?:", node);
        }
        self.count += 1;
        let number = self.count;
        self.within("(", node)?;
        self.numbers.insert(order, number);
        Some(())
    }

    /// Browsers have no atomic groups, but a look-ahead with a back-reference behaves like one.
    fn atomic(&mut self, node: &Node) -> Option<()> {
        self.count += 1;
        let number = self.count;
        self.within("(?=(", node)?;
        self.text(&format!(")(?:\\{number})"));
        Some(())
    }
}

fn boundary(negated: bool) -> String {
    if negated {
        format!("(?:(?<=[{WORD}])(?=[{WORD}])|(?<![{WORD}])(?![{WORD}]))")
    } else {
        format!("(?:(?<=[{WORD}])(?![{WORD}])|(?<![{WORD}])(?=[{WORD}]))")
    }
}

/// A character outside a class.
fn letter(char: char, fold: bool) -> String {
    let others = if fold { cases(char) } else { Vec::new() };
    if others.is_empty() {
        return character(char);
    }
    let all: String = others.into_iter().chain([char]).map(character).collect();
    format!("[{all}]")
}

/// The same letter in other letter cases.
fn cases(char: char) -> Vec<char> {
    let single = |mut chars: Box<dyn Iterator<Item = char>>| chars.next().filter(|_| chars.next().is_none());
    let found = [single(Box::new(char.to_lowercase())), single(Box::new(char.to_uppercase()))];
    found.into_iter().flatten().filter(|other| *other != char).collect()
}

/// A character, escaped so that it is valid both in a pattern and in a class.
pub(crate) fn character(char: char) -> String {
    if char.is_ascii_alphanumeric() { char.to_string() } else { format!("\\u{{{:x}}}", u32::from(char)) }
}

fn class(class: &Class, fold: bool) -> Option<String> {
    let mut items = String::new();
    for item in &class.items {
        match item {
            Item::Range(first, last) => {
                for (first, last) in Item::ranges(*first, *last) {
                    range(&mut items, first, last, fold)?;
                }
            }
            Item::Set(Set::Category(name, _)) if fold && ["Lu", "Ll", "Lt"].contains(&name.as_str()) => return None,
            Item::Set(one) => items.push_str(&set(one)),
        }
    }
    let own = format!("[{}{items}]", if class.negated { "^" } else { "" });
    match &class.minus {
        None => Some(own),
        Some(minus) => Some(format!("[{own}--{}]", self::class(minus, fold)?)),
    }
}

fn range(out: &mut String, first: char, last: char, fold: bool) -> Option<()> {
    // Writing to a String cannot fail.
    let _ = write!(out, "{}", character(first));
    if first != last {
        let _ = write!(out, "-{}", character(last));
    }
    if fold && u32::from(last) - u32::from(first) > MOST_FOLDED {
        return None;
    }
    if fold {
        (first..=last).flat_map(cases).for_each(|other| out.push_str(&character(other)));
    }
    Some(())
}

fn set(set: &Set) -> String {
    let (own, negated) = match set {
        Set::Digit(negated) => ("\\p{Nd}".to_owned(), negated),
        Set::Word(negated) => (WORD.to_owned(), negated),
        Set::Space(negated) => (SPACE.to_owned(), negated),
        Set::Category(name, negated) => (format!("\\p{{{name}}}"), negated),
        Set::Block((first, last), negated) => {
            let ranges = Item::ranges(*first, *last);
            let range = |(first, last): &(char, char)| format!("{}-{}", character(*first), character(*last));
            (ranges.iter().map(range).collect(), negated)
        }
    };
    if *negated { format!("[^{own}]") } else { own }
}
