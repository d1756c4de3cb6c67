//! `[[tenant.application]]`: the keys of an application, and how they change the registered one.

use super::credential::{CERTIFICATE, CertificateConfig, ReadCertificate, SECRET, SecretConfig};
use super::permission::{PERMISSION, PermissionConfig};
use super::{TextOr, derived_guid};
use crate::config::schema::{Fallback, GUID, Kind, UsedBy, key, table, variable};
use crate::registry::{Application, OpenidProfile, Platform, RedirectUri};
use Fallback::{Is, Means, Required};
use Kind::{Bool, OneOf, Table, Tables, Text, Texts, TextsOr};

table! {
    /// An application (app registration). A key that is left out keeps the value that was set elsewhere, or its
    /// default.
    #[derive(Debug, Default)]
    pub struct ApplicationConfig, APPLICATION = "[[tenant.application]]" {
        /// Display name, 1 to 90 characters. Permissions and the commands of the program refer to the application by
        /// it.
        name: String = key(Text, Required).example("\"webapp1\"").pattern("^[^/<>]+$").longest(90);

        /// Application (client) id: a GUID in lower case.
        client_id: Option<String> = key(Text, Means("derived from tenant and name, the same on every machine"))
            .example("\"3f2b8d6e-0c47-4a15-b9e8-61d7a2f05c94\"").pattern(GUID);

        /// Allow the application to sign people in.
        enabled: Option<bool> = key(Bool, Is("true"));

        /// Addresses that people are sent back to, by platform.
        redirect_uris: RedirectUrisConfig = key(Table(&REDIRECT_URIS), Fallback::None);

        /// Front-channel logout URL. People may also be sent back to it after signing out.
        logout_url: Option<String> = key(Text, Fallback::None)
            .example("\"https://app.contoso.com/signed-out\"").longest(255);

        /// Environment variable that holds the client secret: at least 32 randomly generated characters.
        secret_env: Option<String> = variable(Fallback::None).example("\"WEBAPP1_SECRET\"");

        /// Environment variable that holds the previous client secret. Both secrets work until this key is removed.
        previous_secret_env: Option<String> = variable(Fallback::None).example("\"WEBAPP1_OLD_SECRET\"");

        /// Client secrets with ids and dates. An application whose secrets are listed here has these and those of the
        /// three keys around it, and no others.
        secrets as "secret": Option<Vec<SecretConfig>> = key(Tables(&SECRET), Fallback::None);

        /// Generate a secret for this data folder and keep it there, for `vestibule env` to print. `vestibule serve`
        /// refuses it.
        demo_secret: bool = key(Bool, Is("false")).used_by(UsedBy::Dev);

        /// Certificates that the application authenticates with instead of a secret (`private_key_jwt`), at most 10:
        /// PEM files, relative to this file, or PEM texts. RSA keys of 2048 to 8192 bits and P-256 are accepted. The
        /// dates of a certificate count; its issuer does not. Two certificates at a time let you replace one without an
        /// interruption.
        certificates: Vec<TextOr<CertificateConfig>> = key(TextsOr(&CERTIFICATE), Is("[]"))
            .example("[\"webapp1.pem\"]");

        /// Accept each client assertion only once, with a lifetime of at most 5 minutes. `false`: an assertion lives at
        /// most 10 minutes and may be sent again, as MSAL does. `openid = "strict"` implies `true`.
        single_use_assertions: Option<bool> = key(Bool, Is("false")).leniency(
            "`false`: a client assertion lives up to 10 minutes and may be sent again until then, because MSAL makes one \
             and sends it for nine minutes. `true`, and always where `openid = \"strict\"`: 5 minutes, once.",
            "An attacker who obtains an assertion, which is sent to the tenant only, can act as the application until it \
             expires.",
        );

        /// Allow the password grant (ROPC) without a secret.
        allow_public_client_flows: Option<bool> = key(Bool, Is("false")).leniency(
            "`true`: the password grant works for this application without a secret, at flows of type `resource-owner`.",
            "The application sees passwords. Anybody can try passwords in its name; only the lockout limits them.",
        );

        /// Let the authorize endpoint return ID tokens (implicit and hybrid flows).
        implicit_id_token: Option<bool> = key(Bool, Is("false")).leniency(
            "`true`: the authorize endpoint returns ID tokens (implicit and hybrid flows).",
            "Personal data passes through the browser's address bar and history.",
        );

        /// Let the authorize endpoint return access tokens (implicit flow).
        implicit_access_token: Option<bool> = key(Bool, Is("false")).leniency(
            "`true`: the authorize endpoint returns access tokens (implicit and hybrid flows), for old single-page \
             applications.",
            "Access tokens pass through the browser's address bar and history, and cannot be bound to the application.",
        );

        /// Require PKCE from confidential applications too. Public applications must always use it.
        require_pkce: Option<bool> = key(Bool, Is("false")).leniency(
            "`false`: an application with a secret may sign in without PKCE, as older B2C applications do. If it sends a \
             challenge, it must send the verifier; single-page, mobile and desktop applications must always use PKCE.",
            "An attacker can inject a leaked code into another person's session at the application, if the application \
             checks neither state nor nonce. Set `true` for every application that supports PKCE.",
        );

        /// Accept the challenge method `plain`. It gives no protection against anyone who can read the request.
        allow_plain_pkce: Option<bool> = key(Bool, Is("false")).leniency(
            "`true`: the challenge method `plain`, which a challenge without a method also means.",
            "Anyone who can read the authorize request can redeem the code.",
        );

        /// The behaviour where B2C and OpenID Connect differ. `strict` follows OpenID Connect: an access token with
        /// every sign-in, userinfo by the scopes granted, and an issuer of its own for each flow:
        /// `https://host/oidc/{tenant id}/{flow}/v2.0/`, with its document below it.
        openid: Option<OpenidProfile> = key(OneOf(&["b2c", "strict"]), Is("\"b2c\"")).leniency(
            "`\"b2c\"`: sign-out redirects to any address on the origin of a redirect URI; all flows share one issuer; \
             there is no userinfo. `\"strict\"`: registered addresses only, and an issuer for each flow.",
            "After signing out, a person can reach a page on the application's own origin that forwards to another site. \
             Only the `tfp` claim tells the tokens of two flows apart.",
        );

        /// OpenID Connect's own permissions that the application is granted. Without `offline_access` it gets no
        /// refresh tokens.
        openid_permissions: Option<Vec<String>> = key(Texts, Is("[\"openid\", \"offline_access\"]"))
            .example("[\"openid\"]").pattern("^(openid|offline_access)$");

        /// Application ID URI. It makes the application an API. At most 120 characters.
        app_id_uri: Option<String> = key(Text, Fallback::None)
            .example("\"https://contoso.onmicrosoft.com/tasks-api\"").pattern("^(https|api)://[^?#*]*[^?#*/]$").longest(120);

        /// Scopes of the API.
        scopes as "scope": Option<Vec<ScopeConfig>> = key(Tables(&SCOPE), Fallback::None);

        /// App roles of the API.
        app_roles as "app_role": Option<Vec<AppRoleConfig>> = key(Tables(&APP_ROLE), Fallback::None);

        /// Scopes and app roles of APIs that the application may use: the API's name, client id or Application ID URI,
        /// a slash, and the scope or role.
        permissions: Option<Vec<TextOr<PermissionConfig>>> = key(TextsOr(&PERMISSION), Fallback::None)
            .example("[\"my-api1/tasks.read\"]").pattern("^.+/[^/]+$");

        /// Grant these permissions, except those that say otherwise themselves. Without consent they are listed, and requests for them fail with AADB2C90205.
        grant_admin_consent: Option<bool> = key(Bool, Is("true"));
    }
    and {
        /// The certificates that `certificates` names, in their order.
        #[serde(skip)]
        pub read_certificates: Vec<ReadCertificate>,
    }
}

table! {
    /// Redirect URIs, usually written as `redirect_uris.web = ["https://…"]`. The URI of a request must match one of
    /// them byte for byte. At most 100 in all, 256 characters each; `https`, or `http` on `localhost`, `127.0.0.1` and
    /// `[::1]`; without query, fragment, user name, wildcard, or any of `! $ ' ( ) , ;`.
    #[derive(Debug, Default)]
    pub struct RedirectUrisConfig, REDIRECT_URIS = "[tenant.application.redirect_uris]" {
        /// Web applications with a server, which keep a secret.
        web: Option<Vec<String>> = key(Texts, Is("[]")).example("[\"https://app.contoso.com/getAToken\"]").longest(256);

        /// Single-page applications, which use PKCE and get tokens across origins.
        spa: Option<Vec<String>> = key(Texts, Is("[]")).example("[\"https://app.contoso.com/\"]").longest(256);

        /// Mobile and desktop applications, which use PKCE and have no secret. A private scheme is allowed; for `http`
        /// at `localhost`, `127.0.0.1` and `[::1]` any port matches.
        public_client: Option<Vec<String>> = key(Texts, Is("[]"))
            .example("[\"http://localhost\", \"com.contoso.app://auth\"]").longest(256).leniency(
            "A redirect URI of this platform matches with any port for `http` at `localhost`, `127.0.0.1` and `[::1]` \
             (RFC 8252), and may have a private scheme.",
            "Another program on the same device can receive the code. PKCE, which these applications must use, keeps it \
             from redeeming the code.",
        );
    }
}

table! {
    /// A scope of an API. Its full value is the Application ID URI, a slash, and the name.
    #[derive(Debug, Default)]
    pub struct ScopeConfig, SCOPE = "[[tenant.application.scope]]" {
        /// 1 to 40 letters, digits, dots, hyphens, colons and underscores, not beginning with a dot.
        name: String = key(Text, Required).example("\"tasks.read\"").pattern("^[A-Za-z0-9_:-][A-Za-z0-9._:-]{0,39}$");

        /// Title for administrators.
        display_name: Option<String> = key(Text, Means("the name")).example("\"Read tasks\"");

        /// The description of the scope, for administrators.
        description: String = key(Text, Is("\"\"")).example("\"Allows the application to read tasks.\"");

        /// Allow the scope to be granted.
        enabled: Option<bool> = key(Bool, Is("true"));
    }
}

table! {
    /// An app role of an API: a permission for a program that signs in as itself, without a person (client
    /// credentials).
    #[derive(Debug, Default)]
    pub struct AppRoleConfig, APP_ROLE = "[[tenant.application.app_role]]" {
        /// Its value in the `scp` claim, as in B2C: 1 to 40 characters, as in a scope's name.
        value: String = key(Text, Required).example("\"tasks.sync\"").pattern("^[A-Za-z0-9_:-][A-Za-z0-9._:-]{0,39}$");

        /// Title for administrators.
        display_name: Option<String> = key(Text, Means("the value")).example("\"Synchronise tasks\"");

        /// Allow the role to be granted.
        enabled: Option<bool> = key(Bool, Is("true"));
    }
}

impl ApplicationConfig {
    /// Its client id: as named, or derived from the tenant's id and the name.
    #[must_use]
    pub fn client_id(&self, tenant_id: &str) -> String {
        self.client_id.clone().unwrap_or_else(|| derived_guid(&["application", tenant_id, &self.name]))
    }

    /// Put the settings that the file names into a registered application; it keeps the others. Credentials, scopes,
    /// app roles and permissions have records of their own and are not among them.
    ///
    /// The URIs are taken as they are: a caller that runs an application at another origin changes them in a copy
    /// first.
    pub fn overlay(&self, to: &mut Application) {
        self.overlay_redirect_uris(&mut to.redirect_uris);
        // Every field is named here, so that a new one that is forgotten does not compile.
        let Self {
            enabled,
            logout_url,
            single_use_assertions,
            allow_public_client_flows,
            implicit_id_token,
            implicit_access_token,
            require_pkce,
            allow_plain_pkce,
            openid,
            openid_permissions,
            app_id_uri,
            name: _,
            client_id: _,
            redirect_uris: _,
            secret_env: _,
            previous_secret_env: _,
            secrets: _,
            demo_secret: _,
            certificates: _,
            read_certificates: _,
            scopes: _,
            app_roles: _,
            permissions: _,
            grant_admin_consent: _,
        } = self;
        set(&mut to.enabled, enabled.as_ref());
        set(&mut to.single_use_assertions, single_use_assertions.as_ref());
        set(&mut to.public_client, allow_public_client_flows.as_ref());
        set(&mut to.implicit_id_token, implicit_id_token.as_ref());
        set(&mut to.implicit_access_token, implicit_access_token.as_ref());
        set(&mut to.require_pkce, require_pkce.as_ref());
        set(&mut to.allow_plain_pkce, allow_plain_pkce.as_ref());
        set(&mut to.openid, openid.as_ref());
        set(&mut to.openid_permissions, openid_permissions.as_ref());
        // The file can name these two, and cannot take them away.
        set(&mut to.logout_url, logout_url.is_some().then_some(logout_url));
        set(&mut to.app_id_uri, app_id_uri.is_some().then_some(app_id_uri));
    }

    /// Each platform that the file names has the file's list; the others keep theirs.
    fn overlay_redirect_uris(&self, to: &mut Vec<RedirectUri>) {
        for (_, platform, uris) in platforms(self) {
            let Some(uris) = uris else { continue };
            to.retain(|r| r.platform != platform);
            to.extend(uris.iter().map(|uri| RedirectUri { uri: uri.clone(), platform }));
        }
        // In one order whatever was named before, so that the same file twice is the same record.
        to.sort_by_key(|r| r.platform);
    }
}

/// The redirect URIs by key and platform.
pub(in crate::config) fn platforms(app: &ApplicationConfig) -> [(&'static str, Platform, &Option<Vec<String>>); 3] {
    let uris = &app.redirect_uris;
    [
        ("web", Platform::Web, &uris.web),
        ("spa", Platform::Spa, &uris.spa),
        ("public_client", Platform::PublicClient, &uris.public_client),
    ]
}

/// Replace a setting by what the file names.
fn set<T: Clone>(setting: &mut T, named: Option<&T>) {
    if let Some(named) = named {
        setting.clone_from(named);
    }
}
