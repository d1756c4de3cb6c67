//! How a client is set up.

use crate::budget::Budget;
use crate::class::{Class, Limits};
use crate::clock::Clock;
use crate::hosts::HostMap;
use crate::networks::Networks;
use crate::resolve::{Resolve, SystemResolver};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that a [`Client`](crate::Client) takes from outside. The default is the real world with the named limits.
#[derive(Clone)]
pub struct Settings {
    /// Limits for classes that have others than [`Limits::of`].
    pub limits: BTreeMap<Class, Limits>,
    /// The limits for each target.
    pub budget: Budget,
    /// Host names that have an address on this machine. For `dev` and tests.
    pub hosts: HostMap,
    /// Certificates (PEM, one or several) that are trusted besides the system's.
    pub extra_roots: Option<Vec<u8>>,
    /// Networks that are public by their numbers but not by their use, such as the operator's own servers or a NAT64
    /// prefix of its network (RFC 6052). Requests treat them as private.
    pub also_private: Networks,
    /// How names become addresses.
    pub resolver: Arc<dyn Resolve>,
    /// The time for budgets and traces.
    pub clock: Clock,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: BTreeMap::new(),
            budget: Budget::default(),
            hosts: HostMap::default(),
            extra_roots: None,
            also_private: Networks::default(),
            resolver: Arc::new(SystemResolver::default()),
            clock: Clock::system(),
        }
    }
}

impl Settings {
    pub(crate) fn limits(&self, class: Class) -> Limits {
        self.limits.get(&class).copied().unwrap_or_else(|| Limits::of(class))
    }
}

/// A client cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// [`Settings::extra_roots`] has no usable certificate.
    #[error("the extra root certificates cannot be used ({0}); they must be certificates in PEM")]
    Roots(String),
    /// The TLS library refuses its own defaults.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}
