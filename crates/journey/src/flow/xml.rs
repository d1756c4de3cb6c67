//! Writes XML from a tree of elements, so that no text of a setting can become markup.

use std::fmt::Write as _;

/// An element with either text or elements inside.
#[derive(Debug)]
pub(super) struct Node {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    text: Option<String>,
    children: Vec<Node>,
}

/// An empty element.
pub(super) fn node(name: &'static str) -> Node {
    Node { name, attributes: Vec::new(), text: None, children: Vec::new() }
}

impl Node {
    pub(super) fn attr(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    pub(super) fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    pub(super) fn with(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    /// Returns true if it has neither text nor children.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_none() && self.children.is_empty()
    }

    /// The whole document.
    pub(super) fn document(&self, comment: &str) -> String {
        let mut out = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- {comment} -->\n");
        self.write(&mut out, 0);
        out
    }

    fn write(&self, out: &mut String, depth: usize) {
        let indent = "  ".repeat(depth);
        let _ = write!(out, "{indent}<{}", self.name);
        for (name, value) in &self.attributes {
            let _ = write!(out, " {name}=\"{}\"", escaped(value));
        }
        match &self.text {
            Some(text) => {
                let _ = writeln!(out, ">{}</{}>", escaped(text), self.name);
            }
            None if self.children.is_empty() => out.push_str(" />\n"),
            None => {
                out.push_str(">\n");
                for child in &self.children {
                    child.write(out, depth + 1);
                }
                let _ = writeln!(out, "{indent}</{}>", self.name);
            }
        }
    }
}

/// Escapes text for elements and for attributes in double quotes. Line breaks and tabs are escaped because parsers
/// would change them.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => drop(write!(out, "&#{};", u32::from(c))),
            c if is_xml(c) => out.push(c),
            _ => out.push('\u{fffd}'),
        }
    }
    out
}

/// Returns true if XML 1.0 allows the character (section 2.2).
fn is_xml(c: char) -> bool {
    matches!(c, ' '..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_the_same() {
        let hostile = "a<b> & \"c\" 'd' ]]> &amp; <!-- \t\r\n é 𝔽";
        let text = node("A").attr("B", hostile).with([node("C").text(hostile), node("D")]).document("of us");
        let read = roxmltree::Document::parse(&text).expect("well-formed");
        let root = read.root_element();
        assert_eq!(root.attribute("B"), Some(hostile));
        assert_eq!(root.first_element_child().and_then(|c| c.text()), Some(hostile));
    }

    #[test]
    fn characters_that_xml_cannot_hold_are_replaced() {
        assert_eq!(escaped("a\u{0}b\u{ffff}c"), "a\u{fffd}b\u{fffd}c");
    }
}
