//! Technical profiles that redirect the browser to a provider, and the browser's return.

use super::Run;
use super::claims::Frame;
use super::stop::Stop;
use crate::event::Form;
use crate::outcome::Redirect;
use crate::policy::model::{Profile, id};
use crate::state::position::{Away, Waiting};
use crate::{Entry, Outcome, World};
use vestibule_protocol::digest::base64url;
use vestibule_protocol::error::Failure;

impl<W: World> Run<'_, '_, W> {
    /// Redirects the browser to the profile's provider. If it is already there, returns the same redirect again.
    pub(crate) async fn leave(&mut self, profile: &Profile) -> Result<Outcome, Stop> {
        let now = self.world.now();
        let away = match &self.state.at.waiting {
            Waiting::Away(away) if !away.is_late(now) => away.clone(),
            Waiting::Away(_) => self.depart(profile)?,
            _ => {
                self.prepare(profile).await?;
                self.depart(profile)?
            }
        };
        let url = profile.kind.departure(self, profile, &away)?;
        let (state, after_page) = (away.state, self.state.at.has_shown);
        Ok(Outcome::Redirect(Redirect { url, state, provider: profile.display_name.clone(), after_page }))
    }

    /// Starts waiting for the browser's return.
    fn depart(&mut self, profile: &Profile) -> Result<Box<Away>, Stop> {
        if matches!(self.state.request.entry, Entry::Refresh { .. }) {
            let cause = format!("a refresh cannot leave for the provider of {}", profile.id);
            return Err(Stop::end(Failure::grant_unusable(), cause));
        }
        let away = Box::new(Away {
            profile: id(&profile.id),
            state: self.token(),
            nonce: self.token(),
            verifier: self.token(),
            return_uri: profile.kind.return_uri(&self.state.request.return_uris).to_owned(),
            since: self.world.now(),
        });
        self.note(format!("{}: the browser leaves", profile.id));
        self.state.at.chosen = None;
        self.state.at.waiting = Waiting::Away(away.clone());
        Ok(away)
    }

    /// 256 random bits as text.
    fn token(&mut self) -> String {
        let mut bytes = [0; 32];
        self.world.random(&mut bytes);
        base64url(&bytes)
    }

    /// Handles the browser's return with the provider's response.
    pub(crate) async fn returned(&mut self, answer: &Form) -> Result<Outcome, Stop> {
        let state = answer.get("state").map(String::as_str).unwrap_or_default();
        let away = match self.state.at.waiting.returned(state, self.world.now()) {
            Ok(away) => away,
            Err(stray) => {
                self.note(format!("a return that does not count: {stray}"));
                return Ok(Outcome::Stray(stray));
            }
        };
        let profile = self.profile(&away.profile)?;
        let mut frame = Frame::of(std::mem::take(&mut self.state.bag));
        let done = self.arrive(profile, &away, answer, &mut frame).await;
        self.state.bag = std::mem::take(&mut frame.bag);
        done?;
        self.note(format!("{}: the browser is back", profile.id));
        self.credentials_of(&frame);
        self.remember(profile);
        self.next();
        Ok(Outcome::Accepted)
    }

    /// Takes over the provider's claims, then runs output claims and transformations.
    async fn arrive(&mut self, profile: &Profile, away: &Away, answer: &Form, frame: &mut Frame) -> Result<(), Stop> {
        let claims = profile.kind.arrival(self, profile, away, answer, frame).await?;
        let lent = self.lend(profile, &mut frame.bag);
        self.output(profile, &claims, frame);
        let done = self.transform(&profile.after, profile, &mut frame.bag).await;
        lent.give_back(profile, &mut frame.bag);
        done
    }
}
