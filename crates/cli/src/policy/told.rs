//! Prints problems: as text with the lines that they are about, as a list for programs, or in one sentence.

use anyhow::Result;
use serde_json::{Value, json};
use std::fmt::Write as _;
use vestibule_journey::{Code, Problem, Severity, Source};

/// Maximum number of characters of a line to show.
const MOST_SHOWN: usize = 100;

/// One line for each problem, followed by the line of the file with a mark below the place.
pub(super) fn text(problems: &[Problem], sources: &[Source]) -> String {
    let mut all = String::new();
    for problem in problems {
        let _ = writeln!(all, "{problem}");
        let source = sources.iter().find(|source| source.name == problem.file);
        let line = source.and_then(|source| source.text.lines().nth(problem.line.checked_sub(1)? as usize));
        if let Some(line) = line {
            all.push_str(&excerpt(line, problem));
        }
    }
    all
}

fn excerpt(line: &str, problem: &Problem) -> String {
    let indent = line.chars().take_while(|c| c.is_whitespace()).count();
    let shown: String = line.trim().chars().take(MOST_SHOWN).collect();
    let number = problem.line.to_string();
    let mark = (problem.column as usize).checked_sub(indent + 1).filter(|at| *at < MOST_SHOWN);
    let mark = mark.map(|at| format!("{:>width$} | {}^\n", "", " ".repeat(at), width = number.len() + 2));
    format!("  {number} | {shown}\n{}", mark.unwrap_or_default())
}

/// A JSON array of the problems.
///
/// # Errors
/// None in practice.
pub(super) fn json(problems: &[Problem]) -> Result<String> {
    let one = |problem: &Problem| {
        json!({
            "file": problem.file,
            "line": problem.line,
            "column": problem.column,
            "severity": severity(problem.severity),
            "code": problem.code.map(Code::name),
            "message": problem.message,
        })
    };
    let all: Vec<Value> = problems.iter().map(one).collect();
    Ok(serde_json::to_string_pretty(&all)?)
}

/// The severity as a single word.
fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Unsupported => "unsupported",
        other => other.word(),
    }
}

/// A one-sentence summary for a file.
pub(super) fn summary(name: &str, problems: &[Problem], bases: &[String]) -> String {
    let number = |severity: Severity| problems.iter().filter(|problem| problem.severity == severity).count();
    let counts = [
        (number(Severity::Error), "error", "errors"),
        (number(Severity::Unsupported), "thing that is not supported", "things that are not supported"),
        (number(Severity::Warning), "warning", "warnings"),
        (number(Severity::Note), "note", "notes"),
    ];
    let count = |(n, one, many): (usize, &str, &str)| format!("{n} {}", if n == 1 { one } else { many });
    let parts: Vec<String> = counts.into_iter().filter(|(n, ..)| *n > 0).map(count).collect();
    let all = list(&parts);
    if number(Severity::Error) > 0 {
        return format!("{name} does not compile: {all}.");
    }
    if number(Severity::Unsupported) > 0 {
        return format!("{name} does not run in this version: {all}.");
    }
    let bases = if bases.is_empty() { String::new() } else { format!(" with {}", bases.join(", ")) };
    let found = if all.is_empty() { String::new() } else { format!(", with {all}") };
    format!("{name} compiles{bases}{found}.")
}

/// `a, b and c`
fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
