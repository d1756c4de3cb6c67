//! The log: lines for people in `dev`, one JSON object a line in production. `VESTIBULE_LOG` chooses what is told, in the
//! notation of tracing-subscriber's `EnvFilter` (`warn`, `info`, `vestibule_server=debug`).

use std::io::{BufWriter, IsTerminal, Write};
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// Environment variable that chooses what is told.
pub(crate) const VARIABLE: &str = "VESTIBULE_LOG";

/// The log while it runs. Dropped, it writes what it still has, and tells if lines were lost.
#[must_use = "the log ends when this is dropped"]
pub(crate) struct Log {
    lost: ErrorCounter,
    /// Last: dropping it waits until the lines are written.
    _worker: WorkerGuard,
}

/// Begin to log; `default` holds where [`VARIABLE`] is not set. A second call changes nothing.
///
/// Lines are written by a thread of their own: a pipe that nobody reads holds up no request. Beyond 128,000 waiting
/// lines new ones are dropped and counted.
pub(crate) fn start(json: bool, default: &str) -> Log {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(default));
    // Production logs to standard output, as collectors want it; in `dev` that belongs to what was asked for.
    let to: Box<dyn Write + Send> = if json { Box::new(std::io::stdout()) } else { Box::new(std::io::stderr()) };
    let (writer, worker) = NonBlocking::new(BufWriter::new(to));
    let lost = writer.error_counter();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).log_internal_errors(false);
    // The only error is that a log was begun already, as a second run inside one process does.
    let _ = if json {
        log.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    } else {
        log.with_target(false).with_ansi(std::io::stderr().is_terminal()).try_init()
    };
    Log { lost, _worker: worker }
}

impl Drop for Log {
    fn drop(&mut self) {
        let lost = self.lost.dropped_lines();
        if lost > 0 {
            tracing::warn!(lost, "lines of the log were lost, since nobody took them");
        }
    }
}
