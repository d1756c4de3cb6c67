//! The CONNECT proxy of `dev --tls`: lets clients reach the tenant as if it were at its public name and port 443,
//! without root and without a hosts file. It runs on loopback, for these names only, and also serves the PAC file that
//! browsers need.

use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

const MOST_HEAD: usize = 8 * 1024;
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Maximum number of concurrent tunnels; a browser opens six per name.
const MOST_TUNNELS: usize = 256;

/// The destinations of the proxy.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// Names that clients may connect to, at port 443.
    pub names: Vec<String>,
    /// The port on 127.0.0.1 to which those connections really go.
    pub tls_port: u16,
    /// Its own port, for the PAC file.
    pub port: u16,
}

impl Proxy {
    /// Serves until cancelled, which also closes open tunnels.
    pub async fn run(self, listeners: Vec<TcpListener>, stop: CancellationToken) {
        let proxy = Arc::new(self);
        let room = Arc::new(tokio::sync::Semaphore::new(MOST_TUNNELS));
        let mut tasks = tokio::task::JoinSet::new();
        for listener in listeners {
            let (proxy, room, stop) = (Arc::clone(&proxy), Arc::clone(&room), stop.clone());
            tasks.spawn(async move {
                while let Some(stream) = next(&listener, &stop).await {
                    let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
                    let (proxy, stop) = (Arc::clone(&proxy), stop.clone());
                    tokio::spawn(async move {
                        // A client that disconnects early is not an error.
                        tokio::select! {
                            () = stop.cancelled() => {}
                            _ = proxy.answer(stream) => {}
                        }
                        drop(place);
                    });
                }
            });
        }
        while tasks.join_next().await.is_some() {}
    }

    /// The PAC file: these names through this proxy, all others directly.
    #[must_use]
    pub fn pac(&self) -> String {
        let names: Vec<String> = self.names.iter().map(|n| format!("host === {n:?}")).collect();
        format!(
            "function FindProxyForURL(url, host) {{\n  if (url.substring(0, 6) === \"https:\" && ({})) return \"PROXY \
             127.0.0.1:{}\";\n  return \"DIRECT\";\n}}\n",
            names.join(" || "),
            self.port
        )
    }

    async fn answer(&self, mut client: TcpStream) -> std::io::Result<()> {
        let Ok(head) = tokio::time::timeout(HEAD_TIME, read_head(&mut client)).await else { return Ok(()) };
        let head = head?;
        let mut words = head.split_ascii_whitespace();
        let is_head = head.starts_with("HEAD ");
        match (words.next(), words.next()) {
            (Some("CONNECT"), Some(target)) if self.lets_through(target) => {
                let mut server = TcpStream::connect(("127.0.0.1", self.tls_port)).await?;
                client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
                copy_bidirectional(&mut client, &mut server).await.map(drop)
            }
            (Some("GET" | "HEAD"), Some("/proxy.pac")) => {
                reply(&mut client, is_head, "200 OK", "application/x-ns-proxy-autoconfig", &self.pac()).await
            }
            (Some("CONNECT"), Some(_)) => self.refuse(&mut client, is_head, "403 Forbidden").await,
            (Some("GET" | "HEAD"), Some("/")) => self.refuse(&mut client, is_head, "200 OK").await,
            _ => self.refuse(&mut client, is_head, "405 Method Not Allowed").await,
        }
    }

    fn lets_through(&self, target: &str) -> bool {
        let Some(name) = target.strip_suffix(":443") else { return false };
        self.names.iter().any(|n| n.eq_ignore_ascii_case(name))
    }

    async fn refuse(&self, client: &mut TcpStream, is_head: bool, status: &str) -> std::io::Result<()> {
        reply(client, is_head, status, "text/plain", &self.refusal()).await
    }

    fn refusal(&self) -> String {
        format!(
            "This is the proxy of vestibule dev. It connects to port 443 of {} and to nothing else: for other addresses, \
             set NO_PROXY, or give the browser the file /proxy.pac.\n",
            self.names.join(" and ")
        )
    }
}

async fn next(listener: &TcpListener, stop: &CancellationToken) -> Option<TcpStream> {
    loop {
        tokio::select! {
            () = stop.cancelled() => return None,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => return Some(stream),
                // Out of file descriptors: wait until some are free again.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
        }
    }
}

/// Reads the request's head; what follows it stays in the stream, for the tunnel.
async fn read_head(client: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= MOST_HEAD {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
        head.push(client.read_u8().await?);
    }
    String::from_utf8(head).map_err(|_| std::io::ErrorKind::InvalidData.into())
}

async fn reply(client: &mut TcpStream, is_head: bool, status: &str, kind: &str, text: &str) -> std::io::Result<()> {
    let length = text.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    client.write_all(head.as_bytes()).await?;
    if !is_head {
        client.write_all(text.as_bytes()).await?;
    }
    client.shutdown().await
}
