//! The authorization request and the provider's response to it.

use super::{OAuth2, fault};
use crate::World;
use crate::claims::value::Bag;
use crate::event::Form;
use crate::policy::model::Profile;
use crate::run::Run;
use crate::run::stop::Stop;
use crate::state::position::Away;
use url::Url;
use vestibule_protocol::pkce;

/// Longest authorization code, in bytes.
const MOST_CODE: usize = 4096;

/// Parameters that input claims may not set.
const OURS: [&str; 7] =
    ["client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method"];

impl OAuth2 {
    /// The URL to redirect the browser to.
    pub(crate) fn departure<W: World>(
        &self,
        run: &Run<'_, '_, W>,
        profile: &Profile,
        away: &Away,
    ) -> Result<String, Stop> {
        if away.return_uri.is_empty() {
            return Err(Stop::broken("the server has no redirect URI for providers"));
        }
        let mut url = absolute(run, &self.authorization_endpoint)?;
        let challenge = pkce::challenge(&away.verifier);
        let resolved = |text: &str| run.resolve(text, &run.state.bag).unwrap_or_default();
        let (client_id, scope) = (resolved(&self.client_id), self.scope.as_deref().map(resolved));
        // Scopes may be separated by commas.
        let scope = scope.map(|scope| scope.replace(',', " "));
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("client_id", &client_id);
            query.append_pair("redirect_uri", &away.return_uri);
            query.append_pair("response_type", "code");
            query.extend_pairs(scope.iter().map(|scope| ("scope", scope)));
            query.append_pair("state", &away.state);
            query.append_pair("code_challenge", &challenge);
            query.append_pair("code_challenge_method", "S256");
            for (name, value) in run.inputs(profile, &profile.inputs, &run.state.bag) {
                if !OURS.contains(&name.as_str()) && !value.text().is_empty() {
                    query.append_pair(&name, &value.text());
                }
            }
        }
        Ok(url.into())
    }
}

/// A URL of the policy with its resolvers filled in.
pub(super) fn absolute<W: World>(run: &Run<'_, '_, W>, text: &str) -> Result<Url, Stop> {
    let text = run.resolve(text, &Bag::new()).unwrap_or_default();
    Url::parse(&text).map_err(|error| Stop::broken(format!("{text} is no URL: {error}")))
}

/// The authorization code in the provider's response (RFC 6749 section 4.1.2).
pub(super) fn code(answer: &Form) -> Result<&str, Stop> {
    let parameter = |name: &str| answer.get(name).map(String::as_str).filter(|value| !value.is_empty());
    if let Some(error) = parameter("error") {
        return Err(fault::refused(error, parameter("error_description").unwrap_or_default()));
    }
    let code = parameter("code").filter(|code| code.len() <= MOST_CODE);
    code.ok_or_else(|| fault::refused("invalid_response", "The answer holds no code."))
}
