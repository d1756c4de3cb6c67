//! The services that technical profiles use: accounts, mailed codes, outgoing HTTP, keys, time and randomness.

mod code_mail;
mod http;
mod journey;
mod keys;

pub use journey::{JourneyWorld, WorldContext};

use crate::accounts::Accounts;
use crate::mail::{CodeMail, Mailer};
use crate::seal::Sealer;
use std::sync::Arc;

/// Creates the world of each journey. Clones share the parts.
#[derive(Clone)]
pub struct Worlds(Arc<Parts>);

/// The parts that all worlds share.
pub struct Parts {
    /// Users.
    pub accounts: Accounts,
    /// Keys the digests of wrong passwords.
    pub sealer: Sealer,
    /// Queues and sends mail.
    pub mailer: Mailer,
    /// Writes the mail with a code.
    pub code_mail: Arc<dyn CodeMail>,
    /// Calls other servers.
    pub outbound: vestibule_outbound::Client,
}

impl std::fmt::Debug for Worlds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Worlds")
    }
}

impl Worlds {
    /// Creates worlds that share these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The world for one journey.
    #[must_use]
    pub fn of(&self, context: WorldContext) -> JourneyWorld {
        JourneyWorld::new(self.clone(), context)
    }

    /// Users.
    #[must_use]
    pub fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    fn outbound(&self) -> &vestibule_outbound::Client {
        &self.0.outbound
    }

    fn mailer(&self) -> &Mailer {
        &self.0.mailer
    }

    fn code_mail(&self) -> &dyn CodeMail {
        &*self.0.code_mail
    }
}
