//! What runs besides requests: mail, sweeping, key rotation.

use crate::app::App;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use vestibule_tenant::keys::KeysError;

/// How often what has ended is removed.
const SWEEP: Duration = Duration::from_secs(60);
/// How often signing keys are looked at.
const ROTATE: Duration = Duration::from_secs(60 * 60);
/// Tenants whose keys are looked after each hour.
const MOST_TENDED: i64 = 2000;
/// The pause after each of them.
const TEND_PAUSE: Duration = Duration::from_secs(1);

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
    loop {
        if let Err(error) = tend_due_keys(app, stop).await {
            tracing::error!(%error, "the signing keys cannot be looked after; trying again in an hour");
        }
        if !waited(ROTATE, stop).await {
            break;
        }
    }
}

/// One tenant after another, with pauses: making a key takes a core for a tenth of a second, which requests need too.
async fn tend_due_keys(app: &App, stop: &CancellationToken) -> Result<(), KeysError> {
    for tenant in app.keys().due(MOST_TENDED).await? {
        if let Err(error) = app.keys().tend(&tenant).await {
            tracing::error!(tenant, %error, "the signing keys could not be looked after");
        }
        if !waited(TEND_PAUSE, stop).await {
            break;
        }
    }
    Ok(())
}

/// False: it is time to stop.
async fn waited(time: Duration, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = stop.cancelled() => false,
        () = tokio::time::sleep(time) => true,
    }
}
