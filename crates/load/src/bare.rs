//! The least of an HTTP server: what hyper alone can answer on this machine, for comparison.

use anyhow::Result;
use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// Answer every request with as many bytes; the port is told as `vestibule serve` tells it.
pub(crate) async fn serve(bytes: usize) -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", serde_json::json!({ "message": "ready", "port": listener.local_addr()?.port() }));
    let body = Bytes::from(vec![b' '; bytes]);
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        stream.set_nodelay(true)?;
        let body = body.clone();
        tokio::spawn(async move {
            let service = service_fn(move |_| {
                let answer = Response::builder()
                    .header(CONTENT_TYPE, "application/json")
                    .header(CACHE_CONTROL, "public, max-age=3600")
                    .body(Full::new(body.clone()));
                async move { answer }
            });
            // A connection that breaks is the other side's.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
