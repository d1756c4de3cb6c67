//! A tenant as a file: applied to an empty store, it is the same tenant.

mod generated;

use generated::VALUE;
use proptest::prelude::*;
use std::path::Path;
use vestibule_store::Store;
use vestibule_tenant::clock::{Clock, Random};
use vestibule_tenant::config::{
    Applied, ApplyOptions, Config, ConfigError, EXPORTED, Export, OlderFile, apply, export,
};
use vestibule_tenant::keys::Keys;
use vestibule_tenant::manage::{Actor, Manage, Registrations};
use vestibule_tenant::seal::Sealer;
use vestibule_testing::{DEMO, Installation, NOW};

/// An empty store, and a folder for an export.
struct Ground {
    store: Store,
    folder: tempfile::TempDir,
}

impl Ground {
    async fn new() -> Self {
        Self { store: Store::memory().await.expect("a store"), folder: tempfile::tempdir().expect("a folder") }
    }

    /// Writes the export, and reads it as a configuration.
    fn config(&self, export: &Export) -> Config {
        let write = |path: &Path, text: &str| {
            let file = self.folder.path().join(path);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            std::fs::write(file, text).expect("written");
        };
        export.files.iter().for_each(|file| write(&file.path, &file.text));
        write(Path::new("vestibule.toml"), &export.text);
        Config::load(&self.folder.path().join("vestibule.toml")).unwrap_or_else(|e| panic!("{e}\n{}", export.text))
    }

    /// Applies it where every variable has this value.
    async fn apply(&self, export: &Export, value: Option<&str>, plan: bool) -> Result<Applied, ConfigError> {
        let keys = Keys::new(self.store.clone(), Clock::fixed(NOW), Sealer::new([1; 32]));
        let env = move |_: &str| value.map(str::to_owned);
        let options = ApplyOptions { keys: Some(&keys), older: OlderFile::Refuse, plan, ..ApplyOptions::new(&env) };
        apply(&self.config(export), &self.store, &Random::system(), NOW, &options).await
    }

    async fn registrations(&self, tenant: &str) -> Registrations {
        let manage = Manage::new(self.store.clone(), Clock::fixed(NOW), Random::system(), Actor::Server);
        manage.registrations(tenant).await.expect("read")
    }
}

/// Without what no file says: when something was added, and how a key is sealed.
fn comparable(mut registrations: Registrations) -> Registrations {
    for application in registrations.applications.values_mut() {
        application.credentials.iter_mut().for_each(|one| one.created_at = 0);
        application.credentials.sort_by(|a, b| a.id.cmp(&b.id));
        application.permissions.iter_mut().for_each(|one| one.consented_at = one.consented_at.map(|_| 0));
        application
            .permissions
            .sort_by(|a, b| (&a.resource_client_id, &a.value).cmp(&(&b.resource_client_id, &b.value)));
        application.permissions.dedup_by(|a, b| a.resource_client_id == b.resource_client_id && a.value == b.value);
        application.scopes.sort_by(|a, b| a.name.cmp(&b.name));
        application.app_roles.sort_by(|a, b| a.value.cmp(&b.value));
    }
    for key in registrations.key_containers.values_mut().flat_map(|container| &mut container.keys) {
        (key.created_at, key.digest, key.sealed) = (0, None, String::new());
    }
    registrations
}

async fn is_the_same(tenant: Registrations) {
    let (ground, tenant) = (Ground::new().await, comparable(tenant));
    let written = export(EXPORTED, std::slice::from_ref(&tenant));
    ground.apply(&written, Some(VALUE), false).await.unwrap_or_else(|e| panic!("{e}\n{}", written.text));
    let made = ground.registrations(&tenant.tenant.id).await;
    assert_eq!(comparable(made.clone()), tenant, "{}", written.text);
    let again = export(EXPORTED, &[made]);
    assert_eq!(again, written, "an export is the same file every time");
    let plan = ground.apply(&again, None, true).await.expect("a plan without the secrets");
    assert!(plan.is_nothing(), "{plan}\n{}", again.text);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_tenant_that_is_exported_and_applied_to_an_empty_store_is_the_same(tenant in generated::tenant()) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(is_the_same(tenant));
    }
}

#[tokio::test]
async fn an_export_is_written_for_people() {
    let installation = Installation::demo().await;
    let manage = Manage::new(installation.store.clone(), Clock::fixed(NOW), Random::system(), Actor::Server);
    let contoso = manage.registrations("775527ff-9a37-4307-8b3d-cc311f58d925").await.expect("read");
    let written = export(EXPORTED, &[contoso]);
    assert!(written.files.is_empty() && DEMO.contains("ann@contoso.test") && !written.text.contains("ann@"));
    insta::assert_snapshot!(written.text);
}

#[tokio::test]
async fn a_permission_that_nothing_offers_any_more_is_left_out_with_a_word() {
    let installation = Installation::demo().await;
    let manage = Manage::new(installation.store.clone(), Clock::fixed(NOW), Random::system(), Actor::Server);
    let (tenant, api) = ("775527ff-9a37-4307-8b3d-cc311f58d925", "f8c0e2a4-5d1b-4c39-9a76-2be18d40c7f3");
    let dropped = manage.change_application(tenant, api, None, |api| api.scopes.retain(|s| s.name != "tasks.write"));
    dropped.await.expect("changed");
    let text = export(EXPORTED, &[manage.registrations(tenant).await.expect("read")]).text;
    let said = "# A permission of \"webapp1\" is left out: the application \"my-api1\" has no scope \"tasks.write\".\n";
    assert!(text.contains(said) && text.contains("permissions = [\"my-api1/tasks.read\"]\n"), "{text}");
}

const LISTED: &str = r#"
[[tenant]]
name = "contoso"
[[tenant.application]]
name = "webapp1"
[[tenant.application.secret]]
env = "ONE"
id = "5c0e7a91-2f4d-4b83-9a16-d3e08b7c64f5"
description = "one"
"#;
const TWO: &str = "[[tenant.application.secret]]\nenv = \"TWO\"\n";

#[tokio::test]
async fn a_listed_secret_stays_without_its_variable_and_goes_with_its_table() {
    let installation = Installation::new().await;
    let both = format!("{LISTED}{TWO}");
    installation.serve(&both, &[("ONE", VALUE), ("TWO", VALUE)]).await.expect("applied");
    assert!(installation.serve(&both, &[]).await.expect("applied").is_nothing());
    let renamed = installation.serve(&both.replace("\"one\"", "\"first\""), &[]).await.expect("applied").to_string();
    assert!(renamed.contains("secret \"first\"") && renamed.contains("secret \"one\""), "{renamed}");
    let gone = installation.serve(LISTED, &[]).await.expect("applied").to_string();
    assert_eq!(gone.matches("→ nothing").count(), 2, "the second secret, and the first one's old name: {gone}");
}

#[tokio::test]
async fn a_listed_secret_that_is_nowhere_or_wrong_is_refused_at_its_line() {
    let installation = Installation::new().await;
    let said =
        async |text: &str, env: &[(&str, &str)]| installation.serve(text, env).await.expect_err("refused").to_string();
    let nowhere = "vestibule.toml:7: error: the environment variable ONE is not set: it holds a secret of \"webapp1\"";
    assert_eq!(said(LISTED, &[]).await, nowhere);
    assert!(said(LISTED, &[("ONE", "short")]).await.starts_with("vestibule.toml:7: error: the secret of \"webapp1\""));
    let never = format!("{LISTED}expires = \"tomorrow\"\n");
    let expected =
        "vestibule.toml:10: error: \"expires\" must be a time such as \"2027-01-31T12:00:00Z\", not \"tomorrow\"";
    assert_eq!(said(&never, &[("ONE", VALUE)]).await, expected);
    let twice = format!("{LISTED}{TWO}id = \"5c0e7a91-2f4d-4b83-9a16-d3e08b7c64f5\"\n");
    let told = said(&twice, &[("ONE", VALUE), ("TWO", VALUE)]).await;
    let expected = "vestibule.toml:12: error: the secret id \"5c0e7a91-2f4d-4b83-9a16-d3e08b7c64f5\" is there twice";
    assert!(told.starts_with(expected), "{told}");
}

#[tokio::test]
async fn consent_is_a_matter_of_each_permission() {
    let installation = Installation::demo().await;
    let text = DEMO.replace("\"my-api1/tasks.write\"]", "{ value = \"my-api1/tasks.write\", consent = false }]");
    let applied = installation.dev(&text).await.to_string();
    assert!(applied.contains("permission my-api1/tasks.write: \"delegated, granted\" → \"delegated, not granted\""));
    assert!(!applied.contains("tasks.read"), "{applied}");
}
