//! The store: one suite, told on SQLite always and on PostgreSQL when `VESTIBULE_TEST_POSTGRES` names a server.
//!
//! The variable is a `postgres://` address of a database in which schemas may be made; each story has one of its own.
//! Where `CI=true` the variable must be set.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

#[macro_use]
#[path = "store/ground.rs"]
mod ground;

#[path = "store/audit.rs"]
mod audit;
#[path = "store/bulk.rs"]
mod bulk;
#[path = "store/grants.rs"]
mod grants;
#[path = "store/journeys.rs"]
mod journeys;
#[path = "store/limits.rs"]
mod limits;
#[path = "store/opening.rs"]
mod opening;
#[path = "store/outbox.rs"]
mod outbox;
#[path = "store/races.rs"]
mod races;
#[path = "store/refresh.rs"]
mod refresh;
#[path = "store/registrations.rs"]
mod registrations;
#[path = "store/sessions.rs"]
mod sessions;
#[path = "store/sweep.rs"]
mod sweep;
#[path = "store/text.rs"]
mod text;
#[path = "store/together.rs"]
mod together;
#[path = "store/users.rs"]
mod users;
