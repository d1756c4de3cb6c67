//! Sign-out: here first, then at the provider (OpenID Connect RP-Initiated Logout 1.0; docs/b2c.md, "Sign-out").

use super::{Asked, SIGN_OUT, Web};
use crate::page::{self, Answer};
use crate::session::Live;
use crate::settings::Purpose;
use std::sync::Arc;
use url::Url;

impl Web {
    /// Answer a request to sign out.
    pub(super) async fn leave(&self, asked: &Asked, live: Option<Arc<Live>>) -> Answer {
        if asked.foreign {
            return page::sign_out_question(&self.path(&asked.mount, SIGN_OUT), asked.home().as_str());
        }
        if let Some(live) = &live {
            live.end();
            tracing::info!(object_id = live.object_id(), "a person signed out");
        }
        let id_token = live.map(|live| live.state().kept.id_token.clone());
        let url = self.end_session_url(id_token).await.unwrap_or_else(|| asked.home().as_str().to_owned());
        let mut answer = page::go(asked.requester, &url);
        page::set_cookies(answer.headers_mut(), self.cookies.drop(self.cookies.session(), &asked.jar));
        answer
    }

    /// Where the provider's session ends; none if it has no such place, or cannot be reached.
    async fn end_session_url(&self, id_token: Option<String>) -> Option<String> {
        let metadata = self.provider.metadata(Purpose::SignIn).await.ok()?;
        let mut url = Url::parse(metadata.end_session_endpoint.as_deref()?).ok()?;
        {
            let mut query = url.query_pairs_mut();
            // The redirect URI is the only address of this app that is certain to be registered. Its route
            // then redirects the browser to the home page.
            query
                .append_pair("post_logout_redirect_uri", self.settings.redirect_uri.as_str())
                .append_pair("client_id", &self.settings.client_id);
            if let Some(id_token) = id_token {
                query.append_pair("id_token_hint", &id_token);
            }
        }
        Some(url.into())
    }
}
