//! Management: what it rejects, what it writes, what it never reveals.

mod applications;
mod file;
mod key_containers;
mod policies;
mod tenants;

use serde_json::Value;
use vestibule_store::{AuditRecord, Store};
use vestibule_tenant::clock::{Clock, Random};
use vestibule_tenant::keys::Keys;
use vestibule_tenant::manage::{Actor, AuditFilter, Done, Manage, ManageError, Registrations, TenantFields};
use vestibule_tenant::registry::{Application, TenantSettings};
use vestibule_tenant::seal::Sealer;

/// 1 January 2026.
const NOW: i64 = 1_767_225_600_000;
const TENANT: &str = "8c6c1d7e-0000-4000-8000-000000000001";

/// The tenant contoso in an in-memory store, and an administrator who manages it.
struct House {
    store: Store,
    clock: Clock,
    manage: Manage,
}

async fn house() -> House {
    let store = Store::memory().await.expect("a store");
    let clock = Clock::fixed(NOW);
    let actor = Actor::Administrator {
        object_id: "ann".to_owned(),
        address: Some("192.0.2.7".to_owned()),
        correlation_id: Some("request-1".to_owned()),
    };
    let manage = Manage::new(store.clone(), clock.clone(), Random::seeded(1), actor);
    let contoso = TenantFields {
        id: TENANT.to_owned(),
        name: "contoso".to_owned(),
        domain: "contoso.onmicrosoft.com".to_owned(),
        display_name: "Contoso".to_owned(),
        settings: TenantSettings::default(),
    };
    manage.create_tenant(&contoso).await.expect("a tenant");
    House { store, clock, manage }
}

impl House {
    /// Registers an application. Returns its client id.
    async fn application(&self, name: &str) -> (String, Done) {
        let application = Application { name: name.to_owned(), ..Application::default() };
        self.manage.create_application(TENANT, application).await.expect("an application")
    }

    async fn registrations(&self) -> Registrations {
        self.manage.registrations(TENANT).await.expect("read")
    }

    async fn read(&self, client_id: &str) -> Application {
        self.registrations().await.application(client_id).expect("the application").clone()
    }

    /// The tenant's audit entries, newest first.
    async fn audit(&self) -> Vec<AuditRecord> {
        self.manage.audit(TENANT, &AuditFilter::default(), 100).await.expect("read")
    }

    /// The event of the newest audit entry, and its fields before and after.
    async fn last_event(&self) -> (String, Value) {
        let entry = self.audit().await.remove(0);
        let detail: Value = serde_json::from_str(&entry.detail).expect("JSON");
        (entry.event, detail["fields"].clone())
    }

    /// Keys under the master key number `master`.
    fn keys(&self, master: u8) -> Keys {
        Keys::new(self.store.clone(), self.clock.clone(), Sealer::new([master; 32]))
    }
}

/// The fields that a rejected change names, with their messages.
fn refused<T: std::fmt::Debug>(result: Result<T, ManageError>) -> Vec<(String, String)> {
    match result {
        Err(ManageError::Refused(refusals)) => refusals.0.into_iter().map(|one| (one.field, one.why)).collect(),
        other => panic!("{other:?}"),
    }
}
