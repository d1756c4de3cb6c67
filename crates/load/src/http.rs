//! A minimal HTTP/1.1 client: one connection, kept alive, so that the server is measured rather than the client.

use crate::tenant::HOST;
use anyhow::{Context as _, Result, bail};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

/// A connection like that of a proxy that terminates TLS.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

/// An answer with any status.
#[derive(Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    /// The name and value of each cookie that is set.
    pub(crate) cookies: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Connection {
    /// Connects to a port of this machine.
    pub(crate) fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends a GET without a form, a POST with one. `headers` are complete lines, each with its line end.
    pub(crate) fn send(&mut self, path: &str, form: Option<&str>, headers: &str) -> Result<Answer> {
        let (method, form) = (if form.is_some() { "POST" } else { "GET" }, form.unwrap_or_default());
        let kind = match method {
            "POST" => format!("content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n", form.len()),
            _ => String::new(),
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {HOST}\r\nx-forwarded-proto: https\r\n{kind}{headers}\r\n{form}"
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        self.answer().with_context(|| format!("{method} {path}"))
    }

    fn answer(&mut self) -> Result<Answer> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).context("no answer")?;
        let mut answer = Answer { status, ..Answer::default() };
        let mut length = 0;
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            match name {
                "content-length" => length = value.parse().context("a length")?,
                "location" => answer.location = Some(value.to_owned()),
                "set-cookie" => {
                    let pair = value.split(';').next().and_then(|pair| pair.split_once('=')).context("a cookie")?;
                    answer.cookies.push((pair.0.to_owned(), pair.1.to_owned()));
                }
                "transfer-encoding" => bail!("an answer without a length"),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        answer.body = String::from_utf8(body)?;
        Ok(answer)
    }
}

impl Answer {
    /// The body of an answer whose status is 200.
    pub(crate) fn good(self) -> Result<String> {
        if self.status != 200 {
            bail!("{} where 200 was expected: {}", self.status, self.body);
        }
        Ok(self.body)
    }
}
