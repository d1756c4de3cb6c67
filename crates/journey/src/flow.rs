//! Built-in user flows: compiles the settings of a flow into a policy layer over our own base policies.

mod attribute;
mod check;
mod overlay;
mod password;
mod profiles;
mod xml;

pub use attribute::{Choice, choices};

use crate::Source;
use serde::{Deserialize, Serialize};

/// Kind of a user flow (docs/b2c.md, "User flows").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlowKind {
    /// Sign up and sign in.
    SignUpSignIn,
    /// Sign up only.
    SignUp,
    /// Sign in only.
    SignIn,
    /// Profile editing.
    ProfileEditing,
    /// Password reset.
    PasswordReset,
    /// Sign in using resource owner password credentials (ROPC).
    ResourceOwner,
}

/// The kind of sign-in name of a local account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignInWith {
    /// E-mail address.
    #[default]
    Email,
    /// User name; a verified address is still asked for, for resets.
    Username,
}

/// Password rules (docs/b2c.md, "Passwords and lockout").
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PasswordRule {
    /// 8 to 64 characters of any kind.
    Simple,
    /// 8 to 256 characters with 3 of 4 classes, or 15 or more of any kind.
    #[default]
    Strong,
    /// The rules given here.
    Custom {
        /// Fewest characters, 4 or more.
        min: u32,
        /// Most characters, at most 256.
        max: u32,
        /// Digits only (a PIN).
        #[serde(default)]
        digits_only: bool,
        /// The number of classes required of lower case, upper case, digit, symbol: 0, 2, 3 or 4.
        #[serde(default)]
        classes: u32,
    },
}

/// One attribute to collect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Built-in name (`displayName`, `givenName`, `surname`, `city`, `country`, `state`, `postalCode`, `streetAddress`,
    /// `jobTitle`) or a custom attribute's name (`extension_Team`, or `Team`).
    pub name: String,
    /// Label on the page; default: the attribute's own.
    #[serde(default)]
    pub label: Option<String>,
    /// UserInputType: `TextBox`, `DropdownSingleSelect`, `RadioSingleSelect`, `CheckboxMultiSelect`,
    /// `DateTimeDropdown`.
    #[serde(default)]
    pub input: Option<String>,
    /// True if it must be filled.
    #[serde(default)]
    pub required: bool,
    /// Options of a list.
    #[serde(default)]
    pub options: Vec<String>,
}

/// A tenant's custom attribute (docs/b2c.md, "Attributes").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomAttribute {
    /// Name without `extension_`.
    pub name: String,
    /// `String`, `Boolean` or `Int`.
    #[serde(rename = "type")]
    pub data_type: String,
    /// A description of its purpose.
    #[serde(default)]
    pub description: String,
}

/// All settings of one user flow, as in a `[[flow]]` table of `vestibule.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowSettings {
    /// Name with its prefix, e.g. `B2C_1_signupsignin1`.
    pub name: String,
    /// The kind of flow.
    #[serde(rename = "type")]
    pub kind: FlowKind,
    /// Local accounts by e-mail or user name.
    #[serde(default)]
    pub sign_in_with: SignInWith,
    /// Attributes to collect, in order.
    #[serde(default)]
    pub attributes: Vec<Attribute>,
    /// Application claims to return, by B2C's names: `displayName`, `emails`, `givenName`, `surname`, `objectId`,
    /// `newUser`, `identityProvider`, `city`, …, `extension_…`.
    #[serde(default)]
    pub claims: Vec<String>,
    /// True if addresses are verified with a mailed code; false is a documented leniency.
    #[serde(default = "yes")]
    pub email_verification: bool,
    /// Password rules where passwords are set.
    #[serde(default)]
    pub password: PasswordRule,
    /// True if the sign-in page offers a password reset; if false, the link returns AADB2C90118 to the application.
    #[serde(default = "yes")]
    pub self_service_reset: bool,
    /// True if a user whose password must change can change it during sign-in; if false, the sign-in is rejected.
    #[serde(default = "yes")]
    pub forced_password_reset: bool,
    /// How long "keep me signed in" lasts, in days, 1 to 90; 0 does not offer it.
    #[serde(default)]
    pub keep_me_signed_in_days: u32,
    /// Session lifetime in minutes, 15 to 1440.
    #[serde(default = "minutes_1440")]
    pub session_minutes: u32,
    /// True if each use restarts the session lifetime (`rolling`); false for `absolute`.
    #[serde(default = "yes")]
    pub session_rolling: bool,
    /// `tenant`, `application`, `policy` or `disabled`.
    #[serde(default = "tenant")]
    pub single_sign_on: String,
    /// True if sign-out needs `id_token_hint`.
    #[serde(default)]
    pub require_id_token_on_sign_out: bool,
    /// Access and ID token lifetime in minutes, 5 to 1440.
    #[serde(default = "minutes_60")]
    pub token_minutes: u32,
    /// Refresh token lifetime in days, 1 to 90.
    #[serde(default = "days_14")]
    pub refresh_token_days: u32,
    /// Sliding window in days, 1 to 365, at least the refresh token's lifetime; 0 for no limit.
    #[serde(default = "days_90")]
    pub refresh_window_days: u32,
    /// `tenant` (`https://host/{guid}/v2.0/`) or `tfp` (`https://host/tfp/{guid}/{policy}/v2.0/`).
    #[serde(default = "tenant")]
    pub issuer: String,
    /// The claim that names the flow: `tfp` or `acr`.
    #[serde(default = "tfp")]
    pub policy_claim: String,
    /// `object-id`, or `not-supported` for the literal text.
    #[serde(default = "object_id")]
    pub subject: String,
}

impl FlowSettings {
    /// A flow of this name and kind, everything else as a configuration file that does not mention it.
    #[must_use]
    pub fn of(name: &str, kind: FlowKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            sign_in_with: SignInWith::default(),
            attributes: Vec::new(),
            claims: Vec::new(),
            email_verification: yes(),
            password: PasswordRule::default(),
            self_service_reset: yes(),
            forced_password_reset: yes(),
            keep_me_signed_in_days: 0,
            session_minutes: minutes_1440(),
            session_rolling: yes(),
            single_sign_on: tenant(),
            require_id_token_on_sign_out: false,
            token_minutes: minutes_60(),
            refresh_token_days: days_14(),
            refresh_window_days: days_90(),
            issuer: tenant(),
            policy_claim: tfp(),
            subject: object_id(),
        }
    }
}

fn yes() -> bool {
    true
}
fn minutes_1440() -> u32 {
    1440
}
fn minutes_60() -> u32 {
    60
}
fn days_14() -> u32 {
    14
}
fn days_90() -> u32 {
    90
}
fn tenant() -> String {
    "tenant".to_owned()
}
fn tfp() -> String {
    "tfp".to_owned()
}
fn object_id() -> String {
    "object-id".to_owned()
}

/// The base policies of all user flows: PolicyId and text.
const BASE: (&str, &str) = ("B2C_1A_VestibuleBase", include_str!("../policies/Base.xml"));
const EMAIL: (&str, &str) = ("B2C_1A_VestibuleEmail", include_str!("../policies/Email.xml"));
const USERNAME: (&str, &str) = ("B2C_1A_VestibuleUsername", include_str!("../policies/Username.xml"));
/// The placeholder for the tenant's domain in the base policies.
const ANY_TENANT: &str = "yourtenant.onmicrosoft.com";

/// The chain of a user flow, base first: our base policies and the layer generated from these settings.
///
/// # Errors
/// One sentence for each setting that is out of range or names an unknown attribute. Each names the setting's key.
pub fn chain(
    settings: &FlowSettings,
    custom: &[CustomAttribute],
    tenant_domain: &str,
) -> Result<Vec<Source>, Vec<String>> {
    let mistakes = check::mistakes(settings, custom);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let accounts = match settings.sign_in_with {
        SignInWith::Email => EMAIL,
        SignInWith::Username => USERNAME,
    };
    let domain = xml::escaped(tenant_domain);
    let built_in = |(id, text): (&str, &str)| source(id, text.replace(ANY_TENANT, &domain));
    let overlay = overlay::text(settings, custom, tenant_domain, accounts.0);
    Ok(vec![built_in(BASE), built_in(accounts), source(&settings.name, overlay)])
}

/// The built-in policy with this PolicyId, in any letter case. Exported user flows are based on these.
#[must_use]
pub fn built_in(id: &str, tenant_domain: &str) -> Option<Source> {
    let (id, text) = [BASE, EMAIL, USERNAME].into_iter().find(|(known, _)| known.eq_ignore_ascii_case(id))?;
    Some(source(id, text.replace(ANY_TENANT, &xml::escaped(tenant_domain))))
}

fn source(id: &str, text: String) -> Source {
    Source { name: format!("{id}.xml"), text }
}
