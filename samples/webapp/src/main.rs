//! The web app as a program: settings from `.env`, on this machine only, at the port of its redirect URI.

use anyhow::Context;
use tokio::net::TcpListener;
use vestibule::Auth;

/// The port of the article's app.
const PORT: u16 = 5000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).init();
    let auth = Auth::from_env();
    let port = auth.settings().and_then(|s| s.local_port()).unwrap_or(PORT);
    let app = vestibule_webapp::router(&auth);
    // Browsers use either address for localhost.
    let v4 = TcpListener::bind(("127.0.0.1", port)).await.with_context(|| format!("port {port} is not free"))?;
    tracing::info!("the web app is at http://localhost:{port}");
    let served = axum::serve(v4, app.clone());
    match TcpListener::bind(("::1", port)).await {
        Ok(v6) => tokio::try_join!(served.into_future(), axum::serve(v6, app).into_future()).map(|_| ())?,
        Err(_) => served.await?,
    }
    Ok(())
}
