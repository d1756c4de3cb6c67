//! A record of a call without secrets, for the log and for the trace of a journey.

use crate::clock::Clock;
use crate::error::{Error, Kind};
use crate::request::Request;
use crate::target::Target;
use std::net::SocketAddr;

/// The maximum length of a path in a trace, in characters.
const MAX_PATH_CHARS: usize = 256;

/// A record of one call. It never contains a query, a header value or a part of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The caller: [`Class::name`](crate::Class::name).
    pub class: &'static str,
    /// The method of the request.
    pub method: String,
    /// `https` or `http`.
    pub scheme: String,
    /// Host and port of the last hop.
    pub target: String,
    /// The path of the last hop, cut to 256 characters.
    pub path: String,
    /// The address of the last hop, if there was a connection.
    pub address: Option<SocketAddr>,
    /// The status of the last answer.
    pub status: Option<u16>,
    /// The number of redirects that were followed.
    pub redirects: u8,
    /// The number of bytes received of the last hop's body.
    pub bytes: usize,
    /// The duration of the call, in milliseconds.
    pub milliseconds: u64,
    /// `answered`, `cancelled`, or the [`Kind::name`] of the error.
    pub outcome: &'static str,
    /// The caller's correlation id.
    pub correlation_id: String,
}

/// A trace that is being recorded. Dropping it unfinished means that the caller was cancelled.
pub(crate) struct Recorder {
    clock: Clock,
    start: u64,
    trace: Trace,
    finished: bool,
}

impl Recorder {
    pub(crate) fn start(clock: &Clock, request: &Request) -> Self {
        let trace = Trace {
            class: request.class.name(),
            method: request.method.to_string(),
            scheme: request.url.scheme().to_owned(),
            target: request.url.host_str().unwrap_or_default().to_owned(),
            path: cut(request.url.path()),
            address: None,
            status: None,
            redirects: 0,
            bytes: 0,
            milliseconds: 0,
            outcome: "cancelled",
            correlation_id: request.valid_correlation_id().unwrap_or_default().to_owned(),
        };
        Self { clock: clock.clone(), start: clock.now(), trace, finished: false }
    }

    pub(crate) fn hop(&mut self, target: &Target, redirects: u8) {
        self.trace.target = target.key();
        self.trace.path = cut(target.path());
        self.trace.redirects = redirects;
        (self.trace.address, self.trace.status, self.trace.bytes) = (None, None, 0);
    }

    pub(crate) fn connected(&mut self, address: SocketAddr) {
        self.trace.address = Some(address);
    }

    pub(crate) fn answered(&mut self, status: u16) {
        self.trace.status = Some(status);
    }

    pub(crate) fn received(&mut self, bytes: usize) {
        self.trace.bytes += bytes;
    }

    /// Ends the trace, and writes the log line.
    pub(crate) fn finish<T>(mut self, outcome: Result<T, Kind>) -> Result<(T, Trace), Error> {
        self.finished = true;
        match outcome {
            Ok(answer) => Ok((answer, self.end("answered", None))),
            Err(kind) => {
                let trace = Box::new(self.end(kind.name(), Some(&kind)));
                Err(Error { kind, trace })
            }
        }
    }

    fn end(&mut self, outcome: &'static str, failure: Option<&Kind>) -> Trace {
        self.trace.milliseconds = self.clock.now().saturating_sub(self.start);
        self.trace.outcome = outcome;
        match failure {
            Some(kind) => log_failure(&self.trace, kind),
            None => log(&self.trace),
        }
        self.trace.clone()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if !self.finished {
            self.end("cancelled", None);
        }
    }
}

fn log(trace: &Trace) {
    tracing::info!(
        correlation_id = trace.correlation_id,
        class = trace.class,
        method = trace.method,
        scheme = trace.scheme,
        server = trace.target,
        path = trace.path,
        status = trace.status,
        redirects = trace.redirects,
        bytes = trace.bytes,
        milliseconds = trace.milliseconds,
        outcome = trace.outcome,
        "outgoing request"
    );
}

fn log_failure(trace: &Trace, error: &Kind) {
    tracing::warn!(
        correlation_id = trace.correlation_id,
        class = trace.class,
        method = trace.method,
        scheme = trace.scheme,
        server = trace.target,
        path = trace.path,
        status = trace.status,
        redirects = trace.redirects,
        bytes = trace.bytes,
        milliseconds = trace.milliseconds,
        outcome = trace.outcome,
        %error,
        "outgoing request failed"
    );
}

/// The path, truncated if it is too long for a log line.
pub(crate) fn cut(path: &str) -> String {
    path.chars().take(MAX_PATH_CHARS).collect()
}
