//! The configuration file compared with the stored state: pruning, an older file, policy keys.

use super::{House, NOW, TENANT, house};
use vestibule_tenant::clock::Random;
use vestibule_tenant::config::{Applied, ApplyOptions, Config, ConfigError, OlderFile, apply};
use vestibule_tenant::keys::Keys;

/// How a test applies its file; everything else is as in `serve`.
#[derive(Clone, Copy)]
struct How<'a> {
    prune: bool,
    older: OlderFile,
    keys: Option<&'a Keys>,
    /// The value of every environment variable.
    env: &'a str,
}

const HOW: How<'static> = How { prune: false, older: OlderFile::Skip, keys: None, env: "Kite-over-Harbour-7" };

/// Applies these lines, appended to those of the tenant.
async fn run(house: &House, lines: &str, how: How<'_>) -> Result<Applied, ConfigError> {
    let text = format!("[[tenant]]\nname = \"contoso\"\nid = \"{TENANT}\"\n{lines}");
    let config = Config::parse("vestibule.toml", &text)?;
    let value = how.env.to_owned();
    let env = move |_: &str| Some(value.clone());
    let How { prune, older, keys, .. } = how;
    let options = ApplyOptions { prune, older, keys, ..ApplyOptions::new(&env) };
    apply(&config, &house.store, &Random::system(), NOW, &options).await
}

const FULL: &str = r#"
[[tenant.attribute]]
name = "Loyalty"
type = "String"
[[tenant.flow]]
name = "B2C_1_in"
type = "sign-in"
[[tenant.application]]
name = "webapp1"
[[tenant.user]]
email = "ann@contoso.test"
password_env = "ANN"
"#;
const LESS: &str = "[[tenant.application]]\nname = \"daemon\"\n";

#[tokio::test]
async fn pruning_deletes_what_the_file_does_not_name_but_no_user_and_no_tenant() {
    let house = house().await;
    let other = house.registrations().await.tenant;
    let (name, domain) = ("northwind".to_owned(), "northwind.example".to_owned());
    let id = "6d0b3f9e-51c8-4a7d-9e02-7b4c8a1f5d36".to_owned();
    let other = vestibule_tenant::manage::TenantFields { id, name, domain, ..other };
    house.manage.create_tenant(&other).await.expect("another tenant");
    run(&house, FULL, HOW).await.expect("applied");
    run(&house, LESS, HOW).await.expect("applied");
    let kept = house.registrations().await;
    assert_eq!((kept.attributes.len(), kept.flows.len(), kept.applications.len()), (1, 1, 2), "no pruning");
    let applied = run(&house, LESS, How { prune: true, ..HOW }).await.expect("applied").to_string();
    assert_eq!(
        applied.lines().collect::<Vec<_>>(),
        ["- contoso: attribute Loyalty", "- contoso: user flow B2C_1_in", "- contoso: application webapp1"]
    );
    assert_eq!(house.store.list_users(TENANT, None, 10).await.expect("users").len(), 1);
    assert_eq!(house.store.tenants().await.expect("tenants").len(), 2);
}

#[tokio::test]
async fn a_file_that_was_replaced_since_is_refused_skipped_or_applied_as_told() {
    let house = house().await;
    let text = |pkce: bool| format!("[[tenant.application]]\nname = \"webapp1\"\nrequire_pkce = {pkce}\n");
    let older = |older| How { older, ..HOW };
    run(&house, &text(false), HOW).await.expect("the first");
    run(&house, &text(true), HOW).await.expect("the second");
    let error = run(&house, &text(false), older(OlderFile::Refuse)).await.expect_err("older").to_string();
    assert!(
        error.starts_with("vestibule.toml:1: error: a newer file was applied to the tenant \"contoso\""),
        "{error}"
    );
    let skipped = run(&house, &text(false), older(OlderFile::Skip)).await.expect("skipped");
    assert_eq!((skipped.skipped.as_slice(), skipped.is_nothing()), (["contoso".to_owned()].as_slice(), true));
    let forced = run(&house, &text(false), older(OlderFile::Apply)).await.expect("forced");
    assert!(forced.to_string().contains("require_pkce: true → false"), "{forced}");
    let last = run(&house, &text(false), older(OlderFile::Refuse)).await.expect("it is the newest now");
    assert!(last.is_nothing() && last.skipped.is_empty());
}

const KEY: &str = "[[tenant.policy_key]]\nname = \"B2C_1A_RestApiKey\"\nsecret_env = \"REST\"\n";

/// The number of keys in the container.
async fn count(house: &House) -> usize {
    house.registrations().await.key_containers["B2C_1A_RestApiKey"].keys.len()
}

#[tokio::test]
async fn a_new_value_of_a_policy_key_is_added_and_the_same_value_is_not() {
    let house = house().await;
    let keys = house.keys(1);
    let how = |env| How { keys: Some(&keys), env, ..HOW };
    run(&house, KEY, how("first-value")).await.expect("applied");
    let again = run(&house, KEY, how("first-value")).await.expect("applied");
    assert!(again.is_nothing() && count(&house).await == 1);
    let rotated = run(&house, KEY, how("second-value")).await.expect("applied").to_string();
    assert!(rotated.contains("policy key B2C_1A_RestApiKey") && !rotated.contains("second-value"), "{rotated}");
    assert_eq!(count(&house).await, 2);
    run(&house, KEY, how("first-value")).await.expect("applied");
    assert_eq!(count(&house).await, 3, "a value that is taken back is the newest key again");
}

#[tokio::test]
async fn a_policy_key_under_another_master_key_is_refused_at_its_line() {
    let house = house().await;
    let (right, wrong) = (house.keys(1), house.keys(2));
    run(&house, KEY, How { keys: Some(&right), env: "first-value", ..HOW }).await.expect("applied");
    let refused = run(&house, KEY, How { keys: Some(&wrong), env: "second-value", ..HOW }).await;
    let error = refused.expect_err("another master key").to_string();
    assert!(error.starts_with("vestibule.toml:5: error: "), "{error}");
    assert!(error.contains("give the master key") && !error.contains("second-value"), "{error}");
    let none = run(&house, KEY, HOW).await.expect_err("no master key").to_string();
    assert!(none.contains("policy keys are sealed with the master key"), "{none}");
    assert_eq!(count(&house).await, 1);
}
