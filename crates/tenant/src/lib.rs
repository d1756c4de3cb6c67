//! What a tenant is and does, without HTTP: who is registered, who may sign in, which keys sign.
//!
//! Everything that people and programs reach a tenant by (pages, endpoints, portal, commands) translates onto this crate.

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
