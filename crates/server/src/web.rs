//! HTTP: reading requests, writing responses, cookies, static files, probes.

pub mod answer;
pub mod assets;
pub mod browser;
pub mod headers;
pub mod health;
pub mod query;
pub mod request;
pub mod source;
