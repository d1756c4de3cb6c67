//! HTTP itself: reading a request, writing an answer, cookies, static files, probes.

pub mod answer;
pub mod assets;
pub mod browser;
pub mod headers;
pub mod health;
pub mod query;
pub mod request;
pub mod source;
