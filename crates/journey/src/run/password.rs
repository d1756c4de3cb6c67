//! The check of a local account's password, which policies write as an OpenID provider with `grant_type=password`.

use super::Run;
use super::claims::Frame;
use super::stop::{Refusal, Stop};
use crate::claims::value::{Value, truth};
use crate::policy::model::Profile;
use crate::{Attributes, PasswordCheck, World};
use std::collections::BTreeMap;

const WRONG: &str = "UserMessageIfInvalidPassword";
const UNKNOWN: &str = "UserMessageIfClaimsPrincipalDoesNotExist";
const EXPIRED: &str = "UserMessageIfPasswordExpired";

impl<W: World> Run<'_, '_, W> {
    pub(super) async fn password(
        &mut self,
        profile: &Profile,
        frame: &mut Frame,
    ) -> Result<BTreeMap<String, Value>, Stop> {
        let inputs = self.inputs(profile, &profile.inputs, &frame.bag);
        let input =
            |name: &str| inputs.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, v)| v.text());
        let (name, password) = (input("username").unwrap_or_default(), input("password").unwrap_or_default());
        let goes_on = input("continueOnPasswordExpiration").as_deref().and_then(truth) == Some(true);
        // What ends the sessions while the password is checked comes after it.
        let begun = self.world.now();
        let checked = match name.is_empty() || password.is_empty() {
            true => PasswordCheck::Wrong,
            false => self.world.check_password(&name, &password).await?,
        };
        let denied = |id: &str, code: u32| {
            Stop::from(Refusal { profile: Some(profile.id.clone()), ..Refusal::new(id).code(code) })
        };
        match checked {
            PasswordCheck::Right(user) => {
                let expired = user.get("forceChangePasswordNextSignIn") == Some(&Value::Bool(true));
                if expired && !goes_on && !self.handles_expiry(profile) {
                    return Err(denied(EXPIRED, 90052));
                }
                frame.interactive = true;
                self.proven(&user, begun);
                Ok(self.token_of(&user, expired))
            }
            PasswordCheck::Wrong => Err(denied(WRONG, 90054)),
            // Who asks for an account that does not exist learns so only from a policy that has words for it.
            PasswordCheck::Unknown if self.has_words(profile, UNKNOWN) => Err(denied(UNKNOWN, 90053)),
            PasswordCheck::Unknown => Err(denied(WRONG, 90054)),
            PasswordCheck::Locked => Err(denied("UserMessageIfUserAccountLocked", 90114)),
            PasswordCheck::Disabled => Err(denied("UserMessageIfUserAccountDisabled", 90111)),
        }
    }

    /// Whether the policy takes over when the password must be changed: it asks for the flag.
    fn handles_expiry(&self, profile: &Profile) -> bool {
        let flags = ["forceChangePasswordNextSignIn", "passwordExpired"];
        let asks = |name: String| flags.iter().any(|flag| flag.eq_ignore_ascii_case(&name));
        profile.outputs.iter().any(|claim| asks(self.partner(claim, &profile.protocol)) || asks(claim.claim.clone()))
    }

    /// The user as the token endpoint that policies believe to talk to would show them.
    fn token_of(&self, user: &Attributes, expired: bool) -> BTreeMap<String, Value> {
        const NAMES: [(&str, &str); 6] = [
            ("oid", "objectId"),
            ("sub", "objectId"),
            ("upn", "userPrincipalName"),
            ("name", "displayName"),
            ("given_name", "givenName"),
            ("family_name", "surname"),
        ];
        let mut token: BTreeMap<String, Value> = user.clone();
        for (claim, attribute) in NAMES {
            if let Some(value) = user.get(attribute) {
                token.insert(claim.to_owned(), value.clone());
            }
        }
        if let Some(tenant) = self.state.request.resolvers.get("policy:tenantobjectid") {
            token.insert("tid".to_owned(), Value::Text(tenant.clone()));
        }
        token.insert("passwordExpired".to_owned(), Value::Bool(expired));
        token
    }
}
