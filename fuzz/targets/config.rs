//! `vestibule.toml`: no text makes it panic, and what is refused names a line of the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vestibule_tenant::config::{Config, ConfigError};

fuzz_target!(|text: &str| {
    match Config::parse("vestibule.toml", text) {
        Ok(_) => {}
        Err(ConfigError::Invalid(problems)) => {
            assert!(!problems.is_empty(), "refused without a reason");
            let lines = text.split('\n').count();
            for problem in problems {
                assert!(problem.line as usize <= lines, "a line beyond the file: {problem}");
                assert!(!problem.message.is_empty());
            }
        }
        Err(other) => panic!("reading a text needs nothing else: {other}"),
    }
});
