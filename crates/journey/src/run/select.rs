//! Selections: the sign-in page and the choice of a provider.

use super::Run;
use super::step::Went;
use super::stop::Stop;
use crate::policy::model::{Exchange, Selection, Step, id};
use crate::state::position::Waiting;
use crate::{Entry, Forgot, World};
use vestibule_protocol::error::Failure;

impl<'a, W: World> Run<'a, '_, W> {
    pub(crate) async fn select(&mut self, step: &Step, selection: &'a Selection) -> Result<Went, Stop> {
        if self.state.at.waiting.is_nothing() {
            if self.pass(step, selection)? {
                self.next();
                return Ok(Went::On);
            }
            self.open(selection).await?;
        }
        Ok(Went::Out(self.selection_page(step, selection)?))
    }

    /// Returns true if the step needs no page, because the session or the request decides it, or because there is only
    /// one choice.
    fn pass(&mut self, step: &Step, selection: &'a Selection) -> Result<bool, Stop> {
        self.state.at.chosen = None;
        if let Some(local) = &selection.local {
            let profile = self.profile(&local.profile)?;
            if self.restore(profile) {
                return Ok(true);
            }
        }
        let offered = self.offered(selection);
        let choice = self.kept_choice(&offered).or_else(|| self.hinted(&offered)).or_else(|| {
            let single = !selection.combined && !selection.show_single && offered.len() == 1;
            offered.first().copied().filter(|_| single)
        });
        if let Some(choice) = choice {
            self.note(format!("{}: {} without a page", step.order, choice.id));
            self.state.at.chosen = Some(choice.id.clone());
            return Ok(true);
        }
        if offered.is_empty() && selection.local.is_none() {
            let failure = Failure::new(90051, "server_error", "No suitable claims providers were found.");
            return Err(Stop::end(failure, format!("step {} offers nothing", step.order)));
        }
        Ok(false)
    }

    /// The choice stored in the session, if the session can still replace the sign-in behind it.
    fn kept_choice(&self, offered: &[&'a Exchange]) -> Option<&'a Exchange> {
        let kept = self.state.session.kept.choice.as_deref().filter(|_| !self.state.session.ignored)?;
        let choice = offered.iter().copied().find(|choice| choice.id.eq_ignore_ascii_case(kept))?;
        self.policy.profiles.get(&choice.profile).filter(|profile| self.can_restore(profile)).map(|_| choice)
    }

    /// The choice that `domain_hint` names.
    fn hinted(&self, offered: &[&'a Exchange]) -> Option<&'a Exchange> {
        let hint = self.state.request.domain_hint.as_deref()?;
        let of = |choice: &&&Exchange| {
            let domain = self.policy.profiles.get(&choice.profile).and_then(|profile| profile.domain.as_deref());
            domain.is_some_and(|domain| domain.eq_ignore_ascii_case(hint))
        };
        offered.iter().find(of).copied()
    }

    /// Starts to show the page.
    async fn open(&mut self, selection: &Selection) -> Result<(), Stop> {
        if matches!(self.state.request.entry, Entry::Refresh { .. }) {
            return Err(Stop::end(Failure::grant_unusable(), "a refresh cannot show a page"));
        }
        let Some(local) = &selection.local else {
            self.wait_for(Waiting::Choices);
            return Ok(());
        };
        let profile = self.profile(&local.profile)?;
        self.prepare(profile).await?;
        self.wait_for(Waiting::Page { profile: id(&profile.id) });
        Ok(())
    }

    /// The choices that have a button: all except disabled ones and the one behind the forgot-password link.
    pub(crate) fn offered(&self, selection: &'a Selection) -> Vec<&'a Exchange> {
        let behind_link = match self.forgot(selection) {
            Some(Forgot::Exchange(exchange)) => exchange,
            _ => String::new(),
        };
        let enabled = |choice: &&Exchange| {
            self.policy.profiles.get(&choice.profile).is_some_and(|profile| self.is_enabled(profile))
                && !choice.id.eq_ignore_ascii_case(&behind_link)
        };
        selection.choices.iter().filter(enabled).collect()
    }

    /// The forgot-password link of a sign-in page.
    pub(crate) fn forgot(&self, selection: &Selection) -> Option<Forgot> {
        let local = selection.local.as_ref().filter(|_| selection.combined)?;
        let link = &self.policy.profiles.get(&local.profile)?.kind.page()?.forgot;
        if !link.shown {
            return None;
        }
        let exchange = link.target.as_deref().and_then(|id| self.exchange_ahead(id));
        Some(exchange.map_or(Forgot::Legacy, |exchange| Forgot::Exchange(exchange.id.clone())))
    }

    /// The exchange behind the sign-up link.
    pub(crate) fn sign_up_target(&self, selection: &Selection) -> Option<&'a Exchange> {
        let local = selection.local.as_ref().filter(|_| selection.combined)?;
        let link = &self.policy.profiles.get(&local.profile)?.kind.page()?.sign_up;
        link.target.as_deref().filter(|_| link.shown).and_then(|id| self.exchange_ahead(id))
    }
}
