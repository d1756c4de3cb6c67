//! The audit log: what happened, who did it, and the result. Rows are only added; similar failures are counted in one
//! row.

use super::Store;
use super::conn::{Conn, Durability};
use super::error::Result;
use super::sql::{Sql, record, sql};
use std::sync::LazyLock;

/// One event. It holds no secret, no password and no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its own id. Ids are UUIDs of version 7, so that later ones sort later.
    pub id: String,
    /// The tenant's GUID.
    pub tenant: String,
    /// When it happened, in milliseconds.
    pub at: i64,
    /// The event, such as `user.signIn`.
    pub event: String,
    /// The result: `success`, or the reason for the failure.
    pub outcome: String,
    /// The application.
    pub client_id: Option<String>,
    /// The user.
    pub object_id: Option<String>,
    /// The correlation id of the request, as shown on the error page and in the log.
    pub correlation_id: Option<String>,
    /// Further details, as JSON.
    pub detail: String,
    /// The actor of a change with the source address, as JSON; `None` for sign-ins, and for rows of older versions.
    pub actor: Option<String>,
    /// How often it happened; more than 1 only for events that [`Store::audit_counted`] wrote.
    pub count: i64,
}
record!(AuditRecord { id, tenant, at, event, outcome, client_id, object_id, correlation_id, detail, actor, count });

impl Store {
    /// Adds the entries, in one transaction.
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

    /// Adds the entry, or increments the count of the entry with the same id: similar events of the same minute share
    /// an id. Returns the new count. A power cut can lose the latest increments.
    pub async fn audit_counted(&self, entry: &AuditRecord) -> Result<i64> {
        self.together_as(Durability::Relaxed, entry.clone(), |batch, entry| {
            Box::pin(async move {
                let statement = bind(sql(&INSERT_COUNTED), std::slice::from_ref(entry));
                Ok(statement.one(&mut batch.conn).await?.unwrap_or(1))
            })
        })
        .await
    }

    /// The newest entries of the tenant, newest first; only those of the user `object_id`, and only those older than
    /// `before` (milliseconds), if given.
    pub async fn list_audit(
        &self,
        tenant: &str,
        object_id: Option<&str>,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<AuditRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT id, tenant, at, event, outcome, client_id, object_id, correlation_id, detail, actor, count
             FROM audit
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

/// Adds the entries within the transaction that they describe.
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

/// The number of values of an entry.
const FIELDS: usize = 11;
/// The maximum number of entries in one statement.
const ROWS: usize = 8;
static INSERT_ROWS: LazyLock<String> = LazyLock::new(|| statement(ROWS));
static INSERT_ONE: LazyLock<String> = LazyLock::new(|| statement(1));
static INSERT_COUNTED: LazyLock<String> = LazyLock::new(|| {
    format!("{} ON CONFLICT (id) DO UPDATE SET count = audit.count + 1 RETURNING count", statement(1))
});

fn statement(rows: usize) -> String {
    let row = |n: usize| (1..=FIELDS).map(|field| format!("${}", FIELDS * n + field)).collect::<Vec<_>>().join(", ");
    let rows = (0..rows).map(|n| format!("({})", row(n))).collect::<Vec<_>>().join(", ");
    format!(
        "INSERT INTO audit (id, tenant, at, event, outcome, client_id, object_id, correlation_id, detail, actor, count)
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
            .bind(entry.count)
    })
}
