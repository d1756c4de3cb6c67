//! Parts of documents are generated from declarations in the code. The test fails if a document is out of date; to
//! rewrite it, run `UPDATE_DOCS=1 cargo test -p vestibule-server --test stories generated`.

use std::fs;
use std::path::Path;
use vestibule_server::leniency;
use vestibule_tenant::config::reference;

/// The markers of a generated part, each on a separate line.
const BEGIN: &str =
    "<!-- Generated; to rewrite: UPDATE_DOCS=1 cargo test -p vestibule-server --test stories generated -->\n\n";
const END: &str = "\n<!-- End of the generated part -->\n";

/// Compares the generated part of a document with its expected content, or rewrites it.
fn up_to_date(document: &str, part: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(document);
    let text = fs::read_to_string(&path).expect("the document");
    let (head, rest) = text.split_once(BEGIN).expect("where the generated part begins");
    let (_, tail) = rest.split_once(END).expect("where the generated part ends");
    let wanted = format!("{head}{BEGIN}{part}{END}{tail}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &wanted).expect("written");
    } else {
        assert!(text == wanted, "docs/{document} is behind: run this test with UPDATE_DOCS=1");
    }
}

#[test]
fn the_reference_lists_every_key_as_the_code_has_it() {
    up_to_date("configuration.md", &reference());
}

#[test]
fn every_leniency_is_in_its_document() {
    up_to_date("leniencies.md", &leniency::rows());
}
