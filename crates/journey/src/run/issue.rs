//! The end of a journey: the claims for the application's tokens.

use super::Run;
use super::stop::Stop;
use crate::claims::value::{Bag, Value};
use crate::{Issued, Outcome, World};

impl<W: World> Run<'_, '_, W> {
    pub(crate) fn issue(&mut self) -> Result<Outcome, Stop> {
        let bag = &self.state.bag;
        let names = self.policy.relying_party.claim_names.iter();
        let named = names.zip(&self.policy.outputs).filter(|(_, claim)| !self.is_secret(&claim.claim));
        let claims: Vec<(String, Value)> = named
            .filter_map(|(name, claim)| {
                let value = self.input(claim, bag).filter(has_content)?;
                Some((name.clone(), self.data_type(&claim.claim).in_token(value)))
            })
            .collect();
        let subject = self
            .policy
            .subject
            .as_ref()
            .and_then(|subject| claims.iter().find(|(name, _)| name == subject).map(|(_, value)| value.text()));
        if subject.is_none() && !self.policy.relying_party.tokens.subject_not_supported {
            let name = self.policy.subject.clone().unwrap_or_default();
            return Err(Stop::broken(format!("the claim {name}, which names the subject, has no value")));
        }
        let object_id = self.state.person(self.policy);
        let kept: Bag = bag
            .iter()
            .filter(|(claim, _)| !self.is_secret(claim))
            .map(|(claim, value)| (claim.clone(), value.clone()))
            .collect();
        let (interactive, signed_in_at) = (self.state.proof.interactive, self.state.signed_in_at(self.policy));
        self.note("issued");
        Ok(Outcome::Token(Box::new(Issued { claims, subject, object_id, bag: kept, interactive, signed_in_at })))
    }
}

/// Returns true if the claim has a value: tokens have no empty claims.
fn has_content(value: &Value) -> bool {
    match value {
        Value::Text(text) => !text.is_empty(),
        Value::List(items) => !items.is_empty(),
        Value::Bool(_) | Value::Int(_) => true,
    }
}
