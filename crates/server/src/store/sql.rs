//! Running SQL: the one place that hands values to the database and takes rows from it.

use super::error::{Result, StoreError, sort};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Row};
use std::time::Duration;

/// How long the database may take over one statement: a server behind a network that was cut never answers at all.
const LONGEST: Duration = Duration::from_secs(10);

/// What the database answers, if it does in time. A write that was given up may have happened all the same.
pub(super) async fn in_time<T>(work: impl Future<Output = sqlx::Result<T>>) -> Result<T> {
    match tokio::time::timeout(LONGEST, work).await {
        Ok(answer) => answer.map_err(sort),
        Err(late) => Err(StoreError::Unavailable(late.into())),
    }
}

/// A statement and its values, in the order of `$1`, `$2`, …
pub(super) struct Sql {
    query: Query<'static, Any, AnyArguments>,
    has_nul: bool,
    /// It may take longer than [`LONGEST`].
    is_long: bool,
}

/// A statement, written in the SQL that both databases share.
pub(super) fn sql(text: &'static str) -> Sql {
    Sql { query: sqlx::query(text), has_nul: false, is_long: false }
}

/// As [`sql`], for a statement that was put together; values are bound, never part of it.
pub(super) fn sql_of(text: String) -> Sql {
    Sql { query: sqlx::query(AssertSqlSafe(text)), has_nul: false, is_long: false }
}

impl Sql {
    /// The next value.
    pub(super) fn bind(self, value: impl Bind) -> Self {
        value.bind(self)
    }

    /// Wait for as long as it takes: it goes through what may be gigabytes, and no person waits for it.
    pub(super) fn at_length(self) -> Self {
        Self { is_long: true, ..self }
    }

    /// Run it for its effect: how many rows it touched.
    pub(super) async fn run(self, conn: &mut AnyConnection) -> Result<u64> {
        let is_long = self.is_long;
        let work = self.allowed()?.execute(conn);
        let done = if is_long { work.await.map_err(sort) } else { in_time(work).await };
        done.map(|done| done.rows_affected())
    }

    /// Every row.
    pub(super) async fn all<T: Record>(self, conn: &mut AnyConnection) -> Result<Vec<T>> {
        let is_long = self.is_long;
        let work = self.allowed()?.fetch_all(conn);
        let rows = if is_long { work.await.map_err(sort) } else { in_time(work).await }?;
        rows.iter().map(T::read).collect::<sqlx::Result<_>>().map_err(sort)
    }

    /// The only row, if there is one. The statement is run to its end, which `RETURNING` needs.
    pub(super) async fn one<T: Record>(self, conn: &mut AnyConnection) -> Result<Option<T>> {
        Ok(self.all(conn).await?.pop())
    }

    fn allowed(self) -> Result<Query<'static, Any, AnyArguments>> {
        if self.has_nul { Err(StoreError::Refused) } else { Ok(self.query) }
    }
}

/// A value that a statement takes.
pub(super) trait Bind {
    /// Add it to the statement.
    fn bind(self, sql: Sql) -> Sql;
}

impl Bind for &str {
    fn bind(self, sql: Sql) -> Sql {
        Some(self).bind(sql)
    }
}

impl Bind for &String {
    fn bind(self, sql: Sql) -> Sql {
        Some(self.as_str()).bind(sql)
    }
}

impl Bind for &Option<String> {
    fn bind(self, sql: Sql) -> Sql {
        self.as_deref().bind(sql)
    }
}

impl Bind for Option<&str> {
    fn bind(self, sql: Sql) -> Sql {
        let has_nul = sql.has_nul || self.is_some_and(|text| text.contains('\0'));
        Sql { query: sql.query.bind(self.map(str::to_owned)), has_nul, ..sql }
    }
}

impl Bind for i64 {
    fn bind(self, sql: Sql) -> Sql {
        Sql { query: sql.query.bind(self), ..sql }
    }
}

impl Bind for Option<i64> {
    fn bind(self, sql: Sql) -> Sql {
        Sql { query: sql.query.bind(self), ..sql }
    }
}

impl Bind for bool {
    fn bind(self, sql: Sql) -> Sql {
        Sql { query: sql.query.bind(i32::from(self)), ..sql }
    }
}

/// A value that a column gives.
pub(super) trait Column: Sized {
    /// Read the column called `name`.
    fn column(row: &AnyRow, name: &str) -> sqlx::Result<Self>;
}

impl Column for String {
    fn column(row: &AnyRow, name: &str) -> sqlx::Result<Self> {
        row.try_get(name)
    }
}

impl Column for Option<String> {
    fn column(row: &AnyRow, name: &str) -> sqlx::Result<Self> {
        row.try_get(name)
    }
}

impl Column for i64 {
    fn column(row: &AnyRow, name: &str) -> sqlx::Result<Self> {
        row.try_get(name)
    }
}

impl Column for Option<i64> {
    fn column(row: &AnyRow, name: &str) -> sqlx::Result<Self> {
        row.try_get(name)
    }
}

impl Column for bool {
    fn column(row: &AnyRow, name: &str) -> sqlx::Result<Self> {
        row.try_get::<i64, _>(name).map(|flag| flag != 0)
    }
}

/// A struct that a row fills, field by field.
pub(super) trait Record: Sized {
    /// Read the row.
    fn read(row: &AnyRow) -> sqlx::Result<Self>;
}

/// One number.
impl Record for i64 {
    fn read(row: &AnyRow) -> sqlx::Result<Self> {
        row.try_get(0)
    }
}

/// One text.
impl Record for String {
    fn read(row: &AnyRow) -> sqlx::Result<Self> {
        row.try_get(0)
    }
}

/// Fill a struct from the columns that are called as its fields are.
macro_rules! record {
    ($record:ident { $($field:ident),* $(,)? }) => {
        impl $crate::store::sql::Record for $record {
            fn read(row: &sqlx::any::AnyRow) -> sqlx::Result<Self> {
                Ok(Self { $($field: $crate::store::sql::Column::column(row, stringify!($field))?),* })
            }
        }
    };
}

/// An enum that a column holds as text.
macro_rules! text_enum {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant),* }

        impl $name {
            /// As it is written in the store.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl $crate::store::sql::Bind for $name {
            fn bind(self, sql: $crate::store::sql::Sql) -> $crate::store::sql::Sql {
                sql.bind(self.as_str())
            }
        }

        impl $crate::store::sql::Column for $name {
            fn column(row: &sqlx::any::AnyRow, name: &str) -> sqlx::Result<Self> {
                match <String as $crate::store::sql::Column>::column(row, name)?.as_str() {
                    $($text => Ok(Self::$variant),)*
                    other => Err(sqlx::Error::Decode(format!("{name}: unknown kind {other}").into())),
                }
            }
        }
    };
}

pub(super) use {record, text_enum};
