//! The JSON form of the log: one object a line, and each key in it once.

use serde_json::Value;
use std::fmt::{self, Debug};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes events as JSON.
pub(super) struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = Line::new(event.metadata().level(), event.metadata().target());
        event.record(&mut line);
        writeln!(writer, "{}", line.text())
    }
}

/// One line: its keys in their order, and their values.
pub(super) struct Line(Vec<(String, Value)>);

impl Line {
    /// A line with the time, the level and where it comes from.
    pub(super) fn new(level: &Level, target: &str) -> Self {
        let mut now = String::new();
        // It writes to memory, which does not fail.
        let _ = SystemTime.format_time(&mut Writer::new(&mut now));
        let mut line = Self(Vec::with_capacity(16));
        line.add("timestamp", now.into());
        line.add("level", level.as_str().into());
        line.add("target", target.into());
        line
    }

    /// Adds a value. A key that is there already gets a number: the value of the first is the one that readers look
    /// for.
    pub(super) fn add(&mut self, key: &str, value: Value) {
        let is_there = |key: &str| self.0.iter().any(|(other, _)| other == key);
        let numbered = (2..).map(|n| format!("{key}_{n}"));
        let key = std::iter::once(key.to_owned()).chain(numbered).find(|key| !is_there(key));
        self.0.extend(key.map(|key| (key, value)));
    }

    /// The object.
    pub(super) fn text(&self) -> String {
        let pair = |(key, value): &(String, Value)| format!("{}:{value}", Value::from(key.as_str()));
        format!("{{{}}}", self.0.iter().map(pair).collect::<Vec<_>>().join(","))
    }
}

impl Visit for Line {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field.name(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field.name(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field.name(), format!("{value:?}").into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    /// Keeps what is written.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("the lock").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// Runs `events` and returns the lines that they log.
    fn logged(events: impl FnOnce()) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let lines = tracing_subscriber::fmt().with_writer(move || writer.clone()).event_format(Json).finish();
        tracing::subscriber::with_default(lines, events);
        let bytes = kept.0.lock().expect("the lock").clone();
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn each_key_is_there_once_whatever_the_fields_are_called() {
        let text = logged(|| {
            let (message, level, target) = ("of a field", 7, "elsewhere");
            tracing::info!(message, level, target, timestamp = true, "of the event");
        });
        let line: serde_json::Value = serde_json::from_str(&text).expect("one object");
        assert_eq!((&line["level"], &line["target"]), (&"INFO".into(), &module_path!().into()), "{text}");
        assert_eq!((&line["level_2"], &line["target_2"]), (&7.into(), &"elsewhere".into()), "{text}");
        for key in ["timestamp", "level", "target", "message", "message_2", "timestamp_2"] {
            assert_eq!(text.matches(&format!("\"{key}\":")).count(), 1, "{key}: {text}");
        }
        assert_eq!(line["message"], "of the event", "{text}");
    }

    #[test]
    fn a_line_stays_one_whatever_is_in_it() {
        let text = logged(|| tracing::error!(cause = "a\n\"b\"\u{7}", "two\nlines"));
        assert_eq!(text.lines().count(), 1, "{text}");
        let line: serde_json::Value = serde_json::from_str(&text).expect("one object");
        assert_eq!((&line["message"], &line["cause"]), (&"two\nlines".into(), &"a\n\"b\"\u{7}".into()));
    }
}
