//! Moves claims into and out of technical profiles: partner names, defaults, resolvers, transformations.

use super::Run;
use super::stop::{Refusal, Stop};
use crate::claims::resolver::Sources;
use crate::claims::transform::{Call, Fault, Yield};
use crate::claims::value::{Bag, DataType, Value};
use crate::policy::model::{ClaimRef, Id, InputParameter, Precondition, Profile, Transformation};
use crate::{InputType, KeyError, Secret, World};
use std::collections::{BTreeMap, BTreeSet};

/// The claims that a profile works on. Its changes are kept only if it succeeds.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    pub(crate) bag: Bag,
    /// Claims whose field the user left empty, on a page that allows claims without a value.
    pub(crate) emptied: BTreeSet<Id>,
    /// True if credentials were given and accepted.
    pub(crate) interactive: bool,
    /// The address or identifier that a code has just verified.
    pub(crate) proven: Option<String>,
}

impl Frame {
    pub(crate) fn of(bag: Bag) -> Self {
        Self { bag, ..Self::default() }
    }
}

impl Precondition {
    /// Returns true if the step is skipped. `data_type` is the claim's type: values are compared by meaning, so that
    /// `true` and `True` are the same boolean.
    pub(crate) fn skips(&self, bag: &Bag, data_type: DataType) -> bool {
        match (&self.equals, bag.get(&self.claim)) {
            (None, value) => value.is_some() == self.if_true,
            (Some(_), None) => false,
            (Some(wanted), Some(value)) => data_type.equals(value, wanted) == self.if_true,
        }
    }
}

/// Input claims that were set by a profile's defaults: the claim, its previous value, and the default.
#[derive(Debug, Default)]
pub(crate) struct Lent(Vec<(Id, Option<Value>, Value)>);

impl Lent {
    fn put(&mut self, claim: &Id, value: Value, bag: &mut Bag) {
        let before = bag.insert(claim.clone(), value.clone());
        if before.as_ref() != Some(&value) {
            self.0.push((claim.clone(), before, value));
        }
    }

    /// Restores the previous values after the profile has run, except for claims that it changed and for its output
    /// claims.
    pub(crate) fn give_back(self, profile: &Profile, bag: &mut Bag) {
        for (claim, before, lent) in self.0 {
            let kept = profile.outputs.iter().any(|output| output.claim == claim);
            if kept || bag.get(&claim) != Some(&lent) {
                continue;
            }
            match before {
                Some(value) => drop(bag.insert(claim, value)),
                None => drop(bag.remove(&claim)),
            }
        }
    }
}

/// The reason why a claims transformation did not run.
enum Refused {
    ByMethod(Fault),
    Stop(Stop),
}

impl From<Stop> for Refused {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
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

    /// The first precondition that skips the step.
    pub(crate) fn skip<'p>(&self, preconditions: &'p [Precondition], bag: &Bag) -> Option<&'p Precondition> {
        preconditions.iter().find(|one| one.skips(bag, self.data_type(&one.claim)))
    }

    /// Converts claims that another journey stored, perhaps under another policy, to this policy's data types. Claims
    /// that cannot be converted are left out.
    pub(crate) fn typed_bag(&self, kept: &Bag) -> Bag {
        let typed = |(claim, value): (&Id, &Value)| Some((claim.clone(), self.data_type(claim).coerce(value)?));
        kept.iter().filter_map(typed).collect()
    }

    /// A default with its resolvers filled in.
    pub(crate) fn resolve(&self, text: &str, bag: &Bag) -> Option<String> {
        let (request, policy_id, now) = (&self.state.request, self.policy.id.as_str(), self.world.now());
        Sources { request, bag, policy_id, now }.resolve(text)
    }

    /// The claim's default, converted to the claim's type.
    fn default_of(&self, claim: &ClaimRef, bag: &Bag) -> Option<Value> {
        let data_type = self.data_type(&claim.claim);
        let text = claim.default.as_deref()?;
        if claim.resolves { data_type.read(&self.resolve(text, bag)?) } else { data_type.read(text) }
    }

    /// The value passed to a profile: the one in the bag, or else the default. With AlwaysUseDefaultValue, always the
    /// default.
    pub(crate) fn input(&self, claim: &ClaimRef, bag: &Bag) -> Option<Value> {
        if claim.always_default && claim.default.is_some() {
            return self.default_of(claim, bag);
        }
        bag.get(&claim.claim).cloned().or_else(|| self.default_of(claim, bag))
    }

    /// Puts the profile's input claims into the bag while the profile runs, including those that have only a default,
    /// so that its transformations and output claims see them.
    pub(crate) fn lend(&self, profile: &Profile, bag: &mut Bag) -> Lent {
        let mut lent = Lent::default();
        for claim in profile.inputs.iter().filter(|claim| claim.default.is_some()) {
            if let Some(value) = self.input(claim, bag) {
                lent.put(&claim.claim, value, bag);
            }
        }
        lent
    }

    /// The same for a submitted page, whose form may have changed the input claims.
    pub(crate) fn lend_submitted(&self, profile: &Profile, submitted: &Frame, bag: &mut Bag) -> Lent {
        let mut lent = Lent::default();
        for claim in profile.inputs.iter().filter(|claim| claim.default.is_some() && !self.is_secret(&claim.claim)) {
            if let Some(value) = submitted.bag.get(&claim.claim) {
                lent.put(&claim.claim, value.clone(), bag);
            }
        }
        lent
    }

    /// The partner name of a claim.
    pub(crate) fn partner(&self, claim: &ClaimRef, protocol: &str) -> String {
        let claim_type = self.policy.claims.get(&claim.claim);
        let usual = || claim_type.and_then(|claim_type| claim_type.partners.get(protocol).cloned());
        let own = || claim_type.map_or_else(|| claim.claim.clone(), |claim_type| claim_type.id.clone());
        claim.partner.clone().or_else(usual).unwrap_or_else(own)
    }

    /// The inputs of a profile with their partner names, in order.
    pub(crate) fn inputs(&self, profile: &Profile, list: &[ClaimRef], bag: &Bag) -> Vec<(String, Value)> {
        let pair = |claim: &ClaimRef| Some((self.partner(claim, &profile.protocol), self.input(claim, bag)?));
        list.iter().filter_map(pair).collect()
    }

    /// Puts a profile's results, by partner name, into the bag as its output claims say. A default is used only if the
    /// claim does not exist; with AlwaysUseDefaultValue, it replaces the claim.
    pub(crate) fn output(&self, profile: &Profile, got: &BTreeMap<String, Value>, frame: &mut Frame) {
        for claim in &profile.outputs {
            let Some(claim_type) = self.policy.claims.get(&claim.claim) else { continue };
            let names = [self.partner(claim, &profile.protocol), claim_type.id.clone()];
            let found = names.iter().find_map(|name| {
                got.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
            });
            let value = match found {
                Some(value) if !(claim.always_default && claim.default.is_some()) => claim_type.data_type.coerce(value),
                _ => self.input(claim, &frame.bag),
            };
            if let Some(value) = value {
                frame.bag.insert(claim.claim.clone(), value);
            }
        }
    }

    /// Runs claims transformations one after the other.
    pub(crate) async fn transform(&mut self, list: &[Id], profile: &Profile, bag: &mut Bag) -> Result<(), Stop> {
        for id in list {
            let transformation = self.policy.transformations.get(id);
            let transformation =
                transformation.ok_or_else(|| Stop::broken(format!("no claims transformation {id}")))?;
            let outputs = self.run_method(transformation, profile, bag).await.map_err(|fault| match fault {
                Refused::ByMethod(Fault::Denied(message)) => {
                    Refusal { profile: Some(profile.id.clone()), ..Refusal::new(message) }.into()
                }
                Refused::ByMethod(Fault::Broken(cause)) => {
                    Stop::broken(format!("{id} ({}) of {}: {cause}", transformation.method.name, profile.id))
                }
                Refused::Stop(stop) => stop,
            })?;
            self.keep_outputs(transformation, &outputs, bag);
        }
        Ok(())
    }

    async fn run_method(&mut self, of: &Transformation, profile: &Profile, bag: &Bag) -> Result<Yield, Refused> {
        let (request, policy_id, now) = (&self.state.request, self.policy.id.as_str(), self.world.now());
        let sources = Sources { request, bag, policy_id, now };
        let filled = |param: &InputParameter| InputParameter {
            value: sources.expressions(&param.value, &profile.id),
            ..param.clone()
        };
        let params: Vec<InputParameter> = of.params.iter().map(filled).collect();
        let key = of.method.key().and_then(|key| params.iter().find(|param| param.id.eq_ignore_ascii_case(key.name)));
        let secret = match key {
            Some(container) => Some(self.secret(&container.value).await?),
            None => None,
        };
        let mut random = [0; 32];
        self.world.random(&mut random);
        let inputs = of.inputs.iter().map(|(kind, claim)| (kind.as_str(), bag.get(claim))).collect();
        let outputs = of.outputs.iter().map(|(kind, _)| kind.as_str()).collect();
        let call = Call { inputs, params: &params, outputs, secret: secret.as_ref(), now, random };
        (of.method.run)(&call).map_err(Refused::ByMethod)
    }

    async fn secret(&mut self, container: &str) -> Result<Secret, Stop> {
        self.world.secret(container).await.map_err(|error| match error {
            KeyError::World(error) => error.into(),
            other => Stop::broken(format!("the key container {container}: {other}")),
        })
    }

    /// Puts the outputs of a method into the claims that the transformation names.
    fn keep_outputs(&self, of: &Transformation, outputs: &Yield, bag: &mut Bag) {
        for (kind, claim) in &of.outputs {
            let data_type = self.data_type(claim);
            match outputs.iter().find(|(known, _)| known.eq_ignore_ascii_case(kind)) {
                Some((_, Some(value))) => {
                    if let Some(value) = data_type.coerce(value) {
                        bag.insert(claim.clone(), value);
                    }
                }
                Some((_, None)) => drop(bag.remove(claim)),
                None => {}
            }
        }
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
            // A comparison with a missing claim has no effect, whatever it asks for.
            ("missing", Some("x"), true, false),
            ("missing", Some("x"), false, false),
        ] {
            assert_eq!(skips(claim, equals, if_true), expected, "{claim} {equals:?} {if_true}");
        }
    }
}
