//! A small SMTP server that keeps the mails it receives, and misbehaves on demand.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// The longest time that [`MailServer::code_for`] waits.
const LONGEST_WAIT: Duration = Duration::from_secs(180);

/// The behaviour of the server.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// The first line; `None` sends nothing.
    pub greeting: Option<&'static str>,
    /// The reply to `RCPT`.
    pub recipient: &'static str,
    /// The reply to a complete mail; `None` closes the connection.
    pub kept: Option<&'static str>,
}

/// A server that accepts everything.
pub const POLITE: Manners = Manners { greeting: Some("220 fake ready"), recipient: "250 ok", kept: Some("250 kept") };

/// A running server. Clones share the same server.
#[derive(Clone, Debug)]
pub struct MailServer {
    /// Its port on this machine.
    pub port: u16,
    manners: Manners,
    seen: Arc<Mutex<Seen>>,
    arrived: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Seen {
    visits: usize,
    mails: Vec<String>,
    /// By address, the newest last.
    codes: HashMap<String, Vec<String>>,
    /// Replies to the next recipients, the last one first.
    refusals: Vec<&'static str>,
}

impl MailServer {
    /// Starts a polite server on a free port.
    pub async fn start() -> Self {
        Self::start_with(POLITE).await
    }

    /// Starts a server with these manners on a free port.
    pub async fn start_with(manners: Manners) -> Self {
        Self::serve(TcpListener::bind("127.0.0.1:0").await.expect("a port"), manners)
    }

    /// Starts a polite server on the caller's port.
    #[must_use]
    pub fn listen(listener: TcpListener) -> Self {
        Self::serve(listener, POLITE)
    }

    fn serve(listener: TcpListener, manners: Manners) -> Self {
        let port = listener.local_addr().expect("an address").port();
        let server = Self { port, manners, seen: Arc::default(), arrived: Arc::default() };
        let shared = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.seen().visits += 1;
                let server = shared.clone();
                tokio::spawn(async move { drop(server.talk(stream).await) });
            }
        });
        server
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("what it saw")
    }

    /// Rejects the next recipient with this reply (`451 …`).
    pub fn refuses(&self, reply: &'static str) {
        self.seen().refusals.push(reply);
    }

    /// The text of each mail so far.
    #[must_use]
    pub fn mails(&self) -> Vec<String> {
        self.seen().mails.clone()
    }

    /// The number of mails so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.seen().mails.len()
    }

    /// The number of connections so far.
    #[must_use]
    pub fn visits(&self) -> usize {
        self.seen().visits
    }

    /// Forgets the codes sent to this address.
    pub fn forget(&self, address: &str) {
        self.seen().codes.remove(address);
    }

    /// Waits for the first mail.
    pub async fn first_mail(&self) -> String {
        self.wait_for(|seen| seen.mails.first().cloned()).await
    }

    /// Removes and returns the newest code sent to this address; waits for at most three minutes.
    pub async fn code_for(&self, address: &str) -> Option<String> {
        let code = self.wait_for(|seen| seen.codes.get_mut(address).and_then(Vec::pop));
        tokio::time::timeout(LONGEST_WAIT, code).await.ok()
    }

    async fn wait_for<T>(&self, find: impl Fn(&mut Seen) -> Option<T>) -> T {
        loop {
            let arrived = self.arrived.notified();
            tokio::pin!(arrived);
            arrived.as_mut().enable();
            if let Some(found) = find(&mut self.seen()) {
                return found;
            }
            arrived.await;
        }
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        let Some(greeting) = self.manners.greeting else {
            // Send nothing until the other side gives up.
            return stream.read_line(&mut String::new()).await.map(drop);
        };
        say(&mut stream, greeting).await?;
        let (mut line, mut to) = (String::new(), String::new());
        while stream.read_line(&mut line).await? > 0 {
            let verb = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => say(&mut stream, "250-fake\r\n250 8BITMIME").await?,
                "RCPT" => {
                    to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    let refusal = self.seen().refusals.pop();
                    say(&mut stream, refusal.unwrap_or(self.manners.recipient)).await?;
                }
                "QUIT" => return say(&mut stream, "221 bye").await,
                "DATA" => {
                    self.take_mail(&mut stream, &to).await?;
                    let Some(kept) = self.manners.kept else { return Ok(()) };
                    say(&mut stream, kept).await?;
                    self.arrived.notify_waiters();
                }
                _ => say(&mut stream, "250 ok").await?,
            }
            line.clear();
        }
        Ok(())
    }

    async fn take_mail(&self, stream: &mut BufReader<TcpStream>, to: &str) -> std::io::Result<()> {
        say(stream, "354 go on").await?;
        let mut mail = String::new();
        while !mail.ends_with("\r\n.\r\n") && stream.read_line(&mut mail).await? > 0 {}
        let mut seen = self.seen();
        if let Some(code) = code_in(&mail) {
            seen.codes.entry(to.to_owned()).or_default().push(code);
        }
        seen.mails.push(mail);
        Ok(())
    }
}

/// The first word of exactly six digits in the text part.
fn code_in(mail: &str) -> Option<String> {
    let (_, text) = mail.split_once("text/plain")?;
    let (_, body) = text.split_once("\r\n\r\n")?;
    let mut words = body.split(|c: char| !c.is_ascii_alphanumeric());
    words.find(|word| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit())).map(str::to_owned)
}

async fn say(stream: &mut BufReader<TcpStream>, line: &str) -> std::io::Result<()> {
    stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await
}
