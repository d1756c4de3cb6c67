//! User flows, custom attributes, custom policies and their key containers.
//!
//! [`Store::commit`](super::Store::commit) writes them; `versioned.rs` reads them.

use super::sql::record;

/// A user flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowRecord {
    /// The tenant's GUID.
    pub tenant: String,
    /// The name with its prefix, as typed: `B2C_1_signupsignin1`. Unique, ignoring case.
    pub name: String,
    /// Settings, as JSON.
    pub body: String,
    /// When it last changed, in milliseconds.
    pub updated_at: i64,
}
record!(FlowRecord { tenant, name, body, updated_at });

/// A custom user attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomAttributeRecord {
    /// The tenant's GUID.
    pub tenant: String,
    /// The name, as in `LoyaltyNumber`.
    pub name: String,
    /// Type and descriptions, as JSON.
    pub body: String,
}
record!(CustomAttributeRecord { tenant, name, body });

/// A custom policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRecord {
    /// The tenant's GUID.
    pub tenant: String,
    /// The policy id as written in the file: `B2C_1A_signup_signin`. Unique, ignoring case.
    pub id: String,
    /// The contents of the file.
    pub xml: String,
    /// When it last changed, in milliseconds.
    pub updated_at: i64,
}
record!(PolicyRecord { tenant, id, xml, updated_at });

/// A key container of custom policies: keys and secrets that policies refer to by `StorageReferenceId`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyContainerRecord {
    /// The tenant's GUID.
    pub tenant: String,
    /// The name with its prefix: `B2C_1A_TokenSigningKeyContainer`.
    pub name: String,
    /// The keys, sealed with the master key.
    pub body: String,
    /// When it last changed, in milliseconds.
    pub updated_at: i64,
}
record!(KeyContainerRecord { tenant, name, body, updated_at });
