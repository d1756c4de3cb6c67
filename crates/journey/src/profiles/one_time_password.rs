//! `OneTimePasswordProtocolProvider`: generates a code that the policy itself sends, and verifies it.

use super::codes::{self, CodeRules, Dialect, refused};
use super::{Claims, Kind, Settings};
use crate::World;
use crate::claims::value::Value;
use crate::policy::model::Profile;
use crate::run::Run;
use crate::run::claims::Frame;
use crate::run::stop::Stop;

/// The settings.
#[derive(Debug)]
pub(crate) struct OneTimePassword {
    operation: Operation,
    rules: CodeRules,
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Generate,
    Verify,
}

pub(super) fn compile(settings: &mut Settings<'_, '_>) -> Option<Kind> {
    let operation = settings.operation(&[("GenerateCode", Operation::Generate), ("VerifyCode", Operation::Verify)])?;
    Some(Kind::OneTimePassword(OneTimePassword { operation, rules: CodeRules::compile(settings) }))
}

impl OneTimePassword {
    pub(super) fn run<W: World>(
        &self,
        run: &mut Run<'_, '_, W>,
        profile: &Profile,
        frame: &mut Frame,
    ) -> Result<Claims, Stop> {
        match self.operation {
            Operation::Generate => self.generate(run, profile, frame),
            Operation::Verify => codes::check(run, profile, &self.rules, Dialect::Otp, frame),
        }
    }

    /// Generates a code and returns it as the output `otpGenerated`.
    fn generate<W: World>(&self, run: &mut Run<'_, '_, W>, profile: &Profile, frame: &Frame) -> Result<Claims, Stop> {
        let identifier = codes::identifier(run, profile, frame);
        let code = run.make(&identifier, &self.rules).map_err(|fault| refused(fault, Dialect::Otp, profile))?;
        Ok(Claims::from([("otpGenerated".to_owned(), Value::Text(code))]))
    }
}
