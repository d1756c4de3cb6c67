//! A mail server that keeps the newest code of every address.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// The server. Clones share one.
#[derive(Clone)]
pub(crate) struct MailServer {
    pub(crate) port: u16,
    codes: Arc<Mutex<HashMap<String, Vec<String>>>>,
    /// What the next recipients are told instead of 250, the last first.
    refusals: Arc<Mutex<Vec<&'static str>>>,
    /// How many mails were kept.
    kept: Arc<AtomicUsize>,
    arrived: Arc<Notify>,
}

impl MailServer {
    /// On a free port.
    pub(crate) async fn start() -> Self {
        Self::listen(TcpListener::bind("127.0.0.1:0").await.expect("a port"))
    }

    /// On a port that is the caller's.
    pub(crate) fn listen(listener: TcpListener) -> Self {
        let port = listener.local_addr().expect("an address").port();
        let server = Self {
            port,
            codes: Arc::default(),
            refusals: Arc::default(),
            kept: Arc::default(),
            arrived: Arc::default(),
        };
        let mine = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = mine.clone();
                tokio::spawn(async move { drop(server.talk(stream).await) });
            }
        });
        server
    }

    /// Refuse the next recipient so (`451 …`).
    pub(crate) fn refuses(&self, answer: &'static str) {
        self.refusals.lock().expect("refusals").push(answer);
    }

    /// How many mails it took.
    pub(crate) fn kept(&self) -> usize {
        self.kept.load(Ordering::SeqCst)
    }

    /// Forget what came to this address.
    pub(crate) fn forget(&self, address: &str) {
        self.codes.lock().expect("codes").remove(address);
    }

    /// Take the newest code that came to this address, and forget it; waits for it, not for longer than three minutes.
    pub(crate) async fn code_for(&self, address: &str) -> Option<String> {
        let wait = async {
            loop {
                let arrived = self.arrived.notified();
                tokio::pin!(arrived);
                arrived.as_mut().enable();
                if let Some(code) = self.codes.lock().expect("codes").get_mut(address).and_then(Vec::pop) {
                    return code;
                }
                arrived.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(180), wait).await.ok()
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        say(&mut stream, "220 ready").await?;
        let (mut line, mut to) = (String::new(), String::new());
        while stream.read_line(&mut line).await? > 0 {
            let verb = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => say(&mut stream, "250-fake\r\n250 8BITMIME").await?,
                "RCPT" => {
                    to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    let refusal = self.refusals.lock().expect("refusals").pop();
                    say(&mut stream, refusal.unwrap_or("250 ok")).await?;
                }
                "QUIT" => return say(&mut stream, "221 bye").await,
                "DATA" => {
                    say(&mut stream, "354 go on").await?;
                    let mut mail = String::new();
                    while !mail.ends_with("\r\n.\r\n") && stream.read_line(&mut mail).await? > 0 {}
                    if let Some(code) = code_in(&mail) {
                        self.codes.lock().expect("codes").entry(to.clone()).or_default().push(code);
                    }
                    self.kept.fetch_add(1, Ordering::SeqCst);
                    say(&mut stream, "250 kept").await?;
                    self.arrived.notify_waiters();
                }
                _ => say(&mut stream, "250 ok").await?,
            }
            line.clear();
        }
        Ok(())
    }
}

/// The first six digits that stand alone in the text part.
fn code_in(mail: &str) -> Option<String> {
    let (_, text) = mail.split_once("text/plain")?;
    let (_, body) = text.split_once("\r\n\r\n")?;
    let mut words = body.split(|c: char| !c.is_ascii_alphanumeric());
    words.find(|word| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit())).map(str::to_owned)
}

async fn say(stream: &mut BufReader<TcpStream>, line: &str) -> std::io::Result<()> {
    stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await
}
