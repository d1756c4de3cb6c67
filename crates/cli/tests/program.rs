//! The program as users start it: ready quickly, clear about problems, and stopped on request.

#[path = "program/apply.rs"]
mod apply;
#[path = "program/backups.rs"]
mod backups;
#[path = "program/commands.rs"]
mod commands;
#[path = "program/dev.rs"]
mod dev;
#[path = "program/export.rs"]
mod export;
#[path = "program/import.rs"]
mod import;
#[path = "program/keys.rs"]
mod keys;
#[path = "program/proxy.rs"]
mod proxy;
#[path = "program/run.rs"]
mod run;
#[path = "program/serve.rs"]
mod serve;
#[path = "program/users.rs"]
mod users;
