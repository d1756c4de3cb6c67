//! The process under test, and its environment.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The public origin, behind a proxy that every request imitates.
pub(crate) const ORIGIN: &str = "https://login.contoso.test";
/// The redirect URI.
pub(crate) const CALLBACK: &str = "https://app.contoso.test/cb";
/// The application.
pub(crate) const CLIENT: &str = "3f2b8d6e-0c47-4a15-b9e8-61d7a2f05c94";
/// Its secret.
pub(crate) const SECRET: &str = "a-secret-of-more-than-32-characters-for-tests";

/// A configuration, a data folder and possibly a PostgreSQL database.
pub(crate) struct Ground {
    folder: TempDir,
    database: Option<String>,
    /// True if the test must drop the database.
    made: bool,
}

impl Ground {
    /// On SQLite.
    pub(crate) fn sqlite(smtp_port: u16) -> Self {
        Self::new(None, None, smtp_port)
    }

    /// On SQLite, in this folder.
    pub(crate) fn sqlite_in(data: &Path, smtp_port: u16) -> Self {
        Self::new(Some(data), None, smtp_port)
    }

    /// On a new PostgreSQL database; `None` if there is no server.
    pub(crate) fn postgres(name: &str, smtp_port: u16) -> Option<Self> {
        let Some(url) = std::env::var("VESTIBULE_TEST_POSTGRES").ok().filter(|url| !url.is_empty()) else {
            eprintln!("NOT RUN on PostgreSQL: VESTIBULE_TEST_POSTGRES names none");
            return None;
        };
        let name = format!("faults_{name}_{}", std::process::id());
        for sql in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
            let output = Command::new("psql").args([&url, "-qc", &sql]).output().expect("psql runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let (server, _) = url.rsplit_once('/').expect("a URL with a database");
        let mut ground = Self::postgres_at(format!("{server}/{name}"), smtp_port);
        ground.made = true;
        Some(ground)
    }

    /// On this existing, empty PostgreSQL database.
    pub(crate) fn postgres_at(url: String, smtp_port: u16) -> Self {
        Self::new(None, Some(url), smtp_port)
    }

    /// The data folder, unless it was moved.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn new(data: Option<&Path>, database: Option<String>, smtp_port: u16) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = data.map_or_else(|| folder.path().join("data"), Path::to_owned);
        let database_key = database.as_ref().map_or("", |_| "database_env = \"FAULTS_DATABASE\"\n");
        let text = format!(
            r#"
[server]
listen = "127.0.0.1:0"
data = {data:?}
trusted_proxies = ["127.0.0.1"]
log = "json"
{database_key}
[mail]
smtp = "smtp://127.0.0.1:{smtp_port}"
from = "Contoso <no-reply@contoso.test>"

[[origin]]
url = "{ORIGIN}"

[[tenant]]
name = "contoso"
code_lifetime_secs = 600

[[tenant.flow]]
name = "B2C_1_in"
type = "sign-up-sign-in"
attributes = [{{ name = "displayName", required = true }}]
claims = ["displayName", "emails", "objectId"]

[[tenant.application]]
name = "webapp"
client_id = "{CLIENT}"
redirect_uris.web = ["{CALLBACK}"]
secret_env = "FAULTS_SECRET"
"#
        );
        std::fs::write(folder.path().join("vestibule.toml"), text).expect("written");
        Self { folder, database, made: false }
    }

    /// Starts the program and waits until it is ready.
    pub(crate) fn start(&self) -> Server {
        self.start_by(Command::new(env!("CARGO_BIN_EXE_vestibule")))
    }

    /// Starts the program with a command that takes its arguments, and waits until it is ready.
    pub(crate) fn start_by(&self, command: Command) -> Server {
        self.until("ready", command)
    }

    /// Starts the program and waits until it listens; it may take long to be ready.
    pub(crate) fn begin(&self) -> Server {
        self.until("starting", Command::new(env!("CARGO_BIN_EXE_vestibule")))
    }

    /// Starts the program, and waits for this line in its log.
    fn until(&self, message: &'static str, mut command: Command) -> Server {
        let began = Instant::now();
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("VESTIBULE_")) {
            command.env_remove(name);
        }
        command.args(["serve", "--config"]).arg(self.folder.path().join("vestibule.toml"));
        command
            .env("VESTIBULE_MASTER_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
            .env("FAULTS_SECRET", SECRET);
        if let Some(database) = &self.database {
            command.env("FAULTS_DATABASE", database);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
        let log = Arc::new(Mutex::new(String::new()));
        let (sender, ready) = mpsc::channel();
        let out = child.stdout.take().expect("its output");
        let errors = child.stderr.take().expect("its errors");
        read_along(out, Arc::clone(&log), None);
        read_along(errors, Arc::clone(&log), Some((message, sender)));
        let Ok(port) = ready.recv_timeout(Duration::from_secs(120)) else {
            let _ = child.kill();
            panic!("it does not start: {}", log.lock().expect("the log"));
        };
        Server { child, port, log, took: began.elapsed() }
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let url = std::env::var("VESTIBULE_TEST_POSTGRES");
        if let (Some(database), Ok(url), true) = (&self.database, url, self.made) {
            let name = database.rsplit('/').next().unwrap_or_default();
            let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            let _ = Command::new("psql").args([&url, "-qc", &sql]).output();
        }
    }
}

fn read_along(
    from: impl std::io::Read + Send + 'static,
    log: Arc<Mutex<String>>,
    awaited: Option<(&'static str, mpsc::Sender<u16>)>,
) {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if let Some((message, sender)) = &awaited
                && let Ok(entry) = serde_json::from_str::<serde_json::Value>(&line)
                && entry["message"] == *message
                && let Some(port) = entry["port"].as_u64()
            {
                let _ = sender.send(u16::try_from(port).expect("a port"));
            }
            let mut log = log.lock().expect("the log");
            log.push_str(&line);
            log.push('\n');
        }
    });
}

/// The running program; killed when the test ends.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    log: Arc<Mutex<String>>,
    /// How long it took to be ready.
    pub(crate) took: Duration,
}

impl Server {
    /// A browser without cookies. Each number is a user with a separate address.
    pub(crate) fn browser(&self, number: u32) -> vestibule_testing::Browser {
        vestibule_testing::Browser::http(self.port, ORIGIN, number)
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The log so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().expect("the log").clone()
    }

    /// The log, once it contains this text.
    pub(crate) async fn until_log(&self, part: &str) -> String {
        for _ in 0..1200 {
            let log = self.log();
            if log.contains(part) {
                return log;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it never says {part:?}:\n{}", self.log());
    }

    /// SIGKILL. When this returns, nothing of the program runs any more.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// SIGTERM.
    pub(crate) fn tell_to_stop(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill runs").success());
    }

    /// Waits until it has ended. Returns true if it was successful.
    pub(crate) fn ended_well(&mut self) -> bool {
        self.child.wait().expect("it ends").success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
