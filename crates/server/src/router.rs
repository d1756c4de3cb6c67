//! Every URL in one table.

use crate::app::App;
use crate::request::Call;
use crate::target::Target;
use crate::{answer, authorize, dev, discovery, interaction, logout, token, userinfo};
use axum::body::Body;
use http::{Request, Response};
use vestibule_protocol::urls::{self, Endpoint};

/// The router.
#[must_use]
pub fn router(app: App) -> axum::Router {
    axum::Router::new().fallback(move |request: Request<Body>| {
        let app = app.clone();
        async move { answer(&app, request).await }
    })
}

async fn answer(app: &App, request: Request<Body>) -> Response<Body> {
    let call = match Call::read(app, request).await {
        Ok(call) => call,
        Err(refused) => return answer::status(refused.status),
    };
    if app.dev().is_some() && dev::is_dev(&call.path) {
        return dev::handle(app, &call).await;
    }
    let Some(route) = urls::parse(&call.path) else { return answer::not_found() };
    let Ok(target) = Target::find(app, &call, &route) else { return answer::not_found() };
    match route.endpoint {
        Endpoint::Discovery | Endpoint::DiscoveryV1 => discovery::document(app, &call, &target).await,
        Endpoint::Keys => discovery::keys(app, &call, &target).await,
        Endpoint::Authorize | Endpoint::AuthorizeV1 => authorize::handle(app, &call, &target).await,
        Endpoint::Token => token::handle(app, &call, &target).await,
        Endpoint::Logout => logout::handle(app, &call, &target).await,
        Endpoint::UserInfo => userinfo::handle(app, &call, &target).await,
        Endpoint::SelfAsserted | Endpoint::DisplayControl | Endpoint::PageApi | Endpoint::Telemetry => {
            interaction::handle(app, &call, &target, &route).await
        }
    }
}
