//! Handles an event at the journey's current step.

use super::Run;
use super::stop::Stop;
use crate::policy::model::{Action, Exchange, Selection, Step};
use crate::state::position::Waiting;
use crate::{Event, Forgot, Outcome, World};
use vestibule_protocol::error::Failure;

impl<'a, W: World> Run<'a, '_, W> {
    pub(crate) async fn event(&mut self, event: Event) -> Result<Outcome, Stop> {
        match event {
            Event::Continue => self.go().await,
            Event::Returned(answer) => self.returned(&answer).await,
            // No page is shown, so a form sent late or twice changes nothing.
            _ if !self.state.at.waiting.is_shown() => Ok(Outcome::Accepted),
            Event::Submit(form) => self.submit(&form).await,
            Event::Act { control, action, form } => self.act(&control, &action, &form).await,
            Event::Choose(exchange) => Ok(self.choose(&exchange)),
            Event::SignUp => Ok(self.sign_up()),
            Event::ForgotPassword => self.forgot_password(),
            Event::Cancel => Err(Stop::end(Failure::cancelled(), "cancelled")),
        }
    }

    /// Accepts a choice that the page offers; any other has no effect.
    fn choose(&mut self, exchange: &str) -> Outcome {
        let Some((_, selection)) = self.selection() else { return Outcome::Accepted };
        let offered = self.offered(selection).into_iter().find(|choice| choice.id.eq_ignore_ascii_case(exchange));
        if let Some(choice) = offered {
            self.state.session.kept.choice = Some(choice.id.clone());
            self.chosen(&choice.id);
        } else if matches!(self.forgot(selection), Some(Forgot::Exchange(id)) if id.eq_ignore_ascii_case(exchange)) {
            self.chosen(exchange);
        }
        Outcome::Accepted
    }

    fn sign_up(&mut self) -> Outcome {
        if let Some(target) = self.selection().and_then(|(_, selection)| self.sign_up_target(selection)) {
            self.chosen(&target.id);
        }
        Outcome::Accepted
    }

    fn forgot_password(&mut self) -> Result<Outcome, Stop> {
        let forgot = self.selection().and_then(|(_, selection)| self.forgot(selection));
        match forgot {
            Some(Forgot::Legacy) => Err(Stop::end(Failure::forgot_password(), "forgot the password")),
            Some(Forgot::Exchange(exchange)) => {
                self.chosen(&exchange);
                Ok(Outcome::Accepted)
            }
            None => Ok(Outcome::Accepted),
        }
    }

    /// Leaves the page with this choice.
    pub(crate) fn chosen(&mut self, exchange: &str) {
        self.note(format!("chose {exchange}"));
        self.state.at.chosen = Some(exchange.to_owned());
        self.leave_page();
    }

    /// Leaves the page and goes on to the next step.
    pub(crate) fn leave_page(&mut self) {
        self.state.at.waiting = Waiting::Nothing;
        self.state.page.refusals = 0;
        self.state.page.claims.clear();
        self.state.page.addresses.clear();
        self.next();
    }

    pub(crate) fn next(&mut self) {
        if let Some(frame) = self.state.at.frames.last_mut() {
            frame.step += 1;
        }
    }

    /// The journey's current step.
    pub(crate) fn step(&self) -> Option<&'a Step> {
        let frame = self.state.at.frames.last()?;
        self.policy.journey(&frame.journey)?.steps.get(frame.step)
    }

    /// The current selection, with its step.
    pub(crate) fn selection(&self) -> Option<(&'a Step, &'a Selection)> {
        let step = self.step()?;
        match &step.action {
            Action::Select(selection) => Some((step, selection)),
            _ => None,
        }
    }

    /// An exchange of a later step of this journey, if its profile is switched on.
    pub(crate) fn exchange_ahead(&self, id: &str) -> Option<&'a Exchange> {
        let frame = self.state.at.frames.last()?;
        let steps = self.policy.journey(&frame.journey)?.steps.iter().skip(frame.step + 1);
        let exchanges = steps.flat_map(|step| match &step.action {
            Action::Exchange(exchanges) => exchanges.as_slice(),
            _ => &[],
        });
        let mut named = exchanges.filter(|exchange| exchange.id.eq_ignore_ascii_case(id));
        named.find(|exchange| {
            self.policy.profiles.get(&exchange.profile).is_some_and(|profile| self.is_enabled(profile))
        })
    }
}
