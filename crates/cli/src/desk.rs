//! What commands that manage a tenant share: where it is, its registrations, and refusals field by field.

use crate::out;
use crate::place::{Found, Place, TenantArg};
use anyhow::{Context, Result, anyhow};
use clap::Args;
use vestibule_store::TenantHead;
use vestibule_tenant::manage::{Manage, ManageError, Refusal, Registrations};
use vestibule_tenant::registry::Application;

/// The tenant, and where it is stored.
#[derive(Debug, Args)]
pub(crate) struct At {
    #[command(flatten)]
    pub(crate) place: Place,

    #[command(flatten)]
    pub(crate) tenant: TenantArg,
}

/// One open tenant.
pub(crate) struct Desk {
    pub(crate) place: Found,
    pub(crate) manage: Manage,
    pub(crate) tenant: TenantHead,
}

impl At {
    /// Open the store, and find the tenant that is meant.
    pub(crate) async fn open(&self) -> Result<Desk> {
        let place = self.place.open().await?;
        let tenant = self.tenant.only(&place).await?;
        Ok(Desk { manage: place.manage(), place, tenant })
    }
}

impl Desk {
    /// The id of the tenant.
    pub(crate) fn id(&self) -> &str {
        &self.tenant.id
    }

    /// Everything that is registered in the tenant.
    pub(crate) async fn registrations(&self) -> Result<Registrations> {
        Ok(self.manage.registrations(self.id()).await?)
    }

    /// The application of this name, client id or Application ID URI.
    pub(crate) async fn application(&self, named: &str) -> Result<Application> {
        let all = self.registrations().await?;
        let missing = || format!("{} has no application {named}; vestibule app list names them all", self.tenant.name);
        all.application_named(named).cloned().with_context(missing)
    }

    /// Close the store, and print the lines.
    pub(crate) async fn say(self, text: &str) -> Result<()> {
        self.place.store.close().await;
        Ok(out::say(text)?)
    }

    /// Close the store, and print the text as it is.
    pub(crate) async fn print(self, text: &str) -> Result<()> {
        self.place.store.close().await;
        Ok(out::print(text)?)
    }
}

/// The sentence for a change that was not made: one line for each refused field.
pub(crate) fn refused(error: ManageError) -> anyhow::Error {
    let line = |refusal: &Refusal| match refusal.field.as_str() {
        "" => refusal.why.clone(),
        field => format!("{field}: {}", refusal.why),
    };
    match error {
        ManageError::Refused(refusals) => {
            let lines: Vec<String> = refusals.0.iter().map(line).collect();
            anyhow!("nothing was changed:\n  {}", lines.join("\n  "))
        }
        other => other.into(),
    }
}
