//! The program as people start it: it is ready at once, reports clearly what prevents a start, and ends on SIGTERM.

#[path = "program/apply.rs"]
mod apply;
#[path = "program/backups.rs"]
mod backups;
#[path = "program/dev.rs"]
mod dev;
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
