//! The buttons of verification controls: send a code, check it, take another address.

use super::Run;
use super::claims::Frame;
use super::code::Fault;
use super::fields::Entry;
use super::stop::{Refusal, Stop};
use super::submit::given;
use crate::claims::name;
use crate::claims::value::{Bag, Value};
use crate::event::Form;
use crate::policy::model::{ClaimType, Profile, id};
use crate::profiles::SelfAsserted;
use crate::profiles::codes::Dialect;
use crate::{InputType, Notice, Outcome, World};

impl<'a, W: World> Run<'a, '_, W> {
    pub(crate) async fn act(&mut self, control: &str, action: &str, form: &Form) -> Result<Outcome, Stop> {
        let Some((profile, page)) = self.shown_page() else { return Ok(Outcome::Accepted) };
        let entries = self.entries(profile);
        let named = |entry: &&Entry<'_>| entry.control_id().is_some_and(|known| known.eq_ignore_ascii_case(control));
        // A control that the page does not show, any more: the page comes again.
        let Some(entry) = entries.into_iter().find(|entry| named(&entry)) else { return Ok(Outcome::Accepted) };
        let done = match action.to_ascii_lowercase().as_str() {
            "sendcode" => self.send(profile, page, &entry, form).await,
            "verifycode" => self.check(profile, page, &entry, form).await,
            "change" => Ok(self.forget(&entry)),
            _ => return Ok(Outcome::Accepted),
        };
        match done {
            Ok(message) => {
                self.note(format!("{control}: {action} done"));
                Ok(Outcome::Acted(self.good_news(&entry, message)))
            }
            Err(Stop::Refused(mut refusal)) => {
                self.note(format!("{control}: {action}: {}", refusal.id));
                let at_fault =
                    if action.eq_ignore_ascii_case("verifycode") { entry.code_id() } else { entry.claim().id.clone() };
                refusal.claim.get_or_insert(at_fault);
                Ok(Outcome::Refused(self.notice(&refusal)))
            }
            Err(stop) => Err(stop),
        }
    }

    /// Sends a code to the address in the form. An earlier verification is no longer valid.
    async fn send(
        &mut self,
        profile: &Profile,
        page: &SelfAsserted,
        entry: &Entry<'a>,
        form: &Form,
    ) -> Result<&'static str, Stop> {
        let claim = entry.claim();
        let address = self.address(profile, entry, form)?;
        self.forget(entry);
        let control = id(entry.control_id().unwrap_or_default());
        match entry {
            Entry::Control { control, .. } => {
                let mut frame = self.frame_of(entry, &address);
                let list = control.actions.get("sendcode").map(Vec::as_slice).unwrap_or_default();
                self.validate(list, &mut frame).await?;
                self.keep(entry, &frame);
            }
            _ => {
                self.check_verified(claim, &address)?;
                self.mail(&address, &page.codes, Dialect::Classic).await?;
            }
        }
        self.state.page.addresses.insert(control, address);
        Ok("send")
    }

    fn address(&self, profile: &Profile, entry: &Entry<'_>, form: &Form) -> Result<String, Stop> {
        let claim = entry.claim();
        if claim.input == Some(InputType::Readonly) {
            let fixed = self.prefill(profile, entry).map(|value| value.text());
            return fixed.ok_or_else(|| self.missing(claim).into());
        }
        let typed = Some(given(form, &claim.id)).filter(|text| !text.is_empty());
        let typed = self.unmasked(profile, entry, typed.unwrap_or_else(|| given(form, "claim_value")));
        if matches!(entry, Entry::Verified { .. }) && !typed.trim().is_empty() {
            self.check_verified(claim, &typed)?;
        }
        let value = self.typed(claim, claim.input.unwrap_or(InputType::TextBox), &typed, true)?;
        Ok(value.map(|value| value.text()).unwrap_or_default())
    }

    /// An address that is to be verified must be one. `Verified.Email` has a string of its own for that.
    fn check_verified(&self, claim: &ClaimType, address: &str) -> Result<(), Stop> {
        if name::email(address).is_some() {
            return Ok(());
        }
        let refusal = Refusal::of("ver_incorrect_format", &claim.id, &self.label(claim)).code(90161);
        Err(refusal.text(self.pattern_help(claim)).into())
    }

    /// Check the code of the form against the address that it was sent to.
    async fn check(
        &mut self,
        profile: &Profile,
        page: &SelfAsserted,
        entry: &Entry<'a>,
        form: &Form,
    ) -> Result<&'static str, Stop> {
        let dialect = if matches!(entry, Entry::Control { .. }) { Dialect::Sspr } else { Dialect::Classic };
        let control = id(entry.control_id().unwrap_or_default());
        let typed = self.unmasked(profile, entry, given(form, &entry.claim().id).trim());
        let sent = self.state.page.addresses.get(&control);
        let sent = sent.filter(|address| typed.is_empty() || **address == *typed).cloned();
        let Some(address) = sent else { return Err(Fault::Expired.refusal(dialect).into()) };
        let code = Some(given(form, &entry.code_id())).filter(|code| !code.is_empty());
        let code = code.unwrap_or_else(|| given(form, "user_input")).trim().to_owned();
        let mut frame = self.frame_of(entry, &address);
        match entry {
            Entry::Control { control, code: claim, .. } => {
                let typed = claim.data_type.read(&code).unwrap_or(Value::Text(code));
                frame.bag.insert(id(&claim.id), typed);
                let list = control.actions.get("verifycode").map(Vec::as_slice).unwrap_or_default();
                self.validate(list, &mut frame).await?;
                if frame.proven.as_ref() != Some(&address) {
                    // The list checked no code, or one for something else: nothing is proven.
                    return Err(Fault::Expired.refusal(dialect).into());
                }
                self.keep(entry, &frame);
            }
            _ => {
                self.prove(&address, &code, &page.codes).map_err(|fault| fault.refusal(dialect))?;
            }
        }
        self.credential_given();
        self.state.page.addresses.remove(&control);
        self.state.page.verified.insert(id(&entry.claim().id), address);
        Ok("verify")
    }

    /// Another address will be typed.
    fn forget(&mut self, entry: &Entry<'_>) -> &'static str {
        self.state.page.verified.remove(&id(&entry.claim().id));
        self.state.page.addresses.remove(&id(entry.control_id().unwrap_or_default()));
        "change"
    }

    fn frame_of(&self, entry: &Entry<'_>, address: &str) -> Frame {
        let mut bag = self.state.bag.clone();
        bag.extend(self.state.page.claims.clone());
        let typed = entry.claim().data_type.read(address);
        bag.insert(id(&entry.claim().id), typed.unwrap_or_else(|| Value::from(address)));
        Frame::of(bag)
    }

    /// The control's output claims stay on the page.
    fn keep(&mut self, entry: &Entry<'_>, frame: &Frame) {
        let Entry::Control { control, address, code } = entry else { return };
        let own = [id(&address.id), id(&code.id)];
        let outputs =
            control.outputs.iter().filter(|claim| !own.contains(&claim.claim) && !self.is_secret(&claim.claim));
        let kept: Bag =
            outputs.filter_map(|claim| Some((claim.claim.clone(), self.input(claim, &frame.bag)?))).collect();
        self.state.page.claims.extend(kept);
    }

    fn good_news(&self, entry: &Entry<'_>, message: &str) -> Notice {
        let classic = !matches!(entry, Entry::Control { .. });
        let string = match (message, classic) {
            ("send", true) => "ver_info_msg",
            ("send", false) => "success_send_code_msg",
            ("verify", true) => "ver_success_msg",
            ("verify", false) => "success_verify_code_msg",
            (_, true) => "ver_intro_msg",
            (_, false) => "intro_msg",
        };
        let texts = self.texts();
        let own = texts.control_message(entry.control_id().unwrap_or_default(), string).filter(|_| !classic);
        let text = own.or_else(|| texts.message(string).filter(|_| classic)).map(str::to_owned);
        Notice { id: string.to_owned(), text, claim: Some(entry.claim().id.clone()), code: None, args: Vec::new() }
    }
}
