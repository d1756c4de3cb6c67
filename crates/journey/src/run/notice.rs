//! Messages for the user: the policy's text, from localization or metadata, or else only the id.

use super::Run;
use super::stop::Refusal;
use crate::policy::model::{Profile, id};
use crate::{Notice, World};

impl<W: World> Run<'_, '_, W> {
    pub(crate) fn notice(&self, refusal: &Refusal) -> Notice {
        let refused_by = refusal.profile.as_ref().and_then(|profile| self.policy.profiles.get(&id(profile)));
        Notice {
            id: refusal.id.clone(),
            text: refusal.text.clone().or_else(|| self.words(refused_by, &refusal.id)),
            claim: refusal.claim.clone(),
            code: refusal.code,
            args: self.args(refusal),
        }
    }

    /// The values for the message: the refusal's own or, without any, the label of the input at fault.
    fn args(&self, refusal: &Refusal) -> Vec<String> {
        if !refusal.args.is_empty() {
            return refusal.args.clone();
        }
        let claim = refusal.claim.as_ref().and_then(|claim| self.policy.claims.get(&id(claim)));
        claim.map(|claim| self.label(claim)).into_iter().collect()
    }

    /// Returns true if the policy has its own text for this string.
    pub(crate) fn has_words(&self, profile: &Profile, string: &str) -> bool {
        self.words(Some(profile), string).is_some()
    }

    fn words(&self, refused_by: Option<&Profile>, string: &str) -> Option<String> {
        let localized = self.texts().message(string).map(str::to_owned);
        let metadata = || {
            let profiles = [self.shown_profile(), refused_by];
            profiles.into_iter().flatten().find_map(|profile| profile.sentence(string)).map(str::to_owned)
        };
        localized.or_else(metadata)
    }
}
