//! What runs besides requests: mail, sweeping, key rotation.

use crate::app::App;
use tokio_util::sync::CancellationToken;

/// Run until `stop`.
pub async fn run(app: &App, stop: CancellationToken) {
    let _ = app;
    stop.cancelled().await;
}
