//! Tenants at random, with everything that management can hold.

use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use vestibule_journey::flow::{CustomAttribute, FlowSettings, chain};
use vestibule_tenant::manage::{CustomPolicy, Registrations, TenantFields};
use vestibule_tenant::registry::key_container::{ContainerKey, KeyContainer, KeyKind, KeyUse};
use vestibule_tenant::registry::{
    AppRole, Application, Certificate, Credential, OpenidProfile, Permission, PermissionKind, Platform, RedirectUri,
    Scope, TenantSettings, credential,
};
use vestibule_testing::signer::Signer;

/// The value of every secret.
pub(crate) const VALUE: &str = "a secret of at least thirty-two characters";
static CERTIFICATE: LazyLock<Certificate> = LazyLock::new(|| Signer::p256().certificate());

const URIS: [(&str, Platform); 6] = [
    ("https://app.contoso.com/getAToken", Platform::Web),
    ("http://localhost:5000/getAToken", Platform::Web),
    ("https://b.contoso.com/", Platform::Spa),
    ("https://a.contoso.com/", Platform::Spa),
    ("http://127.0.0.1/", Platform::PublicClient),
    ("com.contoso.app://auth", Platform::PublicClient),
];

/// A tenant that management takes.
pub(crate) fn tenant() -> impl Strategy<Value = Registrations> {
    let parts = (fields(), attributes(), applications(), containers(), any::<bool>());
    parts.prop_flat_map(|(tenant, attributes, applications, key_containers, has_policies)| {
        let policies = if has_policies { policies(&tenant.domain) } else { BTreeMap::new() };
        flows(attributes.values().cloned().collect()).prop_map(move |flows| Registrations {
            tenant: tenant.clone(),
            attributes: attributes.clone(),
            flows,
            policies: policies.clone(),
            applications: applications.clone(),
            key_containers: key_containers.clone(),
        })
    })
}

fn guid() -> impl Strategy<Value = String> {
    "[1-9a-f][0-9a-f]{7}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
}

/// Text that a name may be, without what ends a permission.
fn name() -> impl Strategy<Value = String> {
    "[a-zA-Zß-öЖ-Я0-9 .,'\"\\\\#=\\[\\]{}$%-]{1,12}"
}

/// A time in whole seconds or not, or none.
fn time() -> impl Strategy<Value = Option<i64>> {
    prop::option::of(prop_oneof![1_000..2_000_000_000_000_i64, (1..4_000_000_000_i64).prop_map(|secs| secs * 1000)])
}

fn fields() -> impl Strategy<Value = TenantFields> {
    let networks = subsequence(vec!["10.1.0.0/16".to_owned(), "192.168.1.7".to_owned()], 0..=2);
    let settings = (60..=600_u32, 1..=50_u32, 5..=18_000_u32, networks);
    (guid(), "[a-z]{2,8}", any::<bool>(), name(), settings).prop_map(|(id, short, own, display_name, settings)| {
        let domain = if own { "login.contoso.com".to_owned() } else { format!("{short}.onmicrosoft.com") };
        let (code_lifetime_secs, lockout_threshold, lockout_secs, outbound_allow) = settings;
        let settings = TenantSettings { code_lifetime_secs, lockout_threshold, lockout_secs, outbound_allow };
        TenantFields { id, name: short, domain, display_name: format!("{display_name}."), settings }
    })
}

fn attributes() -> impl Strategy<Value = BTreeMap<String, CustomAttribute>> {
    let one = (select(vec!["String", "Boolean", "Int"]), any::<String>());
    prop::collection::vec(one, 0..3).prop_map(|all| {
        let named = |(i, (data_type, description)): (usize, (&str, String))| {
            let (name, data_type) = (format!("Team{i}"), data_type.to_owned());
            (name.clone(), CustomAttribute { name, data_type, description })
        };
        all.into_iter().enumerate().map(named).collect()
    })
}

fn flows(custom: Vec<CustomAttribute>) -> impl Strategy<Value = BTreeMap<String, FlowSettings>> {
    let kind = select(vec!["sign-up-sign-in", "sign-up", "sign-in", "profile-editing", "password-reset"]);
    let password = select(vec![
        json!("simple"),
        json!("strong"),
        json!({ "custom": { "min": 10, "max": 64, "classes": 3 } }),
        json!({ "custom": { "min": 4, "max": 8, "digits_only": true } }),
    ]);
    let numbers = (0..=90_u32, 15..=1440_u32, 5..=1440_u32, 1..=14_u32, 15..=365_u32);
    let words = (select(vec!["tenant", "policy"]), select(vec!["tenant", "tfp"]), select(vec!["tfp", "acr"]));
    let one = (kind, password, numbers, words, any::<[bool; 6]>(), "[a-zA-Z\"\\\\é]{1,8}");
    prop::collection::vec(one, 0..3).prop_map(move |all| {
        let mut flows = BTreeMap::new();
        for (i, (kind, password, numbers, (sso, issuer, claim), flags, label)) in all.into_iter().enumerate() {
            let name = format!("B2C_1_Flow{i}");
            let asked = json!([{ "name": "displayName", "required": flags[0], "label": label }, { "name": "city" }]);
            let settings = json!({
                "name": name, "type": kind, "password": password, "email_verification": flags[1],
                "attributes": if kind.starts_with("sign-up") || kind == "profile-editing" { asked } else { json!([]) },
                "claims": if flags[2] { json!(["displayName", "objectId"]) } else { json!([]) },
                "self_service_reset": flags[3], "forced_password_reset": flags[4], "session_rolling": flags[5],
                "keep_me_signed_in_days": if sso == "tenant" { numbers.0 } else { 0 }, "session_minutes": numbers.1,
                "token_minutes": numbers.2, "refresh_token_days": numbers.3, "refresh_window_days": numbers.4,
                "single_sign_on": sso, "issuer": issuer, "policy_claim": claim,
            });
            let flow: FlowSettings = serde_json::from_value(settings).expect("settings");
            chain(&flow, &custom, "contoso.onmicrosoft.com").expect("a flow that is taken");
            flows.insert(name.to_lowercase(), flow);
        }
        flows
    })
}

/// A user flow as three custom policies.
fn policies(domain: &str) -> BTreeMap<String, CustomPolicy> {
    let flow = json!({ "name": "B2C_1_in", "type": "sign-in", "claims": ["objectId"] });
    let flow: FlowSettings = serde_json::from_value(flow).expect("settings");
    let renamed = |text: &str| text.replace("B2C_1_in", "B2C_1A_mine").replace("B2C_1A_Vestibule", "B2C_1A_Our");
    let chain = chain(&flow, &[], domain).expect("a chain").into_iter();
    let policy = chain.map(|source| {
        let id = renamed(source.name.trim_end_matches(".xml"));
        (id.to_lowercase(), CustomPolicy { id, xml: renamed(&source.text) })
    });
    policy.collect()
}

fn applications() -> impl Strategy<Value = BTreeMap<String, Application>> {
    let one = (application(), prop::collection::vec((any::<Index>(), any::<Index>(), any::<bool>()), 0..4));
    prop::collection::vec(one, 0..4).prop_map(|all| {
        let named = all.into_iter().enumerate().map(|(i, (mut application, wanted))| {
            application.name = format!("{} {i}", application.name);
            application.app_id_uri = application.app_id_uri.map(|uri| format!("{uri}{i}"));
            (application, wanted)
        });
        let all: Vec<_> = named.collect();
        let apis: Vec<Application> = all.iter().map(|(application, _)| application.clone()).collect();
        let with = |(application, wanted): (Application, Vec<(Index, Index, bool)>)| {
            let permissions = wanted.iter().filter_map(|(api, at, granted)| permission(api.get(&apis), *at, *granted));
            (application.client_id.clone(), Application { permissions: permissions.collect(), ..application })
        };
        all.into_iter().map(with).collect()
    })
}

fn permission(api: &Application, at: Index, granted: bool) -> Option<Permission> {
    let scopes = api.scopes.iter().map(|scope| (&scope.name, PermissionKind::Delegated));
    let all: Vec<_> =
        scopes.chain(api.app_roles.iter().map(|role| (&role.value, PermissionKind::Application))).collect();
    let (value, kind) = if all.is_empty() { return None } else { at.get(&all) };
    let resource_client_id = api.client_id.clone();
    Some(Permission { resource_client_id, value: (*value).clone(), kind: *kind, consented_at: granted.then_some(7) })
}

fn application() -> impl Strategy<Value = Application> {
    let uris = subsequence(URIS.to_vec(), 0..=6);
    let openid = subsequence(vec!["openid".to_owned(), "offline_access".to_owned()], 0..=2);
    let exposed = prop::collection::vec(("[a-zA-Z0-9_:-][a-zA-Z0-9._:-]{0,8}", any::<String>(), any::<bool>()), 0..4);
    let identity = (name(), guid(), uris, openid, prop::option::of(Just("https://app.contoso.com/out".to_owned())));
    (identity, exposed, credentials(), any::<[bool; 9]>()).prop_map(|(identity, exposed, credentials, flags)| {
        let (name, client_id, uris, openid_permissions, logout_url) = identity;
        let redirect = |(uri, platform): (&str, Platform)| RedirectUri { uri: uri.to_owned(), platform };
        let mut application = Application {
            name,
            client_id,
            redirect_uris: uris.into_iter().map(redirect).collect(),
            openid_permissions,
            logout_url,
            app_id_uri: (flags[8] || !exposed.is_empty()).then(|| "https://contoso.onmicrosoft.com/api".to_owned()),
            credentials,
            enabled: flags[0],
            implicit_id_token: flags[1],
            implicit_access_token: flags[2],
            public_client: flags[3],
            require_pkce: flags[4],
            allow_plain_pkce: flags[5],
            single_use_assertions: flags[6],
            openid: if flags[7] { OpenidProfile::Strict } else { OpenidProfile::B2c },
            ..Application::default()
        };
        expose(&mut application, exposed);
        application
    })
}

/// Scopes and app roles in turn, in the order in which a store gives them back.
fn expose(application: &mut Application, exposed: Vec<(String, String, bool)>) {
    for (i, (name, text, enabled)) in exposed.into_iter().enumerate() {
        let name = format!("{name}.{i}");
        if i % 2 == 0 {
            let (admin_consent_display_name, admin_consent_description) = (text.clone(), text);
            let scope = Scope { name, admin_consent_display_name, admin_consent_description, enabled };
            application.scopes.push(scope);
        } else {
            application.app_roles.push(AppRole { value: name, display_name: text, enabled });
        }
    }
}

fn credentials() -> impl Strategy<Value = Vec<Credential>> {
    let one = (guid(), "\\PC{0,20}", time(), prop::bool::weighted(0.2));
    prop::collection::vec(one, 0..3).prop_map(|all| {
        let mut has_certificate = false;
        let made = all.into_iter().map(|(id, description, expires_at, is_certificate)| {
            let made = if is_certificate && !std::mem::replace(&mut has_certificate, true) {
                credential::from_certificate(CERTIFICATE.clone(), id)
            } else {
                credential::from_value(VALUE, id, expires_at)
            };
            Credential { description, ..made }
        });
        made.collect()
    })
}

fn containers() -> impl Strategy<Value = BTreeMap<String, KeyContainer>> {
    let flags = (prop::bool::weighted(0.05), any::<bool>(), any::<bool>());
    let key = (guid(), flags, time(), time()).prop_map(|(id, (is_rsa, signs, enabled), one, other)| ContainerKey {
        id,
        kind: if is_rsa { KeyKind::Rsa } else { KeyKind::Secret },
        usage: if signs { KeyUse::Signature } else { KeyUse::Encryption },
        created_at: 0,
        not_before: one,
        expires_at: other.filter(|end| one.is_none_or(|begin| begin < *end)),
        enabled,
        digest: None,
        sealed: String::new(),
    });
    prop::collection::vec(prop::collection::vec(key, 1..3), 0..3).prop_map(|all| {
        let named = |(i, keys): (usize, Vec<ContainerKey>)| {
            let name = format!("B2C_1A_Key-{i}");
            (name.clone(), KeyContainer { name, keys })
        };
        all.into_iter().enumerate().map(named).collect()
    })
}
