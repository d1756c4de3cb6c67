//! Prints results as text, as Markdown and as JSON.

use crate::machine::Limit;
use crate::speed::{Row, Speed};
use clap::ValueEnum;
use serde_json::json;

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// A table
    Text,
    /// The same in Markdown, as docs/speed.md has it
    Markdown,
    /// One JSON object
    Json,
}

impl Speed {
    /// All results in this form.
    pub(crate) fn write(&self, form: Form) -> String {
        match form {
            Form::Json => self.json().to_string(),
            Form::Text | Form::Markdown => self.tabular(form),
        }
    }

    fn head(&self) -> String {
        format!(
            "This machine, in a second of one core: {:.0} answers of hyper alone, {:.0} RSA-2048 signatures, {:.0} Argon2id \
             hashes (19 MiB, two passes).",
            self.machine.mean(Limit::Answering),
            self.machine.mean(Limit::Signing),
            self.machine.mean(Limit::Hashing)
        )
    }

    fn tail(&self) -> String {
        let [idle, loaded, hashed] = self.resident;
        let own = self.rows.iter().map(|row| row.measured.own_part()).fold(0.0, f64::max);
        format!(
            "First answer in an empty folder after {:.0} ms. Resident {idle:.0} MiB idle, {loaded:.0} MiB after load \
             without hashing, {hashed:.0} MiB after all.\nThe load program was busy at most {:.0} % of the time.",
            self.first_answer_ms,
            100.0 * own
        )
    }

    fn tabular(&self, form: Form) -> String {
        let head = ["", "a second", "a core's second", "p50 ms", "p99 ms", "processor µs", "rate of the machine's"];
        let cells: Vec<_> = self.rows.iter().map(Row::cells).collect();
        format!("{}\n\n{}\n\n{}", self.head(), table(form, head, &cells), self.tail())
    }

    fn json(&self) -> serde_json::Value {
        let [idle, loaded, hashed] = self.resident;
        json!({
            "machine": {
                "answers": self.machine.mean(Limit::Answering),
                "signatures": self.machine.mean(Limit::Signing),
                "hashes": self.machine.mean(Limit::Hashing),
            },
            "seconds": self.seconds,
            "first_answer_ms": self.first_answer_ms,
            "resident_mib": { "idle": idle, "after_load": loaded, "after_hashing": hashed },
            "rows": self.rows.iter().map(Row::json).collect::<Vec<_>>(),
        })
    }
}

/// A table in Markdown, or in columns.
pub(crate) fn table<const N: usize>(form: Form, head: [&str; N], rows: &[[String; N]]) -> String {
    let head = head.map(str::to_owned);
    let line = |cells: &[String; N]| match form {
        Form::Markdown => format!("| {} |", cells.join(" | ")),
        _ => {
            let width = |column: usize| if column == 0 { 28 } else { head[column].chars().count().max(9) };
            let cell = |(column, cell)| match column {
                0 => format!("{cell:<w$}", w = width(column)),
                _ => format!("{cell:>w$}", w = width(column)),
            };
            cells.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ")
        }
    };
    let mut lines = vec![line(&head)];
    if form == Form::Markdown {
        lines.push(format!("|{}", " --- |".repeat(N)));
    }
    lines.extend(rows.iter().map(line));
    lines.join("\n")
}

impl Row {
    /// The fraction of the machine's own rate that it reaches.
    fn ratio(&self) -> Option<(f64, &'static str)> {
        self.of.map(|(rate, limit)| (self.measured.per_processor_second() / rate, limit.name()))
    }

    fn cells(&self) -> [String; 7] {
        let m = &self.measured;
        [
            self.name.to_owned(),
            format!("{:.0}", m.per_second()),
            format!("{:.0}", m.per_processor_second()),
            format!("{:.2}", m.within(50)),
            format!("{:.2}", m.within(99)),
            format!("{:.0}", m.processor_us()),
            self.ratio().map_or_else(String::new, |(ratio, what)| format!("{:.0} % of {what}", 100.0 * ratio)),
        ]
    }

    fn json(&self) -> serde_json::Value {
        let m = &self.measured;
        let (ratio, of) = self.ratio().unzip();
        json!({
            "name": self.name,
            "per_second": m.per_second(),
            "per_processor_second": m.per_processor_second(),
            "p50_ms": m.within(50),
            "p99_ms": m.within(99),
            "processor_us": m.processor_us(),
            "ratio": ratio,
            "of": of,
            "load_program_part": m.own_part(),
        })
    }
}
