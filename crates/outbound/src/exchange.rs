//! One request and its answer on one connection.

use crate::class::{Limits, MAX_HEADERS};
use crate::connect::Stream;
use crate::deadline::Deadline;
use crate::error::{Kind, Part, Phase};
use crate::redirect;
use crate::trace::Recorder;
use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http::header::{self, HeaderMap};
use http::response::Parts;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::future::Future;
use std::io;
use std::pin::pin;

/// The read buffer of a connection, in bytes. An answer's head must fit into it.
const READ_BUFFER_BYTES: usize = 64 * 1024;

/// The limits of one exchange.
pub(crate) struct Bounds {
    pub(crate) limits: Limits,
    pub(crate) deadline: Deadline,
}

/// Sends `message`, and reads the complete answer. The body of a redirect is not read.
pub(crate) async fn exchange(
    stream: Box<dyn Stream>,
    message: http::Request<Full<Bytes>>,
    bounds: &Bounds,
    recorder: &mut Recorder,
) -> Result<(Parts, Bytes), Kind> {
    let handshake = http1::Builder::new()
        .max_headers(MAX_HEADERS)
        .max_header_size(bounds.limits.header_bytes)
        .max_buf_size(READ_BUFFER_BYTES)
        .handshake(TokioIo::new(stream));
    let (mut sender, connection) = handshake.await.map_err(|error| bounds.broken(&error))?;
    let talk = async {
        let headers = bounds.deadline.at_most(bounds.limits.headers);
        let answer = headers.wait(Phase::Headers, sender.send_request(message)).await?;
        let (head, body) = answer.map_err(|error| bounds.broken(&error))?.into_parts();
        recorder.answered(head.status.as_u16());
        bounds.check_head(&head)?;
        let body = if redirect::is_redirect(head.status) { Bytes::new() } else { bounds.read(body, recorder).await? };
        Ok((head, body))
    };
    drive(connection, talk).await
}

/// Runs the connection together with `talk` in one task, so that cancelling the caller closes the connection at once.
async fn drive<T>(connection: impl Future, talk: impl Future<Output = T>) -> T {
    let (mut connection, mut talk) = (pin!(connection), pin!(talk));
    let mut open = true;
    loop {
        tokio::select! {
            biased;
            outcome = &mut talk => return outcome,
            _ = &mut connection, if open => open = false,
        }
    }
}

impl Bounds {
    fn check_head(&self, head: &Parts) -> Result<(), Kind> {
        let unusable = |why: &str| Err(Kind::Answer(why.into()));
        if head.status == StatusCode::SWITCHING_PROTOCOLS {
            return unusable("it changes to another protocol, which was not asked for");
        }
        if !only(&head.headers, &header::CONTENT_ENCODING, "identity") {
            return unusable("it is compressed, which was not offered; switch compression off for this client");
        }
        if !only(&head.headers, &header::TRANSFER_ENCODING, "chunked") {
            return unusable("it has a transfer encoding other than `chunked`");
        }
        Ok(())
    }

    async fn read(&self, mut body: Incoming, recorder: &mut Recorder) -> Result<Bytes, Kind> {
        let limit = self.limits.body_bytes;
        let too_large = Kind::TooLarge { part: Part::Body, limit };
        if hyper::body::Body::size_hint(&body).lower() > limit as u64 {
            return Err(too_large);
        }
        let mut whole = BytesMut::new();
        while let Some(frame) = self.deadline.wait(Phase::Body, body.frame()).await? {
            let Ok(data) = frame.map_err(|error| self.broken(&error))?.into_data() else { continue };
            recorder.received(data.len());
            if data.len() > limit - whole.len() {
                return Err(too_large);
            }
            whole.extend_from_slice(&data);
        }
        Ok(whole.freeze())
    }

    fn broken(&self, error: &hyper::Error) -> Kind {
        if error.is_parse_too_large() {
            return Kind::TooLarge { part: Part::Headers, limit: self.limits.header_bytes };
        }
        if error.is_incomplete_message() || is_cut_off(error) {
            return Kind::Answer("the connection was closed before the answer was complete".into());
        }
        Kind::Answer(causes(error))
    }
}

/// Returns true if every value of the header `name` is `value`, or the header is absent.
fn only(headers: &HeaderMap, name: &header::HeaderName, value: &str) -> bool {
    headers.get_all(name).iter().all(|given| given.as_bytes().trim_ascii().eq_ignore_ascii_case(value.as_bytes()))
}

/// Returns true if the connection ended within a body. hyper reports this as an error of the connection.
fn is_cut_off(error: &hyper::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::UnexpectedEof)
}

/// An error with its causes, in one line: hyper's own message does not include them.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
