//! The attributes that a policy writes to the directory, for comparison with a tenant's own attributes.

use super::Policy;
use crate::claims::value::DataType;
use std::collections::BTreeMap;

impl Policy {
    /// The custom attributes that the policy's directory profiles write, as `extension_Name`, each with the `DataType`
    /// of the claim that it is written from.
    #[must_use]
    pub fn written_attributes(&self) -> BTreeMap<String, &'static str> {
        let mut written = BTreeMap::new();
        for profile in self.profiles.values().filter(|profile| profile.kind.writes_users()) {
            for claim in &profile.persisted {
                let Some(claim_type) = self.claims.get(&claim.claim) else { continue };
                let name = claim.partner.clone().unwrap_or_else(|| claim_type.id.clone());
                if name.to_ascii_lowercase().starts_with("extension_") {
                    written.insert(name, claim_type.data_type.name());
                }
            }
        }
        written
    }
}

impl DataType {
    /// Its name in the language.
    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, data_type)| *data_type == self).map_or("string", |(name, _)| name)
    }
}
