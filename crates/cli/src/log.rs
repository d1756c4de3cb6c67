//! The log on standard error: lines of text, or one JSON object per line. `VESTIBULE_LOG` selects what is logged, in
//! the notation of tracing-subscriber's `EnvFilter` (`warn`, `info`, `vestibule_server=debug`).
//!
//! If the log is JSON, so is everything else that the program writes to standard error: the error that ends it, a
//! panic, and the number of lost lines.

mod json;

use crate::out;
use json::{Json, Line};
use std::io::{BufWriter, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;
use tracing::Level;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// The environment variable that selects what is logged.
pub(crate) const VARIABLE: &str = "VESTIBULE_LOG";

/// The default in production: info for the crates of the tenant, and warnings for everything else.
pub(crate) const USUAL: &str = "warn,vestibule_cli=info,vestibule_server=info,vestibule_tenant=info,\
                                vestibule_store=info,vestibule_outbound=info";

/// Maximum number of lines that wait to be written.
const MOST_WAITING: usize = 16 * 1024;
/// How long the program waits for the log to be written when it ends.
const FAREWELL: Duration = Duration::from_secs(2);

/// The form of everything on standard error.
static IS_JSON: AtomicBool = AtomicBool::new(false);

/// Sets the form of everything on standard error, before anything can fail.
pub(crate) fn set_form(json: bool) {
    IS_JSON.store(json, Ordering::Relaxed);
}

/// Writes a sentence to standard error immediately, bypassing the log: the error that ends the program, or a problem
/// of the log itself.
pub(crate) fn say(sentence: &str) {
    if !IS_JSON.load(Ordering::Relaxed) {
        return out::warn(&format!("vestibule: {sentence}"));
    }
    let mut line = Line::new(&Level::ERROR, "vestibule_cli");
    line.add("message", sentence.into());
    out::warn(&line.text());
}

/// The error with its causes, without repetition: an error that includes its cause in its own text also has it as a
/// cause.
pub(crate) fn sentence(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said.contains(&cause) {
        true => said,
        false if said.is_empty() => cause,
        false => format!("{said}: {cause}"),
    })
}

/// Logs panics as well, in the form of the log.
pub(crate) fn catch_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "a part of the program broke down: {}", panic.payload_as_str().unwrap_or("no message"));
    }));
}

/// The running log. When dropped, it writes the remaining lines, as far as the other side reads them, and reports lost
/// lines.
#[must_use = "the log ends when this is dropped"]
pub(crate) struct Log {
    lost: ErrorCounter,
    worker: Option<WorkerGuard>,
}

/// Starts the log in the form that [`set_form`] chose; `default` applies if [`VARIABLE`] is not set. A second call has
/// no effect.
///
/// Lines are written by a separate thread, so that a pipe which is not read delays no request. When [`MOST_WAITING`]
/// lines are waiting, new ones are dropped and counted.
pub(crate) fn start(default: &str) -> Log {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(default));
    let (writer, log) = writer(BufWriter::new(std::io::stderr()));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).log_internal_errors(false);
    // The only possible error is that a log exists already, as in a second run within one process.
    let _ = if IS_JSON.load(Ordering::Relaxed) {
        lines.event_format(Json).try_init()
    } else {
        lines.with_target(false).with_ansi(std::io::stderr().is_terminal()).try_init()
    };
    log
}

fn writer(to: impl Write + Send + 'static) -> (NonBlocking, Log) {
    let (writer, worker) = NonBlockingBuilder::default().buffered_lines_limit(MOST_WAITING).finish(to);
    let lost = writer.error_counter();
    (writer, Log { lost, worker: Some(worker) })
}

impl Drop for Log {
    fn drop(&mut self) {
        let worker = self.worker.take();
        let (done, wait) = channel();
        // In a separate thread, since the write blocks until the other side reads, which may be never.
        std::thread::spawn(move || {
            drop(worker);
            let _ = done.send(());
        });
        let written = wait.recv_timeout(FAREWELL).is_ok();
        let lost = self.lost.dropped_lines();
        if lost > 0 || !written {
            say(&format!("{lost} or more lines of the log were lost, since nothing read standard error"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;
    use std::sync::mpsc::Receiver;

    /// A writer that accepts nothing until it is started.
    struct Stuck(Receiver<()>);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let _ = self.0.recv();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn each_cause_is_said_once() {
        let refused = anyhow!("Connection refused").context("db1: Connection refused").context("the store is away");
        assert_eq!(sentence(&refused), "the store is away: db1: Connection refused");
    }

    #[test]
    fn a_log_that_nobody_takes_does_not_hold_up_the_end() {
        let (_stuck, taken) = channel();
        let (mut writer, log) = writer(Stuck(taken));
        for _ in 0..2 * MOST_WAITING {
            writer.write_all(b"line\n").expect("it never fails");
        }
        let (done, wait) = channel();
        std::thread::spawn(move || {
            drop(log);
            let _ = done.send(());
        });
        wait.recv_timeout(Duration::from_secs(60)).expect("an end");
    }
}
