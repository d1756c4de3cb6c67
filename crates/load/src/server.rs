//! The tenant under load: a program of its own, on one core, with what Linux says of it.

use anyhow::{Context as _, Result};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The secret of the daemon in `tenant.toml`.
pub(crate) const SECRET: &str = "a-secret-of-the-load-program-1234567";

/// Ticks in which Linux counts processor time, a second.
const TICKS: f64 = 100.0;

/// The program; it is killed at the end.
pub(crate) struct Server {
    child: Child,
    /// Host and port.
    pub(crate) host: String,
    /// From starting to the first answer, in an empty folder.
    pub(crate) first_answer: Duration,
}

impl Server {
    /// Start `vestibule dev`, which takes users from a file, in `folder` and on the first core.
    pub(crate) fn start(program: &Path, folder: &Path) -> Result<Self> {
        let config = folder.join("vestibule.toml");
        std::fs::write(&config, include_str!("tenant.toml"))?;
        let began = Instant::now();
        let mut child = Command::new("taskset")
            .args(["-c", "0"])
            .arg(program)
            .args(["dev", "--json", "--port", "0", "--data"])
            .arg(folder.join("data"))
            .arg("--config")
            .arg(config)
            .env("VESTIBULE_LOAD_SECRET", SECRET)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("taskset cannot be started: it is in the package util-linux")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("its output")?).read_line(&mut line)?;
        let ready: serde_json::Value = serde_json::from_str(&line).context("the program did not start")?;
        let host = ready["tenant"].as_str().and_then(|url| url.strip_prefix("http://")).context("an address")?;
        let mut server = Self { child, host: host.to_owned(), first_answer: Duration::ZERO };
        crate::http::Connection::open(&server.host)?.send(crate::DISCOVERY, None)?;
        server.first_answer = began.elapsed();
        Ok(server)
    }

    /// Seconds of processor time so far.
    pub(crate) fn processor(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields = stat.rsplit_once(") ").context("fields")?.1;
        let ticks = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
        Ok(ticks.sum::<f64>() / TICKS)
    }

    /// Resident memory in MiB.
    pub(crate) fn resident(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
