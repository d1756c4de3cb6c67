//! Runs SQL: the one place that passes values to the database and reads rows from it.

use super::conn::{Conn, Way};
use super::error::{Result, StoreError, sort, sort_sqlite};
use super::sqlite::Connections;
use rusqlite::{CachedStatement, Connection};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres, Row as _};
use std::borrow::Cow;
use std::time::Duration;

/// The timeout of one statement: if the network fails, a server may never answer.
const LONGEST: Duration = Duration::from_secs(10);

/// The database's answer, unless the timeout passes. A write that timed out may still have succeeded.
pub(super) async fn in_time<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(LONGEST, work).await.unwrap_or_else(|late| Err(StoreError::Unavailable(late.into())))
}

/// A statement and its values, in the order `$1`, `$2`, …
pub(super) struct Sql {
    text: Cow<'static, str>,
    values: Vec<Value>,
    has_nul: bool,
    pace: Pace,
}

/// How many rows a statement reads.
#[derive(Clone, Copy, PartialEq)]
enum Pace {
    /// A few rows, by an index.
    Quick,
    /// Thousands of rows.
    Slow,
    /// Gigabytes, without a timeout.
    Long,
}

/// A value, of one of the three column types in use.
enum Value {
    Text(Option<String>),
    Number(Option<i64>),
    Flag(bool),
}

/// A statement, written in the SQL that both databases share.
pub(super) fn sql(text: &'static str) -> Sql {
    Sql { text: Cow::Borrowed(text), values: Vec::new(), has_nul: false, pace: Pace::Quick }
}

/// Like [`sql`], for a statement that was put together at run time; values are always bound, never part of the text.
pub(super) fn sql_of(text: String) -> Sql {
    Sql { text: Cow::Owned(text), values: Vec::new(), has_nul: false, pace: Pace::Quick }
}

impl Sql {
    /// Binds the next value.
    pub(super) fn bind(mut self, value: impl Bind) -> Self {
        value.bind(&mut self);
        self
    }

    /// Marks a statement that reads thousands of rows, so that no other request has to wait for it.
    pub(super) fn slow(self) -> Self {
        Self { pace: Pace::Slow, ..self }
    }

    /// Removes the timeout: the statement may go through gigabytes, and no user is waiting for it.
    pub(super) fn at_length(self) -> Self {
        Self { pace: Pace::Long, ..self }
    }

    /// Runs the statement and returns the number of affected rows.
    pub(super) async fn run(self, conn: &mut Conn<'_>) -> Result<u64> {
        self.check()?;
        let pace = self.pace;
        match conn.way()? {
            Way::Here(conn) => self.run_here(conn),
            Way::There(connections) => self.there(connections, Self::run_here).await,
            Way::Aside(connections) => self.aside(connections, Self::run_here).await,
            Way::Postgres(conn) => {
                let work = async { self.for_postgres().execute(conn).await.map_err(sort) };
                pace.wait(work).await.map(|done| done.rows_affected())
            }
        }
    }

    /// Runs the statement and returns every row.
    pub(super) async fn all<T: Record>(self, conn: &mut Conn<'_>) -> Result<Vec<T>> {
        self.check()?;
        let pace = self.pace;
        match conn.way()? {
            Way::Here(conn) => self.all_here(conn),
            Way::There(connections) => self.there(connections, Self::all_here).await,
            Way::Aside(connections) => self.aside(connections, Self::all_here).await,
            Way::Postgres(conn) => {
                let work = async { self.for_postgres().fetch_all(conn).await.map_err(sort) };
                let rows = pace.wait(work).await?;
                rows.iter().map(|row| T::read(&Row::Postgres(row))).collect()
            }
        }
    }

    /// Returns the only row, if there is one. The statement runs to completion, which `RETURNING` requires.
    pub(super) async fn one<T: Record>(self, conn: &mut Conn<'_>) -> Result<Option<T>> {
        Ok(self.all(conn).await?.pop())
    }

    fn check(&self) -> Result<()> {
        if self.has_nul { Err(StoreError::Refused) } else { Ok(()) }
    }

    fn for_postgres(self) -> Query<'static, Postgres, PgArguments> {
        let query = match self.text {
            Cow::Borrowed(text) => sqlx::query(text),
            Cow::Owned(text) => sqlx::query(AssertSqlSafe(text)),
        };
        self.values.into_iter().fold(query, |query, value| match value {
            Value::Text(text) => query.bind(text),
            Value::Number(number) => query.bind(number),
            Value::Flag(flag) => query.bind(i32::from(flag)),
        })
    }

    /// Runs the statement on the connection that suits its pace.
    async fn there<T: Send + 'static>(self, connections: &Connections, work: Here<T>) -> Result<T> {
        match self.pace {
            Pace::Quick => in_time(connections.quickly(move |conn| work(self, conn))).await,
            Pace::Slow | Pace::Long => self.aside(connections, work).await,
        }
    }

    async fn aside<T: Send + 'static>(self, connections: &Connections, work: Here<T>) -> Result<T> {
        self.pace.wait(connections.aside(move |conn| work(self, conn))).await
    }

    fn run_here(self, conn: &mut Connection) -> Result<u64> {
        let mut statement = self.for_sqlite(conn)?;
        let touched = statement.raw_execute().map_err(sort_sqlite)?;
        Ok(u64::try_from(touched).unwrap_or_default())
    }

    pub(super) fn all_here<T: Record>(self, conn: &mut Connection) -> Result<Vec<T>> {
        let mut statement = self.for_sqlite(conn)?;
        let (mut rows, mut records) = (statement.raw_query(), Vec::new());
        while let Some(row) = rows.next().map_err(sort_sqlite)? {
            records.push(T::read(&Row::Sqlite(row))?);
        }
        Ok(records)
    }

    /// SQLite numbers `$4`, `$5` and so on in the order in which it encounters them, so their names have to be looked
    /// up.
    fn for_sqlite(self, conn: &mut Connection) -> Result<CachedStatement<'_>> {
        let mut statement = conn.prepare_cached(&self.text).map_err(sort_sqlite)?;
        for index in 1..=statement.parameter_count() {
            let number = statement.parameter_name(index).and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
            let value = number.and_then(|number| self.values.get(number.checked_sub(1)?));
            let bound = match value {
                Some(Value::Text(text)) => statement.raw_bind_parameter(index, text),
                Some(Value::Number(number)) => statement.raw_bind_parameter(index, number),
                Some(Value::Flag(flag)) => statement.raw_bind_parameter(index, flag),
                None => Err(rusqlite::Error::InvalidParameterCount(self.values.len(), index)),
            };
            bound.map_err(sort_sqlite)?;
        }
        Ok(statement)
    }
}

/// The work on a statement, on the connection's thread.
type Here<T> = fn(Sql, &mut Connection) -> Result<T>;

impl Pace {
    /// Waits for `work`, up to its timeout.
    async fn wait<T>(self, work: impl Future<Output = Result<T>>) -> Result<T> {
        if self == Self::Long { work.await } else { in_time(work).await }
    }
}

/// A value that can be bound to a statement.
pub(super) trait Bind {
    /// Adds it to the statement.
    fn bind(self, sql: &mut Sql);
}

impl Bind for &str {
    fn bind(self, sql: &mut Sql) {
        Some(self).bind(sql);
    }
}

impl Bind for &String {
    fn bind(self, sql: &mut Sql) {
        Some(self.as_str()).bind(sql);
    }
}

impl Bind for &Option<String> {
    fn bind(self, sql: &mut Sql) {
        self.as_deref().bind(sql);
    }
}

impl Bind for Option<&str> {
    fn bind(self, sql: &mut Sql) {
        sql.has_nul |= self.is_some_and(|text| text.contains('\0'));
        sql.values.push(Value::Text(self.map(str::to_owned)));
    }
}

impl Bind for i64 {
    fn bind(self, sql: &mut Sql) {
        Some(self).bind(sql);
    }
}

impl Bind for Option<i64> {
    fn bind(self, sql: &mut Sql) {
        sql.values.push(Value::Number(self));
    }
}

impl Bind for bool {
    fn bind(self, sql: &mut Sql) {
        sql.values.push(Value::Flag(self));
    }
}

/// A row of either database.
pub(super) enum Row<'r> {
    /// SQLite's.
    Sqlite(&'r rusqlite::Row<'r>),
    /// PostgreSQL's.
    Postgres(&'r PgRow),
}

impl Row<'_> {
    /// The value of the column, by name or position.
    fn get<T, I>(&self, column: I) -> Result<T>
    where
        T: rusqlite::types::FromSql + for<'d> sqlx::Decode<'d, Postgres> + sqlx::Type<Postgres>,
        I: rusqlite::RowIndex + sqlx::ColumnIndex<PgRow>,
    {
        match self {
            Self::Sqlite(row) => row.get(column).map_err(sort_sqlite),
            Self::Postgres(row) => row.try_get(column).map_err(sort),
        }
    }
}

/// A value that can be read from a column.
pub(super) trait Column: Sized {
    /// Reads the column called `name`.
    fn column(row: &Row<'_>, name: &str) -> Result<Self>;
}

impl Column for String {
    fn column(row: &Row<'_>, name: &str) -> Result<Self> {
        row.get(name)
    }
}

impl Column for Option<String> {
    fn column(row: &Row<'_>, name: &str) -> Result<Self> {
        row.get(name)
    }
}

impl Column for i64 {
    fn column(row: &Row<'_>, name: &str) -> Result<Self> {
        row.get(name)
    }
}

impl Column for Option<i64> {
    fn column(row: &Row<'_>, name: &str) -> Result<Self> {
        row.get(name)
    }
}

impl Column for bool {
    fn column(row: &Row<'_>, name: &str) -> Result<Self> {
        row.get::<i32, _>(name).map(|flag| flag != 0)
    }
}

/// A struct that is read from a row, field by field.
pub(super) trait Record: Sized + Send + 'static {
    /// Reads the row.
    fn read(row: &Row<'_>) -> Result<Self>;
}

/// A single number.
impl Record for i64 {
    fn read(row: &Row<'_>) -> Result<Self> {
        row.get(0)
    }
}

/// A single text.
impl Record for String {
    fn read(row: &Row<'_>) -> Result<Self> {
        row.get(0)
    }
}

/// Implements `Record` for a struct whose fields have the names of the columns.
macro_rules! record {
    ($record:ident { $($field:ident),* $(,)? }) => {
        impl $crate::sql::Record for $record {
            fn read(row: &$crate::sql::Row<'_>) -> $crate::Result<Self> {
                Ok(Self { $($field: $crate::sql::Column::column(row, stringify!($field))?),* })
            }
        }
    };
}

/// Defines an enum that is stored as text.
macro_rules! text_enum {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant),* }

        impl $name {
            /// The text that is stored.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl $crate::sql::Bind for $name {
            fn bind(self, sql: &mut $crate::sql::Sql) {
                self.as_str().bind(sql);
            }
        }

        impl $crate::sql::Column for $name {
            fn column(row: &$crate::sql::Row<'_>, name: &str) -> $crate::Result<Self> {
                match <String as $crate::sql::Column>::column(row, name)?.as_str() {
                    $($text => Ok(Self::$variant),)*
                    other => {
                        Err($crate::StoreError::Damaged(format!("{name}: unknown kind {other}").into()))
                    }
                }
            }
        }
    };
}

pub(super) use {record, text_enum};
