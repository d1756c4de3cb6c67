//! Claims in and out of technical profiles: partner names, defaults, resolvers, transformations.

use super::Run;
use super::stop::{Refusal, Stop};
use crate::claims::resolver::Sources;
use crate::claims::transform::Call;
use crate::claims::value::{Bag, DataType, Value};
use crate::policy::model::{ClaimRef, Id, Precondition, Profile};
use crate::{InputType, World};
use std::collections::{BTreeMap, BTreeSet};

/// The claims that a profile works on. What it changes is kept only when it succeeds.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    pub(crate) bag: Bag,
    /// Claims that the person emptied on the page.
    pub(crate) emptied: BTreeSet<Id>,
    /// Whether credentials were given and accepted.
    pub(crate) interactive: bool,
    /// What a code proved just now: an address or identifier.
    pub(crate) proven: Option<String>,
}

impl Frame {
    pub(crate) fn of(bag: Bag) -> Self {
        Self { bag, ..Self::default() }
    }
}

impl Precondition {
    /// Whether the step is skipped. `data_type` is the claim's: values are compared by what they mean, so that `true`
    /// and `True` are one boolean.
    pub(crate) fn skips(&self, bag: &Bag, data_type: DataType) -> bool {
        match (&self.equals, bag.get(&self.claim)) {
            (None, value) => value.is_some() == self.if_true,
            (Some(_), None) => false,
            (Some(wanted), Some(value)) => data_type.equals(value, wanted) == self.if_true,
        }
    }
}

impl<'a, W: World> Run<'a, '_, W> {
    pub(crate) fn profile(&self, id: &str) -> Result<&'a Profile, Stop> {
        self.policy.profiles.get(id).ok_or_else(|| Stop::broken(format!("no technical profile {id}")))
    }

    /// The data type of a claim.
    pub(crate) fn data_type(&self, claim: &str) -> DataType {
        self.policy.claims.get(claim).map_or(DataType::Text, |claim_type| claim_type.data_type)
    }

    /// The first of the preconditions that skips.
    pub(crate) fn skip<'p>(&self, preconditions: &'p [Precondition], bag: &Bag) -> Option<&'p Precondition> {
        preconditions.iter().find(|one| one.skips(bag, self.data_type(&one.claim)))
    }

    /// Claims that were kept by another journey, perhaps of another policy, as this policy types them. Those that
    /// cannot be of its type are left out.
    pub(crate) fn typed_bag(&self, kept: &Bag) -> Bag {
        let typed = |(claim, value): (&Id, &Value)| Some((claim.clone(), self.data_type(claim).coerce(value)?));
        kept.iter().filter_map(typed).collect()
    }

    /// A default with its resolvers filled.
    pub(crate) fn resolve(&self, text: &str, bag: &Bag) -> Option<String> {
        let (request, policy_id, now) = (&self.state.request, self.policy.id.as_str(), self.world.now());
        Sources { request, bag, policy_id, now }.resolve(text)
    }

    /// The value that goes into a profile: the bag's, else the default; with AlwaysUseDefaultValue the default always.
    pub(crate) fn input(&self, claim: &ClaimRef, bag: &Bag) -> Option<Value> {
        let data_type = self.data_type(&claim.claim);
        let default = || data_type.read(&self.resolve(claim.default.as_deref()?, bag)?);
        if claim.always_default && claim.default.is_some() {
            return default();
        }
        bag.get(&claim.claim).cloned().or_else(default)
    }

    /// The name under which the other side knows a claim.
    pub(crate) fn partner(&self, claim: &ClaimRef, protocol: &str) -> String {
        let claim_type = self.policy.claims.get(&claim.claim);
        let usual = || claim_type.and_then(|claim_type| claim_type.partners.get(protocol).cloned());
        let own = || claim_type.map_or_else(|| claim.claim.clone(), |claim_type| claim_type.id.clone());
        claim.partner.clone().or_else(usual).unwrap_or_else(own)
    }

    /// The inputs of a profile by partner name, in order.
    pub(crate) fn inputs(&self, profile: &Profile, list: &[ClaimRef], bag: &Bag) -> Vec<(String, Value)> {
        let pair = |claim: &ClaimRef| Some((self.partner(claim, &profile.protocol), self.input(claim, bag)?));
        list.iter().filter_map(pair).collect()
    }

    /// Put what a profile got, by partner name, into the bag as its output claims say.
    pub(crate) fn output(&self, profile: &Profile, got: &BTreeMap<String, Value>, frame: &mut Frame) {
        for claim in &profile.outputs {
            let Some(claim_type) = self.policy.claims.get(&claim.claim) else { continue };
            let names = [self.partner(claim, &profile.protocol), claim_type.id.clone()];
            let found = names.iter().find_map(|name| {
                got.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
            });
            let default = || {
                let text = self.resolve(claim.default.as_deref()?, &frame.bag)?;
                claim_type.data_type.read(&text)
            };
            let value = match found {
                _ if claim.always_default && claim.default.is_some() => default(),
                Some(value) => claim_type.data_type.coerce(value),
                None => default(),
            };
            if let Some(value) = value {
                frame.bag.insert(claim.claim.clone(), value);
            }
        }
    }

    /// Run claims transformations, each on what the one before left.
    pub(crate) fn transform(&mut self, list: &[Id], profile: &Profile, bag: &mut Bag) -> Result<(), Stop> {
        for id in list {
            let transformation = self.policy.transformations.get(id);
            let transformation =
                transformation.ok_or_else(|| Stop::broken(format!("no claims transformation {id}")))?;
            let resolved = |(key, text): (&String, &String)| (key.clone(), self.resolve(text, bag).unwrap_or_default());
            let params = transformation.params.iter().map(resolved).collect();
            let mut random = [0; 32];
            self.world.random(&mut random);
            let inputs = transformation.inputs.iter();
            let call = Call {
                inputs: inputs.map(|(kind, claim)| (kind.as_str(), bag.get(claim))).collect(),
                params: &params,
                now: self.world.now(),
                random,
            };
            let outputs = (transformation.method.run)(&call).map_err(|message| {
                let profile = Some(profile.id.clone());
                Stop::from(Refusal { profile, ..Refusal::new(message) })
            })?;
            for (kind, claim) in &transformation.outputs {
                match outputs.iter().find(|(known, _)| known == kind) {
                    Some((_, Some(value))) => {
                        if let Some(value) = self.data_type(claim).coerce(value) {
                            bag.insert(claim.clone(), value);
                        }
                    }
                    Some((_, None)) => drop(bag.remove(claim)),
                    None => {}
                }
            }
        }
        Ok(())
    }

    /// A password never leaves the profile that asked for it.
    pub(crate) fn is_secret(&self, claim: &str) -> bool {
        self.policy.claims.get(claim).is_some_and(|claim| claim.input == Some(InputType::Password))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preconditions_skip_as_the_contract_says() {
        let bag = Bag::from([("city".to_owned(), "Rome".into()), ("new".to_owned(), Value::Bool(true))]);
        let skips = |claim: &str, equals: Option<&str>, if_true| {
            let data_type = if claim == "new" { DataType::Boolean } else { DataType::Text };
            Precondition { claim: claim.to_owned(), equals: equals.map(str::to_owned), if_true }.skips(&bag, data_type)
        };
        for (claim, equals, if_true, expected) in [
            ("city", None, true, true),
            ("city", None, false, false),
            ("missing", None, true, false),
            ("missing", None, false, true),
            ("city", Some("Rome"), true, true),
            ("city", Some("rome"), true, false),
            ("city", Some("Oslo"), false, true),
            ("new", Some("True"), true, true),
            ("new", Some("true"), true, true),
            ("new", Some("false"), true, false),
            ("new", Some("false"), false, true),
            // A missing claim makes a comparison inert, whatever it asks for.
            ("missing", Some("x"), true, false),
            ("missing", Some("x"), false, false),
        ] {
            assert_eq!(skips(claim, equals, if_true), expected, "{claim} {equals:?} {if_true}");
        }
    }
}
