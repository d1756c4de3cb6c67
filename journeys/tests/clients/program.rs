//! A program that serves: it says `ready`, and ends with the story.

use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A running program.
pub(crate) struct Program {
    /// Where it answers.
    pub(crate) url: String,
    _process: Child,
}

impl Program {
    /// Start it and wait until it is ready.
    pub(crate) async fn start(mut command: Command, url: String) -> Self {
        let mut process = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().expect("it starts");
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        assert_eq!(lines.next_line().await.expect("its output").as_deref(), Some("ready"));
        // What it says later is nobody's business, but must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { url, _process: process }
    }

    /// Start `flask run` and wait until it says on standard error that it answers.
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
