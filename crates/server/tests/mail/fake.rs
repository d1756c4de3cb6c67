//! A small SMTP server that misbehaves on demand.

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// How it behaves.
#[derive(Clone, Copy)]
pub(crate) struct Manners {
    /// First line; none: silence.
    pub(crate) greeting: Option<&'static str>,
    /// To `RCPT`.
    pub(crate) recipient: &'static str,
    /// After the mail; none: hangs up.
    pub(crate) kept: Option<&'static str>,
}

/// A server that takes everything.
pub(crate) const POLITE: Manners =
    Manners { greeting: Some("220 fake ready"), recipient: "250 ok", kept: Some("250 kept") };

/// A running server.
pub(crate) struct Fake {
    pub(crate) port: u16,
    /// The text of each mail that it was given.
    pub(crate) mails: mpsc::UnboundedReceiver<String>,
    /// One for each connection.
    pub(crate) visits: mpsc::UnboundedReceiver<()>,
}

impl Fake {
    pub(crate) async fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (mail_sender, mails) = mpsc::unbounded_channel();
        let (visit_sender, visits) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = visit_sender.send(());
                let mails = mail_sender.clone();
                tokio::spawn(async move { drop(talk(stream, manners, &mails).await) });
            }
        });
        Self { port, mails, visits }
    }

    pub(crate) fn count(&mut self) -> usize {
        std::iter::from_fn(|| self.mails.try_recv().ok()).count()
    }
}

async fn talk(stream: TcpStream, manners: Manners, mails: &mpsc::UnboundedSender<String>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let Some(greeting) = manners.greeting else {
        // Says nothing until the other side gives up.
        return stream.read_line(&mut String::new()).await.map(drop);
    };
    say(&mut stream, greeting).await?;
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        let verb = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        line.clear();
        match verb.as_str() {
            "EHLO" => say(&mut stream, "250-fake\r\n250 8BITMIME").await?,
            "RCPT" => say(&mut stream, manners.recipient).await?,
            "QUIT" => return say(&mut stream, "221 bye").await,
            "DATA" => {
                say(&mut stream, "354 go on").await?;
                let mut mail = String::new();
                while !mail.ends_with("\r\n.\r\n") && stream.read_line(&mut mail).await? > 0 {}
                let _ = mails.send(mail);
                let Some(kept) = manners.kept else { return Ok(()) };
                say(&mut stream, kept).await?;
            }
            _ => say(&mut stream, "250 ok").await?,
        }
    }
    Ok(())
}

async fn say(stream: &mut BufReader<TcpStream>, line: &str) -> std::io::Result<()> {
    stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await
}
