//! The answer of a server.

use crate::trace::Trace;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use std::fmt;

/// A complete answer with any status except a redirect.
#[derive(Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The complete body.
    pub body: Bytes,
    /// The record of the call.
    pub trace: Trace,
}

/// Without headers and body, which may contain tokens.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).field("trace", &self.trace).finish_non_exhaustive()
    }
}
