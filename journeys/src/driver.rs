//! One chromedriver for the browsers of a story.

use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A running chromedriver; it ends with the story.
pub struct Driver {
    url: String,
    _process: Child,
}

impl Driver {
    /// Start one on a free port.
    ///
    /// # Panics
    /// When there is no chromedriver, or it does not start: stories in a browser need one.
    pub async fn start() -> Self {
        // It draws a port for IPv4 and ends if that one is taken for IPv6: then it draws again.
        for _ in 0..5 {
            if let Some(driver) = Self::draw().await {
                return driver;
            }
        }
        panic!("chromedriver ended without a port, five times");
    }

    async fn draw() -> Option<Self> {
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
                // What it says later is nobody's business, but must not fill the pipe.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Some(Self { url: format!("http://127.0.0.1:{port}"), _process: process });
            }
        }
        None
    }

    /// Where it answers.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}
