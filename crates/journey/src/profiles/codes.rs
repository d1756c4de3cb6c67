//! Shared by the kinds of profiles that create, mail and verify codes.

use super::{Claims, Settings};
use crate::World;
use crate::claims::characters::Characters;
use crate::policy::model::Profile;
use crate::run::Run;
use crate::run::claims::Frame;
use crate::run::code::Fault;
use crate::run::stop::{Refusal, Stop};

/// The minimum size of a code's character set.
const LEAST_CHARACTERS: usize = 10;

/// The set of string ids that a code profile uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// A `Verified.Email` claim: `ver_fail_retry` and so on.
    Classic,
    /// AadSspr: `UserMessageIfVerificationFailedRetryAllowed` and so on.
    Sspr,
    /// One-time password: `UserMessageIfInvalidCode` and so on.
    Otp,
}

/// The limits of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CodeRules {
    /// Lifetime in seconds, 60 to 1200.
    pub(crate) seconds: u32,
    /// Characters of a code, 4 to 32.
    pub(crate) length: usize,
    pub(crate) characters: Vec<char>,
    /// Wrong attempts after which no code is accepted any more, 1 to 20.
    pub(crate) most_tries: u32,
    /// Maximum number of codes for one address, at least 1. The number of mails to one mailbox per day is limited
    /// separately.
    pub(crate) most_codes: u32,
    /// True if a code that is still valid is sent again instead of a new one.
    pub(crate) reuse: bool,
}

impl Default for CodeRules {
    fn default() -> Self {
        let characters = ('0'..='9').collect();
        Self { seconds: 600, length: 6, characters, most_tries: 5, most_codes: 10, reuse: false }
    }
}

impl CodeRules {
    pub(super) fn compile(settings: &mut Settings<'_, '_>) -> Self {
        let default = Self::default();
        Self {
            seconds: settings.number("CodeExpirationInSeconds", 60, 1200).unwrap_or(default.seconds),
            length: settings.bounded("CodeLength", 4, 32).map_or(default.length, |n| n as usize),
            most_tries: settings.bounded("NumRetryAttempts", 1, 20).unwrap_or(default.most_tries),
            most_codes: settings.bounded("NumCodeGenerationAttempts", 1, u32::MAX).unwrap_or(default.most_codes),
            reuse: settings.text("ReuseSameCode").is_some_and(|text| text.eq_ignore_ascii_case("true")),
            characters: characters(settings).unwrap_or(default.characters),
        }
    }
}

fn characters(settings: &mut Settings<'_, '_>) -> Option<Vec<char>> {
    const KEY: &str = "CharacterSet";
    let characters = Characters::new(settings.text(KEY)?).all();
    if characters.len() < LEAST_CHARACTERS {
        settings.error(KEY, "CharacterSet needs ten characters or more, such as 0-9");
    }
    Some(characters)
}

/// Checks the code among the inputs against the one generated for the identifier.
pub(super) fn check<W: World>(
    run: &mut Run<'_, '_, W>,
    profile: &Profile,
    rules: &CodeRules,
    dialect: Dialect,
    frame: &mut Frame,
) -> Result<Claims, Stop> {
    let identifier = identifier(run, profile, frame);
    let inputs = run.inputs(profile, &profile.inputs, &frame.bag);
    let names = ["otpToVerify", "verificationCode"];
    let named = inputs.iter().find(|(name, _)| names.iter().any(|known| known.eq_ignore_ascii_case(name)));
    // For AadSspr, the code is whichever claim is not the address.
    let code = named.or_else(|| inputs.iter().find(|(name, _)| !is_identifier(name)));
    let code = code.map(|(_, value)| value.text()).unwrap_or_default();
    run.prove(&identifier, &code, rules).map_err(|fault| refused(fault, dialect, profile))?;
    frame.interactive = true;
    frame.proven = Some(identifier);
    Ok(Claims::new())
}

/// The address that a code belongs to: the input `emailAddress` or `identifier`.
pub(super) fn identifier<W: World>(run: &Run<'_, '_, W>, profile: &Profile, frame: &Frame) -> String {
    let inputs = run.inputs(profile, &profile.inputs, &frame.bag);
    inputs.iter().find(|(name, _)| is_identifier(name)).map(|(_, value)| value.text()).unwrap_or_default()
}

pub(super) fn is_identifier(partner: &str) -> bool {
    ["emailAddress", "identifier"].iter().any(|known| known.eq_ignore_ascii_case(partner))
}

/// The fault as an error message of the profile.
pub(super) fn refused(fault: Fault, dialect: Dialect, profile: &Profile) -> Refusal {
    Refusal { profile: Some(profile.id.clone()), ..fault.refusal(dialect) }
}
