//! A running program.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// How long a test waits for a line that does not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// The started program; it is killed when the test ends.
pub(crate) struct Program {
    child: Child,
    lines: Receiver<String>,
}

impl Program {
    /// Starts it with these arguments and only these environment variables; its lines are those of its output.
    pub(crate) fn start(args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut child = spawn(args, env);
        let out = child.stdout.take().expect("its output");
        Self { child, lines: read(out) }
    }

    /// The same; its lines are those of its log.
    pub(crate) fn logging(args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut child = spawn(args, env);
        let log = child.stderr.take().expect("its log");
        Self { child, lines: read(log) }
    }

    /// The next log entry with this message; the log is JSON.
    pub(crate) fn entry(&mut self, message: &str) -> Value {
        loop {
            let entry = strict(&self.line());
            if entry["message"] == message {
                return entry;
            }
        }
    }

    /// Stops it, and waits. Returns true if it ended successfully, and the remaining lines.
    pub(crate) fn stopped(mut self, signal: &str) -> (bool, Vec<String>) {
        self.signal(signal);
        let well = self.child.wait().expect("it ends").success();
        (well, self.lines.iter().collect())
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().expect("kill runs").success());
    }

    /// `dev` on free ports, and its ready line.
    pub(crate) fn dev(data: &Path, more: &[&str]) -> (Self, Value) {
        let data = data.to_str().expect("text");
        let args = [&["dev", "--json", "--port", "0", "--data", data], more].concat();
        let mut program = Self::start(&args, &[]);
        let line = program.line();
        let ready =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("no ready line: {line} {}", program.errors()));
        (program, ready)
    }

    /// The next line of its output; empty, if it ended.
    pub(crate) fn line(&mut self) -> String {
        match self.lines.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Timeout) => panic!("it said nothing for a minute; {}", self.errors()),
            line => line.unwrap_or_default(),
        }
    }

    fn errors(&mut self) -> String {
        let mut text = String::new();
        if let Some(mut errors) = self.child.stderr.take() {
            let _ = self.child.kill();
            let _ = errors.read_to_string(&mut text);
        }
        text
    }

    /// Stops it, and waits. Returns true if it ended successfully.
    pub(crate) fn stop(mut self, signal: &str) -> bool {
        self.signal(signal);
        self.child.wait().expect("it ends").success()
    }
}

fn spawn(args: &[&str], env: &[(&str, &str)]) -> Child {
    let mut command = command(args);
    command.envs(env.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the program runs")
}

/// Reads lines as they arrive.
fn read(from: impl Read + Send + 'static) -> Receiver<String> {
    let (send, lines) = channel();
    std::thread::spawn(move || BufReader::new(from).lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
    lines
}

/// A line that is one JSON object with unique keys.
pub(crate) fn strict(line: &str) -> Value {
    let Keys(keys) = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let once: std::collections::BTreeSet<_> = keys.iter().collect();
    assert_eq!(once.len(), keys.len(), "a key twice: {line}");
    serde_json::from_str(line).expect("JSON")
}

/// The keys of an object, including duplicates.
struct Keys(Vec<String>);

impl<'de> serde::Deserialize<'de> for Keys {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Collector)
    }
}

struct Collector;

impl<'de> serde::de::Visitor<'de> for Collector {
    type Value = Keys;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
        let mut keys = Vec::new();
        while let Some((key, _)) = map.next_entry::<String, serde::de::IgnoredAny>()? {
            keys.push(key);
        }
        Ok(Keys(keys))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs it to its end. Returns true if it ended successfully, and its standard error.
pub(crate) fn ends(args: &[&str], env: &[(&str, &str)]) -> (bool, String) {
    let output = command(args).envs(env.iter().copied()).output().expect("the program runs");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Runs it to its end, which must be successful, and returns its output.
pub(crate) fn says(args: &[&str]) -> String {
    let output = command(args).output().expect("the program runs");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Like [`says`], with this text on standard input.
pub(crate) fn says_with_input(args: &[&str], input: &str) -> String {
    let mut command = command(args);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Moves the clock of `dev` by two seconds, so that it looks for changes made by others.
pub(crate) async fn later(tenant: &str) {
    let request = reqwest::Client::new().post(format!("{tenant}/_dev/clock")).form(&[("advance_seconds", "2")]);
    assert!(request.send().await.expect("an answer").status().is_success());
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("VESTIBULE_")) {
        command.env_remove(name);
    }
    command.args(args);
    command
}

/// Status and text of a response.
pub(crate) async fn get(url: &str) -> (u16, String) {
    let answer = reqwest::get(url).await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("text"))
}
