//! Display controls: verification controls, with the profiles that their buttons run.

use super::read::To;
use super::{Compiler, key};
use crate::policy::model::{DisplayControl, Id};
use crate::problem::Code;
use crate::xml::Element;
use std::collections::BTreeMap;

impl Compiler<'_> {
    pub(crate) fn controls(&mut self) -> BTreeMap<Id, DisplayControl> {
        self.blocks("DisplayControls", "DisplayControl")
            .into_iter()
            .filter_map(|element| Some((key(element), self.control(element)?)))
            .collect()
    }

    /// Returns `None` also for an unsupported type, which is reported only where it is used.
    fn control(&mut self, element: &Element) -> Option<DisplayControl> {
        let name = self.needed(element, "Id")?.to_owned();
        let kind = element.attr("UserInterfaceControlType")?;
        const TYPES: &[(&str, bool)] = &[
            ("VerificationControl", true),
            ("QrCodeControl", false),
            ("AuthenticatorAppIconControl", false),
            ("AuthenticatorInfoControl", false),
            ("CaptchaControl", false),
        ];
        if !self.word(kind, TYPES)? {
            return None;
        }
        let inputs = self.claim_refs(element, "InputClaims");
        let outputs = self.claim_refs(element, "OutputClaims");
        let shown: Vec<&Element> = element.list("DisplayClaims", "DisplayClaim").collect();
        let is_code = |entry: &&Element| {
            entry.attr("ControlClaimType").is_some_and(|kind| kind.eq_ignore_ascii_case("VerificationCode"))
        };
        let code = shown.iter().copied().find(is_code);
        let address = shown.iter().copied().find(|entry| !is_code(entry));
        let (Some(code), Some(address)) = (code, address) else {
            let message = format!(
                "{name} needs two display claims: an address, and a code whose ControlClaimType is VerificationCode"
            );
            self.report.error(Code::Profile, element.place, message);
            return None;
        };
        let code = self.reference(code, "ClaimTypeReferenceId", To::CLAIM);
        let required = self.boolean(address, "Required").unwrap_or(false);
        let address = self.reference(address, "ClaimTypeReferenceId", To::CLAIM);
        let mut actions = BTreeMap::new();
        for action in element.list("Actions", "Action") {
            let list = action.child("ValidationClaimsExchange");
            actions.insert(key(action), self.validations(list, "TechnicalProfileReferenceId"));
        }
        for needed in ["SendCode", "VerifyCode"] {
            if !actions.contains_key(&needed.to_ascii_lowercase()) {
                self.report.error(Code::MissingElement, element.place, format!("{name} needs the action {needed}"));
            }
        }
        Some(DisplayControl { id: name, inputs, address: address?, required, code: code?, outputs, actions })
    }
}
