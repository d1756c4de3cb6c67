//! Background jobs: mail, removal of expired rows, key rotation.

use crate::app::App;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use vestibule_store::StoreError;
use vestibule_tenant::keys::KeysError;
use vestibule_tenant::trouble::{News, Trouble};

/// The interval at which expired rows are removed.
const SWEEP: Duration = Duration::from_secs(60);
/// The interval at which signing keys are checked.
const ROTATE: Duration = Duration::from_secs(60 * 60);
/// Maximum number of tenants whose keys are checked each hour.
const MOST_TENDED: i64 = 2000;
/// The pause after each tenant.
const TEND_PAUSE: Duration = Duration::from_secs(1);

/// Runs all jobs until `stop`.
pub async fn run(app: &App, stop: CancellationToken) {
    tokio::join!(app.mailer().clone().run(stop.clone()), sweep(app, &stop), rotate(app, &stop));
}

async fn sweep(app: &App, stop: &CancellationToken) {
    let trouble = Trouble::default();
    while waited(SWEEP, stop).await {
        let swept = sweep_all(app, stop).await;
        match trouble.note(swept.err().map(|error| error.to_string())) {
            News::Cause(error) => tracing::warn!(error, "sweeping failed; trying again each minute"),
            News::Over => tracing::info!("sweeping works again"),
            News::None => {}
        }
    }
}

/// Removes batch after batch, until nothing is left or it is time to stop.
async fn sweep_all(app: &App, stop: &CancellationToken) -> Result<(), StoreError> {
    while !stop.is_cancelled() {
        match app.store().sweep(app.now()).await? {
            0 => break,
            count => tracing::debug!(count, "swept"),
        }
    }
    Ok(())
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

/// Checks one tenant after another, with pauses: generating a key uses one core for a tenth of a second, which
/// requests need too.
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

/// Waits. Returns false if it is time to stop.
async fn waited(time: Duration, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = stop.cancelled() => false,
        () = tokio::time::sleep(time) => true,
    }
}
