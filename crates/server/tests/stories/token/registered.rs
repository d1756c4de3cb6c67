//! The registrations of the test tenant: flows, and applications of every kind.

use super::ground::*;
use std::sync::{Arc, LazyLock};
use vestibule_journey::Policy;
use vestibule_journey::policy::{RelyingParty, TokenBehaviour};
use vestibule_tenant::registry::{
    AppRole, Application, Credential, Flow, OpenidProfile, Permission, PermissionKind, Platform, RedirectUri, Scope,
    Tenant, credential,
};
use vestibule_testing::signer::{SIGNER, Signer};

/// The second certificate of [`CERTIFIED`].
pub(crate) static P256: LazyLock<Signer> = LazyLock::new(Signer::p256);

pub(crate) fn tenant() -> Tenant {
    fn filled(mut tenant: Tenant) -> Tenant {
        tenant.id = TENANT.to_owned();
        tenant.name = "contoso".to_owned();
        tenant.domain = "contoso.onmicrosoft.com".to_owned();
        tenant.display_name = "Contoso".to_owned();
        tenant
    }
    filled(Tenant::default()).with(flows(), applications())
}

fn flow(name: &str, party: RelyingParty) -> Flow {
    fn filled(mut policy: Policy, name: &str, party: RelyingParty) -> Policy {
        policy.id = name.to_owned();
        policy.relying_party = party;
        policy
    }
    let policy = Arc::new(filled(Policy::default(), name, party));
    Flow { name: name.to_owned(), kind: None, policy, settings: None }
}

fn flows() -> Vec<Flow> {
    let tokens = || TokenBehaviour { policy_claim: "tfp", ..TokenBehaviour::default() };
    let names = || ["name", "emails", "oid", "sub"].map(str::to_owned).to_vec();
    let party = || RelyingParty { claim_names: names(), tokens: tokens(), ..RelyingParty::default() };
    let with_policy = TokenBehaviour { issuer_with_policy: true, policy_claim: "acr", ..tokens() };
    let no_subject = TokenBehaviour { subject_not_supported: true, access_token_secs: 300, ..tokens() };
    vec![
        flow(POLICY, party()),
        flow("B2C_1_other", party()),
        flow("B2C_1_ropc", RelyingParty { resource_owner: true, ..party() }),
        flow("B2C_1A_tfp", RelyingParty { tokens: with_policy, ..party() }),
        flow("B2C_1_nosub", RelyingParty { tokens: no_subject, ..party() }),
    ]
}

fn redirect(uri: &str, platform: Platform) -> Vec<RedirectUri> {
    vec![RedirectUri { uri: uri.to_owned(), platform }]
}

fn permission(api: &str, value: &str, kind: PermissionKind) -> Permission {
    Permission { resource_client_id: api.to_owned(), value: value.to_owned(), kind, consented_at: Some(0) }
}

fn certificates(signers: &[&Signer]) -> Vec<Credential> {
    let one = |s: &&Signer| credential::from_certificate(s.certificate(), s.certificate().fingerprint());
    signers.iter().map(one).collect()
}

fn applications() -> Vec<Application> {
    let named = |client_id: &str, name: &str| Application {
        client_id: client_id.to_owned(),
        name: name.to_owned(),
        ..Application::default()
    };
    let scope = |name: &str| Scope {
        name: name.to_owned(),
        admin_consent_display_name: String::new(),
        admin_consent_description: String::new(),
        enabled: true,
    };
    let secret = |value: &str, end| vec![credential::from_value(value, format!("id of {value}"), end)];
    let permissions = || {
        let one = |api, value| permission(api, value, PermissionKind::Delegated);
        vec![one(API, "tasks.read"), one(API, "tasks.write"), one(OTHER_API, "notes.read")]
    };
    let role = AppRole { value: "tasks.sync".to_owned(), display_name: String::new(), enabled: true };
    let mut web_secrets = secret(SECRET, None);
    web_secrets.extend(secret("an-old-secret", Some(START - 1)));
    vec![
        Application {
            app_id_uri: Some("https://contoso.onmicrosoft.com/tasks-api".to_owned()),
            scopes: vec![scope("tasks.read"), scope("tasks.write"), scope("tasks.secret")],
            app_roles: vec![role],
            ..named(API, "my-api1")
        },
        Application {
            app_id_uri: Some("https://contoso.onmicrosoft.com/notes-api".to_owned()),
            scopes: vec![scope("notes.read")],
            ..named(OTHER_API, "my-api2")
        },
        Application {
            redirect_uris: redirect(WEB_URI, Platform::Web),
            permissions: permissions(),
            credentials: web_secrets,
            ..named(WEB, "webapp1")
        },
        Application {
            redirect_uris: redirect(SPA_URI, Platform::Spa),
            permissions: permissions(),
            ..named(SPA, "my-spa1")
        },
        Application {
            redirect_uris: redirect(NATIVE_URI, Platform::PublicClient),
            permissions: permissions(),
            public_client: true,
            ..named(NATIVE, "my-phone1")
        },
        Application {
            permissions: vec![permission(API, "tasks.sync", PermissionKind::Application)],
            credentials: secret("daemon-secret", None),
            ..named(DAEMON, "my-daemon1")
        },
        Application {
            redirect_uris: redirect("https://strict.test/cb", Platform::Web),
            credentials: secret("strict-secret", None),
            permissions: permissions(),
            openid: OpenidProfile::Strict,
            ..named(STRICT, "strict1")
        },
        Application {
            redirect_uris: redirect(WEB_URI, Platform::Web),
            permissions: [permissions(), vec![permission(API, "tasks.sync", PermissionKind::Application)]].concat(),
            credentials: certificates(&[&SIGNER, &P256]),
            public_client: true,
            ..named(CERTIFIED, "certified1")
        },
        Application {
            permissions: vec![permission(API, "tasks.sync", PermissionKind::Application)],
            credentials: certificates(&[&SIGNER]),
            single_use_assertions: true,
            ..named(ONCE, "once1")
        },
        Application { enabled: false, ..named(DISABLED, "off") },
    ]
}
