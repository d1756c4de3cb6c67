//! What runs besides requests: mail, sweeping, key rotation.

use crate::app::App;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often what has ended is removed.
const SWEEP: Duration = Duration::from_secs(60);
/// How often signing keys are looked at.
const ROTATE: Duration = Duration::from_secs(60 * 60);

/// Run until `stop`.
pub async fn run(app: &App, stop: CancellationToken) {
    tokio::join!(app.mailer().clone().run(stop.clone()), sweep(app, &stop), rotate(app, &stop));
}

async fn sweep(app: &App, stop: &CancellationToken) {
    while waited(SWEEP, stop).await {
        loop {
            match app.store().sweep(app.now()).await {
                Ok(0) => break,
                Ok(count) => tracing::debug!(count, "swept"),
                Err(error) => {
                    tracing::warn!(%error, "sweeping failed; trying again in a minute");
                    break;
                }
            }
            if stop.is_cancelled() {
                break;
            }
        }
    }
}

async fn rotate(app: &App, stop: &CancellationToken) {
    while waited(ROTATE, stop).await {
        let tenants: Vec<String> = app.registry().snapshot().tenants.iter().map(|t| t.id.clone()).collect();
        if let Err(error) = app.keys().prepare(&tenants).await {
            tracing::error!(%error, "the signing keys cannot be looked after; trying again in an hour");
        }
    }
}

/// False: it is time to stop.
async fn waited(time: Duration, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = stop.cancelled() => false,
        () = tokio::time::sleep(time) => true,
    }
}
