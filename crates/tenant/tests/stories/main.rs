//! The tenant without HTTP: registrations, accounts, mail, configuration.

mod apply;
mod b2c;
mod config;
mod directory;
mod export;
mod mail;
mod manage;
mod many;
mod registry;
mod settings;
