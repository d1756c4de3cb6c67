//! Compares the speed of a store with a million users and ten million refresh tokens with that of an empty one.

use crate::browser::Browser;
use crate::measure::{Measured, measure};
use crate::people::Cost;
use crate::report::{Form, table};
use crate::seed::{self, Amount};
use crate::speed::{Newcomers, STRIDE, Turn, sign_ins};
use crate::tenant::{Place, Program, Tenant};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::json;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The contents of an "empty" store: enough users to sign in.
const EMPTY: Amount = Amount { users: 256, refresh_tokens: 4000 };
/// The costs of users' password hashes, in turn: half of the users have a real hash, half a cheap one.
const COSTS: [Cost; 2] = [Cost::Whole, Cost::Cheap];
/// The number of connections.
const CONNECTIONS: u64 = 4;
/// An upper bound for the sign-ins on one connection in one turn.
const MOST_SIGN_INS: u64 = 5000;
/// The maximum number of refresh tokens of a store that are exchanged; each exchange is the first of its family.
const MOST_TOKENS: u64 = 200_000;

/// `scale`
#[derive(Debug, Args)]
pub(crate) struct ScaleArgs {
    #[command(flatten)]
    amount: Amount,
    /// PostgreSQL, in which databases are made and dropped by psql; else SQLite
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Folder for a while; a few gigabytes
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// How often to measure the one store and then the other
    #[arg(long, default_value_t = 10)]
    rounds: u32,
    /// Seconds of each
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Fail if a 99th percentile is so many times that of the empty store
    #[arg(long, value_name = "TIMES")]
    limit: Option<f64>,
    /// How to write the result
    #[arg(long, value_name = "FORM", default_value = "text")]
    form: Form,
}

/// Runs the measurement and returns the report.
pub(crate) async fn run(args: &ScaleArgs) -> Result<String> {
    let folder = match &args.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let mut sides = Vec::new();
    for (name, amount) in [("empty", EMPTY), ("full", args.amount)] {
        let database = args.database_url.as_deref().map(|url| Database::new(url, name)).transpose()?;
        let database_url = database.as_ref().map(|database| database.url.clone());
        let place = Place { folder: folder.path().join(name), database_url };
        seed::fill(&place, amount, &COSTS).await?;
        sides.push(Side {
            place,
            amount,
            tokens: Mutex::new(tokens(amount)),
            newcomers: Newcomers::default(),
            turns: AtomicU64::new(0),
            _database: database,
        });
    }
    let sides: [Side; 2] = sides.try_into().ok().context("two")?;
    let length = Duration::try_from_secs_f64(args.seconds)?;
    let mut starts = [0.0; 2];
    let mut rows = Vec::new();
    {
        let tenants = start(&Program::own()?, &sides, &mut starts)?;
        rows.push(compare("sign-in", args.rounds, &sides, &tenants, |side, tenant| {
            sign_ins(tenant, &side.newcomers, length, CONNECTIONS, |number| side.turn(number, 0))
        })?);
    }
    let tenants = start(&Program::own_without_hashes()?, &sides, &mut starts)?;
    rows.push(compare("sign-in without its hash", args.rounds, &sides, &tenants, |side, tenant| {
        sign_ins(tenant, &side.newcomers, length, CONNECTIONS, |number| side.turn(number, 1))
    })?);
    rows.push(compare("refresh", args.rounds, &sides, &tenants, |side, tenant| side.refreshes(tenant, length))?);
    let said = write(&rows, starts, args);
    if let Some(limit) = args.limit
        && let Some(slow) = rows.iter().find(|row| row.ratio(99) > limit)
    {
        bail!("{said}\n{}: {:.2} times the empty store's, where {limit} is allowed", slow.name, slow.ratio(99));
    }
    Ok(said)
}

/// A store, empty or full.
struct Side {
    place: Place,
    amount: Amount,
    /// Unused refresh tokens.
    tokens: Mutex<VecDeque<String>>,
    newcomers: Newcomers,
    /// The number of turns that have begun.
    turns: AtomicU64,
    _database: Option<Database>,
}

impl Side {
    /// All users whose password hash has this cost, divided among the connections; each turn starts with different
    /// users.
    fn turn(&self, connection: u64, cost: u64) -> Turn {
        let costs = COSTS.len() as u64;
        let round = self.turns.fetch_add(1, Ordering::Relaxed) / CONNECTIONS;
        Turn::new(connection * costs + cost, self.amount.users / (CONNECTIONS * costs), CONNECTIONS * costs)
            .after(round * MOST_SIGN_INS)
    }

    /// Exchanges refresh tokens of one family after another; new tokens are exchanged last.
    fn refreshes(&self, tenant: &Tenant, length: Duration) -> Result<Measured> {
        let tokens = || self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        measure(
            tenant,
            length,
            CONNECTIONS,
            |_| (),
            |browser: &mut Browser, ()| {
                let old = tokens().pop_front().context("no refresh tokens are left")?;
                let new = browser.refresh(&old)?;
                tokens().push_back(new);
                Ok(())
            },
        )
    }
}

/// Unused refresh tokens of families that are far apart in the store.
fn tokens(amount: Amount) -> VecDeque<String> {
    let families = seed::families(amount.refresh_tokens);
    (0..families.min(MOST_TOKENS)).filter_map(|number| seed::unused(number * STRIDE % families)).collect()
}

fn start(program: &Program, sides: &[Side; 2], starts: &mut [f64; 2]) -> Result<[Tenant; 2]> {
    let [empty, full] = sides;
    let tenants = [Tenant::start(program, &empty.place)?, Tenant::start(program, &full.place)?];
    for (start, tenant) in starts.iter_mut().zip(&tenants) {
        *start = tenant.first_answer.as_secs_f64();
    }
    Ok(tenants)
}

/// The results of both stores.
struct Row {
    name: &'static str,
    empty: Measured,
    full: Measured,
}

impl Row {
    fn ratio(&self, percent: usize) -> f64 {
        self.full.within(percent) / self.empty.within(percent)
    }
}

/// Measures both alternately, so that other load on the machine affects both.
fn compare(
    name: &'static str,
    rounds: u32,
    sides: &[Side; 2],
    tenants: &[Tenant; 2],
    ask: impl Fn(&Side, &Tenant) -> Result<Measured>,
) -> Result<Row> {
    let mut measured = [Measured::default(), Measured::default()];
    for round in 0..rounds as usize {
        for which in [round % 2, (round + 1) % 2] {
            let more = ask(&sides[which], &tenants[which])?;
            measured[which].add(more);
        }
    }
    let [empty, full] = measured;
    Ok(Row { name, empty, full })
}

fn write(rows: &[Row], starts: [f64; 2], args: &ScaleArgs) -> String {
    if args.form == Form::Json {
        let row = |row: &Row| {
            let times = |m: &Measured| json!({ "count": m.count(), "p50_ms": m.within(50), "p99_ms": m.within(99) });
            json!({ "name": row.name, "empty": times(&row.empty), "full": times(&row.full), "p99_ratio": row.ratio(99) })
        };
        let rows: Vec<_> = rows.iter().map(row).collect();
        return json!({ "rows": rows, "start_seconds": starts }).to_string();
    }
    let head = ["", "empty: p50 ms", "p99 ms", "full: p50 ms", "p99 ms", "p50 ratio", "p99 ratio"];
    let cells = |row: &Row| {
        let [a, b, c, d] = [row.empty.within(50), row.empty.within(99), row.full.within(50), row.full.within(99)];
        let ratio = |percent| format!("{:.2}", row.ratio(percent));
        let ms = |time: f64| format!("{time:.2}");
        [row.name.to_owned(), ms(a), ms(b), ms(c), ms(d), ratio(50), ratio(99)]
    };
    let cells: Vec<_> = rows.iter().map(cells).collect();
    let database = if args.database_url.is_some() { "PostgreSQL" } else { "SQLite" };
    let [empty, full] = starts;
    format!(
        "{database}, {} users and {} refresh tokens beside {} and {}:\n\n{}\n\nFirst answer after {empty:.1} s and \
         {full:.1} s.",
        args.amount.users,
        args.amount.refresh_tokens,
        EMPTY.users,
        EMPTY.refresh_tokens,
        table(args.form, head, &cells),
    )
}

/// A PostgreSQL database that is dropped at the end.
struct Database {
    server: String,
    name: String,
    url: String,
}

impl Database {
    fn new(server: &str, name: &str) -> Result<Self> {
        let name = format!("load_{name}_{}", std::process::id());
        let (before, _) = server.rsplit_once('/').context("a URL that ends with a database")?;
        psql(server, &format!("CREATE DATABASE {name}"))?;
        Ok(Self { server: server.to_owned(), url: format!("{before}/{name}"), name })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = psql(&self.server, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

fn psql(server: &str, statement: &str) -> Result<()> {
    let output = Command::new("psql").args([server, "-qc", statement]).output();
    let output = output.context("psql cannot be started: it is in the package postgresql-client")?;
    if !output.status.success() {
        bail!("{statement}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
