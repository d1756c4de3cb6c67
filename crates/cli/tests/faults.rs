//! The promises that `vestibule serve` keeps when it is killed, stopped, starved of resources or raced: nothing
//! acknowledged is lost, nothing works twice, and it recovers by itself.
//!
//! The processes are real, over SQLite, and over PostgreSQL where `VESTIBULE_TEST_POSTGRES` names one. Faults come at
//! points drawn from a seed (`VESTIBULE_FAULTS_SEED`), as often as `VESTIBULE_FAULTS_KILLS` says (5).

#[path = "faults/backups.rs"]
mod backups;
#[path = "faults/clock.rs"]
mod clock;
#[path = "faults/cluster.rs"]
mod cluster;
#[path = "faults/database.rs"]
mod database;
#[path = "faults/full.rs"]
mod full;
#[path = "faults/kills.rs"]
mod kills;
#[path = "faults/ledger.rs"]
mod ledger;
#[path = "faults/mail.rs"]
mod mail;
#[path = "faults/patroni.rs"]
mod patroni;
#[path = "faults/pooler.rs"]
mod pooler;
#[path = "faults/proxies.rs"]
mod proxies;
#[path = "faults/races.rs"]
mod races;
#[path = "faults/server.rs"]
mod server;
#[path = "faults/starting.rs"]
mod starting;
#[path = "faults/steps.rs"]
mod steps;
#[path = "faults/stop.rs"]
mod stop;
#[path = "faults/switchover.rs"]
mod switchover;
