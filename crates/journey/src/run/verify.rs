//! The profiles that make, mail and check codes.

use super::Run;
use super::claims::Frame;
use super::code::Fault;
use super::stop::{Refusal, Stop};
use crate::World;
use crate::claims::value::Value;
use crate::policy::model::{Dialect, Profile};
use std::collections::BTreeMap;

type Got = Result<BTreeMap<String, Value>, Stop>;

impl<W: World> Run<'_, '_, W> {
    /// `AadSspr` SendCode: the address is the input `emailAddress`.
    pub(super) async fn send_code(&mut self, profile: &Profile, frame: &Frame) -> Got {
        let address = self.identifier(profile, frame);
        if !is_address(&address) {
            return Err(Refusal::new("UserMessageIfInvalidInput").code(90161).into());
        }
        self.mail(&address, &profile.codes, Dialect::Sspr).await?;
        Ok(BTreeMap::new())
    }

    /// `OneTimePassword` GenerateCode: the code goes out as the output `otpGenerated`.
    pub(super) fn make_code(&mut self, profile: &Profile, frame: &Frame) -> Got {
        let identifier = self.identifier(profile, frame);
        let code = self.make(&identifier, &profile.codes).map_err(|fault| told(fault, Dialect::Otp, profile))?;
        Ok(BTreeMap::from([("otpGenerated".to_owned(), Value::Text(code))]))
    }

    pub(super) fn check_code(&mut self, profile: &Profile, dialect: Dialect, frame: &mut Frame) -> Got {
        let identifier = self.identifier(profile, frame);
        let inputs = self.inputs(profile, &profile.inputs, &frame.bag);
        let names = ["otpToVerify", "verificationCode"];
        let named = inputs.iter().find(|(name, _)| names.iter().any(|known| known.eq_ignore_ascii_case(name)));
        // AadSspr takes whatever claim is not the address.
        let code = named.or_else(|| inputs.iter().find(|(name, _)| !is_identifier(name)));
        let code = code.map(|(_, value)| value.text()).unwrap_or_default();
        self.prove(&identifier, &code, &profile.codes).map_err(|fault| told(fault, dialect, profile))?;
        frame.interactive = true;
        frame.proven = Some(identifier);
        Ok(BTreeMap::new())
    }

    fn identifier(&self, profile: &Profile, frame: &Frame) -> String {
        let inputs = self.inputs(profile, &profile.inputs, &frame.bag);
        inputs.iter().find(|(name, _)| is_identifier(name)).map(|(_, value)| value.text()).unwrap_or_default()
    }
}

fn is_identifier(partner: &str) -> bool {
    ["emailAddress", "identifier"].iter().any(|known| known.eq_ignore_ascii_case(partner))
}

fn told(fault: Fault, dialect: Dialect, profile: &Profile) -> Refusal {
    Refusal { profile: Some(profile.id.clone()), ..fault.refusal(dialect) }
}

/// Whether mail could go there. Whether it does, the code tells.
pub(super) fn is_address(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '<' | '>' | '(' | ')' | '"');
    let parts = text.rsplit_once('@');
    text.len() <= 254
        && !text.contains(odd)
        && parts.is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty())
}
