//! A minimal HTTP server, for comparison: the rate that hyper alone, and hyper with signatures, reach on this machine.

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use tokio::net::TcpListener;
use vestibule_protocol::keys::SigningKey;

/// Answers every request with this number of bytes, after as many signatures as the request's path says. The port is
/// printed like that of `vestibule serve`.
pub(crate) async fn serve(bytes: usize) -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    eprintln!("{}", serde_json::json!({ "message": "ready", "port": listener.local_addr()?.port() }));
    let (body, key) = (Bytes::from(vec![b' '; bytes]), Arc::new(SigningKey::generate()?));
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        stream.set_nodelay(true)?;
        let (body, key) = (body.clone(), Arc::clone(&key));
        tokio::spawn(async move {
            let service = service_fn(move |request: Request<Incoming>| {
                let answer = answer(&request, &body, &key);
                async move { answer }
            });
            // Errors of a connection are the client's concern.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn answer(request: &Request<Incoming>, body: &Bytes, key: &SigningKey) -> Result<Response<Full<Bytes>>> {
    let signatures: u32 = request.uri().path().trim_start_matches('/').parse().context("how many signatures?")?;
    for _ in 0..signatures {
        key.sign(body)?;
    }
    let answer = Response::builder()
        .header(CONTENT_TYPE, "application/json")
        .header(CACHE_CONTROL, "public, max-age=3600")
        .body(Full::new(body.clone()))?;
    Ok(answer)
}
