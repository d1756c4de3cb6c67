//! The tenant under load: a production server in a process of its own on the first core, with its resource use as
//! reported by Linux.

use crate::http::Connection;
use anyhow::{Context as _, Result, bail};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use vestibule_store::{Store, StoreOptions};
use vestibule_tenant::config::{ApplyOptions, Config, apply};
use vestibule_tenant::registry::Registry;

/// The configuration of `tenant.toml`.
const CONFIG: &str = include_str!("tenant.toml");
/// The tenant's public host.
pub(crate) const HOST: &str = "login.contoso.test";
/// The redirect URI for codes.
pub(crate) const CALLBACK: &str = "https://app.contoso.test/callback";
/// A web application.
pub(crate) const WEBAPP: &str = "3f2b8d6e-0c47-4a15-b9e8-61d7a2f05c94";
/// An application that may use the password grant.
pub(crate) const PHONE: &str = "0d9f6a31-2b7c-4e8d-9f10-a1b2c3d4e5f6";
/// A daemon application without users.
pub(crate) const DAEMON: &str = "5be7d310-a6f4-4c82-93d9-08f41c6e2b7a";
/// The secret of the applications that have one.
pub(crate) const SECRET: &str = "a-secret-of-the-load-program-1234567";

/// The number of ticks per second in which Linux counts processor time.
const TICKS: f64 = 100.0;

/// The path of an endpoint of a flow.
pub(crate) fn path(flow: &str, endpoint: &str) -> String {
    format!("/contoso.onmicrosoft.com/{flow}/{endpoint}")
}

/// Where a tenant stores its data.
pub(crate) struct Place {
    /// The data folder; also holds the configuration.
    pub(crate) folder: PathBuf,
    /// The PostgreSQL database to use instead of SQLite in the folder.
    pub(crate) database_url: Option<String>,
}

impl Place {
    /// Opens the store with the configuration applied, and returns it with the tenant's id.
    pub(crate) async fn open(&self) -> Result<(Store, String)> {
        std::fs::create_dir_all(&self.folder)?;
        let url = self.database_url.clone().unwrap_or_else(|| vestibule_cli::data::store_url(&self.folder));
        let store = Store::open(&StoreOptions::new(url)).await?;
        let env = |name: &str| (name == "LOAD_SECRET").then(|| SECRET.to_owned());
        let options = ApplyOptions::new(&env);
        let (random, clock) = (vestibule_tenant::clock::Random::system(), vestibule_tenant::clock::Clock::system());
        apply(&Config::parse("tenant.toml", CONFIG)?, &store, &random, clock.now(), &options).await?;
        let registry = Registry::load(store.clone()).await?;
        let tenant = registry.tenant("contoso").await?.context("a tenant")?.id.clone();
        Ok((store, tenant))
    }
}

/// The command line of a server.
pub(crate) struct Program {
    command: PathBuf,
    args: Vec<String>,
}

impl Program {
    /// `serve` of this program, which is the same as that of `vestibule`.
    pub(crate) fn own() -> Result<Self> {
        Ok(Self { command: std::env::current_exe()?, args: vec!["serve".to_owned()] })
    }

    /// The same, with cheap password hashes.
    pub(crate) fn own_without_hashes() -> Result<Self> {
        let mut own = Self::own()?;
        own.args.push("--cheap-hashes".to_owned());
        Ok(own)
    }

    /// `serve` of another `vestibule` program.
    pub(crate) fn other(path: &Path) -> Self {
        Self { command: path.to_owned(), args: vec!["serve".to_owned()] }
    }
}

/// The running server; it is killed on drop.
pub(crate) struct Tenant {
    child: Child,
    port: u16,
    /// The time from the start to the first answer.
    pub(crate) first_answer: Duration,
}

impl Tenant {
    /// Starts the program on the first core.
    pub(crate) fn start(program: &Program, place: &Place) -> Result<Self> {
        std::fs::create_dir_all(&place.folder)?;
        let config = place.folder.join("vestibule.toml");
        std::fs::write(&config, CONFIG)?;
        let began = Instant::now();
        let mut command = on_first_core(&program.command);
        command.args(&program.args).arg("--config").arg(config).arg("--data").arg(&place.folder);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("VESTIBULE_")) {
            command.env_remove(name);
        }
        command.env("VESTIBULE_MASTER_KEY", "00".repeat(32)).env("LOAD_SECRET", SECRET);
        if let Some(url) = &place.database_url {
            command.env("VESTIBULE_DATABASE_URL", url);
        }
        let mut tenant = Self::run(command)?;
        tenant.discovery()?;
        tenant.first_answer = began.elapsed();
        Ok(tenant)
    }

    /// Starts a program that only answers, with this number of bytes, instead of a tenant.
    pub(crate) fn bare(bytes: usize) -> Result<Self> {
        let mut command = on_first_core(&std::env::current_exe()?);
        command.arg("bare").arg(bytes.to_string());
        Self::run(command)
    }

    fn run(mut command: Command) -> Result<Self> {
        let child = command.stderr(Stdio::piped()).spawn();
        let mut child = child.context("taskset cannot be started: it is in the package util-linux")?;
        let log = child.stderr.take().context("its log")?;
        let mut tenant = Self { child, port: 0, first_answer: Duration::ZERO };
        tenant.port = ready(BufReader::new(log))?;
        Ok(tenant)
    }

    /// The discovery document of the flow.
    pub(crate) fn discovery(&self) -> Result<String> {
        self.connect()?.send(&path(crate::browser::FLOW, DISCOVERY), None, "")?.good()
    }

    /// Opens a connection.
    pub(crate) fn connect(&self) -> Result<Connection> {
        Connection::open(self.port)
    }

    /// The processor time so far, in seconds.
    pub(crate) fn processor(&self) -> Result<f64> {
        processor(&self.child.id().to_string())
    }

    /// Resident memory in MiB.
    pub(crate) fn resident(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command that runs the program on the first core.
fn on_first_core(program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]).arg(program);
    command
}

/// The path of a flow's discovery document.
pub(crate) const DISCOVERY: &str = "v2.0/.well-known/openid-configuration";

/// The processor time of a process in seconds.
pub(crate) fn processor(process: &str) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let fields = stat.rsplit_once(") ").context("fields")?.1;
    let ticks = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    Ok(ticks.sum::<f64>() / TICKS)
}

/// Reads the port from the log; the rest of the log is read and discarded.
fn ready(mut log: impl std::io::BufRead + Send + 'static) -> Result<u16> {
    let mut line = String::new();
    while log.read_line(&mut line)? > 0 {
        let entry: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        if entry["message"] == "ready" {
            let port = entry["port"].as_u64().and_then(|port| u16::try_from(port).ok());
            std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
            return port.context("a port");
        }
        line.clear();
    }
    bail!("the program did not start")
}
