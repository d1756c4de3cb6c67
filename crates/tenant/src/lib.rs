//! A tenant, without HTTP: registrations, accounts, signing keys, mail.
//!
//! All ways to reach a tenant (pages, endpoints, portal, commands) are translations onto this crate.

pub mod accounts;
pub mod clock;
pub mod config;
pub mod keys;
pub mod mail;
pub mod manage;
pub mod origin;
pub mod registry;
pub mod seal;
pub mod trouble;
pub mod world;
