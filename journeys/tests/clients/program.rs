//! A program that serves: it says `ready`, and ends with the story.

use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A running program.
pub(crate) struct Program {
    /// Its URL.
    pub(crate) url: String,
    _process: Child,
}

impl Program {
    /// Starts it and waits until it is ready.
    pub(crate) async fn start(mut command: Command, url: String) -> Self {
        let mut process = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().expect("it starts");
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        assert_eq!(lines.next_line().await.expect("its output").as_deref(), Some("ready"));
        // Its later output is not used, but must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { url, _process: process }
    }

    /// Starts `flask run` and waits until it reports on standard error that it is running.
    pub(crate) async fn flask(mut command: Command, url: String) -> Self {
        let mut process = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().expect("it starts");
        let mut lines = BufReader::new(process.stderr.take().expect("its errors")).lines();
        let mut said = String::new();
        while !said.contains("Running on") {
            let line = lines.next_line().await.expect("its errors");
            said += &line.unwrap_or_else(|| panic!("it ended: {said}"));
        }
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { url, _process: process }
    }
}
