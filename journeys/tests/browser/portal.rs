//! The article's steps 1, 2 and 6 by hand in the portal, from an empty tenant to the sample web app that calls the API.

use crate::accessible::is_accessible;
use crate::steps::{PASSWORD, signs_in, verifies};
use std::collections::BTreeMap;
use tokio::net::TcpListener;
use vestibule_journeys::{Browser, Ground};

const API_URI: &str = "https://fabrikam.onmicrosoft.com/tasks-api";

/// The addresses of the samples of this story.
struct Samples {
    web: TcpListener,
    api: TcpListener,
}

impl Samples {
    async fn bind() -> Self {
        let bind = || TcpListener::bind(("127.0.0.1", 0));
        Self { web: bind().await.expect("a port"), api: bind().await.expect("a port") }
    }

    fn url(listener: &TcpListener) -> String {
        format!("http://localhost:{}", listener.local_addr().expect("an address").port())
    }

    /// Start both with what the portal printed.
    fn start(self, mut env: BTreeMap<String, String>, api_id: &str) -> String {
        let (web, endpoint) = (Self::url(&self.web), format!("{}/hello", Self::url(&self.api)));
        let shared = ["B2C_TENANT_NAME", "B2C_TENANT_URL", "SIGNUPSIGNIN_USER_FLOW"];
        let mut api: BTreeMap<String, String> =
            shared.iter().filter_map(|key| Some(((*key).to_owned(), env.get(*key)?.clone()))).collect();
        api.insert("AUDIENCE".to_owned(), api_id.to_owned());
        env.insert("ENDPOINT".to_owned(), endpoint);
        tokio::spawn(axum::serve(self.api, vestibule_webapi::app(api)).into_future());
        tokio::spawn(axum::serve(self.web, vestibule_webapp::app(env)).into_future());
        web
    }
}

/// The portal, open in a browser.
struct Portal<'g> {
    ground: &'g Ground,
    browser: Browser,
}

impl Portal<'_> {
    async fn opens(ground: &Ground) -> Portal<'_> {
        let browser = ground.browser().await;
        browser.goto(&ground.portal().url).await;
        let administrator = ground.portal().administrator.as_ref().expect("the demo's");
        signs_in(&browser, &administrator.name, &administrator.password).await;
        browser.sees("App registrations").await;
        Portal { ground, browser }
    }

    /// Open a page below the tenant, with everything that is folded shown.
    async fn goes(&self, rest: &str) {
        self.browser.goto(&format!("{}{rest}", self.ground.portal().url)).await;
        self.unfolds().await;
    }

    async fn unfolds(&self) {
        self.browser.runs("document.querySelectorAll('details').forEach(d => { d.open = true; })").await;
    }

    async fn ticks(&self, selector: &str) {
        self.browser
            .runs(&format!("document.querySelectorAll(\"{selector}\").forEach(b => {{ b.checked = true; }})"))
            .await;
    }

    async fn creates_tenant(&self) {
        self.goes("/-/tenants").await;
        self.browser.types("name", "fabrikam").await;
        self.browser.types("display_name", "Fabrikam").await;
        self.browser.presses("Create").await;
        self.browser.sees("From nothing to a running application").await;
        is_accessible(&self.browser, "an empty tenant").await;
    }

    async fn creates_flow(&self, kind: &str, name: &str) {
        self.goes(&format!("/fabrikam/user-flows/new?type={kind}")).await;
        is_accessible(&self.browser, "a new user flow").await;
        self.browser.types("name", name).await;
        self.ticks("input[value=displayName]").await;
        self.browser.presses("Create").await;
        self.browser.sees(&format!("B2C_1_{name}")).await;
    }

    /// Register an application; its client id.
    async fn registers(&self, name: &str, redirect_uri: &str) -> String {
        self.goes("/fabrikam/applications/new").await;
        is_accessible(&self.browser, "a new registration").await;
        self.browser.types("name", name).await;
        if !redirect_uri.is_empty() {
            self.browser.types("redirect_uri", redirect_uri).await;
        }
        self.browser.presses("Register").await;
        self.browser.sees("The application is registered.").await;
        is_accessible(&self.browser, "an application").await;
        let url = self.browser.url().await;
        url.split('?').next().and_then(|path| path.rsplit('/').next()).expect("an id").to_owned()
    }

    /// Add a secret; the lines that are shown with it.
    async fn adds_secret(&self, app: &str) -> BTreeMap<String, String> {
        self.goes(&format!("/fabrikam/applications/{app}/secrets")).await;
        self.browser.types("description", "clientsecret1").await;
        self.browser.presses("Add").await;
        self.browser.sees("Copy the new secret now").await;
        is_accessible(&self.browser, "a new secret").await;
        self.env().await
    }

    async fn env(&self) -> BTreeMap<String, String> {
        let lines =
            self.browser.runs("return [...document.querySelectorAll('pre')].map(p => p.textContent).join('\\n')");
        vestibule_cli::env::pairs(lines.await.as_str().expect("text"))
    }

    async fn exposes(&self, api: &str) {
        let page = format!("/fabrikam/applications/{api}/expose");
        self.goes(&page).await;
        self.browser.types("app_id_uri", API_URI).await;
        self.browser.presses("Save the Application ID URI").await;
        for (name, what) in [("tasks.read", "Read"), ("tasks.write", "Write")] {
            self.goes(&page).await;
            self.browser.types("scope_name", name).await;
            self.browser.types("scope_display_name", &format!("{what} access to tasks API")).await;
            self.browser.types("scope_description", &format!("Allows {what} access to the tasks API")).await;
            self.browser.presses("Add scope").await;
            self.browser.sees(name).await;
        }
        is_accessible(&self.browser, "an API").await;
    }

    async fn permits(&self, app: &str) {
        self.goes(&format!("/fabrikam/applications/{app}/permissions")).await;
        is_accessible(&self.browser, "permissions").await;
        self.ticks("input[name=permission][type=checkbox]").await;
        self.browser.presses("Add permissions").await;
        self.browser.sees("Not granted").await;
        self.browser.presses("Grant admin consent for Fabrikam").await;
        self.browser.sees("Granted for Fabrikam").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_articles_steps_by_hand_from_an_empty_tenant_to_a_called_api() {
    let ground = Ground::start().await;
    let (portal, samples) = (Portal::opens(&ground).await, Samples::bind().await);
    portal.creates_tenant().await;
    for (kind, name) in [
        ("sign-up-sign-in", "signupsignin1"),
        ("profile-editing", "profileediting1"),
        ("password-reset", "passwordreset1"),
    ] {
        portal.creates_flow(kind, name).await;
    }
    let app = portal.registers("webapp1", &format!("{}/getAToken", Samples::url(&samples.web))).await;
    portal.adds_secret(&app).await;
    let api = portal.registers("my-api1", "").await;
    portal.exposes(&api).await;
    portal.permits(&app).await;
    let web = samples.start(portal.adds_secret(&app).await, &api);
    signs_up_and_calls(&ground, &portal.browser, &web).await;
}

/// A stranger makes an account in the new tenant, and the web app calls the API with the scopes.
async fn signs_up_and_calls(ground: &Ground, browser: &Browser, web: &str) {
    browser.goto(web).await;
    browser.presses("Sign in").await;
    browser.presses("Sign up now").await;
    verifies(ground, browser, "gil@example.test").await;
    browser.types("newPassword", PASSWORD).await;
    browser.types("reenterPassword", PASSWORD).await;
    browser.types("displayName", "Gil").await;
    browser.presses_id("continue").await;
    browser.sees("Gil").await;
    browser.presses("Call a downstream API").await;
    browser.sees("tasks.read").await;
}

/// The ten main pages of the demo's tenant: name of the picture and the rest of the address.
async fn pages(portal: &Portal<'_>) -> Vec<(&'static str, String)> {
    let app = portal.ground.env("CLIENT_ID");
    portal.goes("/contoso/users?q=ann").await;
    let user = portal.browser.runs("return document.querySelector('tbody th a').getAttribute('href')").await;
    let user = user.as_str().and_then(|href| href.strip_prefix("/portal")).expect("an address").to_owned();
    vec![
        ("home", "/contoso".to_owned()),
        ("applications", "/contoso/applications".to_owned()),
        ("application", format!("/contoso/applications/{app}")),
        ("authentication", format!("/contoso/applications/{app}/authentication")),
        ("secrets", format!("/contoso/applications/{app}/secrets")),
        ("permissions", format!("/contoso/applications/{app}/permissions")),
        ("user-flow", "/contoso/user-flows/B2C_1_signupsignin1".to_owned()),
        ("users", "/contoso/users".to_owned()),
        ("user", user),
        ("audit", "/contoso/audit".to_owned()),
        ("tenants", "/-/tenants".to_owned()),
        ("administrators", "/-/administrators".to_owned()),
        ("attributes", "/contoso/attributes".to_owned()),
        ("signing-keys", "/contoso/signing-keys".to_owned()),
        ("policies", "/contoso/policies".to_owned()),
        ("delete", format!("/contoso/applications/{app}/delete")),
        ("new-user", "/contoso/users/new".to_owned()),
        ("nothing", "/contoso/nothing".to_owned()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_of_the_portal_has_a_barrier_that_axe_knows() {
    let ground = Ground::start().await;
    let portal = Portal::opens(&ground).await;
    let pages = pages(&portal).await;
    for (look, dark, width) in [("light", false, 1280), ("dark", true, 1280), ("phone", false, 390)] {
        portal.browser.prefers_dark(dark).await;
        portal.browser.resizes(width, 900).await;
        for (name, rest) in &pages {
            portal.goes(rest).await;
            is_accessible(&portal.browser, &format!("{name}, {look}")).await;
            portal.browser.takes_picture(&format!("portal-{name}-{look}")).await;
        }
    }
}
