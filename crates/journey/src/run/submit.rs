//! A submitted form: the claims that it may change, their validation, and the next step.

use super::Run;
use super::claims::Frame;
use super::fields::Entry;
use super::options::{chosen, option_of};
use super::page::MOST_CHARS;
use super::stop::{Refusal, Stop};
use crate::claims::name;
use crate::claims::predicate::{Group, Predicate};
use crate::claims::value::{DataType, Value, date};
use crate::event::Form;
use crate::outcome::ControlState;
use crate::policy::model::{Action, ClaimType, Profile, id};
use crate::profiles::SelfAsserted;
use crate::{InputType, Outcome, Rule, World};
use vestibule_protocol::error::Failure;

impl<'a, W: World> Run<'a, '_, W> {
    pub(crate) async fn submit(&mut self, form: &Form) -> Result<Outcome, Stop> {
        let Some((profile, page)) = self.shown_page() else { return Ok(Outcome::Accepted) };
        match self.accept(profile, page, form).await {
            Ok(()) => {
                self.note(format!("{}: submitted", profile.id));
                if self.selection().is_some() {
                    self.state.session.kept.choice = None;
                }
                self.leave_page();
                Ok(Outcome::Accepted)
            }
            Err(Stop::Refused(refusal)) => {
                self.note(format!("{}: {}", profile.id, refusal.id));
                self.state.page.refusals += 1;
                if page.retry_limit.is_some_and(|limit| self.state.page.refusals >= limit) {
                    let failure = Failure::new(
                        90157,
                        "access_denied",
                        "User has exceeded the maximum number for retries for a self-asserted step.",
                    );
                    return Err(Stop::end(failure, refusal.id));
                }
                Ok(Outcome::Refused(self.notice(&refusal)))
            }
            Err(stop) => Err(stop),
        }
    }

    /// The profile whose form is shown.
    pub(crate) fn shown_profile(&self) -> Option<&'a Profile> {
        self.state.at.waiting.page().and_then(|profile| self.policy.profiles.get(profile))
    }

    /// The same, with the settings of its page.
    pub(crate) fn shown_page(&self) -> Option<(&'a Profile, &'a SelfAsserted)> {
        let profile = self.shown_profile()?;
        profile.kind.page().map(|page| (profile, page))
    }

    async fn accept(&mut self, profile: &'a Profile, page: &SelfAsserted, form: &Form) -> Result<(), Stop> {
        let mut frame = self.read(profile, page, form)?;
        self.validate(&profile.validations, &mut frame).await?;
        let mut bag = self.state.bag.clone();
        for claim in &profile.outputs {
            // The person's word: neither a password, nor what was emptied, stays.
            if self.is_secret(&claim.claim) {
                continue;
            }
            if frame.emptied.contains(&claim.claim) {
                bag.remove(&claim.claim);
                continue;
            }
            if let Some(value) = self.input(claim, &frame.bag) {
                bag.insert(claim.claim.clone(), value);
            }
        }
        let lent = self.lend_submitted(profile, &frame, &mut bag);
        self.transform(&profile.after, profile, &mut bag).await?;
        lent.give_back(profile, &mut bag);
        self.state.bag = bag;
        self.credentials_of(&frame);
        self.remember(profile);
        Ok(())
    }

    /// The claims of the form over the input claims, those over the journey's; each of the form is checked. A field
    /// left empty keeps what the claim had, unless the page allows claims without a value
    /// (`AllowGenerationOfClaimsWithNullValues`).
    fn read(&self, profile: &'a Profile, page: &SelfAsserted, form: &Form) -> Result<Frame, Stop> {
        let mut frame = Frame::of(self.state.bag.clone());
        frame.bag.extend(self.state.page.claims.clone());
        for claim in &profile.inputs {
            if let Some(value) = self.input(claim, &frame.bag) {
                frame.bag.insert(claim.claim.clone(), value);
            }
        }
        let entries = self.entries(profile);
        for entry in &entries {
            let claim = entry.claim();
            let key = id(&claim.id);
            match entry {
                Entry::Field { required, .. } => match claim.input {
                    // Shown, not asked: the form has no say.
                    Some(InputType::Readonly | InputType::Paragraph) | None => {
                        if let Some(value) = self.prefill(profile, entry) {
                            frame.bag.insert(key, value);
                        }
                    }
                    Some(input) => {
                        let typed = self.unmasked(profile, entry, given(form, &claim.id));
                        match self.typed(claim, input, &typed, *required)? {
                            Some(value) => drop(frame.bag.insert(key, value)),
                            None if page.allows_null && !self.is_secret(&key) => {
                                frame.bag.remove(&key);
                                frame.emptied.insert(key);
                            }
                            None => {}
                        }
                    }
                },
                Entry::Verified { .. } | Entry::Control { .. } => {
                    if let Some(address) = self.proven_address(profile, entry, form)? {
                        frame.bag.insert(key, claim.data_type.read(&address).unwrap_or(Value::Text(address)));
                    } else {
                        frame.bag.remove(&key);
                    }
                }
            }
        }
        self.check_repetition(&entries, form)?;
        Ok(frame)
    }

    /// The address that was proven, whatever the form says; a form that names another is refused.
    fn proven_address(&self, profile: &Profile, entry: &Entry<'_>, form: &Form) -> Result<Option<String>, Stop> {
        let claim = entry.claim();
        let typed = self.unmasked(profile, entry, given(form, &claim.id).trim());
        let proven = match self.verification(entry) {
            (ControlState::Verified, Some(address)) => Some(address),
            _ => None,
        };
        match proven {
            Some(address) if typed.is_empty() || typed == address => Ok(Some(address)),
            None if typed.is_empty() && !entry.required() => Ok(None),
            None if typed.is_empty() => Err(self.missing(claim).into()),
            _ => Err(Refusal::of("UserMessageIfClaimNotVerified", &claim.id, &self.label(claim)).code(90158).into()),
        }
    }

    /// One value of the form, of the claim's type; none if it was left empty.
    pub(crate) fn typed(
        &self,
        claim: &ClaimType,
        input: InputType,
        text: &str,
        required: bool,
    ) -> Result<Option<Value>, Stop> {
        let text = if input == InputType::Password { text } else { text.trim() };
        if text.is_empty() {
            return if required { Err(self.missing(claim).into()) } else { Ok(None) };
        }
        if input == InputType::EmailBox && name::email(text).is_none() {
            return Err(self.no_address(claim).into());
        }
        let invalid = || Stop::from(Refusal::of("UserMessageIfInvalidInput", &claim.id, &self.label(claim)));
        if text.chars().count() > MOST_CHARS as usize || text.chars().any(char::is_control) {
            return Err(invalid());
        }
        let many = input == InputType::CheckboxMultiSelect;
        let texts = self.texts();
        let options = texts.options(&id(&claim.id)).unwrap_or(&claim.options);
        let chosen = if many { chosen(text, options) } else { vec![text] };
        if !options.is_empty() && !chosen.iter().all(|value| option_of(claim, options, value).is_some()) {
            return Err(invalid());
        }
        if input == InputType::DateTimeDropdown && date(text).is_none() {
            return Err(invalid());
        }
        self.check_pattern(claim, text)?;
        self.check_predicates(claim, text)?;
        let value = match claim.data_type {
            DataType::StringCollection if many => Some(Value::List(chosen.into_iter().map(str::to_owned).collect())),
            data_type => data_type.read(text),
        };
        value.map(Some).ok_or_else(invalid)
    }

    fn check_pattern(&self, claim: &ClaimType, text: &str) -> Result<(), Stop> {
        if claim.pattern.as_ref().is_none_or(|pattern| pattern.pattern.is_match(text)) {
            return Ok(());
        }
        Err(self.at("UserMessageIfIncorrectPattern", claim).text(self.pattern_help(claim)).into())
    }

    /// The policy's sentence for a value of the wrong form.
    pub(crate) fn pattern_help(&self, claim: &ClaimType) -> Option<String> {
        let own = claim.pattern.as_ref().map(|pattern| pattern.help.as_str());
        let help = self.texts().claim(&claim.id, "PatternHelpText").or(own)?.trim();
        (!help.is_empty()).then(|| help.to_owned())
    }

    /// The refusal of what can never be an address.
    pub(crate) fn no_address(&self, claim: &ClaimType) -> Refusal {
        self.at("UserMessageIfInvalidInput", claim).text(self.pattern_help(claim))
    }

    /// A refusal that belongs to this claim's input.
    fn at(&self, message: &str, claim: &ClaimType) -> Refusal {
        Refusal::of(message, &claim.id, &self.label(claim))
    }

    /// The groups of the claim's predicates that a browser can check; the server checks all.
    pub(crate) fn rules(&self, claim: &ClaimType) -> Vec<Rule> {
        let Some(name) = &claim.predicates else { return Vec::new() };
        let groups = self.policy.predicate_validations.get(name).map_or(&[][..], |validation| &validation.groups);
        groups.iter().filter_map(|group| self.rule(name, group)).collect()
    }

    fn rule(&self, validation: &str, group: &Group) -> Option<Rule> {
        let texts = self.texts();
        let all = group.predicates.iter().filter_map(|id| self.policy.predicates.get(id));
        let test = |one: &Predicate| {
            let help = texts.predicate(&one.id).or(one.help.as_deref()).unwrap_or_default();
            Some((one.test.for_browser()?, help.to_owned()))
        };
        let tests = all.map(test).collect::<Option<Vec<_>>>()?;
        let help = texts.group(validation, &group.id).or(group.help.as_deref()).unwrap_or_default().to_owned();
        Some(Rule { least: group.least, help, tests })
    }

    /// Every group of the claim's predicate validation must hold; the sentences of those that do not are shown.
    fn check_predicates(&self, claim: &ClaimType, text: &str) -> Result<(), Stop> {
        let Some(name) = &claim.predicates else { return Ok(()) };
        let Some(validation) = self.policy.predicate_validations.get(name) else { return Ok(()) };
        let today = crate::claims::value::rfc3339(self.world.now());
        let today = today.get(..10).unwrap_or_default();
        let texts = self.texts();
        let mut said: Vec<String> = Vec::new();
        let mut broken = false;
        for group in &validation.groups {
            let all = group.predicates.iter().filter_map(|id| self.policy.predicates.get(id));
            let failed: Vec<_> = all.clone().filter(|predicate| !predicate.test.holds(text, today)).collect();
            if all.count() - failed.len() >= group.least {
                continue;
            }
            broken = true;
            said.extend(texts.group(name, &group.id).or(group.help.as_deref()).map(str::to_owned));
            let help = failed.iter().filter_map(|one| texts.predicate(&one.id).or(one.help.as_deref()));
            said.extend(help.map(str::to_owned));
        }
        if !broken {
            return Ok(());
        }
        let help = (!said.is_empty()).then(|| said.join(" "));
        Err(Refusal::of("UserMessageIfIncorrectPattern", &claim.id, &self.label(claim)).text(help).into())
    }

    /// A new password is typed twice alike; the claims are known by their names.
    fn check_repetition(&self, entries: &[Entry<'_>], form: &Form) -> Result<(), Stop> {
        let shown = |name: &str| entries.iter().map(Entry::claim).find(|claim| claim.id.eq_ignore_ascii_case(name));
        if let (Some(first), Some(second)) = (shown("newPassword"), shown("reenterPassword"))
            && given(form, &first.id) != given(form, &second.id)
        {
            return Err(Refusal::of("error_passwordEntryMismatch", &second.id, &self.label(second)).into());
        }
        Ok(())
    }

    pub(crate) fn missing(&self, claim: &ClaimType) -> Refusal {
        let on_sign_in = self.step().is_some_and(|step| matches!(step.action, Action::Select(_)));
        let message = match claim.input {
            Some(InputType::Password) if on_sign_in => "requiredField_password",
            _ if on_sign_in => "requiredField_generic",
            _ => "required_field",
        };
        Refusal::of(message, &claim.id, &self.label(claim))
    }

    /// The claim's label in the person's language.
    pub(crate) fn label(&self, claim: &ClaimType) -> String {
        let own = if claim.display_name.is_empty() { &claim.id } else { &claim.display_name };
        self.texts().claim(&claim.id, "DisplayName").unwrap_or(own).to_owned()
    }
}

/// A value of the form; names compare without case.
pub(crate) fn given<'f>(form: &'f Form, name: &str) -> &'f str {
    form.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value.as_str())
}
