//! Policy XML: read, merged over a small base, compiled. No text makes it panic, and what it refuses it says why.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vestibule_journey::{CompileOptions, Source, compile};

const BASE: &str = include_str!("../../crates/cli/tests/data/good/Base.xml");

fuzz_target!(|text: &str| {
    let source = |name: &str, text: &str| Source { name: name.to_owned(), text: text.to_owned() };
    for chain in [vec![source("Alone.xml", text)], vec![source("Base.xml", BASE), source("Over.xml", text)]] {
        match compile(&chain, &CompileOptions::default()) {
            Ok(compiled) => assert!(!compiled.warnings.iter().any(|p| p.severity.stops())),
            Err(problems) => {
                assert!(problems.iter().any(|p| p.severity.stops()), "refused without a reason");
                for problem in problems {
                    let of = &chain.iter().find(|s| s.name == problem.file).expect("a file of the chain").text;
                    let lines = of.split('\n').count();
                    assert!(problem.line as usize <= lines, "a line beyond the file: {problem}");
                }
            }
        }
    }
});
