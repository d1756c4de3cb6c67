//! The settings of a client.

use crate::budget::Budget;
use crate::class::{Class, Limits};
use crate::clock::Clock;
use crate::hosts::HostMap;
use crate::networks::Networks;
use crate::resolve::{Resolve, SystemResolver};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All inputs of a [`Client`](crate::Client) from outside. The default uses the system and the documented limits.
#[derive(Clone)]
pub struct Settings {
    /// Limits for classes that do not use [`Limits::of`].
    pub limits: BTreeMap<Class, Limits>,
    /// The limits for each target.
    pub budget: Budget,
    /// Host names that are mapped to an address of this machine. For `dev` and tests.
    pub hosts: HostMap,
    /// Certificates (PEM, one or several) to trust in addition to the system's.
    pub extra_roots: Option<Vec<u8>>,
    /// Networks with public addresses that are in private use, such as the operator's own servers or a NAT64 prefix of
    /// its network (RFC 6052). Requests treat them as private.
    pub also_private: Networks,
    /// Resolves names.
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

/// Why a client cannot be created.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// [`Settings::extra_roots`] contains no usable certificate.
    #[error("the extra root certificates cannot be used ({0}); they must be certificates in PEM")]
    Roots(String),
    /// The TLS library rejects its own defaults.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}
