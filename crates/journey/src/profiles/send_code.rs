//! `AadSsprProtocolProvider`: mails a code to an address, and verifies it.

use super::codes::{self, CodeRules, Dialect, is_identifier};
use super::{Claims, Kind, Settings};
use crate::World;
use crate::claims::name;
use crate::policy::model::Profile;
use crate::run::Run;
use crate::run::claims::Frame;
use crate::run::stop::{Refusal, Stop};

/// The settings.
#[derive(Debug)]
pub(crate) struct SendCode {
    operation: Operation,
    rules: CodeRules,
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Send,
    Verify,
}

pub(super) fn compile(settings: &mut Settings<'_, '_>) -> Option<Kind> {
    let operation = settings.operation(&[("SendCode", Operation::Send), ("VerifyCode", Operation::Verify)])?;
    Some(Kind::SendCode(SendCode { operation, rules: CodeRules::compile(settings) }))
}

impl SendCode {
    pub(super) async fn run<W: World>(
        &self,
        run: &mut Run<'_, '_, W>,
        profile: &Profile,
        frame: &mut Frame,
    ) -> Result<Claims, Stop> {
        match self.operation {
            Operation::Send => self.send(run, profile, frame).await,
            Operation::Verify => codes::check(run, profile, &self.rules, Dialect::Sspr, frame),
        }
    }

    /// The address is the input `emailAddress`.
    async fn send<W: World>(&self, run: &mut Run<'_, '_, W>, profile: &Profile, frame: &Frame) -> Result<Claims, Stop> {
        let address = codes::identifier(run, profile, frame);
        if name::email(&address).is_none() {
            return Err(no_address(run, profile).into());
        }
        run.mail(&address, &self.rules, Dialect::Sspr).await?;
        Ok(Claims::new())
    }
}

/// The error for a text that cannot be an address, at the claim that holds it.
fn no_address<W: World>(run: &Run<'_, '_, W>, profile: &Profile) -> Refusal {
    let input = profile.inputs.iter().find(|claim| is_identifier(&run.partner(claim, &profile.protocol)));
    let claim = input.and_then(|input| run.policy.claims.get(&input.claim));
    let refusal = claim.map_or_else(|| Refusal::new("UserMessageIfInvalidInput"), |claim| run.no_address(claim));
    refusal.code(90161)
}
