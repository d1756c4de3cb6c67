//! The audit log: what happened, who did it, how it ended. Rows are only added.

use super::Store;
use super::conn::Conn;
use super::error::Result;
use super::sql::{Sql, record, sql};
use std::sync::LazyLock;

/// One event. It holds no secret, no password and no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its own id; ids made later should sort later (version 7).
    pub id: String,
    /// The tenant's GUID.
    pub tenant: String,
    /// When, milliseconds.
    pub at: i64,
    /// What happened, as in `user.signIn`.
    pub event: String,
    /// How it ended: `success`, or the reason why not.
    pub outcome: String,
    /// The application.
    pub client_id: Option<String>,
    /// The user.
    pub object_id: Option<String>,
    /// The request, as the error page and the log name it.
    pub correlation_id: Option<String>,
    /// The rest, JSON.
    pub detail: String,
    /// Who changed something and from where, JSON; none of what happens in sign-ins, and of what older versions wrote.
    pub actor: Option<String>,
}
record!(AuditRecord { id, tenant, at, event, outcome, client_id, object_id, correlation_id, detail, actor });

impl Store {
    /// Add the entries, in one transaction.
    pub async fn audit(&self, entries: &[AuditRecord]) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        self.together(entries.to_vec(), |batch, entries| {
            batch.audit(entries);
            Box::pin(async { Ok(()) })
        })
        .await
    }

    /// The newest entries of the tenant, newest first: of the user `object_id` if given, older than `before`
    /// (milliseconds) if given.
    pub async fn list_audit(
        &self,
        tenant: &str,
        object_id: Option<&str>,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<AuditRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT id, tenant, at, event, outcome, client_id, object_id, correlation_id, detail, actor FROM audit
             WHERE tenant = $1 AND ($2 IS NULL OR object_id = $2) AND at < $3 ORDER BY at DESC, id DESC LIMIT $4")
        .slow()
        .bind(tenant)
        .bind(object_id)
        .bind(before.unwrap_or(i64::MAX))
        .bind(limit)
        .all(&mut conn)
        .await
    }
}

/// Add the entries to the transaction of what they tell about.
pub(super) async fn insert(conn: &mut Conn<'_>, entries: &[AuditRecord]) -> Result<()> {
    let (many, few) = entries.as_chunks::<ROWS>();
    for rows in many {
        bind(sql(&INSERT_ROWS), rows).run(conn).await?;
    }
    for entry in few {
        bind(sql(&INSERT_ONE), std::slice::from_ref(entry)).run(conn).await?;
    }
    Ok(())
}

/// How many entries one statement takes, where there are so many.
const ROWS: usize = 8;
static INSERT_ROWS: LazyLock<String> = LazyLock::new(|| statement(ROWS));
static INSERT_ONE: LazyLock<String> = LazyLock::new(|| statement(1));

fn statement(rows: usize) -> String {
    let row = |n: usize| (1..=10).map(|field| format!("${}", 10 * n + field)).collect::<Vec<_>>().join(", ");
    let rows = (0..rows).map(|n| format!("({})", row(n))).collect::<Vec<_>>().join(", ");
    format!(
        "INSERT INTO audit (id, tenant, at, event, outcome, client_id, object_id, correlation_id, detail, actor)
         VALUES {rows}"
    )
}

fn bind(statement: Sql, entries: &[AuditRecord]) -> Sql {
    entries.iter().fold(statement, |statement, entry| {
        statement
            .bind(&entry.id)
            .bind(&entry.tenant)
            .bind(entry.at)
            .bind(&entry.event)
            .bind(&entry.outcome)
            .bind(&entry.client_id)
            .bind(&entry.object_id)
            .bind(&entry.correlation_id)
            .bind(&entry.detail)
            .bind(&entry.actor)
    })
}
