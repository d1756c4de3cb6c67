//! Measures a server with many tenants: its start time, its memory, and the cost of a change made by another node.

use crate::distance;
use crate::http::Connection;
use crate::report::{Form, table};
use crate::tenant::{DISCOVERY, Place, Program, SECRET, Tenant};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use vestibule_store::{Store, TenantHead};
use vestibule_tenant::clock::{Clock, Random};
use vestibule_tenant::config::{ApplyOptions, Config, OlderFile, apply};

/// The interval of requests while changes are measured; the server looks for changes when it receives requests.
const ASKED_EVERY: Duration = Duration::from_millis(50);
/// The interval between two changes, so that the server finds each one separately.
const CHANGED_EVERY: Duration = Duration::from_millis(1500);
/// A flow that each tenant has.
const FLOW: &str = "B2C_1_signin";

/// Options of the measurement.
#[derive(Clone, Debug, Args)]
pub(crate) struct TenantsArgs {
    /// Tenants, each with three user flows
    #[arg(long, value_name = "N", default_value_t = 500)]
    tenants: u32,
    /// Applications of each tenant
    #[arg(long, value_name = "N", default_value_t = 10)]
    applications: u32,
    /// Changes that are made one after another
    #[arg(long, value_name = "N", default_value_t = 10)]
    changes: u32,
    /// PostgreSQL, in place of SQLite
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// How much longer a round trip to PostgreSQL takes, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0, requires = "database_url")]
    delay_ms: u64,
    /// Another vestibule to measure, in place of the server in this program
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// How to write the result
    #[arg(long, value_name = "FORM", default_value = "text")]
    form: Form,
}

/// A result: its name, a number and the unit.
type Row = (&'static str, f64, &'static str);

/// Fills a store, starts a server on it, and measures.
pub(crate) async fn run(args: &TenantsArgs) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let mut place = Place { folder: folder.path().to_owned(), database_url: args.database_url.clone() };
    let (store, _) = place.open().await?;
    for number in 1..=args.tenants {
        register(&store, number, args.applications, false).await?;
    }
    if let Some(url) = args.database_url.as_ref().filter(|_| args.delay_ms > 0) {
        place.database_url = Some(distance::farther(url, Duration::from_millis(args.delay_ms)).await?);
    }
    let program = args.program.as_deref().map_or_else(Program::own, |path| Ok(Program::other(path)))?;
    // Use a separate thread, because the proxy needs this one.
    let server = tokio::task::spawn_blocking(move || Tenant::start(&program, &place)).await??;
    let mut rows = vec![
        ("start, to the first answer", server.first_answer.as_secs_f64() * 1000.0, "ms"),
        ("resident after the start", server.resident()?, "MiB"),
    ];
    let heads: Vec<TenantHead> =
        store.tenant_heads().await?.into_iter().filter(|head| head.name.starts_with("tenant-")).collect();
    rows.extend(first_uses(&server, &heads).await?);
    rows.extend(changes(&server, &store, &heads, args).await?);
    drop(server);
    store.close().await;
    Ok(write(&rows, args))
}

/// Requests the document of one flow of each tenant for the first time.
async fn first_uses(server: &Tenant, heads: &[TenantHead]) -> Result<Vec<Row>> {
    let (mut connection, mut times) = (server.connect()?, Vec::new());
    for head in heads {
        let began = Instant::now();
        let path = format!("/{}/{FLOW}/{DISCOVERY}", head.name);
        let asked = tokio::task::spawn_blocking(move || connection.send(&path, None, "").map(|a| (connection, a)));
        let (back, answer) = asked.await??;
        answer.good()?;
        connection = back;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    Ok(vec![
        ("first use of a tenant, median", times.get(times.len() / 2).copied().unwrap_or_default(), "ms"),
        ("first use of a tenant, longest", times.last().copied().unwrap_or_default(), "ms"),
        ("resident after each was used", server.resident()?, "MiB"),
    ])
}

/// Makes changes as another node would, and observes the server.
async fn changes(server: &Tenant, store: &Store, heads: &[TenantHead], args: &TenantsArgs) -> Result<Vec<Row>> {
    let mut watch = Watch { connection: Some(server.connect()?), head: heads.first().context("a tenant")?.clone() };
    watch.is_strict().await?;
    let before = server.processor()?;
    for _ in 0..args.changes {
        watch.wait_for(None).await?;
    }
    let between = server.processor()?;
    let mut longest = Duration::ZERO;
    for change in 0..args.changes {
        let strict = change % 2 == 0;
        register(store, number(&watch.head)?, args.applications, strict).await?;
        longest = longest.max(watch.wait_for(Some(strict)).await?);
    }
    let idle = between - before;
    let each = (server.processor()? - between - idle) / f64::from(args.changes.max(1));
    Ok(vec![
        ("processor time of a change", each.max(0.0) * 1000.0, "ms"),
        ("until a change is seen, longest", longest.as_secs_f64() * 1000.0, "ms"),
        ("resident at the end", server.resident()?, "MiB"),
    ])
}

/// Reads a document that shows if a tenant has an application with `openid = "strict"`.
struct Watch {
    connection: Option<Connection>,
    head: TenantHead,
}

impl Watch {
    async fn is_strict(&mut self) -> Result<bool> {
        let path = format!("/oidc/{}/{FLOW}/{DISCOVERY}", self.head.id);
        let mut connection = self.connection.take().context("a connection")?;
        let asked = tokio::task::spawn_blocking(move || connection.send(&path, None, "").map(|a| (connection, a)));
        let (connection, answer) = asked.await??;
        self.connection = Some(connection);
        Ok(answer.status != 404 && answer.good()?.contains("userinfo_endpoint"))
    }

    /// Repeats the request until it is time for the next change. Returns how long it took until the document was as
    /// expected.
    async fn wait_for(&mut self, expected: Option<bool>) -> Result<Duration> {
        let (began, mut seen) = (Instant::now(), None);
        while began.elapsed() < CHANGED_EVERY {
            let strict = self.is_strict().await?;
            if seen.is_none() && expected.is_none_or(|expected| expected == strict) {
                seen = Some(began.elapsed());
            }
            tokio::time::sleep(ASKED_EVERY).await;
        }
        match seen {
            Some(seen) => Ok(seen),
            None => bail!("a change was not seen after {CHANGED_EVERY:?}"),
        }
    }
}

fn number(head: &TenantHead) -> Result<u32> {
    Ok(head.name.trim_start_matches("tenant-").parse()?)
}

/// Registers a tenant, or changes it: the first of its applications is strict or not.
async fn register(store: &Store, number: u32, applications: u32, strict: bool) -> Result<()> {
    let env = |name: &str| (name == "LOAD_SECRET").then(|| SECRET.to_owned());
    let options = ApplyOptions { older: OlderFile::Apply, ..ApplyOptions::new(&env) };
    let config = Config::parse("tenants.toml", &text(number, applications, strict))?;
    apply(&config, store, &Random::system(), Clock::system().now(), &options).await?;
    Ok(())
}

fn text(number: u32, applications: u32, strict: bool) -> String {
    let mut text = format!("[[tenant]]\nname = \"tenant-{number}\"\n");
    let names = "attributes = [{ name = \"displayName\" }]\n";
    let flows = [
        (FLOW, "sign-up-sign-in", names),
        ("B2C_1_edit", "profile-editing", names),
        ("B2C_1_reset", "password-reset", ""),
    ];
    for (flow, kind, attributes) in flows {
        text += &format!("[[tenant.flow]]\nname = \"{flow}\"\ntype = \"{kind}\"\n{attributes}");
        text += "claims = [\"displayName\", \"objectId\"]\n";
    }
    for application in 1..=applications {
        let openid = if strict && application == 1 { "strict" } else { "b2c" };
        text += &format!(
            "[[tenant.application]]\nname = \"app-{application}\"\nclient_id = \
             \"{number:08x}-0000-4000-8000-{application:012x}\"\nopenid = \"{openid}\"\n\
             redirect_uris.web = [\"https://app{application}.tenant{number}.test/callback\"]\n\
             secret_env = \"LOAD_SECRET\"\n"
        );
    }
    text
}

fn write(rows: &[Row], args: &TenantsArgs) -> String {
    if args.form == Form::Json {
        let rows: Vec<_> =
            rows.iter().map(|(name, value, unit)| json!({ "name": name, "value": value, "unit": unit })).collect();
        return json!({ "tenants": args.tenants, "rows": rows }).to_string();
    }
    let cells: Vec<_> =
        rows.iter().map(|(name, value, unit)| [(*name).to_owned(), format!("{value:.1} {unit}")]).collect();
    table(args.form, ["", "measured"], &cells)
}
