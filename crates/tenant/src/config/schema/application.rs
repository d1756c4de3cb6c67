//! Keys of applications.

use super::Fallback::{self, Is, Means, Required};
use super::Kind::{Bool, OneOf, Table, Tables, Text, Texts};
use super::{Section, key};

pub(super) static APPLICATION: Section = Section {
    header: "[[tenant.application]]",
    about: "An application (app registration). A key that is left out keeps what was set elsewhere, or has its \
            default.",
    keys: &[
        key(
            "name",
            Text,
            Required,
            "Display name, and how permissions and the program's commands name it: 1 to 90 characters.",
        ),
        key(
            "client_id",
            Text,
            Means("derived from tenant and name, the same everywhere"),
            "Application (client) id: a GUID in lower case.",
        ),
        key("enabled", Bool, Is("true"), "Whether it may sign anyone in."),
        key("redirect_uris", Table(&REDIRECT_URIS), Fallback::None, "Where answers may go, by platform."),
        key(
            "logout_url",
            Text,
            Fallback::None,
            "Front-channel logout URL, and an address that sign-out may return to.",
        ),
        key(
            "secret_env",
            Text,
            Fallback::None,
            "Name of the environment variable that holds the client secret: 32 characters or more, made by chance.",
        ),
        key(
            "previous_secret_env",
            Text,
            Fallback::None,
            "The same for the secret before, which stays good until this key goes: so a secret is replaced without a \
             gap.",
        ),
        key(
            "demo_secret",
            Bool,
            Is("false"),
            "`dev` only: make a secret for this data folder and keep it there, so that `vestibule env` can print it.",
        ),
        key(
            "certificates",
            Texts,
            Is("[]"),
            "Certificates whose private keys it proves itself with instead of a secret (`private_key_jwt`), 10 at most: \
             PEM files, relative to this file, or PEM texts. RSA of 2048 to 8192 bits or P-256; within their dates; by \
             whom they were issued does not matter. Two at a time let one be replaced without a gap.",
        ),
        key(
            "single_use_assertions",
            Bool,
            Is("false"),
            "Whether what it proves itself with by a certificate (a client assertion) works once and lives 5 minutes at \
             most. Without, it lives 10 minutes at most and may come again, as MSAL's do. `openid = \"strict\"` means `true`.",
        ),
        key(
            "allow_public_client_flows",
            Bool,
            Is("false"),
            "Whether the password grant (ROPC) works without a secret.",
        ),
        key("implicit_id_token", Bool, Is("false"), "Whether authorize may return ID tokens (implicit and hybrid)."),
        key("implicit_access_token", Bool, Is("false"), "Whether authorize may return access tokens (implicit)."),
        key(
            "require_pkce",
            Bool,
            Is("false"),
            "Whether a confidential application must use PKCE. Public ones must always.",
        ),
        key(
            "allow_plain_pkce",
            Bool,
            Is("false"),
            "Whether the challenge method `plain` is accepted. It protects nothing against who sees the request.",
        ),
        key(
            "openid",
            OneOf(&["b2c", "strict"]),
            Is("\"b2c\""),
            "`strict`: always an access token, userinfo by the scopes granted, and the issuer that names the flow, \
             by the letter of OpenID Connect.",
        ),
        key(
            "openid_permissions",
            Texts,
            Is("[\"openid\", \"offline_access\"]"),
            "OpenID Connect's own permissions that it is granted. Without `offline_access` it gets no refresh tokens.",
        ),
        key(
            "app_id_uri",
            Text,
            Fallback::None,
            "Application ID URI, which makes it an API: `https://contoso.onmicrosoft.com/tasks-api`.",
        ),
        key("scope", Tables(&SCOPE), Fallback::None, "Scopes that it exposes."),
        key("app_role", Tables(&APP_ROLE), Fallback::None, "App roles that it exposes."),
        key(
            "permissions",
            Texts,
            Fallback::None,
            "Scopes and app roles of APIs that it may use: `my-api1/tasks.read`, by the API's name, client id or \
             Application ID URI.",
        ),
        key(
            "grant_admin_consent",
            Bool,
            Is("true"),
            "Whether these permissions are granted. Without consent they are listed, and refused with AADB2C90205.",
        ),
    ],
};

static REDIRECT_URIS: Section = Section {
    header: "[tenant.application.redirect_uris]",
    about: "Redirect URIs; usually written as `redirect_uris.web = [\"https://…\"]`. A request's URI must be one of them \
            byte for byte. At most 100 altogether, 256 characters each; `https`, or `http` on `localhost`, `127.0.0.1` \
            and `[::1]`; no query, fragment, user name, wildcard, or any of `! $ ' ( ) , ;`.",
    keys: &[
        key("web", Texts, Is("[]"), "Web applications with a server, which keep a secret."),
        key("spa", Texts, Is("[]"), "Single-page applications: PKCE, and tokens across origins."),
        key(
            "public_client",
            Texts,
            Is("[]"),
            "Mobile and desktop applications: PKCE, no secret. A scheme of one's own is allowed; at `127.0.0.1` and \
             `[::1]` any port matches.",
        ),
    ],
};

static SCOPE: Section = Section {
    header: "[[tenant.application.scope]]",
    about: "A scope of an API; its full value is the Application ID URI, a slash, and the name.",
    keys: &[
        key("name", Text, Required, "1 to 40 letters, digits, dots, hyphens, colons and underscores."),
        key("display_name", Text, Means("the name"), "Title, for administrators."),
        key("description", Text, Is("\"\""), "What it allows, for administrators."),
        key("enabled", Bool, Is("true"), "Whether it can be granted."),
    ],
};

static APP_ROLE: Section = Section {
    header: "[[tenant.application.app_role]]",
    about: "An app role of an API: what a program, not a person, may be allowed (client credentials).",
    keys: &[
        key(
            "value",
            Text,
            Required,
            "What stands in the `scp` claim, as in B2C: 1 to 40 characters as a scope's name.",
        ),
        key("display_name", Text, Means("the value"), "Title, for administrators."),
        key("enabled", Bool, Is("true"), "Whether it can be granted."),
    ],
};
