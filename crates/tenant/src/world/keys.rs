//! Key containers of journeys: finds the active key of the container that a policy names, and decrypts it temporarily.

use super::JourneyWorld;
use crate::registry::key_container::{KeyContainer, PREFIX, purpose};
use vestibule_journey::{KeyError, Keys, Secret, WorldError};

impl Keys for JourneyWorld {
    async fn secret(&mut self, container: &str) -> Result<Secret, KeyError> {
        let tenant = &self.context.tenant.id;
        let container = self.container(container).await?.ok_or(KeyError::Missing)?;
        let now = self.world.accounts().inner.clock.now();
        let key = container.active(now).ok_or(KeyError::Missing)?;
        let opened = self.world.sealer().open(&purpose(tenant, &container.name, &key.id), &key.sealed);
        match opened {
            Ok(value) => Ok(Secret::new(value.to_vec())),
            Err(error) => Err(broken(&container.name, &error)),
        }
    }
}

impl JourneyWorld {
    /// The container with this name, with or without `B2C_1A_`, ignoring case.
    async fn container(&self, named: &str) -> Result<Option<KeyContainer>, KeyError> {
        let store = &self.world.accounts().inner.store;
        let unavailable =
            |error: vestibule_store::StoreError| KeyError::World(WorldError::Unavailable(error.to_string()));
        let bare = |name: &str| {
            let name = name.to_ascii_lowercase();
            name.strip_prefix(&PREFIX.to_ascii_lowercase()).unwrap_or(&name).to_owned()
        };
        let rows = store.key_containers(&self.context.tenant.id).await.map_err(unavailable)?;
        let Some(row) = rows.into_iter().find(|row| bare(&row.record.name) == bare(named)) else { return Ok(None) };
        let read = serde_json::from_str::<KeyContainer>(&row.record.body);
        let container = read.map_err(|error| broken(&row.record.name, &error))?;
        Ok(Some(KeyContainer { name: row.record.name, ..container }))
    }
}

fn broken(container: &str, error: &dyn std::fmt::Display) -> KeyError {
    KeyError::World(WorldError::Broken(format!("the key container {container} cannot be opened: {error}")))
}
