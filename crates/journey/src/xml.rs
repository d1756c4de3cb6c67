//! Parses policy files into trees that record the place of each element, and rejects hostile XML.

use crate::problem::Code;
use crate::{Problem, Severity, Source};

/// Largest policy file, the same as in B2C.
const MOST_BYTES: usize = 1024 * 1024;
/// Maximum number of elements, attributes and texts in one file.
const MOST_NODES: u32 = 200_000;
/// Maximum nesting; real policies need 12.
const MOST_DEPTH: usize = 40;
/// Maximum number of attributes of one element; real policies need 8.
const MOST_ATTRIBUTES: usize = 32;

/// The longest part of a line in which columns count characters; beyond it, they count bytes.
const MOST_COUNTED: usize = 2000;

/// A place in a chain: index of the file; line and column from 1, or 0 for the whole file or line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) file: usize,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// An element. Only local names are kept, since real policies use various namespaces or none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    /// The text between its tags, trimmed.
    pub(crate) text: String,
    /// True if the element contains only blanks and line breaks, and at least one.
    pub(crate) blank: bool,
    pub(crate) children: Vec<Element>,
    pub(crate) place: Place,
}

impl Element {
    pub(crate) fn new(name: &str, place: Place) -> Self {
        Self { name: name.to_owned(), place, ..Self::default() }
    }

    pub(crate) fn attr(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim())
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of a child; none when it is missing or empty.
    pub(crate) fn child_text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str()).filter(|text| !text.is_empty())
    }

    /// The elements `item` in the child `list`.
    pub(crate) fn list<'a>(&'a self, list: &str, item: &'a str) -> impl Iterator<Item = &'a Element> {
        self.child(list).into_iter().flat_map(|list| &list.children).filter(move |child| child.name == item)
    }
}

/// Parses the file at `index` of the chain.
pub(crate) fn read(source: &Source, index: usize) -> Result<Element, Problem> {
    let at = |(line, column): (u32, u32), message: String| {
        let (file, code) = (source.name.clone(), Some(Code::Unreadable));
        Problem { severity: Severity::Error, code, file, line, column, message }
    };
    if source.text.len() > MOST_BYTES {
        return Err(at(
            (0, 0),
            format!("a policy file has at most {MOST_BYTES} bytes; this one has {}", source.text.len()),
        ));
    }
    let text = source.text.trim_start_matches('\u{feff}');
    if let Some(line) = too_many_attributes(text) {
        return Err(at((line, 0), format!("an element has more than {MOST_ATTRIBUTES} attributes")));
    }
    let options = roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, options).map_err(|error| {
        at((error.pos().row.max(1), error.pos().col), format!("this is not well-formed XML: {error}"))
    })?;
    let lines = Lines::of(text);
    let root = document.root_element();
    let element = convert(root, index, &lines, 0)
        .map_err(|offset| at(lines.place(offset), format!("elements are nested more than {MOST_DEPTH} deep")))?;
    if element.name != "TrustFrameworkPolicy" {
        let Place { line, column, .. } = element.place;
        return Err(at(
            (line, column),
            format!("a policy begins with TrustFrameworkPolicy; this file begins with {}", element.name),
        ));
    }
    Ok(element)
}

/// Converts an element, or returns the offset at which the nesting is too deep.
fn convert(node: roxmltree::Node<'_, '_>, file: usize, lines: &Lines<'_>, depth: usize) -> Result<Element, usize> {
    if depth > MOST_DEPTH {
        return Err(node.range().start);
    }
    let (line, column) = lines.place(node.range().start);
    let mut element = Element::new(node.tag_name().name(), Place { file, line, column });
    let plain = node.attributes().filter(|attribute| attribute.namespace().is_none());
    element.attributes = plain.map(|attribute| (attribute.name().to_owned(), attribute.value().to_owned())).collect();
    for child in node.children() {
        if child.is_element() {
            element.children.push(convert(child, file, lines, depth + 1)?);
        } else if child.is_text() {
            element.text.push_str(child.text().unwrap_or_default());
        }
    }
    let trimmed = element.text.trim();
    element.blank = trimmed.is_empty() && !element.text.is_empty();
    element.text = trimmed.to_owned();
    Ok(element)
}

/// Offsets of the beginnings of lines. Asking the document for the line of each element would scan the text from its
/// start every time.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        Self { text, starts: std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect() }
    }

    /// Line and column of a byte.
    fn place(&self, offset: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index)).copied().unwrap_or_default();
        let before = self.text.get(start..offset).filter(|before| before.len() <= MOST_COUNTED);
        let column = before.map_or(offset - start, |before| before.chars().count()) + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }
}

/// The line of an element with too many attributes. The parser compares each attribute with all others of its element,
/// so an element with a hundred thousand attributes would take it minutes.
fn too_many_attributes(text: &str) -> Option<u32> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('<')) {
        let start = at + found;
        let rest = &text[start..];
        let skip = |end: &str| rest.find(end).map_or(text.len(), |n| start + n + end.len());
        at = if rest.starts_with("<!--") {
            skip("-->")
        } else if rest.starts_with("<![CDATA[") {
            skip("]]>")
        } else if rest.starts_with("<?") {
            skip("?>")
        } else {
            let (end, attributes) = tag(bytes, start + 1);
            if attributes > MOST_ATTRIBUTES {
                return Some(Lines::of(text).place(start).0);
            }
            end
        };
    }
    None
}

/// The end of the tag, and its number of attributes.
fn tag(bytes: &[u8], from: usize) -> (usize, usize) {
    let mut quote = None;
    let mut attributes = 0;
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        match (quote, byte) {
            (Some(open), byte) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'>') => return (at + 1, attributes),
            (None, b'"' | b'\'') => {
                quote = Some(byte);
                attributes += 1;
            }
            (None, _) => {}
        }
    }
    (bytes.len(), attributes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Element, Problem> {
        read(&Source { name: "P.xml".to_owned(), text: text.to_owned() }, 0)
    }

    fn refused(text: &str) -> String {
        parse(text).expect_err("refused").to_string()
    }

    #[test]
    fn elements_know_their_lines_and_texts_are_whole() {
        let root = parse("\u{feff}<TrustFrameworkPolicy xmlns='urn:x' PolicyId=' A '>\n <A>x<!-- c -->y</A>\n</TrustFrameworkPolicy>")
            .expect("well-formed");
        assert_eq!(root.attr("PolicyId"), Some("A"));
        let a = root.child("A").expect("A");
        assert_eq!((a.text.as_str(), a.place.line, a.place.column), ("xy", 2, 2));
    }

    #[test]
    fn row_118_entity_bombs_are_refused() {
        let bomb = "<!DOCTYPE b [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;\">]><TrustFrameworkPolicy>&b;</TrustFrameworkPolicy>";
        assert!(refused(bomb).contains("DTD"), "{}", refused(bomb));
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = format!("<TrustFrameworkPolicy>{}{}</TrustFrameworkPolicy>", "<a>".repeat(60), "</a>".repeat(60));
        assert!(refused(&deep).contains("nested"));
        let abyss = format!("<TrustFrameworkPolicy>{}", "<a>".repeat(300_000));
        assert!(parse(&abyss).is_err());
    }

    #[test]
    fn many_attributes_are_refused_at_once() {
        let many: String = (0..100_000).map(|n| format!(" a{n}=''")).collect();
        assert!(refused(&format!("<TrustFrameworkPolicy\n{many}/>")).contains("attributes"));
        let hidden: String = (0..100).map(|n| format!(" a{n}='>'")).collect();
        assert!(refused(&format!("<!-- ' --><TrustFrameworkPolicy{hidden}/>")).contains("attributes"));
    }

    #[test]
    fn large_files_are_refused_and_long_values_are_not() {
        assert!(refused(&" ".repeat(MOST_BYTES + 1)).contains("bytes"));
        let long = format!("<TrustFrameworkPolicy PolicyId='{}'/>", "x".repeat(500_000));
        assert_eq!(parse(&long).expect("read").attr("PolicyId").map(str::len), Some(500_000));
    }

    #[test]
    fn another_root_is_named() {
        assert_eq!(
            refused("<html/>"),
            "P.xml:1: error: a policy begins with TrustFrameworkPolicy; this file begins with html [P101]"
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}") {
            let _ = parse(&text);
        }

        #[test]
        fn no_markup_makes_it_panic(parts in proptest::collection::vec(
            prop_oneof![
                Just("<"), Just(">"), Just("<a "), Just("b='"), Just("\""), Just("</a>"), Just("<!--"), Just("-->"),
                Just("<![CDATA["), Just("]]>"), Just("&amp;"), Just("&#x0;"), Just("<?x"), Just("<TrustFrameworkPolicy>"),
                Just("</TrustFrameworkPolicy>"), Just("é"), Just("\u{0}"),
            ],
            0..40,
        )) {
            let _ = parse(&parts.concat());
        }
    }
}
