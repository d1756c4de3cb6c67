//! Writes a pattern for the engines used here: `regex`, and `fancy-regex` for the features that it lacks.

use super::class::{Class, Item, Set};
use super::syntax::Node;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Writes the pattern. `.` stops only at `\n`, and `$` matches only at the very end, which suits values of one line.
pub(super) fn write(node: &Node) -> String {
    let mut writer = Writer::default();
    writer.node(node);
    writer.out
}

#[derive(Default)]
struct Writer {
    out: String,
    /// Group names already used.
    names: BTreeSet<String>,
}

impl Writer {
    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn within(&mut self, open: &str, node: &Node) {
        self.text(open);
        self.node(node);
        self.text(")");
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Char { char, fold } => {
                let char = character(*char);
                self.text(&if *fold { format!("(?i:{char})") } else { char });
            }
            Node::Any { newline } => self.text(if *newline { "(?s:.)" } else { "[^\\n]" }),
            Node::Class { class: written, fold } => {
                let class = class(written);
                self.text(&if *fold { format!("(?i:{class})") } else { class });
            }
            Node::Start { lines } => self.text(if *lines { "(?m:^)" } else { "^" }),
            Node::End { lines } => self.text(if *lines { "(?m:$)" } else { "$" }),
            Node::Boundary { negated } => self.text(if *negated { "\\B" } else { "\\b" }),
            Node::Capture { name, node, .. } => self.capture(name.as_deref(), node),
            Node::Group(node) => self.within("(?:", node),
            Node::Look { behind, negated, node } => {
                let open = match (behind, negated) {
                    (false, false) => "(?=",
                    (false, true) => "(?!",
                    (true, false) => "(?<=",
                    (true, true) => "(?<!",
                };
                self.within(open, node);
            }
            Node::Atomic(node) => self.within("(?>", node),
            Node::Back { order, fold } => self.text(&format!("(?{}:\\{order})", if *fold { "i" } else { "" })),
            Node::Repeat { node, least, most, lazy } => self.repeat(node, *least, *most, *lazy),
            Node::Sequence(nodes) => nodes.iter().for_each(|node| self.part(node)),
            Node::Either(nodes) => self.ways(nodes),
        }
    }

    /// Writes one part of a sequence.
    fn part(&mut self, node: &Node) {
        if matches!(node, Node::Either(_)) { self.within("(?:", node) } else { self.node(node) }
    }

    fn ways(&mut self, nodes: &[Node]) {
        for (at, node) in nodes.iter().enumerate() {
            if at > 0 {
                self.text("|");
            }
            self.node(node);
        }
    }

    /// The engines used here accept a group name only once, and it must begin with a letter.
    fn capture(&mut self, name: Option<&str>, node: &Node) {
        let fits = |name: &&str| {
            name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        match name.filter(fits).filter(|name| self.names.insert((*name).to_owned())) {
            Some(name) => self.within(&format!("(?<{name}>"), node),
            None => self.within("(", node),
        }
    }

    fn repeat(&mut self, node: &Node, least: u32, most: Option<u32>, lazy: bool) {
        self.within("(?:", node);
        self.text(&quantifier(least, most, lazy));
    }
}

/// `{least,most}` in its shortest form.
pub(super) fn quantifier(least: u32, most: Option<u32>, lazy: bool) -> String {
    let counts = match (least, most) {
        (0, None) => "*".to_owned(),
        (1, None) => "+".to_owned(),
        (0, Some(1)) => "?".to_owned(),
        (least, None) => format!("{{{least},}}"),
        (least, Some(most)) if least == most => format!("{{{least}}}"),
        (least, Some(most)) => format!("{{{least},{most}}}"),
    };
    if lazy { format!("{counts}?") } else { counts }
}

fn character(char: char) -> String {
    if char.is_ascii_alphanumeric() { char.to_string() } else { format!("\\x{{{:x}}}", u32::from(char)) }
}

fn class(class: &Class) -> String {
    let mut items = String::new();
    for item in &class.items {
        match item {
            Item::Range(first, last) => {
                for (first, last) in Item::ranges(*first, *last) {
                    // Writing to a String cannot fail.
                    let _ = write!(items, "{}-{}", character(first), character(last));
                }
            }
            Item::Set(one) => items.push_str(&set(one)),
        }
    }
    let own = format!("[{}{items}]", if class.negated { "^" } else { "" });
    class.minus.as_ref().map_or_else(|| own.clone(), |minus| format!("[{own}--{}]", self::class(minus)))
}

fn set(set: &Set) -> String {
    let (own, negated) = match set {
        Set::Digit(negated) => ("\\p{Nd}".to_owned(), negated),
        Set::Word(negated) => ("\\p{L}\\p{Mn}\\p{Nd}\\p{Pc}".to_owned(), negated),
        Set::Space(negated) => ("\\x{9}-\\x{d}\\x{85}\\p{Z}".to_owned(), negated),
        Set::Category(name, negated) => (format!("\\p{{{name}}}"), negated),
        Set::Block((first, last), negated) => {
            let ranges = Item::ranges(*first, *last);
            let range = |(first, last): &(char, char)| format!("{}-{}", character(*first), character(*last));
            (ranges.iter().map(range).collect(), negated)
        }
    };
    if *negated { format!("[^{own}]") } else { own }
}
