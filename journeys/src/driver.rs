//! One chromedriver for the browsers of a story.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A running chromedriver; it and its browsers end with the test.
pub struct Driver {
    url: String,
    /// The folder of the browsers' profiles.
    folder: PathBuf,
    _process: Child,
}

impl Driver {
    /// Starts a chromedriver on a free port, for browsers with profiles in `folder`.
    ///
    /// # Panics
    /// If there is no chromedriver, or if it does not start: browser tests need one.
    pub async fn start(folder: &Path) -> Self {
        // It picks a port for IPv4, and ends if that port is in use for IPv6: then start it again.
        for _ in 0..5 {
            if let Some(driver) = Self::draw(folder).await {
                return driver;
            }
        }
        panic!("chromedriver ended without a port, five times");
    }

    async fn draw(folder: &Path) -> Option<Self> {
        let program = std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
        let mut process = Command::new(&program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{program} does not start ({error}); install chromium-driver"));
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        while let Some(line) = lines.next_line().await.expect("its output") {
            let port = line
                .rsplit_once("successfully on port ")
                .and_then(|(_, p)| p.trim_end_matches('.').parse::<u16>().ok());
            if let Some(port) = port {
                // Its later output is not used, but must not fill the pipe.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                let url = format!("http://127.0.0.1:{port}");
                return Some(Self { url, folder: folder.to_owned(), _process: process });
            }
        }
        None
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Driver {
    /// A killed chromedriver leaves its browsers running: a test that fails half-way does not close them.
    fn drop(&mut self) {
        let browsers = browsers_of(&self.folder);
        if !browsers.is_empty() {
            let _ = std::process::Command::new("kill").arg("-KILL").args(browsers).stderr(Stdio::null()).status();
        }
    }
}

/// Process ids of the browsers with a profile in `folder`; empty if there is no `/proc`.
fn browsers_of(folder: &Path) -> Vec<String> {
    let profile = format!("--user-data-dir={}/", folder.display());
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let named = processes.flatten().map(|process| process.file_name().to_string_lossy().into_owned());
    let ids = named.filter(|name| name.bytes().all(|b| b.is_ascii_digit()));
    ids.filter(|id| {
        let line = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        line.split(|b| *b == 0).any(|argument| argument.starts_with(profile.as_bytes()))
    })
    .collect()
}
