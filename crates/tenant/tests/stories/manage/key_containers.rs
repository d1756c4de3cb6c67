//! Key containers: values can be written but never read back.

use super::{House, TENANT, house, refused};
use vestibule_store::ObjectKind;
use vestibule_tenant::keys::Begin;
use vestibule_tenant::manage::{ContainerValue, Done, LONGEST_SECRET, ManageError, NewContainerKey};
use vestibule_tenant::registry::key_container::KeyUse;
use zeroize::Zeroizing;

const NAME: &str = "B2C_1A_RestApiKey";
const VALUE: &str = "a-value-that-nobody-may-see";

fn secret(value: &str) -> NewContainerKey {
    let value = ContainerValue::Secret(Zeroizing::new(value.to_owned()));
    NewContainerKey { value, usage: KeyUse::Signature, not_before: None, expires_at: None }
}

pub(super) async fn add(house: &House, master: u8, name: &str, value: &str) -> Result<(String, Done), ManageError> {
    house.manage.add_container_key(&house.keys(master), TENANT, name, &secret(value)).await
}

#[tokio::test]
async fn a_value_is_in_no_list_no_change_no_audit_entry_and_no_debug_output() {
    let house = house().await;
    let (id, done) = add(&house, 1, NAME, VALUE).await.expect("added");
    let listed = house.manage.key_containers(TENANT).await.expect("listed");
    assert_eq!((listed.len(), &listed[0].keys[0].id), (1, &id));
    let told = format!("{:?} {listed:?} {done:?} {:?}", secret(VALUE), house.audit().await);
    assert!(told.contains(NAME) && told.contains("(sealed)") && !told.contains(VALUE), "{told}");
    let printed = done.changes.iter().map(|change| format!("{change} {}", change.to_json())).collect::<String>();
    assert!(!printed.contains(VALUE) && !printed.contains(&listed[0].keys[0].sealed), "{printed}");
    let row = house.store.key_container(TENANT, NAME).await.expect("read").expect("the container");
    assert!(!row.record.body.contains(VALUE), "{row:?}");
}

#[tokio::test]
async fn a_container_has_one_name_whatever_its_letter_case() {
    let house = house().await;
    add(&house, 1, NAME, VALUE).await.expect("added");
    let found = refused(add(&house, 1, "b2c_1a_restapikey", "another").await);
    assert_eq!(found[0].0, "name");
    assert_eq!(found[0].1, "the policy key \"b2c_1a_restapikey\" exists as \"B2C_1A_RestApiKey\": use that name");
}

#[tokio::test]
async fn an_empty_or_enormous_value_is_refused() {
    let house = house().await;
    for value in [String::new(), "x".repeat(LONGEST_SECRET + 1)] {
        let found = refused(add(&house, 1, NAME, &value).await);
        assert_eq!(found, [("value".to_owned(), "a secret has 1 to 10000 bytes".to_owned())]);
    }
    add(&house, 1, NAME, &"x".repeat(LONGEST_SECRET)).await.expect("the longest");
}

#[tokio::test]
async fn another_master_key_than_that_of_the_signing_keys_seals_nothing() {
    let house = house().await;
    house.manage.rotate_signing_key(&house.keys(1), TENANT, Begin::AtOnce).await.expect("a signing key");
    let refused = add(&house, 2, NAME, VALUE).await;
    assert!(matches!(refused, Err(ManageError::Keys(_))), "{refused:?}");
    assert!(house.manage.key_containers(TENANT).await.expect("listed").is_empty());
}

#[tokio::test]
async fn another_master_key_than_that_of_the_containers_seals_nothing() {
    let house = house().await;
    add(&house, 1, NAME, VALUE).await.expect("added");
    let refused = add(&house, 2, "B2C_1A_Other", VALUE).await.expect_err("another master key");
    assert!(refused.to_string().contains("give the master key that this store was made with"), "{refused}");
    assert_eq!(house.manage.key_containers(TENANT).await.expect("listed").len(), 1);
}

#[tokio::test]
async fn a_key_is_switched_off_and_removed_and_its_container_is_deleted() {
    let house = house().await;
    let (id, made) = add(&house, 1, NAME, VALUE).await.expect("added");
    house.manage.enable_container_key(TENANT, NAME, &id, false).await.expect("off");
    assert!(!house.registrations().await.key_containers[NAME].keys[0].enabled);
    house.manage.remove_container_key(TENANT, NAME, &id).await.expect("removed");
    let again = house.manage.remove_container_key(TENANT, NAME, &id).await;
    assert!(matches!(again, Err(ManageError::NotFound(_))), "{again:?}");
    let read = made.version_of(ObjectKind::KeyContainer, NAME);
    let stale = house.manage.delete_key_container(TENANT, NAME, read).await;
    assert!(matches!(stale, Err(ManageError::Stale { .. })), "{stale:?}");
    house.manage.delete_key_container(TENANT, NAME, None).await.expect("deleted");
    assert!(house.registrations().await.key_containers.is_empty());
}
