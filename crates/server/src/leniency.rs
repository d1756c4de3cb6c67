//! Every leniency between B2C's wire and the safest practice: one row each, from which `docs/leniencies.md` is written.

use std::fmt::Write as _;

/// Where a leniency is switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A key of `[[tenant]]`.
    Tenant,
    /// A key of `[[tenant.flow]]`.
    Flow,
    /// A key of `[[tenant.application]]`.
    Application,
    /// A flag of the program.
    Program,
    /// No switch: applications written for B2C do not work without it, and an attacker gains nothing by it alone.
    Always,
}

/// One leniency.
#[derive(Clone, Copy, Debug)]
pub struct Leniency {
    /// The key of the configuration, the flag, or a name of its own.
    pub name: &'static str,
    /// Where it is switched.
    pub scope: Scope,
    /// What holds without a word, as it is written in the configuration.
    pub default: &'static str,
    /// What the lenient setting lets happen, and for whom.
    pub allows: &'static str,
    /// What may come of it.
    pub risk: &'static str,
}

const fn row(
    name: &'static str,
    scope: Scope,
    default: &'static str,
    allows: &'static str,
    risk: &'static str,
) -> Leniency {
    Leniency { name, scope, default, allows, risk }
}

/// All of them.
pub static LENIENCIES: &[Leniency] = &[
    row(
        "require_pkce",
        Scope::Application,
        "false",
        "`false`: an application with a secret may sign in without PKCE, as B2C's older ones do. Once it sends a challenge \
         it is held to it; single-page, mobile and desktop applications must always.",
        "A code that leaks can be injected into another person's session at the application, if that checks neither \
         state nor nonce. Set `true` for every application that can.",
    ),
    row(
        "allow_plain_pkce",
        Scope::Application,
        "false",
        "`true`: the challenge method `plain`, which is also what a challenge without a method means.",
        "Whoever sees the authorize request can redeem the code.",
    ),
    row(
        "implicit_id_token",
        Scope::Application,
        "false",
        "`true`: authorize returns ID tokens (implicit and hybrid).",
        "Claims of the person travel through the browser's address bar and history.",
    ),
    row(
        "implicit_access_token",
        Scope::Application,
        "false",
        "`true`: authorize returns access tokens (implicit and hybrid), for old single-page applications.",
        "Access tokens travel through the browser's address bar and history and cannot be bound to the application.",
    ),
    row(
        "single_use_assertions",
        Scope::Application,
        "false",
        "`false`: what an application proves itself with by a certificate (a client assertion) lives up to 10 minutes and \
         may come again until then, since MSAL makes one and sends it for nine minutes. `true`, and always where \
         `openid = \"strict\"`: 5 minutes, once.",
        "Whoever gets hold of an assertion, which goes to the tenant only, can act as the application until it ends.",
    ),
    row(
        "allow_public_client_flows",
        Scope::Application,
        "false",
        "`true`: the password grant works for this application without a secret, at flows of type `resource-owner`.",
        "The application sees passwords; anybody may try passwords in its name, bounded only by the lockout.",
    ),
    row(
        "openid",
        Scope::Application,
        "\"b2c\"",
        "`\"b2c\"`: sign-out by `post_logout_redirect_uri` goes anywhere on the origin of a redirect URI; one issuer for \
         all flows; no userinfo. `\"strict\"`: only to registered addresses, and an issuer for each flow.",
        "A page on the application's own origin that forwards to other sites can be reached after signing out. A token \
         must be told from another flow's by its `tfp` claim.",
    ),
    row(
        "public_client",
        Scope::Application,
        "[]",
        "A redirect URI of this platform at `127.0.0.1` or `[::1]` matches with any port (RFC 8252), and at schemes of \
         one's own.",
        "Another program on the same device can listen there; PKCE, which such applications must use, keeps it from \
         redeeming the code.",
    ),
    row(
        "type",
        Scope::Flow,
        "**required**",
        "`\"resource-owner\"`: the password grant (ROPC). There is none unless a flow of this type exists.",
        "No page of ours, no second factor, no protection against phishing by the application.",
    ),
    row(
        "email_verification",
        Scope::Flow,
        "true",
        "`false`: people sign up without a code from their mailbox.",
        "Anyone can sign up with anyone's address, and the page tells whether an address has an account.",
    ),
    row(
        "sign_in_with",
        Scope::Flow,
        "\"email\"",
        "`\"username\"`: accounts are named by user names, and sign-up says which are taken.",
        "User names that exist can be found out by trying.",
    ),
    row(
        "password",
        Scope::Flow,
        "\"strong\"",
        "`\"strong\"` takes 8 characters of 3 classes beside 15 of anything; `\"simple\"` takes 8 of anything; a custom \
         rule may take 4 digits. The list of common passwords holds everywhere.",
        "Passwords below 15 characters as the only factor fall short of NIST SP 800-63B-4, the shorter the more.",
    ),
    row(
        "require_id_token_on_sign_out",
        Scope::Flow,
        "false",
        "`false`: a request without a hint signs out at once if it names an address of an application of this session; \
         any other is asked about.",
        "Another site can sign a person out by a link. It cannot sign anyone in or lead anywhere of its own.",
    ),
    row(
        "keep_me_signed_in_days",
        Scope::Flow,
        "0",
        "1 to 90: people may stay signed in beyond the end of the browser.",
        "Whoever takes over the device is signed in.",
    ),
    row(
        "refresh_window_days",
        Scope::Flow,
        "90",
        "`0`: refresh tokens may be renewed without an end.",
        "A stolen session is never ended by time, only by revocation or by reuse.",
    ),
    row(
        "code_lifetime_secs",
        Scope::Tenant,
        "60",
        "Up to 600: slow applications have more time to redeem a code.",
        "So has whoever steals one.",
    ),
    row(
        "lockout_threshold",
        Scope::Tenant,
        "10",
        "Up to 50 wrong passwords before an account is locked.",
        "More guesses for each account.",
    ),
    row(
        "--listen-beyond-loopback",
        Scope::Program,
        "off",
        "`vestibule dev` listens for other machines, for containers.",
        "Known passwords, an outbox that anyone may read, a clock that anyone may move. A warning is printed.",
    ),
    row(
        "wider refresh",
        Scope::Always,
        "on",
        "A refresh may ask for scopes that the sign-in did not, within the permissions that an administrator granted to \
         the application.",
        "A stolen refresh token reaches every API of its application. With a secret or PKCE and rotation it is of use to \
         its application only.",
    ),
    row(
        "refresh token twice",
        Scope::Always,
        "10 s",
        "The same application may use a refresh token again for ten seconds, and gets the same successor.",
        "A thief within these seconds gets the same successor as its owner; the next use of it by both ends the family.",
    ),
    row(
        "access tokens live out their time",
        Scope::Always,
        "60 minutes",
        "After sign-out, a replayed code or a revoked grant, signed access tokens stay good at APIs until they end; \
         userinfo and refreshing stop at once. `token_minutes` of the flow shortens it to 5.",
        "A stolen access token works until it ends.",
    ),
    row(
        "no nonce",
        Scope::Always,
        "on",
        "The code flow works without a nonce; tokens from authorize do not.",
        "An application that checks neither state, nonce nor PKCE can be fed another's code.",
    ),
];

/// `docs/leniencies.md`.
#[must_use]
pub fn document() -> String {
    let mut out = String::from(
        "# Leniencies\n\nWhere the way of Azure AD B2C and the safest practice differ, what a well-behaved application does \
         works, what only an attacker does fails, and what lies between is a switch. These are all of them; what each \
         protects against is in [security-floor.md](security-floor.md).\n\nThis page is written from \
         `crates/server/src/leniency.rs`.\n\n| switch | where | default | what it allows | risk |\n| --- | --- | --- | \
         --- | --- |\n",
    );
    for Leniency { name, scope, default, allows, risk } in LENIENCIES {
        let place = match scope {
            Scope::Tenant => "tenant",
            Scope::Flow => "flow",
            Scope::Application => "application",
            Scope::Program => "program",
            Scope::Always => "everywhere, no switch",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "| {} | {place} | {} | {allows} | {risk} |", code(name, *scope), code(default, *scope));
    }
    out
}

fn code(text: &str, scope: Scope) -> String {
    if scope == Scope::Always || text.starts_with("**") { text.to_owned() } else { format!("`{text}`") }
}
