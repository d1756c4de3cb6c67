//! Custom policies, user flows and their attributes.

use super::{House, TENANT, house, refused};
use vestibule_journey::flow::{CustomAttribute, FlowSettings, chain};
use vestibule_tenant::manage::{CustomPolicy, ManageError};

/// A user flow with these settings.
fn flow(more: &str) -> FlowSettings {
    toml::from_str(&format!("name = \"B2C_1_in\"\ntype = \"sign-up-sign-in\"\n{more}")).expect("settings")
}

/// A user flow as three custom policies: a base, what builds on it, and the relying party `B2C_1A_mine`.
fn policies() -> Vec<CustomPolicy> {
    let chain = chain(&flow("claims = [\"objectId\"]"), &[], "contoso.onmicrosoft.com").expect("a chain");
    // Renamed, because the built-in bases exist even if nobody uploads them.
    let renamed = |text: String| text.replace("B2C_1_in", "B2C_1A_mine").replace("B2C_1A_Vestibule", "B2C_1A_Our");
    let policy = |source: vestibule_journey::Source| {
        let id = renamed(source.name.trim_end_matches(".xml").to_owned());
        CustomPolicy { id, xml: renamed(source.text) }
    };
    chain.into_iter().map(policy).collect()
}

async fn uploaded(house: &House) -> Vec<CustomPolicy> {
    let policies = policies();
    let done = house.manage.upload_policies(TENANT, &policies).await.expect("uploaded");
    assert_eq!(done.changes.len(), 3);
    policies
}

#[tokio::test]
async fn a_base_that_breaks_a_relying_party_is_refused_with_file_and_line() {
    let house = house().await;
    let mut base = uploaded(&house).await.remove(0);
    base.xml = base.xml.replace("<ClaimType Id=\"objectId\"", "<ClaimType Id=\"renamed\"");
    let found = refused(house.manage.upload_policies(TENANT, &[base]).await);
    let (field, why) = &found[0];
    let (place, message) = why.split_once(": error: ").expect("a place and a message");
    let (file, line) = place.split_once(':').expect("file and line");
    assert!(field == "file" && file.starts_with("B2C_1A_") && line.parse::<u32>().is_ok(), "{why}");
    assert!(message.contains("objectId"), "{why}");
    assert_eq!(house.registrations().await.policies[&policies()[0].id.to_lowercase()], policies()[0]);
}

#[tokio::test]
async fn a_policy_may_come_before_its_key_container_and_says_so() {
    let house = house().await;
    let mut policies = policies();
    policies[0].xml = policies[0].xml.replace("B2C_1A_TokenSigningKeyContainer", "B2C_1A_Later");
    let warnings = async || {
        let upload = house.manage.prepare(TENANT, |registrations| {
            registrations.policies.extend(policies.iter().map(|policy| (policy.id.to_lowercase(), policy.clone())));
            Ok(())
        });
        upload.await.expect("a change").warnings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let [warning] = warnings().await.try_into().expect("one warning");
    assert!(warning.contains("the tenant has no key container B2C_1A_Later"), "{warning}");
    super::key_containers::add(&house, 1, "B2C_1A_Later", "a secret").await.expect("added");
    assert_eq!(warnings().await, [""; 0]);
}

#[tokio::test]
async fn a_base_that_others_build_on_is_not_deleted_and_the_last_of_a_chain_is() {
    let house = house().await;
    let [base, _, last] = uploaded(&house).await.try_into().expect("three");
    let found = refused(house.manage.delete_policy(TENANT, &base.id, None).await);
    assert!(found.iter().any(|(_, why)| why.contains(&base.id)), "{found:?}");
    house.manage.delete_policy(TENANT, &last.id.to_uppercase(), None).await.expect("deleted");
    house.manage.delete_policy(TENANT, &base.id, None).await.expect("nobody signs in by it");
    let gone = house.manage.delete_policy(TENANT, &last.id, None).await;
    assert!(matches!(gone, Err(ManageError::NotFound(_))), "{gone:?}");
}

#[tokio::test]
async fn a_policy_is_audited_by_its_digest_and_not_by_its_text() {
    let house = house().await;
    let base = uploaded(&house).await.remove(0);
    let audit = house.audit().await;
    let entry = audit.iter().find(|entry| entry.detail.contains(&base.id)).expect("an entry");
    assert!(entry.event == "policy.create" && entry.detail.contains("SHA-256"), "{entry:?}");
    assert!(!entry.detail.contains("TrustFrameworkPolicy"), "{entry:?}");
}

#[tokio::test]
async fn an_attribute_that_a_flow_uses_is_not_deleted_and_the_refusal_names_the_flow() {
    let house = house().await;
    let attribute =
        CustomAttribute { name: "Loyalty".to_owned(), data_type: "String".to_owned(), description: String::new() };
    house.manage.put_attribute(TENANT, None, &attribute).await.expect("created");
    house.manage.put_flow(TENANT, None, &flow("claims = [\"extension_Loyalty\"]")).await.expect("created");
    let found = refused(house.manage.delete_attribute(TENANT, "Loyalty", None).await);
    assert_eq!((found.len(), found[0].0.as_str()), (1, "claims"));
    assert!(found[0].1.contains("B2C_1_in") && found[0].1.contains("extension_Loyalty"), "{found:?}");
    house.manage.change_flow(TENANT, "b2c_1_IN", None, |flow| flow.claims.clear()).await.expect("changed");
    house.manage.delete_attribute(TENANT, "Loyalty", None).await.expect("deleted");
}

#[tokio::test]
async fn an_attribute_keeps_its_type() {
    let house = house().await;
    let of = |data_type: &str| CustomAttribute {
        name: "ShoeSize".to_owned(),
        data_type: data_type.to_owned(),
        description: String::new(),
    };
    house.manage.put_attribute(TENANT, None, &of("Int")).await.expect("created");
    let found = refused(house.manage.put_attribute(TENANT, None, &of("String")).await);
    assert!(found[0].0 == "type" && found[0].1.contains("is of the type Int, which cannot change"), "{found:?}");
}

#[tokio::test]
async fn a_policy_that_writes_an_attribute_as_another_type_is_taken_with_a_warning() {
    let house = house().await;
    let member =
        CustomAttribute { name: "Member".to_owned(), data_type: "Boolean".to_owned(), description: String::new() };
    house.manage.put_attribute(TENANT, None, &member).await.expect("created");
    let mut policies = policies();
    let place = "<PersistedClaim ClaimTypeReferenceId=\"displayName\"";
    let more = format!("<PersistedClaim ClaimTypeReferenceId=\"city\" PartnerClaimType=\"extension_Member\" />{place}");
    policies[0].xml = policies[0].xml.replacen(place, &more, 1);
    let upload = house.manage.prepare(TENANT, |registrations| {
        registrations.policies.extend(policies.iter().map(|policy| (policy.id.to_lowercase(), policy.clone())));
        Ok(())
    });
    let warnings: Vec<String> = upload.await.expect("a change").warnings.iter().map(ToString::to_string).collect();
    let found = warnings.iter().any(|warning| warning.contains("extension_Member") && warning.contains("Boolean"));
    assert!(found, "{warnings:?}");
}
