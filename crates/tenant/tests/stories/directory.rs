//! Users: names, passwords, attributes and lockouts, with an in-memory store and a manual clock.

mod attributes;
mod block_list;
mod codes;
mod journeys;
mod lockout;
mod names;
mod passwords;
mod people;
mod refusals;
mod temporary;

use std::sync::Arc;
use vestibule_journey::flow::CustomAttribute;
use vestibule_journey::{Attributes, Key, Value};
use vestibule_store::Store;
use vestibule_tenant::accounts::{
    AccountSettings, Accounts, Checked, HashParams, NewUser, TenantInfo, User, UserError, Visitor,
};
use vestibule_tenant::clock::{Clock, Random};
use vestibule_tenant::mail::{CodeMailRequest, Mail, MailTransport, Mailer};
use vestibule_tenant::manage::{Actor, Manage, Users};
use vestibule_tenant::seal::Sealer;
use vestibule_tenant::world::{JourneyWorld, Parts, WorldContext, Worlds};

/// A good password.
const GOOD: &str = "Kite-over-Harbour-7";
const MINUTE: i64 = 60 * 1000;
const START: i64 = 1_790_000_000_000;

/// A directory with its environment.
struct House {
    store: Store,
    clock: Clock,
    mailer: Mailer,
    accounts: Accounts,
    worlds: Worlds,
    manage: Manage,
    tenant: TenantInfo,
}

async fn house() -> House {
    house_with(settings()).await
}

/// Cheap hashes: these tests do not depend on their cost.
fn settings() -> AccountSettings {
    AccountSettings { hashing: HashParams { memory_kib: 64, passes: 1, lanes: 1 }, ..AccountSettings::default() }
}

async fn house_with(settings: AccountSettings) -> House {
    let store = Store::memory().await.expect("a store");
    house_over(store, settings)
}

fn house_over(store: Store, settings: AccountSettings) -> House {
    let clock = Clock::fixed(START);
    let random = Random::system();
    let mailer =
        Mailer::new(store.clone(), clock.clone(), random.clone(), sealer(), &MailTransport::Outbox).expect("a mailer");
    let code_mail = |request: &CodeMailRequest<'_>| Mail {
        subject: format!("{} account email verification code", request.tenant_name),
        text: format!(
            "{} asks. Your code is {}. It is good for {} minutes.",
            request.application, request.code, request.minutes
        ),
        html: format!("<p>{}</p>", request.code),
    };
    let accounts = Accounts::new(store.clone(), clock.clone(), random.clone(), settings).expect("accounts");
    let worlds = Worlds::new(Parts {
        accounts: accounts.clone(),
        sealer: sealer(),
        mailer: mailer.clone(),
        code_mail: Arc::new(code_mail),
        outbound: vestibule_outbound::Client::new(vestibule_outbound::Settings::default()).expect("a client"),
    });
    let manage = Manage::new(store.clone(), clock.clone(), random, Actor::Server);
    let tenant = TenantInfo {
        id: "8c6c1d7e-0000-4000-8000-000000000001".to_owned(),
        name: "contoso".to_owned(),
        domain: "contoso.onmicrosoft.com".to_owned(),
        display_name: "Contoso".to_owned(),
        lockout_threshold: 10,
        lockout_secs: 60,
        outbound_allow: Vec::new(),
        attributes: [("Team", "String"), ("Member", "Boolean"), ("Score", "Int")].map(attribute).into(),
    };
    House { store, clock, mailer, accounts, worlds, manage, tenant }
}

fn attribute((name, data_type): (&str, &str)) -> CustomAttribute {
    CustomAttribute { name: name.to_owned(), data_type: data_type.to_owned(), description: String::new() }
}

fn sealer() -> Sealer {
    Sealer::new([7; 32])
}

impl House {
    /// Users, as administrators manage them.
    fn users(&self) -> Users<'_> {
        self.manage.users(&self.accounts)
    }

    /// Alice, with a good password.
    async fn alice(&self) -> User {
        self.person("Alice@example.com", Some(GOOD)).await.expect("Alice")
    }

    async fn person(&self, email: &str, password: Option<&str>) -> Result<User, UserError> {
        let mut attributes = texts(&[("signInNames.emailAddress", email), ("displayName", "Somebody")]);
        if let Some(password) = password {
            attributes.insert("password".to_owned(), password.into());
        }
        self.users().create(&self.tenant, NewUser { attributes, ..NewUser::default() }).await
    }

    async fn check(&self, name: &str, password: &str) -> Checked {
        self.check_from(name, password, &Visitor::default()).await
    }

    async fn check_from(&self, name: &str, password: &str, visitor: &Visitor) -> Checked {
        self.accounts.check_password(&sealer(), &self.tenant, name, password, visitor).await.expect("an answer")
    }

    /// The world for a transaction.
    fn world(&self, transaction: &str) -> JourneyWorld {
        self.world_of(transaction, Visitor::default())
    }

    fn world_of(&self, transaction: &str, visitor: Visitor) -> JourneyWorld {
        let context = WorldContext { tenant: self.tenant.clone(), transaction: transaction.to_owned(), visitor };
        self.worlds.of(context)
    }
}

fn texts(pairs: &[(&str, &str)]) -> Attributes {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect()
}

fn key(attribute: &str, value: &str) -> Key {
    Key { attribute: attribute.to_owned(), value: value.to_owned() }
}

/// A browser with a device cookie.
fn browser(name: &str) -> Visitor {
    Visitor { device: Some(name.to_owned()), ..Visitor::default() }
}

/// A browser at this address.
fn from(ip: [u8; 4]) -> Visitor {
    Visitor { source_ip: Some(ip.into()), ..Visitor::default() }
}
