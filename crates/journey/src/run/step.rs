//! Runs steps until the journey needs the user or ends.

use super::Run;
use super::claims;
use super::stop::{End, Refusal, Stop};
use crate::policy::model::{Action, Exchange, Profile, Step, id};
use crate::state::position::{Frame, JourneyId, MOST_FRAMES, Waiting};
use crate::{Entry, Outcome, Session, World, sentence};
use vestibule_protocol::error::Failure;

/// Most steps of one run; no journey has loops.
const MOST_STEPS: usize = 1000;

/// Errors for a user that is deleted or disabled.
const GONE: [&str; 3] = [
    "UserMessageIfClaimsPrincipalDoesNotExist",
    "UserMessageIfUserAccountDisabled",
    // The packs' assertion that the account is enabled.
    "UserMessageIfClaimsTransformationBooleanValueIsNotEqual",
];

/// The result of a step.
pub(crate) enum Went {
    /// To the next step.
    On,
    /// To a page, or to an end with a token.
    Out(Outcome),
}

impl<W: World> Run<'_, '_, W> {
    /// Continues. A session whose user is deleted or disabled is dropped, and the user signs in.
    pub(crate) async fn go(&mut self) -> Result<Outcome, Stop> {
        match self.walk().await {
            Err(Stop::Refused(refusal))
                if self.state.session.restored
                    && !self.state.proof.interactive
                    && GONE.contains(&refusal.id.as_str()) =>
            {
                self.note("the user of the session is gone: begin again without it");
                self.state.at.frames.clear();
                self.state.bag.clear();
                self.state.at.chosen = None;
                self.state.session.kept = Session::default();
                self.state.session.ignored = true;
                self.state.session.restored = false;
                self.walk().await
            }
            went => went,
        }
    }

    async fn walk(&mut self) -> Result<Outcome, Stop> {
        if self.state.at.frames.is_empty()
            && let Some(outcome) = self.begin().await?
        {
            return Ok(outcome);
        }
        for _ in 0..MOST_STEPS {
            let Some(journey) = self.state.at.frames.last().map(|frame| frame.journey.clone()) else {
                let failure =
                    Failure::new(90040, "server_error", "The user journey does not contain a send claims step.");
                return Err(Stop::end(failure, "the journey ended without a token"));
            };
            let Some(step) = self.step() else {
                self.note(format!("{}: end", journey.name()));
                self.state.at.frames.pop();
                continue;
            };
            let showing = !self.state.at.waiting.is_nothing();
            if !showing && let Some(skip) = self.skip(&step.skips, &self.state.bag) {
                self.note(format!("{} {}: skipped because of {}", journey.name(), step.order, skip.claim));
                self.next();
                continue;
            }
            let went = match &step.action {
                Action::Select(selection) => self.select(step, selection).await?,
                Action::Exchange(exchanges) => self.exchange(step, exchanges).await?,
                Action::Call(sub) => {
                    self.next();
                    self.call_journey(sub)?;
                    Went::On
                }
                Action::Transfer(sub) => {
                    self.state.at.frames = vec![Frame::first(JourneyId::Sub(sub.clone()))];
                    Went::On
                }
                Action::GetClaims { .. } => {
                    self.get_claims();
                    self.next();
                    Went::On
                }
                Action::Issue(_) => Went::Out(self.issue()?),
                Action::Foreign(kind) => return Err(Stop::broken(format!("a step of type {kind} cannot run"))),
            };
            if let Went::Out(outcome) = went {
                return Ok(outcome);
            }
        }
        Err(Stop::broken("the journey does not come to an end"))
    }

    /// Enter the journey. An outcome already: a refresh that the policy has no journey for.
    async fn begin(&mut self) -> Result<Option<Outcome>, Stop> {
        let refresh = matches!(self.state.request.entry, Entry::Refresh { .. });
        self.state.session.ignored |= refresh;
        let journey = match &self.policy.relying_party.refresh_journey {
            Some(journey) if refresh => journey,
            None if refresh => return self.reissue().await.map(Some),
            _ => &self.policy.journey,
        };
        self.state.at.frames.push(Frame::first(JourneyId::User(journey.clone())));
        Ok(None)
    }

    /// Enter a sub-journey; its end leads back here.
    fn call_journey(&mut self, sub: &str) -> Result<(), Stop> {
        if self.state.at.frames.len() >= MOST_FRAMES {
            return Err(Stop::broken(format!("sub-journeys are nested more than {MOST_FRAMES} deep")));
        }
        self.state.at.frames.push(Frame::first(JourneyId::Sub(sub.to_owned())));
        Ok(())
    }

    /// The relying party's input claims, from the request.
    fn get_claims(&mut self) {
        for claim in &self.policy.inputs {
            if let Some(value) = self.input(claim, &self.state.bag) {
                self.state.bag.insert(claim.claim.clone(), value);
            }
        }
    }

    async fn exchange(&mut self, step: &Step, exchanges: &[Exchange]) -> Result<Went, Stop> {
        let waiting = self.state.at.waiting.profile();
        let shown = exchanges.iter().find(|exchange| waiting.is_some_and(|profile| id(&exchange.profile) == profile));
        let Some(exchange) = shown.or_else(|| self.pick(exchanges)) else {
            let failure =
                Failure::new(90304, "server_error", "The chosen claims exchange is not part of the next step.");
            return Err(Stop::end(failure, format!("step {} does not list the chosen exchange", step.order)));
        };
        let profile = self.profile(&exchange.profile)?;
        let showing = !self.state.at.waiting.is_nothing();
        if !showing && (!self.is_enabled(profile) || self.restore(profile)) {
            self.state.at.chosen = None;
            self.note(format!("{} {}: not run", step.order, exchange.id));
            self.next();
            return Ok(Went::On);
        }
        if profile.kind.page().is_some() {
            self.show(profile).await?;
            return Ok(Went::Out(self.page(step, profile)?));
        }
        if profile.kind.leaves() {
            return Ok(Went::Out(self.leave(profile).await?));
        }
        self.state.at.chosen = None;
        self.note(format!("{} {}: {}", step.order, exchange.id, profile.id));
        let mut frame = claims::Frame::of(std::mem::take(&mut self.state.bag));
        let done = self.call(profile, &mut frame).await;
        self.state.bag = std::mem::take(&mut frame.bag);
        done?;
        self.credentials_of(&frame);
        self.remember(profile);
        self.next();
        Ok(Went::On)
    }

    /// The only exchange, or the chosen one of several.
    fn pick<'e>(&self, exchanges: &'e [Exchange]) -> Option<&'e Exchange> {
        let chosen = self.state.at.chosen.as_deref();
        let listed = exchanges.iter().find(|exchange| chosen.is_some_and(|id| exchange.id.eq_ignore_ascii_case(id)));
        listed.or(if exchanges.len() == 1 { exchanges.first() } else { None })
    }

    /// Show the profile's page from now on.
    async fn show(&mut self, profile: &Profile) -> Result<(), Stop> {
        if !self.state.at.waiting.is_nothing() {
            return Ok(());
        }
        if matches!(self.state.request.entry, Entry::Refresh { .. }) {
            return Err(Stop::end(
                Failure::grant_unusable(),
                format!("a refresh cannot show the page of {}", profile.id),
            ));
        }
        self.prepare(profile).await?;
        self.state.at.chosen = None;
        self.wait_for(Waiting::Page { profile: id(&profile.id) });
        Ok(())
    }

    /// A page is shown from now on.
    pub(crate) fn wait_for(&mut self, waiting: Waiting) {
        self.state.at.waiting = waiting;
        self.state.at.has_shown = true;
    }

    /// Runs the input transformations of a page's profile, once before the page is shown.
    pub(crate) async fn prepare(&mut self, profile: &Profile) -> Result<(), Stop> {
        let mut bag = std::mem::take(&mut self.state.bag);
        let done = self.transform(&profile.before, profile, &mut bag).await;
        self.state.bag = bag;
        done
    }

    /// The end that a refusal outside a page is.
    pub(crate) fn end_of(&self, refusal: &Refusal) -> End {
        let failure = if matches!(self.state.request.entry, Entry::Refresh { .. }) {
            match refusal.id.as_str() {
                id if GONE.contains(&id) => Failure::grant_account_gone(),
                "DateTimeGreaterThan" => Failure::grant_revoked(),
                _ => Failure::grant_unusable(),
            }
        } else if self.policy.relying_party.resource_owner {
            Failure::password_grant_wrong()
        } else {
            let notice = self.notice(refusal);
            let text = notice.text.filter(|text| sentence::needs(text) <= notice.args.len());
            let message = text.map(|text| sentence::fill(&text, &notice.args));
            let message = message.unwrap_or_else(|| Failure::server_error().message);
            Failure::new(refusal.code.unwrap_or(90037), "server_error", message)
        };
        End::new(failure, refusal.id.clone())
    }
}
