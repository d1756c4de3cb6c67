//! Tests of the library against the fake tenant.

mod api;
mod caching;
mod configuration;
mod hostile;
mod inside;
mod log;
mod mounting;
mod network;
mod outage;
mod providers;
mod requesters;
mod session;
mod sign_in;
mod support;
mod tokens;
