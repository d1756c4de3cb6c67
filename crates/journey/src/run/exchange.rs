//! One technical profile that needs no page (custom policies 4.3).

use super::Run;
use super::claims::Frame;
use super::stop::Stop;
use crate::claims::value::{Value, rfc3339};
use crate::policy::model::{Kind, Profile, Validation};
use crate::{Entry, World};
use std::collections::BTreeMap;

impl<W: World> Run<'_, '_, W> {
    /// Transformations, the call, outputs, transformations.
    pub(super) async fn call(&mut self, profile: &Profile, frame: &mut Frame) -> Result<(), Stop> {
        self.transform(&profile.before, profile, &mut frame.bag)?;
        let got = match profile.kind {
            Kind::Directory(operation) => self.directory(profile, operation, frame).await?,
            Kind::Password => self.password(profile, frame).await?,
            Kind::SendCode => self.send_code(profile, frame).await?,
            Kind::MakeCode => self.make_code(profile, frame)?,
            Kind::CheckCode(dialect) => self.check_code(profile, dialect, frame)?,
            Kind::Grant => self.grant(),
            // What a transformation yields is in the bag already; its output claims only add defaults.
            Kind::Transformation | Kind::Context => self.own_claims(profile, frame),
            Kind::SelfAsserted | Kind::Session | Kind::NoSession | Kind::Issuer | Kind::Foreign(_) => {
                return Err(Stop::broken(format!("{} cannot run here", profile.id)));
            }
        };
        self.output(profile, &got, frame);
        self.transform(&profile.after, profile, &mut frame.bag)
    }

    /// A list of validation profiles: each sees what the ones before it yielded.
    pub(super) async fn validate(&mut self, list: &[Validation], frame: &mut Frame) -> Result<(), Stop> {
        for validation in list {
            let profile = self.profile(&validation.profile)?;
            if validation.skips.iter().any(|skip| skip.skips(&frame.bag)) {
                self.note(format!("validation {}: skipped", profile.id));
                continue;
            }
            match self.call(profile, frame).await {
                Ok(()) => {
                    self.note(format!("validation {}: passed", profile.id));
                    if !validation.continue_on_success {
                        return Ok(());
                    }
                }
                Err(Stop::Refused(mut refusal)) => {
                    self.note(format!("validation {}: {}", profile.id, refusal.id));
                    if !validation.continue_on_error {
                        refusal.profile.get_or_insert_with(|| profile.id.clone());
                        return Err(Stop::Refused(refusal));
                    }
                }
                Err(stop) => return Err(stop),
            }
        }
        Ok(())
    }

    /// The claims of the grant that is refreshed.
    fn grant(&self) -> BTreeMap<String, Value> {
        let Entry::Refresh { bag, issued_at } = &self.state.request.entry else { return BTreeMap::new() };
        let mut got: BTreeMap<String, Value> =
            bag.iter().map(|(claim, value)| (claim.clone(), value.clone())).collect();
        got.insert("refreshTokenIssuedOnDateTime".to_owned(), Value::Text(rfc3339(*issued_at)));
        got
    }

    fn own_claims(&self, profile: &Profile, frame: &Frame) -> BTreeMap<String, Value> {
        let own = profile
            .outputs
            .iter()
            .filter_map(|claim| Some((self.partner(claim, &profile.protocol), frame.bag.get(&claim.claim)?.clone())));
        own.collect()
    }
}
