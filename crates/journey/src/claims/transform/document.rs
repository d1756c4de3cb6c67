//! Generates the table of methods in `docs/claims-transformations.md`. The test fails if the document is out of date;
//! to rewrite it, run `UPDATE_DOCS=1 cargo test -p vestibule-journey --lib document`.

use super::table::{ANY, Operand, Parameter};
use super::{FOREIGN, PAGES, Row};
use std::fs;
use std::path::Path;

const BEGIN: &str = "<!-- Generated; to rewrite: UPDATE_DOCS=1 cargo test -p vestibule-journey --lib document -->\n\n";
const END: &str = "\n<!-- End of the generated part -->\n";

#[test]
fn the_document_has_every_method_as_the_code_has_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/claims-transformations.md");
    let text = fs::read_to_string(&path).expect("the document");
    let (head, rest) = text.split_once(BEGIN).expect("where the generated part begins");
    let (_, tail) = rest.split_once(END).expect("where the generated part ends");
    let wanted = format!("{head}{BEGIN}{}{END}{tail}", table());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &wanted).expect("written");
    } else {
        assert!(text == wanted, "docs/claims-transformations.md is behind: run this test with UPDATE_DOCS=1");
    }
}

fn table() -> String {
    let rows: String = PAGES.iter().flat_map(|rows| rows.iter()).map(line).collect();
    let missing = FOREIGN.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    format!(
        "| method | input claims | parameters | output claims |\n| --- | --- | --- | --- |\n{rows}\nNot there yet: {missing}.\n"
    )
}

fn line(row: &Row) -> String {
    let name = row.url().map_or_else(|| row.name.to_owned(), |url| format!("[{}]({url})", row.name));
    let (inputs, outputs) = (operands(row.inputs, true), operands(row.outputs, false));
    let params = row.params.iter().map(parameter).collect::<Vec<_>>().join("<br>");
    format!("| {name} | {inputs} | {params} | {outputs} |\n")
}

fn operands(all: &[Operand], tells_optional: bool) -> String {
    let one = |operand: &Operand| {
        let optional = if operand.required || !tells_optional { "" } else { ", optional" };
        format!("{}: {}{optional}", named(operand.name), types(operand.types))
    };
    all.iter().map(one).collect::<Vec<_>>().join("<br>")
}

fn parameter(parameter: &Parameter) -> String {
    let values = parameter.values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
    let values = if values.is_empty() { values } else { format!(" ({values})") };
    let key = if parameter.is_key { " (a key container)" } else { "" };
    let optional = if parameter.required { "" } else { ", optional" };
    format!("{}: {}{values}{key}{optional}", named(parameter.name), types(parameter.types))
}

fn named(name: &str) -> String {
    if name == ANY { "any other name".to_owned() } else { format!("`{name}`") }
}

fn types(types: &str) -> String {
    if types == ANY { "any".to_owned() } else { types.replace(' ', " or ") }
}
