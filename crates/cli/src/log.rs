//! The log: lines for people in `dev`, one JSON object a line in production. `VESTIBULE_LOG` chooses what is told, in the
//! notation of tracing-subscriber's `EnvFilter` (`warn`, `info`, `vestibule_server=debug`).

use std::io::{BufWriter, IsTerminal, Write};
use std::sync::mpsc::channel;
use std::time::Duration;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// Environment variable that chooses what is told.
pub(crate) const VARIABLE: &str = "VESTIBULE_LOG";

/// What production tells: what happens in each crate of the tenant, and warnings of everything else.
pub(crate) const USUAL: &str = "warn,vestibule_cli=info,vestibule_server=info,vestibule_tenant=info,\
                                vestibule_store=info,vestibule_outbound=info";

/// Most lines that wait to be written.
const MOST_WAITING: usize = 16 * 1024;
/// How long the end waits for lines to be written.
const FAREWELL: Duration = Duration::from_secs(2);

/// The log while it runs. Dropped, it writes what it still has, as far as somebody takes it, and tells if lines were lost.
#[must_use = "the log ends when this is dropped"]
pub(crate) struct Log {
    lost: ErrorCounter,
    worker: Option<WorkerGuard>,
}

/// Begin to log; `default` holds where [`VARIABLE`] is not set. A second call changes nothing.
///
/// Lines are written by a thread of their own: a pipe that nobody reads holds up no request. Beyond [`MOST_WAITING`] new
/// ones are dropped and counted.
pub(crate) fn start(json: bool, default: &str) -> Log {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(default));
    // Production logs to standard output, as collectors want it; in `dev` that belongs to what was asked for.
    let to: Box<dyn Write + Send> = if json { Box::new(std::io::stdout()) } else { Box::new(std::io::stderr()) };
    let (writer, log) = writer(BufWriter::new(to));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).log_internal_errors(false);
    // The only error is that a log was begun already, as a second run inside one process does.
    let _ = if json {
        lines.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
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
        // On a thread of its own: it writes for as long as it takes, which is for ever if nobody reads.
        std::thread::spawn(move || {
            drop(worker);
            let _ = done.send(());
        });
        let written = wait.recv_timeout(FAREWELL).is_ok();
        let lost = self.lost.dropped_lines();
        if lost > 0 || !written {
            // Not by the log, which nobody takes.
            let _ = writeln!(std::io::stderr(), "lines of the log were lost, since nobody took them: {lost} or more");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::Receiver;

    /// Takes nothing until it is told to.
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
