//! Where a story is told: a fresh SQLite folder or PostgreSQL schema, and the records that stories begin with.

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use vestibule_store::*;

/// 1 January 2026.
pub(crate) const NOW: i64 = 1_767_225_600_000;
pub(crate) const SECOND: i64 = 1000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

pub(crate) const TENANT: &str = "8c6c1d7e-0000-4000-8000-000000000001";
pub(crate) const OTHER: &str = "8c6c1d7e-0000-4000-8000-000000000002";
pub(crate) const APP: &str = "11111111-0000-4000-8000-000000000001";
pub(crate) const ALICE: &str = "aaaaaaaa-0000-4000-8000-000000000001";

/// A story that runs on both databases: two tests.
macro_rules! story {
    ($(#[$doc:meta])* async fn $name:ident($ground:ident: &Ground) $body:block) => {
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn on_sqlite() {
                let ground = crate::ground::Ground::sqlite(stringify!($name)).await;
                super::$name(&ground).await;
                ground.end().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn on_postgres() {
                let Some(ground) = crate::ground::Ground::postgres().await else { return };
                super::$name(&ground).await;
                ground.end().await;
            }
        }

        $(#[$doc])*
        async fn $name($ground: &crate::ground::Ground) $body
    };
}

/// An empty store and what to clear away after it.
pub(crate) struct Ground {
    pub(crate) store: Store,
    options: StoreOptions,
    rest: Rest,
}

enum Rest {
    Folder(PathBuf),
    Schema(Schema),
}

/// A PostgreSQL schema of the story's own.
pub(crate) struct Schema {
    server: String,
    name: String,
}

impl Schema {
    /// Empty. None where no server is named; an error where the build machine forgot to.
    pub(crate) async fn new() -> Option<Self> {
        let Ok(server) = std::env::var("VESTIBULE_TEST_POSTGRES") else {
            let ci = std::env::var("CI").is_ok_and(|value| value == "true");
            assert!(!ci, "set VESTIBULE_TEST_POSTGRES to a postgres:// address: the store is promised on PostgreSQL");
            return None;
        };
        let name = format!("story_{}_{}", std::process::id(), next());
        run_on(&server, format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}")).await;
        Some(Self { server, name })
    }

    pub(crate) fn options(&self) -> StoreOptions {
        let mark = if self.server.contains('?') { '&' } else { '?' };
        let own = format!("options[search_path]={0}&application_name={0}", self.name);
        StoreOptions::new(format!("{}{mark}{own}", self.server))
    }

    /// The address of the server, and what follows it: host and port stand between them.
    pub(crate) fn url_with(&self, hosts: impl FnOnce(&str) -> String) -> String {
        let url = self.options().url;
        let (start, rest) = url.split_at(url.find('@').expect("a user") + 1);
        let (host, rest) = rest.split_at(rest.find('/').expect("a database"));
        format!("{start}{}{rest}", hosts(host))
    }

    /// Keep a table of the story from everybody else until this is dropped.
    pub(crate) async fn lock(&self, table: &str) -> PgConnection {
        let mut conn = PgConnection::connect(&self.server).await.expect("the server");
        let lock = format!("BEGIN; LOCK TABLE {}.{table} IN ACCESS EXCLUSIVE MODE", self.name);
        conn.execute(sqlx::raw_sql(AssertSqlSafe(lock))).await.expect("a lock");
        conn
    }

    /// How many connections the story has.
    pub(crate) async fn connections(&self) -> i64 {
        let mut conn = PgConnection::connect(&self.server).await.expect("the server");
        let count = sqlx::query_scalar("SELECT count(*) FROM pg_stat_activity WHERE application_name = $1");
        let count = count.bind(&self.name).fetch_one(&mut conn).await.expect("a number");
        conn.close().await.expect("closed");
        count
    }

    /// New connections may not write, or may again, as on a standby; those that are there are cut.
    pub(crate) async fn take_writes(&self, on: &str, role: &str) {
        let cut = format!(
            "ALTER ROLE {role} SET default_transaction_read_only = {on};
             SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'"
        );
        run_on(&self.server, cut).await;
    }

    /// A role of the story's own, which owns its schema; its name.
    pub(crate) async fn role(&self) -> String {
        let role = format!("{}_role", self.name);
        run_on(
            &self.server,
            format!("DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN; ALTER SCHEMA {} OWNER TO {role}", self.name),
        )
        .await;
        role
    }

    /// The options for another role.
    pub(crate) fn options_as(&self, role: &str) -> StoreOptions {
        let url = self.options().url;
        let (scheme, rest) = url.split_once("://").expect("a scheme");
        let (_, rest) = rest.split_once('@').expect("a user");
        StoreOptions::new(format!("{scheme}://{role}@{rest}"))
    }

    /// The role is no more, and what it owned.
    pub(crate) async fn drop_role(&self, role: &str) {
        run_on(&self.server, format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}; CREATE SCHEMA {}", self.name))
            .await;
    }

    /// How many of the story's connections wait inside a transaction.
    pub(crate) async fn in_transactions(&self) -> i64 {
        let mut conn = PgConnection::connect(&self.server).await.expect("the server");
        let count = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state LIKE 'idle in transaction%'",
        );
        let count = count.bind(&self.name).fetch_one(&mut conn).await.expect("a number");
        conn.close().await.expect("closed");
        count
    }

    pub(crate) async fn end(self) {
        run_on(&self.server, format!("DROP SCHEMA {} CASCADE", self.name)).await;
    }
}

/// A number that no other story of this run has.
fn next() -> u32 {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed)
}

/// An empty folder for `name`.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("vestibule-store-{}-{}-{name}", std::process::id(), next()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Options for a file.
pub(crate) fn file(path: &Path) -> StoreOptions {
    StoreOptions::new(format!("sqlite:{}", path.display()))
}

async fn run_on(server: &str, statement: String) {
    let mut conn = PgConnection::connect(server).await.expect("the server that VESTIBULE_TEST_POSTGRES names");
    conn.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await.expect("the right to make schemas");
    conn.close().await.expect("closed");
}

impl Ground {
    pub(crate) async fn sqlite(name: &str) -> Self {
        let folder = folder(name);
        Self::open(file(&folder.join("vestibule.db")), Rest::Folder(folder)).await
    }

    pub(crate) async fn postgres() -> Option<Self> {
        let schema = Schema::new().await?;
        Some(Self::open(schema.options(), Rest::Schema(schema)).await)
    }

    async fn open(options: StoreOptions, rest: Rest) -> Self {
        let store = Store::open(&options).await.expect("an empty store opens");
        Self { store, options, rest }
    }

    /// A second node, or the same one after a restart.
    pub(crate) async fn another(&self) -> Store {
        Store::open(&self.options).await.expect("it opens again")
    }

    /// A store of the same place with other options.
    pub(crate) async fn another_with(&self, change: impl FnOnce(&mut StoreOptions)) -> Result<Store> {
        let mut options = self.options.clone();
        change(&mut options);
        Store::open(&options).await
    }

    /// Run a statement behind the store's back.
    pub(crate) async fn meddle(&self, statement: &str) {
        match &self.rest {
            Rest::Folder(folder) => {
                let conn = rusqlite::Connection::open(folder.join("vestibule.db")).expect("the store's file");
                conn.execute_batch(statement).expect("a statement");
            }
            Rest::Schema(_) => run_on(&self.options.url, statement.to_owned()).await,
        }
    }

    pub(crate) async fn end(self) {
        self.store.close().await;
        match self.rest {
            Rest::Folder(folder) => drop(std::fs::remove_dir_all(folder)),
            Rest::Schema(schema) => schema.end().await,
        }
    }
}

/// A change of one row, on its own.
pub(crate) trait OneRow {
    /// Create the row or change it. Returns whether that changed anything.
    async fn put(&self, row: Put) -> Result<bool>;
    /// Delete the row of [`TENANT`]. Returns whether it existed.
    async fn delete(&self, row: Delete) -> Result<bool>;
    /// End the signing key of [`TENANT`]. Returns whether that changed anything.
    async fn retire(&self, kid: &str, retire_at: i64) -> Result<bool>;
}

impl OneRow for Store {
    async fn put(&self, row: Put) -> Result<bool> {
        let tenant = if let Put::Tenant(tenant) = &row { tenant.id.clone() } else { TENANT.to_owned() };
        is_changed_by(self, &ChangeSet::new(&tenant).put(row)).await
    }

    async fn delete(&self, row: Delete) -> Result<bool> {
        is_changed_by(self, &ChangeSet::new(TENANT).delete(row)).await
    }

    async fn retire(&self, kid: &str, retire_at: i64) -> Result<bool> {
        let end = Retirement { kid: kid.to_owned(), retire_at };
        is_changed_by(self, &ChangeSet { retire: vec![end], ..ChangeSet::new(TENANT) }).await
    }
}

async fn is_changed_by(store: &Store, set: &ChangeSet) -> Result<bool> {
    Ok(matches!(store.commit(set).await?, Committed::Done { .. }))
}

/// Parts of a sign-in.
pub(crate) trait SignIn {
    async fn session_put(&self, session: &SessionRecord) -> Result<()>;
    async fn code_create(&self, grant: &GrantRecord, code: &CodeRecord, entries: &[AuditRecord]) -> Result<()>;
}

impl SignIn for Store {
    async fn session_put(&self, session: &SessionRecord) -> Result<()> {
        self.sign_in(Some(SessionChange::Begin { session: session.clone(), instead_of: None }), None, &[]).await
    }

    async fn code_create(&self, grant: &GrantRecord, code: &CodeRecord, entries: &[AuditRecord]) -> Result<()> {
        self.sign_in(None, Some((grant.clone(), code.clone())), entries).await
    }
}

pub(crate) fn user(object_id: &str) -> UserRecord {
    UserRecord {
        tenant: TENANT.into(),
        object_id: object_id.into(),
        body: r#"{"displayName":"Alice"}"#.into(),
        password_hash: Some("$argon2id$1".into()),
        force_change: false,
        enabled: true,
        valid_from: NOW,
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    }
}

pub(crate) fn email(object_id: &str, address: &str) -> IdentityRecord {
    IdentityRecord {
        tenant: TENANT.into(),
        issuer: String::new(),
        kind: IdentityKind::EmailAddress,
        value_key: address.to_lowercase(),
        value: address.into(),
        object_id: object_id.into(),
    }
}

pub(crate) fn application() -> ApplicationRecord {
    ApplicationRecord {
        tenant: TENANT.into(),
        client_id: APP.into(),
        name: "webapp".into(),
        body: "{}".into(),
        updated_at: NOW,
    }
}

pub(crate) fn session(id_hash: &str) -> SessionRecord {
    SessionRecord {
        id_hash: id_hash.into(),
        tenant: TENANT.into(),
        scope_key: "tenant".into(),
        object_id: Some(ALICE.into()),
        body: r#"{"apps":[]}"#.into(),
        auth_time: NOW,
        created_at: NOW,
        used_at: NOW,
        expires_at: NOW + DAY,
        persistent: false,
        version: 1,
    }
}

pub(crate) fn grant(id: &str) -> GrantRecord {
    GrantRecord {
        id: id.into(),
        tenant: TENANT.into(),
        client_id: APP.into(),
        object_id: ALICE.into(),
        policy: "B2C_1_signupsignin1".into(),
        body: "{}".into(),
        created_at: NOW,
        revoked_at: None,
    }
}

pub(crate) fn code(hash: &str, grant_id: &str) -> CodeRecord {
    CodeRecord {
        hash: hash.into(),
        tenant: TENANT.into(),
        grant_id: grant_id.into(),
        body: r#"{"redirect_uri":"http://localhost:5000/getAToken"}"#.into(),
        expires_at: NOW + MINUTE,
        used_at: None,
    }
}

/// The exchange of a refresh token for `new`.
pub(crate) fn rotation(old_hash: &str, new: &RefreshRecord, now: i64) -> Rotation {
    let text = str::to_owned;
    let (tenant, old_hash, successor) = (text(TENANT), text(old_hash), text("sealed"));
    Rotation { tenant, old_hash, new: new.clone(), successor, now }
}

pub(crate) fn refresh(hash: &str, grant_id: &str) -> RefreshRecord {
    RefreshRecord {
        hash: hash.into(),
        tenant: TENANT.into(),
        grant_id: grant_id.into(),
        issued_at: NOW,
        expires_at: NOW + 14 * DAY,
        used_at: None,
    }
}

/// One of the `limit` that `key` has in an hour.
pub(crate) fn spending(key: &str, limit: i64) -> Spending {
    Spending { tenant: TENANT.into(), key: key.into(), window_ms: HOUR, limit }
}

pub(crate) fn mail(id: &str) -> MailRecord {
    MailRecord {
        id: id.into(),
        tenant: TENANT.into(),
        recipient: "alice@example.com".into(),
        sealed: Some("sealed".into()),
        subject: String::new(),
        text: String::new(),
        html: String::new(),
        code: None,
        created_at: NOW,
        sent_at: None,
        attempts: 0,
        next_attempt_at: Some(NOW),
        error: None,
        dedupe: id.into(),
    }
}

pub(crate) fn event(id: &str) -> AuditRecord {
    AuditRecord {
        id: id.into(),
        tenant: TENANT.into(),
        at: NOW,
        event: "user.signIn".into(),
        outcome: "success".into(),
        client_id: Some(APP.into()),
        object_id: Some(ALICE.into()),
        correlation_id: None,
        detail: "{}".into(),
        actor: None,
        count: 1,
    }
}

/// The ids of the tenant's audit entries, newest first.
pub(crate) async fn events(store: &Store) -> Vec<String> {
    store.list_audit(TENANT, None, None, 100).await.expect("listed").into_iter().map(|entry| entry.id).collect()
}
