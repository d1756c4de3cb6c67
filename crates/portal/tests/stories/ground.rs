//! A server with its portal, and the people who use it.

use std::sync::Arc;
use vestibule_portal::Portal;
use vestibule_tenant::manage::{Actor, NewAdministrator, Right, Role};
use vestibule_testing::{Answer, Browser, House, LOCAL};

/// The password of everybody here.
pub(crate) const PASSWORD: &str = "Correct-horse-battery-9";
pub(crate) const ADMIN: &str = "admin@vestibule.test";

/// A server with its portal.
pub(crate) struct Ground {
    pub(crate) house: House,
    pub(crate) portal: Arc<Portal>,
    router: axum::Router,
}

/// Somebody in the portal.
pub(crate) struct Desk {
    pub(crate) browser: Browser,
    /// The CSRF value of the session.
    pub(crate) csrf: String,
}

impl Ground {
    pub(crate) async fn new() -> Self {
        let house = House::serve().await;
        let portal = Arc::new(Portal::open(&house.app).await.expect("a portal").expect("it is on"));
        let router = vestibule_portal::router(house.app.clone(), Some(Arc::clone(&portal)));
        Self { house, portal, router }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router.clone(), LOCAL)
    }

    /// Make an administrator: of the tenant with this id, or of all.
    pub(crate) async fn make(&self, email: &str, role: Role, tenant: Option<&str>) -> String {
        let manage = self.house.app.manage(Actor::Server);
        let admin = manage.admin_tenant().await.expect("read").expect("a tenant");
        let right = Right { tenant: tenant.map(str::to_owned), role };
        let new = NewAdministrator { email: email.to_owned(), name: email.to_owned(), password: PASSWORD.to_owned() };
        let made = manage.administrators(self.house.app.accounts(), &admin).create(&new, &right).await;
        made.expect("an administrator").object_id().to_owned()
    }

    /// An administrator of everything, signed in.
    pub(crate) async fn admin(&self) -> Desk {
        self.make(ADMIN, Role::Administrator, None).await;
        self.sign_in(ADMIN).await
    }

    pub(crate) async fn sign_in(&self, email: &str) -> Desk {
        let mut browser = self.browser();
        let page = browser.get("/portal").await;
        let page = browser.follow(page).await;
        let done = browser.sign_in_at(&page, (email, PASSWORD), &[]).await;
        assert!(done.text.contains("/portal"), "{}", done.text);
        let home = browser.get("/portal/-/tenants").await;
        Desk { csrf: csrf(&home), browser }
    }
}

/// The CSRF value of a page of the portal.
pub(crate) fn csrf(page: &Answer) -> String {
    let rest = page.text.split("name=\"csrf\" value=\"").nth(1);
    rest.and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

/// The version that a page's forms carry.
fn version(page: &Answer) -> String {
    let rest = page.text.split("name=\"version\" value=\"").nth(1);
    rest.and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

impl Desk {
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.browser.get(path).await
    }

    /// Post a form with the session's CSRF value.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf.clone();
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend_from_slice(fields);
        self.browser.post(path, &all).await
    }

    /// Open a page, and post one of its forms as it is now.
    pub(crate) async fn submit(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let version = version(&self.get(page).await);
        let mut all = vec![("version", version.as_str())];
        all.extend_from_slice(fields);
        self.post(action, &all).await
    }
}
