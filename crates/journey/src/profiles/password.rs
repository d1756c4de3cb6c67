//! The password check of a local account, which policies declare as an OpenID provider with `grant_type=password`.

use super::{Claims, Kind, Settings};
use crate::claims::value::{Value, truth};
use crate::policy::model::Profile;
use crate::run::Run;
use crate::run::claims::Frame;
use crate::run::stop::{Refusal, Stop};
use crate::xml::Element;
use crate::{Attributes, PasswordCheck, World};

const WRONG: &str = "UserMessageIfInvalidPassword";
const UNKNOWN: &str = "UserMessageIfClaimsPrincipalDoesNotExist";
const EXPIRED: &str = "UserMessageIfPasswordExpired";

/// Returns true if the profile checks a password: it is declared as an OpenID provider with the `grant_type`
/// `password`.
pub(super) fn fits(settings: &Settings<'_, '_>) -> bool {
    has_grant(settings.element) || is(settings.text("grant_type"), "password")
}

/// Returns true if an input claim sets this `grant_type`.
pub(crate) fn has_grant(profile: &Element) -> bool {
    let grant = |claim: &Element| {
        (is(claim.attr("ClaimTypeReferenceId"), "grant_type") || is(claim.attr("PartnerClaimType"), "grant_type"))
            && is(claim.attr("DefaultValue"), "password")
    };
    profile.list("InputClaims", "InputClaim").any(grant)
}

fn is(name: Option<&str>, wanted: &str) -> bool {
    name.is_some_and(|name| name.eq_ignore_ascii_case(wanted))
}

pub(super) fn compile(_: &mut Settings<'_, '_>) -> Option<Kind> {
    Some(Kind::Password)
}

pub(super) async fn run<W: World>(
    run: &mut Run<'_, '_, W>,
    profile: &Profile,
    frame: &mut Frame,
) -> Result<Claims, Stop> {
    let inputs = run.inputs(profile, &profile.inputs, &frame.bag);
    let input = |name: &str| inputs.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, v)| v.text());
    let (name, password) = (input("username").unwrap_or_default(), input("password").unwrap_or_default());
    let goes_on = input("continueOnPasswordExpiration").as_deref().and_then(truth) == Some(true);
    // Take the time before the check: anything that ends the user's sessions during the check is then later than it.
    let begun = run.world.now();
    let checked = if name.is_empty() || password.is_empty() {
        PasswordCheck::Wrong
    } else {
        run.world.check_password(&name, &password).await?
    };
    let user = right(run, profile, checked)?;
    let expired = user.get("forceChangePasswordNextSignIn") == Some(&Value::Bool(true));
    if expired && !goes_on && !handles_expiry(run, profile) {
        return Err(denied(profile, EXPIRED, 90052));
    }
    frame.interactive = true;
    run.proven(&user, begun);
    Ok(token_of(run, &user, expired))
}

/// The user whose password was correct.
fn right<W: World>(run: &Run<'_, '_, W>, profile: &Profile, checked: PasswordCheck) -> Result<Attributes, Stop> {
    match checked {
        PasswordCheck::Right(user) => Ok(user),
        PasswordCheck::Wrong => Err(denied(profile, WRONG, 90054)),
        // Only a policy with its own message for this case reveals that an account does not exist.
        PasswordCheck::Unknown if run.has_words(profile, UNKNOWN) => Err(denied(profile, UNKNOWN, 90053)),
        PasswordCheck::Unknown => Err(denied(profile, WRONG, 90054)),
        PasswordCheck::Locked => Err(denied(profile, "UserMessageIfUserAccountLocked", 90114)),
        PasswordCheck::Disabled => Err(denied(profile, "UserMessageIfUserAccountDisabled", 90111)),
        PasswordCheck::Expired => Err(denied(profile, EXPIRED, 90052)),
    }
}

fn denied(profile: &Profile, id: &str, code: u32) -> Stop {
    Refusal { profile: Some(profile.id.clone()), ..Refusal::new(id).code(code) }.into()
}

/// Returns true if the policy itself handles a password that must be changed: it asks for the flag.
fn handles_expiry<W: World>(run: &Run<'_, '_, W>, profile: &Profile) -> bool {
    let flags = ["forceChangePasswordNextSignIn", "passwordExpired"];
    let asks = |name: &str| flags.iter().any(|flag| flag.eq_ignore_ascii_case(name));
    profile.outputs.iter().any(|claim| asks(&run.partner(claim, &profile.protocol)) || asks(&claim.claim))
}

/// The user's claims in the form of a token response, which such policies expect.
fn token_of<W: World>(run: &Run<'_, '_, W>, user: &Attributes, expired: bool) -> Claims {
    const NAMES: [(&str, &str); 6] = [
        ("oid", "objectId"),
        ("sub", "objectId"),
        ("upn", "userPrincipalName"),
        ("name", "displayName"),
        ("given_name", "givenName"),
        ("family_name", "surname"),
    ];
    let mut token: Claims = user.clone();
    for (claim, attribute) in NAMES {
        if let Some(value) = user.get(attribute) {
            token.insert(claim.to_owned(), value.clone());
        }
    }
    if let Some(tenant) = run.state.request.resolvers.get("policy:tenantobjectid") {
        token.insert("tid".to_owned(), Value::Text(tenant.clone()));
    }
    token.insert("passwordExpired".to_owned(), Value::Bool(expired));
    token
}
