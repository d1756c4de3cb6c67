//! Tests the issuer rules with discovery documents in the form in which Microsoft's services publish them.

use super::{Authority, Network, Purpose};
use crate::settings::Settings;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use vestibule_protocol::metadata::Metadata;

const TID: &str = "775527ff-9a37-4307-8b3d-cc311f58d925";
const OTHER: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

fn authority(settings: &[(&str, &str)]) -> Authority {
    let own = [("CLIENT_ID", "app"), ("CLIENT_SECRET", "secret")];
    let map: BTreeMap<String, String> =
        settings.iter().chain(&own).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Settings::from_map(&map).expect("settings").authority
}

fn document(base: &str, issuer: &str, more: Value) -> Metadata {
    let mut document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "end_session_endpoint": format!("{base}/oauth2/v2.0/logout"),
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce"],
    });
    if let (Value::Object(document), Value::Object(more)) = (&mut document, more) {
        document.extend(more);
    }
    serde_json::from_value(document).expect("a document")
}

/// Members that Entra ID adds. Unknown members must be ignored.
fn entra_members() -> Value {
    json!({
        "tenant_region_scope": null,
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
        "rbac_url": "https://pas.windows.net",
        "frontchannel_logout_supported": true,
        "http_logout_supported": true,
        "request_uri_parameter_supported": false,
        "kerberos_endpoint": "https://login.microsoftonline.com/common/kerberos",
        "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
        "device_authorization_endpoint": "https://login.microsoftonline.com/common/oauth2/v2.0/devicecode",
    })
}

fn claims(value: &Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

#[test]
fn b2c_names_its_issuer_by_id_and_not_by_the_address_of_its_document() {
    let authority = authority(&[("B2C_TENANT_NAME", "contoso"), ("SIGNUPSIGNIN_USER_FLOW", "B2C_1_signupsignin1")]);
    let base = "https://contoso.b2clogin.com/contoso.onmicrosoft.com";
    assert_eq!(
        authority.metadata_url(Purpose::SignIn).as_deref(),
        Some(format!("{base}/B2C_1_signupsignin1/v2.0/.well-known/openid-configuration").as_str())
    );
    let issuer = format!("https://contoso.b2clogin.com/{TID}/v2.0/");
    let document = document(&format!("{base}/b2c_1_signupsignin1"), &issuer, json!({}));
    assert_eq!(authority.accepts(&document, &Network::default()), Ok(()));
    // The trailing slash is part of the issuer, whatever tenant the token names.
    assert_eq!(Authority::issuer(&document, &claims(&json!({ "tid": TID }))), issuer);
    assert_eq!(Authority::issuer(&document, &claims(&json!({}))), issuer);
}

#[test]
fn b2c_by_the_issuer_that_names_the_policy_is_taken_too() {
    let authority = authority(&[("B2C_TENANT_NAME", "contoso"), ("SIGNUPSIGNIN_USER_FLOW", "B2C_1_signupsignin1")]);
    let issuer = format!("https://contoso.b2clogin.com/tfp/{TID}/b2c_1_signupsignin1/v2.0/");
    let document =
        document("https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_signupsignin1", &issuer, json!({}));
    assert_eq!(authority.accepts(&document, &Network::default()), Ok(()));
    assert_eq!(Authority::issuer(&document, &Map::new()), issuer);
}

#[test]
fn external_id_names_its_issuer_on_the_host_of_its_id() {
    let issuer = format!("https://{TID}.ciamlogin.com/{TID}/v2.0");
    let base = format!("https://contoso.ciamlogin.com/{TID}");
    let document = document(&base, &issuer, entra_members());
    for written in ["https://contoso.ciamlogin.com", "https://contoso.ciamlogin.com/contoso.onmicrosoft.com/v2.0"] {
        let authority = authority(&[("AUTHORITY", written)]);
        assert_eq!(
            authority.metadata_url(Purpose::SignIn).as_deref(),
            Some("https://contoso.ciamlogin.com/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration"),
            "{written}"
        );
        assert_eq!(authority.metadata_url(Purpose::EditProfile), None);
        assert_eq!(authority.accepts(&document, &Network::default()), Ok(()));
        assert_eq!(Authority::issuer(&document, &claims(&json!({ "tid": TID }))), issuer);
    }
    // Under a custom domain it is an ordinary OpenID provider whose issuer stays on Microsoft's host.
    let custom = authority(&[("OIDC_AUTHORITY", "https://login.contoso.com/775527ff/v2.0")]);
    assert_eq!(custom.accepts(&document, &Network::default()), Ok(()));
}

#[test]
fn entra_common_is_believed_for_the_tenant_that_the_token_names() {
    let base = "https://login.microsoftonline.com/common";
    let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
    let document = document(base, template, entra_members());
    for written in [base.to_owned(), format!("{base}/"), format!("{base}/v2.0")] {
        let authority = authority(&[("AUTHORITY", &written)]);
        assert_eq!(authority.accepts(&document, &Network::default()), Ok(()), "{written}");
    }
    for tid in [TID, OTHER] {
        let issuer = Authority::issuer(&document, &claims(&json!({ "tid": tid })));
        assert_eq!(issuer, format!("https://login.microsoftonline.com/{tid}/v2.0"));
    }
    // Without a tenant, or with one that would change the URL, the template itself remains, which no token matches.
    for strange in [json!({}), json!({ "tid": "a/../../evil" }), json!({ "tid": 7 })] {
        assert_eq!(Authority::issuer(&document, &claims(&strange)), template, "{strange}");
    }
}

#[test]
fn entra_of_one_tenant_takes_no_token_of_another() {
    let base = format!("https://login.microsoftonline.com/{TID}");
    let issuer = format!("{base}/v2.0");
    let document = document(&base, &issuer, entra_members());
    assert_eq!(authority(&[("AUTHORITY", &base)]).accepts(&document, &Network::default()), Ok(()));
    assert_eq!(Authority::issuer(&document, &claims(&json!({ "tid": OTHER }))), issuer);
}

#[test]
fn any_other_provider_must_name_the_issuer_that_was_set() {
    let authority = authority(&[("OIDC_AUTHORITY", "https://login.example.test/realms/one/")]);
    let base = "https://login.example.test/realms/one";
    for fits in [base, "https://login.example.test/realms/one/"] {
        assert_eq!(authority.accepts(&document(base, fits, json!({})), &Network::default()), Ok(()), "{fits}");
    }
    for strange in [
        "https://login.example.test/realms/two",
        "https://login.example.test",
        "http://login.example.test/realms/one",
        "https://evil.test/?x=.ciamlogin.com",
        "https://ciamlogin.com.evil.test",
        "http://contoso.ciamlogin.com/x",
    ] {
        assert!(authority.accepts(&document(base, strange, json!({})), &Network::default()).is_err(), "{strange}");
    }
}

#[test]
fn an_endpoint_that_is_not_https_is_refused() {
    let authority = authority(&[("AUTHORITY", "https://login.microsoftonline.com/common")]);
    for endpoint in ["authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint"] {
        let more = json!({ endpoint: "http://login.microsoftonline.com/common" });
        let document = document("https://login.microsoftonline.com/common", "https://i", more);
        assert!(authority.accepts(&document, &Network::default()).is_err(), "{endpoint}");
    }
}
