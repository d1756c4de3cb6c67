//! The fields, verified addresses and display controls of a page.

use super::Run;
use crate::World;
use crate::claims::value::Value;
use crate::outcome::ControlState;
use crate::policy::model::{ClaimType, DisplayControl, Profile, Shown, id};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// One entry of a page's form.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entry<'a> {
    /// An input.
    Field { claim: &'a ClaimType, required: bool },
    /// A `Verified.Email` output claim: an address, verified by a code that the engine generates.
    Verified { claim: &'a ClaimType, required: bool },
    /// A verification control, whose buttons run validation lists.
    Control { control: &'a DisplayControl, address: &'a ClaimType, code: &'a ClaimType },
}

impl<'a> Entry<'a> {
    /// The id of the verification control in pages.
    pub(crate) fn control_id(&self) -> Option<&'a str> {
        match self {
            Self::Field { .. } => None,
            Self::Verified { claim, .. } => Some(&claim.id),
            Self::Control { control, .. } => Some(&control.id),
        }
    }

    /// The claim that the user enters; for a verification, the address.
    pub(crate) fn claim(&self) -> &'a ClaimType {
        match self {
            Self::Field { claim, .. } | Self::Verified { claim, .. } => claim,
            Self::Control { address, .. } => address,
        }
    }

    pub(crate) fn required(&self) -> bool {
        match self {
            Self::Field { required, .. } | Self::Verified { required, .. } => *required,
            Self::Control { control, .. } => control.required,
        }
    }

    /// The form name of the code's input.
    pub(crate) fn code_id(&self) -> String {
        match self {
            Self::Control { code, .. } => code.id.clone(),
            _ => format!("{}_ver_input", self.claim().id),
        }
    }
}

impl<'a, W: World> Run<'a, '_, W> {
    /// The profile's entries: its display claims or, without any, the output claims that only the user can fill.
    pub(crate) fn entries(&self, profile: &'a Profile) -> Vec<Entry<'a>> {
        if profile.shown.is_empty() {
            return self.entries_of_outputs(profile);
        }
        let policy = self.policy;
        let entry = |shown: &'a Shown| match shown {
            Shown::Claim { claim, required } => {
                let claim = policy.claims.get(claim).filter(|claim| claim.input.is_some())?;
                Some(Entry::Field { claim, required: *required })
            }
            Shown::Control(control) => {
                let control = policy.controls.get(control)?;
                let (address, code) = (policy.claims.get(&control.address)?, policy.claims.get(&control.code)?);
                Some(Entry::Control { control, address, code })
            }
        };
        profile.shown.iter().filter_map(entry).collect()
    }

    fn entries_of_outputs(&self, profile: &'a Profile) -> Vec<Entry<'a>> {
        let validations = profile.validations.iter().filter_map(|v| self.policy.profiles.get(&v.profile));
        let supplied: BTreeSet<&str> =
            validations.flat_map(|profile| &profile.outputs).map(|claim| claim.claim.as_str()).collect();
        let verifies = profile.kind.page().is_none_or(|page| page.verifies_email);
        let mut entries = Vec::new();
        for output in &profile.outputs {
            let Some(claim) = self.policy.claims.get(&output.claim).filter(|claim| claim.input.is_some()) else {
                continue;
            };
            if output.default.is_some() || supplied.contains(output.claim.as_str()) {
                continue;
            }
            let is_email = output.partner.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("Verified.Email"));
            entries.push(if is_email && verifies {
                Entry::Verified { claim, required: output.required }
            } else {
                Entry::Field { claim, required: output.required }
            });
        }
        entries
    }

    /// The claim that prefills an entry: an input claim of the profile or of the control.
    pub(crate) fn prefill(&self, profile: &Profile, entry: &Entry<'_>) -> Option<Value> {
        let claim = id(&entry.claim().id);
        let own = match entry {
            Entry::Control { control, .. } => control.inputs.as_slice(),
            _ => &[],
        };
        let input = own.iter().chain(&profile.inputs).find(|input| input.claim == claim)?;
        self.input(input, &self.state.bag).filter(|_| !self.is_secret(&claim))
    }

    /// The entered value, or the real value if the form returns the mask unchanged.
    pub(crate) fn unmasked<'f>(&self, profile: &Profile, entry: &Entry<'_>, typed: &'f str) -> Cow<'f, str> {
        let Some(mask) = &entry.claim().mask else { return Cow::Borrowed(typed) };
        let known = self.verification(entry).1.or_else(|| self.prefill(profile, entry).map(|value| value.text()));
        match known {
            Some(value) if mask.apply(&value) == typed.trim() => Cow::Owned(value),
            _ => Cow::Borrowed(typed),
        }
    }

    /// The state of a verification, and the address being verified.
    pub(crate) fn verification(&self, entry: &Entry<'_>) -> (ControlState, Option<String>) {
        if let Some(address) = self.state.page.verified.get(&id(&entry.claim().id)) {
            return (ControlState::Verified, Some(address.clone()));
        }
        let sent = entry.control_id().and_then(|control| self.state.page.addresses.get(&id(control)));
        match sent {
            Some(address) => (ControlState::Sent, Some(address.clone())),
            None => (ControlState::Initial, None),
        }
    }
}
