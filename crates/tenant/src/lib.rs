//! The tenant without HTTP: registrations, accounts, signing keys, mail.
//!
//! Everything that people and programs reach a tenant by (pages, endpoints, portal, commands) translates onto this
//! crate.

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
