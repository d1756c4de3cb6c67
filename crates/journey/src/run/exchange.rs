//! Runs technical profiles that need no page, singly or in a list.

use super::Run;
use super::claims::Frame;
use super::stop::Stop;
use crate::World;
use crate::policy::model::{Profile, Validation};

impl<W: World> Run<'_, '_, W> {
    /// Runs the input transformations, the profile, its output claims and the output transformations.
    pub(crate) async fn call(&mut self, profile: &Profile, frame: &mut Frame) -> Result<(), Stop> {
        self.transform(&profile.before, profile, &mut frame.bag).await?;
        let lent = self.lend(profile, &mut frame.bag);
        let done = self.work(profile, frame).await;
        lent.give_back(profile, &mut frame.bag);
        done
    }

    async fn work(&mut self, profile: &Profile, frame: &mut Frame) -> Result<(), Stop> {
        let got = profile.kind.run(self, profile, frame).await?;
        self.output(profile, &got, frame);
        self.transform(&profile.after, profile, &mut frame.bag).await
    }

    /// Runs a list of validation profiles; each sees the output of those before it.
    pub(crate) async fn validate(&mut self, list: &[Validation], frame: &mut Frame) -> Result<(), Stop> {
        for validation in list {
            let profile = self.profile(&validation.profile)?;
            if self.skip(&validation.skips, &frame.bag).is_some() {
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
}
