//! The modules inside the server and the tenant: which may use which, without cycles.
//!
//! A room is a top-level module of a crate. Inside a room, parent and child may use each other; two siblings, each
//! with everything below it, may not.

use super::paths::{Names, paths};
use super::{root, rust_files};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// A room, and the rooms that it may use.
type Row = (&'static str, &'static [&'static str]);

/// The rooms of `crates/server/src`, lowest first.
const SERVER: &[Row] = &[
    ("leniency", &[]),
    ("pages", &[]),
    ("app", &["pages"]),
    ("web", &["app", "pages"]),
    ("oauth", &["app", "web"]),
    ("interaction", &["app", "oauth", "pages", "web"]),
    ("endpoints", &["app", "interaction", "oauth", "pages", "web"]),
    ("dev", &["app", "pages", "web"]),
    ("background", &["app"]),
    ("router", &["app", "dev", "endpoints", "interaction", "oauth", "pages", "web"]),
];

/// The rooms of `crates/tenant/src`, lowest first.
const TENANT: &[Row] = &[
    ("clock", &[]),
    ("seal", &[]),
    ("trouble", &[]),
    ("registry", &["clock", "trouble"]),
    ("origin", &["registry"]),
    ("mail", &["clock", "seal", "trouble"]),
    ("keys", &["clock", "registry", "seal"]),
    ("accounts", &["clock", "registry", "seal"]),
    ("manage", &["accounts", "clock", "keys", "registry"]),
    ("world", &["accounts", "mail", "registry", "seal"]),
    ("config", &["accounts", "clock", "keys", "manage", "origin", "registry"]),
];

#[test]
fn every_room_of_the_server_uses_only_rooms_that_it_may_use() {
    assert_eq!(mistakes(SERVER, &sources("crates/server/src")).join("\n"), "", "see docs/DESIGN.md, \"The house\"");
}

#[test]
fn every_room_of_the_tenant_uses_only_rooms_that_it_may_use() {
    assert_eq!(mistakes(TENANT, &sources("crates/tenant/src")).join("\n"), "", "see docs/DESIGN.md, \"The house\"");
}

/// Source files by their path.
type Sources = BTreeMap<String, String>;

fn sources(folder: &str) -> Sources {
    let base = root();
    let read = |file: std::path::PathBuf| {
        let name = file.strip_prefix(&base).expect("a file of the repository").to_string_lossy().into_owned();
        (name, fs::read_to_string(file).expect("a source file"))
    };
    rust_files(&base.join(folder)).into_iter().map(read).collect()
}

/// One module uses another.
struct Arrow {
    from: Names,
    to: Names,
    /// File and line.
    place: String,
}

/// Returns all violations in the crate, one line each.
fn mistakes(table: &[Row], sources: &Sources) -> Vec<String> {
    let root = Names::new();
    let modules: BTreeSet<Names> = sources.keys().map(|file| module(file)).chain([root]).collect();
    let arrows = arrows(sources, &modules);
    let mut wrong = not_on_the_table(table, &modules);
    wrong.extend(forbidden(table, &arrows));
    for parent in &modules {
        wrong.extend(circles(parent, &arrows));
    }
    wrong
}

/// Returns the module of a file: `crates/server/src/oauth/mint.rs` is `oauth::mint`, `lib.rs` is the root.
fn module(file: &str) -> Names {
    let (_, inside) = file.split_once("src/").expect("a file below src");
    let names = inside.trim_end_matches(".rs").trim_end_matches("/mod");
    names.split('/').filter(|name| *name != "lib").map(str::to_owned).collect()
}

fn arrows(sources: &Sources, modules: &BTreeSet<Names>) -> Vec<Arrow> {
    let mut arrows = Vec::new();
    for (file, text) in sources {
        let from = module(file);
        for (line, names) in paths(&from, text) {
            // The longest prefix of the path that is a module; the rest is an item in it.
            let to = (0..=names.len()).rev().map(|n| names[..n].to_vec()).find(|names| modules.contains(names));
            let to = to.unwrap_or_default();
            arrows.push(Arrow { from: from.clone(), to, place: format!("{file}:{line}") });
        }
    }
    arrows
}

fn not_on_the_table(table: &[Row], modules: &BTreeSet<Names>) -> Vec<String> {
    let rooms: BTreeSet<&str> = modules.iter().filter_map(|names| names.first()).map(String::as_str).collect();
    let listed: BTreeSet<&str> = table.iter().map(|(room, _)| *room).collect();
    let new = rooms.difference(&listed).map(|room| format!("the room {room} is not on the table of rooms"));
    let gone = listed.difference(&rooms).map(|room| format!("the table lists the room {room}, which does not exist"));
    new.chain(gone).collect()
}

/// Returns the arrows between rooms that the table does not allow.
fn forbidden(table: &[Row], arrows: &[Arrow]) -> Vec<String> {
    let may = |from: &str, to: &str| table.iter().any(|(room, uses)| *room == from && uses.contains(&to));
    let mut wrong = Vec::new();
    for Arrow { from, to, place } in arrows {
        let (Some(from), Some(to)) = (from.first(), to.first()) else { continue };
        if from != to && !may(from, to) {
            wrong.push(format!("{place}: {from} → {to}: the table of rooms does not allow it"));
        }
    }
    wrong
}

/// Returns the arrows that form a cycle among the children of `parent`, each taken with everything below it.
fn circles(parent: &Names, arrows: &[Arrow]) -> Vec<String> {
    let child = |names: &Names| names.strip_prefix(parent.as_slice())?.first().cloned();
    let between: Vec<(String, String, &str)> = arrows
        .iter()
        .filter_map(|arrow| Some((child(&arrow.from)?, child(&arrow.to)?, arrow.place.as_str())))
        .filter(|(from, to, _)| from != to)
        .collect();
    let in_circle = between.iter().filter(|(from, to, _)| reaches(to, from, &between));
    let name = |child: &str| parent.iter().map(String::as_str).chain([child]).collect::<Vec<_>>().join("::");
    in_circle.map(|(from, to, place)| format!("{place}: {} → {}: part of a circle", name(from), name(to))).collect()
}

/// Returns true if arrows lead from one name to another.
fn reaches(from: &str, to: &str, arrows: &[(String, String, &str)]) -> bool {
    let mut seen = BTreeSet::from([from]);
    let mut todo = vec![from];
    while let Some(here) = todo.pop() {
        let next = arrows.iter().filter(|(start, ..)| start == here).map(|(_, end, _)| end.as_str());
        todo.extend(next.filter(|end| seen.insert(end)).collect::<Vec<_>>());
    }
    seen.contains(to)
}

/// A test crate: each file's path below `src/`, and its text.
fn made_up(files: &[(&str, &str)]) -> Sources {
    files.iter().map(|(file, text)| (format!("src/{file}"), (*text).to_owned())).collect()
}

const MADE_UP: &[Row] = &[("low", &[]), ("high", &["low"])];

#[test]
fn a_crate_along_the_table_passes_and_parent_and_child_may_use_each_other() {
    let sources = made_up(&[
        ("lib.rs", "pub mod high; pub mod low;"),
        ("low.rs", "mod part; use part::Part; pub struct Low;"),
        ("low/part.rs", "use super::Low; pub struct Part;"),
        ("high.rs", "use crate::low::Low;"),
    ]);
    assert_eq!(mistakes(MADE_UP, &sources), Vec::<String>::new());
}

#[test]
fn an_arrow_up_is_reported_with_file_and_line_even_in_a_test() {
    let low = "pub struct Low;\n#[cfg(test)]\nmod tests {\n    use super::super::high::High;\n}\n";
    let sources = made_up(&[("low.rs", low), ("high.rs", "pub struct High;")]);
    assert_eq!(mistakes(MADE_UP, &sources), ["src/low.rs:4: low → high: the table of rooms does not allow it"]);
}

#[test]
fn a_circle_between_rooms_is_reported_even_if_the_table_allows_it() {
    let table: &[Row] = &[("low", &["high"]), ("high", &["low"])];
    let sources = made_up(&[("low.rs", "use crate::high::High;"), ("high.rs", "\nuse crate::{low::Low};")]);
    let wrong = ["src/high.rs:2: high → low: part of a circle", "src/low.rs:1: low → high: part of a circle"];
    assert_eq!(mistakes(table, &sources), wrong);
}

#[test]
fn a_circle_between_siblings_in_a_room_is_reported_at_any_depth() {
    let sources = made_up(&[
        ("low.rs", ""),
        ("high.rs", ""),
        ("high/a.rs", ""),
        ("high/a/inner.rs", "fn f() { crate::high::b::g() }"),
        ("high/b.rs", "use super::a::A;"),
    ]);
    let wrong = [
        "src/high/a/inner.rs:1: high::a → high::b: part of a circle",
        "src/high/b.rs:1: high::b → high::a: part of a circle",
    ];
    assert_eq!(mistakes(MADE_UP, &sources), wrong);
}

#[test]
fn a_new_room_must_be_on_the_table() {
    let sources = made_up(&[("low.rs", ""), ("high.rs", ""), ("new.rs", "")]);
    assert_eq!(mistakes(MADE_UP, &sources), ["the room new is not on the table of rooms"]);
}
