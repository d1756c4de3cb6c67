//! One journey in one browser.

use super::{Memory, run};
use crate::event::Form;
use crate::{Event, Issued, Item, Notice, Outcome, Page, Policy, Redirect, Request, Session, State, advance};

/// Drives a journey as a browser and a server would. Each method panics if the journey does something else, and prints
/// the trace.
#[derive(Debug)]
pub struct Visit<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The journey's state.
    pub state: State,
    /// The world.
    pub world: &'a mut Memory,
}

impl<'a> Visit<'a> {
    /// A visit with this request and session; nothing has run yet.
    #[must_use]
    pub fn with(policy: &'a Policy, world: &'a mut Memory, session: Session, request: Request) -> Self {
        Self { policy, state: State::new(policy, request, session), world }
    }

    /// Sends one event. The state is stored and loaded first, as on a server; it must never contain a code or a
    /// password of the directory.
    /// # Panics
    /// If the state cannot be stored, contains a secret, or the world fails.
    pub fn event(&mut self, event: Event) -> Outcome {
        let json = serde_json::to_string(&self.state).expect("the state is plain data");
        self.state = State::read(&json).expect("the state comes back");
        let outcome = run(advance(self.policy, &mut self.state, event, self.world)).expect("the world works");
        self.check_secrets();
        outcome
    }

    fn check_secrets(&self) {
        let json = serde_json::to_string(&self.state).expect("the state is plain data");
        let passwords = self.world.users.iter().filter_map(|user| user.get("password")).map(crate::Value::text);
        let codes = self.world.mails.iter().map(|(_, code)| code.clone());
        for secret in passwords.chain(codes) {
            assert!(!json.contains(&format!("\"{secret}\"")), "a secret in the state: {json}");
        }
    }

    fn wanted(&self, what: &str, outcome: &Outcome) -> ! {
        panic!("expected {what}, not {outcome:?}\n{}", self.state.trace.join("\n"))
    }

    /// The current page.
    pub fn page(&mut self) -> Page {
        match self.event(Event::Continue) {
            Outcome::Page(page) => *page,
            other => self.wanted("a page", &other),
        }
    }

    /// The token at the end of the journey.
    pub fn token(&mut self) -> Issued {
        match self.event(Event::Continue) {
            Outcome::Token(issued) => *issued,
            other => self.wanted("a token", &other),
        }
    }

    /// The current redirect.
    pub fn redirect(&mut self) -> Redirect {
        match self.event(Event::Continue) {
            Outcome::Redirect(redirect) => redirect,
            other => self.wanted("a redirect", &other),
        }
    }

    /// Sends an event that must be accepted.
    pub fn accepted(&mut self, event: Event) {
        match self.event(event) {
            Outcome::Accepted => {}
            other => self.wanted("the event to be accepted", &other),
        }
    }

    /// Submits the page's form, which must be accepted.
    pub fn submit(&mut self, values: &[(&str, &str)]) {
        self.accepted(Event::Submit(form(values)));
    }

    /// Submits the page's form, which must be rejected.
    pub fn refused(&mut self, values: &[(&str, &str)]) -> Notice {
        match self.event(Event::Submit(form(values))) {
            Outcome::Refused(notice) => notice,
            other => self.wanted("the form to be refused", &other),
        }
    }

    /// Uses a display control.
    ///
    /// # Errors
    /// The notice of a rejection.
    pub fn act(&mut self, control: &str, action: &str, values: &[(&str, &str)]) -> Result<Notice, Notice> {
        let event = Event::Act { control: control.to_owned(), action: action.to_owned(), form: form(values) };
        match self.event(event) {
            Outcome::Acted(notice) => Ok(notice),
            Outcome::Refused(notice) => Err(notice),
            other => self.wanted("the control to act or refuse", &other),
        }
    }

    /// The failure that ends the journey: the AADB2C code, the OAuth error and the message.
    pub fn failed(&mut self, event: Event) -> (u32, &'static str, String) {
        match self.event(event) {
            Outcome::Failed { code, error, message, .. } => (code, error, message),
            other => self.wanted("a failure", &other),
        }
    }

    /// Verifies an address with the page's only control.
    ///
    /// # Panics
    /// When the page has no control, or no code arrives.
    pub fn prove(&mut self, page: &Page, address: &str) {
        let (control, field, code) = control(page);
        self.act(&control, "SendCode", &[(&field, address)]).expect("sent");
        let right = self.world.last_code();
        self.act(&control, "VerifyCode", &[(&field, address), (&code, &right)]).expect("proven");
    }
}

/// A form of these values.
#[must_use]
pub fn form(values: &[(&str, &str)]) -> Form {
    values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The page's only control: its id, and the form names of the address and of the code.
///
/// # Panics
/// When the page has none.
#[must_use]
pub fn control(page: &Page) -> (String, String, String) {
    let found = page.items.iter().find_map(|item| match item {
        Item::Control(control) => Some((control.id.clone(), control.address.id.clone(), control.code.id.clone())),
        Item::Field(_) => None,
    });
    found.expect("a control")
}

/// Ids of the page's fields and controls, in order.
#[must_use]
pub fn fields(page: &Page) -> Vec<String> {
    let id = |item: &Item| match item {
        Item::Field(field) => field.id.clone(),
        Item::Control(control) => control.id.clone(),
    };
    page.items.iter().map(id).collect()
}
