//! The token request.

use super::{OAuth2, authorize, fault};
use crate::claims::value::{Bag, Value};
use crate::policy::model::Profile;
use crate::run::Run;
use crate::run::stop::Stop;
use crate::state::position::Away;
use crate::{Caller, HttpRequest, HttpResponse, KeyError, Method, Secret, World};
use serde_json::{Map, Value as Json};
use url::form_urlencoded;
use vestibule_protocol::digest::to_base64;
use vestibule_protocol::json::from_stranger;

/// The response of the token endpoint.
pub(super) struct Token {
    /// The access token: printable ASCII.
    pub(super) access: String,
    /// The other members.
    pub(super) members: Map<String, Json>,
    resolvers: Vec<(String, Value)>,
}

impl Token {
    /// The members that policies name with `{oauth2:…}` as a partner name.
    pub(super) fn resolvers(self) -> Vec<(String, Value)> {
        self.resolvers
    }
}

impl OAuth2 {
    /// Redeems the code (RFC 6749 section 4.1.3).
    pub(super) async fn redeem<W: World>(
        &self,
        run: &mut Run<'_, '_, W>,
        profile: &Profile,
        away: &Away,
        code: &str,
    ) -> Result<Token, Stop> {
        let secret = self.client_secret(run, profile).await?;
        let request = self.token_request(run, away, code, secret.as_ref())?;
        let response = run.world.send(request).await;
        let response = response.map_err(|error| fault::unreachable(format!("{}: {error}", profile.id)))?;
        self.read_token(&response)
    }

    async fn client_secret<W: World>(
        &self,
        run: &mut Run<'_, '_, W>,
        profile: &Profile,
    ) -> Result<Option<Secret>, Stop> {
        let Some(container) = &self.secret else { return Ok(None) };
        match run.world.secret(container).await {
            Ok(secret) if secret.text().is_none() => {
                Err(fault::no_key(format!("{}: the active key of {container} is no secret", profile.id)))
            }
            Ok(secret) => Ok(Some(secret)),
            Err(KeyError::World(error)) => Err(Stop::World(error)),
            Err(error) => Err(fault::no_key(format!("{}: {container}: {error}", profile.id))),
        }
    }

    fn token_request<W: World>(
        &self,
        run: &Run<'_, '_, W>,
        away: &Away,
        code: &str,
        secret: Option<&Secret>,
    ) -> Result<HttpRequest, Stop> {
        let mut url = authorize::absolute(run, &self.token_endpoint)?;
        let client_id = run.resolve(&self.client_id, &Bag::new()).unwrap_or_default();
        let secret = secret.map(|secret| secret.text().unwrap_or_default());
        let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
        let mut parameters = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", away.return_uri.as_str()),
            ("code_verifier", away.verifier.as_str()),
        ];
        match secret.filter(|_| self.basic) {
            Some(secret) => headers.push(("authorization".to_owned(), basic(&client_id, secret))),
            None => {
                parameters.push(("client_id", client_id.as_str()));
                parameters.extend(secret.map(|secret| ("client_secret", secret)));
            }
        }
        let mut body = Vec::new();
        if self.token_method == Method::Get {
            url.query_pairs_mut().extend_pairs(parameters);
        } else {
            headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
            body = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish().into_bytes();
        }
        Ok(HttpRequest { caller: Caller::Token, method: self.token_method, url: url.into(), headers, body })
    }

    fn read_token(&self, response: &HttpResponse) -> Result<Token, Stop> {
        let mut members = members(response).unwrap_or_default();
        let error_names = ["error"].into_iter().chain(self.error_member.as_deref());
        if let Some(error) = error_names.into_iter().find_map(|name| members.get(name)) {
            return Err(fault::unreachable(format!("the token endpoint refused: {}", fault::tame(&error.to_string()))));
        }
        if !response.is_success() {
            return Err(fault::unreachable(format!("the token endpoint answered {}", response.status)));
        }
        let access = members.get("access_token").and_then(Json::as_str).filter(|token| is_token(token));
        let Some(access) = access.map(str::to_owned) else {
            return Err(fault::unreachable("the token endpoint answered without an access token"));
        };
        const NAMES: [&str; 4] = ["access_token", "refresh_token", "expires_in", "token_type"];
        let resolvers = NAMES.iter().filter_map(|name| {
            let value = super::claims::value(&members.remove(*name)?)?;
            Some((format!("{{oauth2:{name}}}"), value))
        });
        let resolvers = resolvers.collect();
        Ok(Token { access, members, resolvers })
    }
}

/// `Authorization: Basic`, both parts form-encoded (RFC 6749 section 2.3.1).
fn basic(client_id: &str, secret: &str) -> String {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", to_base64(format!("{}:{}", encoded(client_id), encoded(secret)).as_bytes()))
}

/// The members of a JSON object, or of a form, which some providers send instead.
fn members(response: &HttpResponse) -> Option<Map<String, Json>> {
    let is_json = response.body.trim_ascii_start().starts_with(b"{");
    if is_json {
        return from_stranger(&response.body).ok();
    }
    std::str::from_utf8(&response.body).ok()?;
    let pairs = form_urlencoded::parse(&response.body);
    Some(pairs.map(|(name, value)| (name.into_owned(), Json::String(value.into_owned()))).collect())
}

/// Returns true if the text can go into a header: visible characters only.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}
