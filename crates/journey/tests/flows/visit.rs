//! A flow under test, and one visit to it.

use serde_json::{Value as Json, json};
use std::ops::{Deref, DerefMut};
use vestibule_journey::flow::{CustomAttribute, FlowSettings, chain};
use vestibule_journey::outcome::ControlState;
use vestibule_journey::testing::{self, Memory};
pub(crate) use vestibule_journey::testing::{fields, form};
use vestibule_journey::{
    CompileOptions, Control, Event, Field, Issued, Item, Notice, Page, Policy, Request, Session, Source, compile,
};

pub(crate) const TENANT: &str = "contoso.onmicrosoft.com";

/// Settings of this type, with these keys on top.
pub(crate) fn settings(kind: &str, more: Json) -> FlowSettings {
    let mut all = json!({ "name": "B2C_1_flow", "type": kind });
    let (Json::Object(all_keys), Json::Object(more)) = (&mut all, more) else { panic!("keys are expected") };
    all_keys.extend(more);
    serde_json::from_value(all).expect("settings are well-formed")
}

/// The tenant's custom attributes.
pub(crate) fn custom() -> Vec<CustomAttribute> {
    [("Team", "String", "Where you play."), ("Age", "Int", ""), ("Member", "Boolean", "")]
        .map(|(name, data_type, description)| CustomAttribute {
            name: name.to_owned(),
            data_type: data_type.to_owned(),
            description: description.to_owned(),
        })
        .into()
}

/// The policy of a flow, which must compile without warnings.
pub(crate) fn flow(kind: &str, more: Json) -> Policy {
    compiled(&settings(kind, more))
}

pub(crate) fn compiled(settings: &FlowSettings) -> Policy {
    compiled_chain(&chain(settings, &custom(), TENANT).expect("the settings are right"))
}

pub(crate) fn compiled_chain(chain: &[Source]) -> Policy {
    let containers = ["B2C_1A_TokenSigningKeyContainer", "B2C_1A_TokenEncryptionKeyContainer"].map(str::to_owned);
    let options = CompileOptions { tenant: Some(TENANT.to_owned()), key_containers: Some(containers.to_vec()) };
    let compiled = compile(chain, &options).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    });
    assert_eq!(compiled.warnings, [], "warnings");
    compiled.policy
}

/// One journey of one browser.
pub(crate) struct Visit<'a>(testing::Visit<'a>);

impl<'a> Deref for Visit<'a> {
    type Target = testing::Visit<'a>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Visit<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<'a> Visit<'a> {
    /// A browser without a session.
    pub(crate) fn new(policy: &'a Policy, world: &'a mut Memory) -> Self {
        Self::asking(policy, world, Request::default(), Session::default())
    }

    /// A browser with a session.
    pub(crate) fn again(policy: &'a Policy, world: &'a mut Memory, session: Session) -> Self {
        Self::asking(policy, world, Request::default(), session)
    }

    pub(crate) fn asking(policy: &'a Policy, world: &'a mut Memory, request: Request, session: Session) -> Self {
        Self(testing::Visit::with(policy, world, session, request))
    }

    pub(crate) fn choose(&mut self, exchange: &str) {
        self.accepted(Event::Choose(exchange.to_owned()));
    }

    pub(crate) fn sign_up_link(&mut self) {
        self.accepted(Event::SignUp);
    }

    /// The failure that ends the journey: code and OAuth error.
    pub(crate) fn failure(&mut self, event: Event) -> (u32, &'static str) {
        let (code, error, _) = self.failed(event);
        (code, error)
    }

    /// Requests a code.
    pub(crate) fn send_code(&mut self, address: &str) -> Notice {
        self.act("emailVerificationControl", "SendCode", &[("email", address)]).expect("sent")
    }

    /// Verifies the mailbox.
    pub(crate) fn prove(&mut self, address: &str) {
        self.send_code(address);
        let code = self.world.code(address);
        let typed = [("email", address), ("emailVerificationCode", &code)];
        self.act("emailVerificationControl", "VerifyCode", &typed).expect("proven");
    }

    pub(crate) fn sign_in(&mut self, name: &str, password: &str) {
        let field = fields(&self.page())[0].clone();
        self.submit(&[(&field, name), ("password", password)]);
    }
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
