//! A flow to visit, and one visit to it.

use crate::directory::Directory;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use vestibule_journey::flow::{CustomAttribute, FlowSettings, chain};
use vestibule_journey::outcome::ControlState;
use vestibule_journey::{
    CompileOptions, Control, Event, Field, Issued, Item, Notice, Outcome, Page, Policy, Request, Session, Source,
    State, advance, compile,
};

pub(crate) const TENANT: &str = "contoso.onmicrosoft.com";

/// Settings of this type, with these keys on top.
pub(crate) fn settings(kind: &str, more: Json) -> FlowSettings {
    let mut all = json!({ "name": "B2C_1_flow", "type": kind });
    let (Json::Object(all_keys), Json::Object(more)) = (&mut all, more) else { panic!("keys are expected") };
    all_keys.extend(more);
    serde_json::from_value(all).expect("settings are well-formed")
}

/// The tenant's own attributes.
pub(crate) fn custom() -> Vec<CustomAttribute> {
    [("Team", "String", "Where you play."), ("Age", "Int", ""), ("Member", "Boolean", "")]
        .map(|(name, data_type, description)| CustomAttribute {
            name: name.to_owned(),
            data_type: data_type.to_owned(),
            description: description.to_owned(),
        })
        .into()
}

/// The policy of a flow. There is nothing odd about it.
pub(crate) fn flow(kind: &str, more: Json) -> Policy {
    compiled(&settings(kind, more))
}

pub(crate) fn compiled(settings: &FlowSettings) -> Policy {
    compiled_chain(&chain(settings, &custom(), TENANT).expect("the settings are right"))
}

pub(crate) fn compiled_chain(chain: &[Source]) -> Policy {
    let options = CompileOptions { tenant: Some(TENANT.to_owned()), key_containers: None };
    let compiled = compile(chain, &options).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    });
    assert_eq!(compiled.warnings, [], "warnings");
    compiled.policy
}

/// One journey of one browser.
pub(crate) struct Visit<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) state: State,
    pub(crate) world: &'a mut Directory,
}

impl<'a> Visit<'a> {
    /// A browser that nobody signed in with.
    pub(crate) fn new(policy: &'a Policy, world: &'a mut Directory) -> Self {
        Self::asking(policy, world, Request::default(), Session::default())
    }

    /// A browser with a session.
    pub(crate) fn again(policy: &'a Policy, world: &'a mut Directory, session: Session) -> Self {
        Self::asking(policy, world, Request::default(), session)
    }

    pub(crate) fn asking(policy: &'a Policy, world: &'a mut Directory, request: Request, session: Session) -> Self {
        Self { policy, state: State::new(policy, request, session), world }
    }

    pub(crate) fn event(&mut self, event: Event) -> Outcome {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        // Between two events the state lies in a store.
        let stored = serde_json::to_string(&self.state).expect("the state can be stored");
        self.state = serde_json::from_str(&stored).expect("the state can be read");
        runtime.block_on(advance(self.policy, &mut self.state, event, self.world)).expect("the world works")
    }

    pub(crate) fn page(&mut self) -> Page {
        match self.event(Event::Continue) {
            Outcome::Page(page) => *page,
            other => panic!("a page is expected, not {other:?}\n{}", self.state.trace.join("\n")),
        }
    }

    pub(crate) fn token(&mut self) -> Issued {
        match self.event(Event::Continue) {
            Outcome::Token(issued) => *issued,
            other => panic!("a token is expected, not {other:?}\n{}", self.state.trace.join("\n")),
        }
    }

    /// Send the page and go on.
    pub(crate) fn submit(&mut self, values: &[(&str, &str)]) {
        match self.event(Event::Submit(form(values))) {
            Outcome::Accepted => {}
            other => panic!("the form is to be taken, not {other:?}\n{}", self.state.trace.join("\n")),
        }
    }

    pub(crate) fn refused(&mut self, values: &[(&str, &str)]) -> Notice {
        match self.event(Event::Submit(form(values))) {
            Outcome::Refused(notice) => notice,
            other => panic!("the form is to be refused, not {other:?}\n{}", self.state.trace.join("\n")),
        }
    }

    pub(crate) fn choose(&mut self, exchange: &str) {
        assert!(matches!(self.event(Event::Choose(exchange.to_owned())), Outcome::Accepted));
    }

    pub(crate) fn sign_up_link(&mut self) {
        assert!(matches!(self.event(Event::SignUp), Outcome::Accepted));
    }

    /// The journey's end without a token: code and OAuth error.
    pub(crate) fn failure(&mut self, event: Event) -> (u32, &'static str) {
        match self.event(event) {
            Outcome::Failed { code, error, .. } => (code, error),
            other => panic!("an end is expected, not {other:?}\n{}", self.state.trace.join("\n")),
        }
    }

    fn act(&mut self, action: &str, values: &[(&str, &str)]) -> Outcome {
        let control = "emailVerificationControl".to_owned();
        self.event(Event::Act { control, action: action.to_owned(), form: form(values) })
    }

    /// Ask for a code.
    pub(crate) fn send_code(&mut self, address: &str) -> Notice {
        match self.act("SendCode", &[("email", address)]) {
            Outcome::Acted(notice) => notice,
            other => panic!("a code is to be sent, not {other:?}"),
        }
    }

    /// Prove that the mailbox is theirs.
    pub(crate) fn prove(&mut self, address: &str) {
        self.send_code(address);
        let code = self.world.code(address);
        let outcome = self.act("VerifyCode", &[("email", address), ("emailVerificationCode", &code)]);
        assert!(matches!(outcome, Outcome::Acted(_)), "{outcome:?}");
    }

    pub(crate) fn sign_in(&mut self, name: &str, password: &str) {
        let field = fields(&self.page())[0].clone();
        self.submit(&[(&field, name), ("password", password)]);
    }
}

pub(crate) fn form(values: &[(&str, &str)]) -> BTreeMap<String, String> {
    values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Ids of a page's inputs and controls, in order.
pub(crate) fn fields(page: &Page) -> Vec<String> {
    let id = |item: &Item| match item {
        Item::Field(field) => field.id.clone(),
        Item::Control(control) => control.id.clone(),
    };
    page.items.iter().map(id).collect()
}

pub(crate) fn field<'a>(page: &'a Page, id: &str) -> &'a Field {
    let found = page.items.iter().find_map(|item| match item {
        Item::Field(field) => Some(field).filter(|field| field.id == id),
        Item::Control(_) => None,
    });
    found.unwrap_or_else(|| panic!("there is a field {id}: {:?}", fields(page)))
}

pub(crate) fn control(page: &Page) -> &Control {
    let found = page.items.iter().find_map(|item| match item {
        Item::Control(control) => Some(control),
        Item::Field(_) => None,
    });
    found.expect("there is a control")
}

pub(crate) fn is_proven(page: &Page) -> bool {
    control(page).state == ControlState::Verified
}

/// The token's claims.
pub(crate) fn claims(issued: &Issued) -> Json {
    let claims = issued.claims.iter().map(|(name, value)| (name.clone(), json!(value)));
    Json::Object(claims.collect())
}
