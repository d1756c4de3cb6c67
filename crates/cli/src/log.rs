//! The log: lines for people in `dev`, one JSON object a line in production. `VESTIBULE_LOG` chooses what is told, in the
//! notation of tracing-subscriber's `EnvFilter` (`warn`, `info`, `vestibule_server=debug`).

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

/// Environment variable that chooses what is told.
pub(crate) const VARIABLE: &str = "VESTIBULE_LOG";

/// Begin to log; `default` holds where [`VARIABLE`] is not set. A second call changes nothing.
pub(crate) fn start(json: bool, default: &str) {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(default));
    // Production logs to standard output, as collectors want it; in `dev` that belongs to what was asked for.
    let writer = if json { BoxMakeWriter::new(std::io::stdout) } else { BoxMakeWriter::new(std::io::stderr) };
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).log_internal_errors(false);
    // The only error is that a log was begun already, as a second run inside one process does.
    let _ = if json {
        log.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    } else {
        log.with_target(false).with_ansi(std::io::stderr().is_terminal()).try_init()
    };
}
