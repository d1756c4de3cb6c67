//! A server with scripted responses, a resolver with a script, and requests that may reach loopback.

use http::Method;
use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;
use vestibule_outbound::{BoxFuture, Class, Client, Kind, Limits, Networks, Request, Resolve, Settings};

/// A timeout that a test waits for.
pub(crate) const SHORT: Duration = Duration::from_millis(50);

/// A timeout that a test waits for after something else that must happen in time, even on a busy machine.
pub(crate) const AFTER_OTHERS: Duration = Duration::from_millis(400);

/// A timeout that must not expire.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// Limits without effective timeouts, and the default sizes.
pub(crate) fn patient() -> Limits {
    Limits { connect: LONG, headers: LONG, whole: LONG, ..Limits::of(Class::Rest) }
}

pub(crate) fn settings(limits: Limits) -> Settings {
    Settings { limits: [(Class::Rest, limits)].into(), ..Settings::default() }
}

pub(crate) fn client(limits: Limits) -> Client {
    Client::new(settings(limits)).expect("a client")
}

/// A request that may reach loopback.
pub(crate) fn get(url: &str) -> Request {
    to_public(url).allow(Arc::new(Networks::parse(["127.0.0.1"]).expect("networks")))
}

/// A request that may reach only public addresses.
pub(crate) fn to_public(url: &str) -> Request {
    Request::new(Class::Rest, Method::GET, url.parse::<Url>().expect("a URL"), "story-1")
}

/// The reason why `client` gets no response.
pub(crate) async fn failure(client: &Client, request: Request) -> Kind {
    client.send(request).await.expect_err("a failure").kind
}

/// The reason why a patient client gets no response from a server that sends `answer` and closes the connection.
pub(crate) async fn failure_of(answer: impl Into<Vec<u8>>) -> Kind {
    let server = Server::says(answer).await;
    failure(&client(patient()), get(&server.url("/"))).await
}

/// A server on loopback. It ends with the test's runtime.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Passes each connection to `answer`, once its request has been read.
    pub(crate) async fn start<F, Fut>(answer: F) -> Self
    where
        F: Fn(TcpStream) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let server = Self { address: listener.local_addr().expect("an address"), seen: Arc::default() };
        let (seen, answer) = (Arc::clone(&server.seen), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                tokio::spawn(async move {
                    let request = read_request(&mut stream).await;
                    seen.lock().expect("a lock").push(request);
                    answer(stream).await;
                });
            }
        });
        server
    }

    /// Sends `answer` and closes the connection.
    pub(crate) async fn says(answer: impl Into<Vec<u8>>) -> Self {
        let answer = Arc::new(answer.into());
        Self::start(move |mut stream| {
            let answer = Arc::clone(&answer);
            async move {
                // The client may disconnect before the end.
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            }
        })
        .await
    }

    /// Sends `begin`, and then `more` repeatedly for as long as the client reads, with `pause` in between.
    pub(crate) async fn repeats(begin: &'static str, more: impl Into<Vec<u8>>, pause: Duration) -> Self {
        let more: Arc<[u8]> = more.into().into();
        Self::start(move |mut stream| {
            let more = Arc::clone(&more);
            async move {
                let mut ticks = tokio::time::interval(pause.max(Duration::from_nanos(1)));
                let mut next = begin.as_bytes();
                while stream.write_all(next).await.is_ok() {
                    next = &more;
                    if !pause.is_zero() {
                        ticks.tick().await;
                    }
                }
            }
        })
        .await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests received, each as text.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("a lock").clone()
    }
}

/// Reads a whole request, so that closing the connection does not reset it.
pub(crate) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while !is_whole(&text) {
        match stream.read(&mut buffer).await {
            Ok(count) if count > 0 => text.push_str(&String::from_utf8_lossy(&buffer[..count])),
            _ => break,
        }
    }
    text
}

fn is_whole(text: &str) -> bool {
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

/// Answers each lookup with the next entry of a script; the last entry is repeated.
pub(crate) struct Script {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: Mutex<Vec<String>>,
}

impl Script {
    pub(crate) fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |list: &&[&str]| list.iter().map(|text| text.parse().expect("an address")).collect();
        Arc::new(Self { answers: Mutex::new(answers.iter().map(parse).collect()), asked: Mutex::default() })
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("a lock").clone()
    }

    /// A patient client that resolves names here.
    pub(crate) fn client(self: &Arc<Self>) -> Client {
        Client::new(Settings { resolver: Arc::clone(self) as Arc<dyn Resolve>, ..settings(patient()) })
            .expect("a client")
    }
}

impl Resolve for Script {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        self.asked.lock().expect("a lock").push(host.to_owned());
        let mut answers = self.answers.lock().expect("a lock");
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Box::pin(async move { answer.ok_or_else(|| io::Error::other("no such name")) })
    }
}
