//! What a running `vestibule serve` guarantees when it is killed, stopped, starved or raced: nothing acknowledged is
//! lost, nothing single-use is granted twice, and it recovers by itself.
//!
//! The tests run real processes, on SQLite, and also on PostgreSQL if `VESTIBULE_TEST_POSTGRES` is set. Faults occur
//! at points derived from a seed (`VESTIBULE_FAULTS_SEED`), `VESTIBULE_FAULTS_KILLS` times (default 5).

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
