//! The API as a program: settings from `.env`, on this machine only, on port 6000 as in the article.

use anyhow::Context;
use tokio::net::TcpListener;
use vestibule::Api;

/// The port to listen on. Browsers refuse to open this port; the web app calls it from its server.
const PORT: u16 = 6000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).init();
    let app = vestibule_webapi::router(&Api::try_from_env()?);
    let v4 = TcpListener::bind(("127.0.0.1", PORT)).await.with_context(|| format!("port {PORT} is not free"))?;
    tracing::info!("the API is at http://localhost:{PORT}");
    let served = axum::serve(v4, app.clone());
    match TcpListener::bind(("::1", PORT)).await {
        Ok(v6) => tokio::try_join!(served.into_future(), axum::serve(v6, app).into_future()).map(|_| ())?,
        Err(_) => served.await?,
    }
    Ok(())
}
