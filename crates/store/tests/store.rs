//! The store: one suite, run on SQLite always and on PostgreSQL if `VESTIBULE_TEST_POSTGRES` names a server.
//!
//! The variable is the `postgres://` URL of a database in which schemas may be created; each test has its own. With
//! `CI=true` it must be set.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

#[macro_use]
#[path = "store/ground.rs"]
mod ground;

#[path = "store/administrators.rs"]
mod administrators;
#[path = "store/audit.rs"]
mod audit;
#[path = "store/bulk.rs"]
mod bulk;
#[path = "store/commit.rs"]
mod commit;
#[path = "store/feed.rs"]
mod feed;
#[path = "store/grants.rs"]
mod grants;
#[path = "store/journeys.rs"]
mod journeys;
#[path = "store/limits.rs"]
mod limits;
#[path = "store/model.rs"]
mod model;
#[path = "store/opening.rs"]
mod opening;
#[path = "store/outbox.rs"]
mod outbox;
#[path = "store/postgres.rs"]
mod postgres;
#[path = "store/races.rs"]
mod races;
#[path = "store/refresh.rs"]
mod refresh;
#[path = "store/registrations.rs"]
mod registrations;
#[path = "store/rows.rs"]
mod rows;
#[path = "store/sessions.rs"]
mod sessions;
#[path = "store/sweep.rs"]
mod sweep;
#[path = "store/tenants.rs"]
mod tenants;
#[path = "store/text.rs"]
mod text;
#[path = "store/together.rs"]
mod together;
#[path = "store/users.rs"]
mod users;
#[path = "store/versioned.rs"]
mod versioned;

#[test]
fn requirement_33_every_story_of_the_store_is_told_on_both_databases() {
    // `opening` and `postgres` test files and servers, and state for each test which of them it needs.
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store");
    let mut told = 0;
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if ["ground.rs", "opening.rs", "postgres.rs", "rows.rs"].contains(&name.as_str()) {
            continue;
        }
        let text = std::fs::read_to_string(entry.path()).expect("text");
        assert!(!text.contains("#[test]") && !text.contains("#[tokio::test"), "{name}: story! tells it twice");
        told += text.matches("story! {").count() + text.matches("story!(").count();
    }
    assert!(told > 30, "the stories were read: {told}");
}
