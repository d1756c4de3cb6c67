//! Checks the query plan of each statement on SQLite: it must find its rows by an index, however many rows there are.

use super::Store;
use super::sql::{record, sql_of};
use std::collections::BTreeSet;
use std::path::Path;

/// Tables as large as a tenant's configuration; the others grow with its people.
const SMALL: [&str; 16] = [
    "administrators",
    "invitations",
    "tenants",
    "versions",
    "changes",
    "applied_files",
    "applications",
    "credentials",
    "scopes",
    "app_roles",
    "permissions",
    "flows",
    "custom_attributes",
    "policies",
    "key_containers",
    "signing_keys",
];

/// The beginnings of statements that may read many rows, because they serve an operator or run rarely.
const MAY: [&str; 5] = [
    "SELECT COUNT(*) - $1 FROM journeys",
    "SELECT COUNT(*) FROM users",
    "SELECT tenant, object_id, body, password_hash, force_change, enabled, valid_from, created_at, updated_at, version \
     FROM users WHERE tenant = $1 AND object_id IN",
    "SELECT id, tenant, recipient, sealed, subject, text, html, code, created_at, sent_at, attempts, \
     COALESCE(due_at, next_attempt_at) AS next_attempt_at, error, dedupe FROM outbox WHERE tenant = $1",
    "DELETE FROM journeys WHERE id IN (SELECT id FROM (SELECT id, expires_at, ROW_NUMBER()",
];

/// One step of a plan.
#[derive(Debug)]
struct Step {
    detail: String,
}
record!(Step { detail });

impl Step {
    /// Returns true if the step reads a table of users in full, or all of a tenant's rows in it.
    fn is_long(&self, statement: &str) -> bool {
        let mut words = self.detail.split(' ');
        let (how, table) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        // A derived table of the statement itself, limited by LIMIT.
        let is_made = statement.contains(&format!(") {table} "));
        let whole = how == "SCAN" && table != "CONSTANT" && !is_made || self.detail.ends_with("(tenant=?)");
        whole && !SMALL.contains(&table) || self.detail.contains("AUTOMATIC")
    }
}

/// The statements in the store's source, each on one line.
fn statements() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        // The subfolder contains only PostgreSQL's own code.
        let is_not_of_it = ["plans.rs", "migrate.rs"].iter().any(|not_of_it| entry.path().ends_with(not_of_it));
        if is_not_of_it || entry.path().is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(entry.path()).expect("text");
        for begin in ["\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE "] {
            for (at, _) in text.match_indices(begin) {
                let statement = text[at + 1..].split('"').next().expect("an end");
                // Statements that are put together at run time are INSERTs.
                let foreign = statement.contains(['{', '\'']) && !statement.contains("ESCAPE");
                if !foreign {
                    found.insert(statement.split_whitespace().collect::<Vec<_>>().join(" "));
                }
            }
        }
    }
    found
}

#[tokio::test]
async fn no_statement_reads_more_of_a_large_table_than_it_is_about() {
    let store = Store::memory().await.expect("a store");
    let statements = statements();
    assert!(statements.len() > 90, "{}", statements.len());
    for may in MAY {
        assert!(statements.iter().any(|statement| statement.starts_with(may)), "nothing begins so any more: {may}");
    }
    for statement in statements.iter().filter(|statement| !MAY.iter().any(|may| statement.starts_with(may))) {
        let mut conn = match statement.contains("journeys") {
            true => store.journeys().await.expect("a connection"),
            false => store.read().await.expect("a connection"),
        };
        let values = (1..20).filter(|n| statement.contains(&format!("${n}"))).count();
        let mut explain = sql_of(format!("EXPLAIN QUERY PLAN {statement}"));
        for _ in 0..values {
            explain = explain.bind(1);
        }
        let plan: Vec<Step> = explain.all(&mut conn).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
        assert!(!plan.iter().any(|step| step.is_long(statement)), "{statement}: {plan:#?}");
    }
}
