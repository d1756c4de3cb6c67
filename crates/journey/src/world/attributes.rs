//! The user attributes available to policies
//! (<https://learn.microsoft.com/azure/active-directory-b2c/user-profile-attributes>). Directories must follow this
//! table.

/// How a policy uses an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeUse {
    /// Finds the user by the attribute.
    Find,
    /// Reads it.
    Read,
    /// Writes it.
    Write,
    /// Clears it.
    Clear,
}

/// Support for one use of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// Supported.
    Able,
    /// Supported by Azure AD B2C, but not here.
    Foreign,
    /// The attribute exists, but does not support this use.
    Unable,
    /// The attribute does not exist.
    Unknown,
}

/// Name, and the supported uses: `f`ind, `r`ead, `w`rite, `c`lear. Writing an attribute that only the directory sets
/// has no effect.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("accountEnabled", "rw"),
    ("ageGroup", "rwc"),
    ("authenticationSource", "wc"),
    ("city", "rwc"),
    ("companyName", "rwc"),
    ("consentProvidedForMinor", "rwc"),
    ("country", "rwc"),
    ("createdDateTime", "rw"),
    ("creationType", "wc"),
    ("department", "rwc"),
    ("displayName", "rw"),
    ("emails", "rw"),
    ("employeeId", "rwc"),
    ("facsimileTelephoneNumber", "rwc"),
    ("forceChangePasswordNextSignIn", "rwc"),
    ("givenName", "rwc"),
    ("identityProvider", "wc"),
    ("jobTitle", "rwc"),
    ("legalAgeGroupClassification", "rwc"),
    ("mail", "rwc"),
    ("mailNickname", "rwc"),
    ("mobile", "rwc"),
    ("objectId", "frw"),
    ("officeLocation", "rwc"),
    ("otherMails", "rwc"),
    ("password", "w"),
    ("passwordPolicies", "rwc"),
    ("physicalDeliveryOfficeName", "rwc"),
    ("postalCode", "rwc"),
    ("preferredLanguage", "rwc"),
    ("refreshTokensValidFromDateTime", "rw"),
    ("signInNames", "frw"),
    ("signInNames.emailAddress", "frwc"),
    ("signInNames.userName", "frwc"),
    ("signInSessionsValidFromDateTime", "w"),
    ("state", "rwc"),
    ("streetAddress", "rwc"),
    ("strongAuthenticationEmailAddress", "rwc"),
    ("surname", "rwc"),
    ("telephoneNumber", "rwc"),
    ("tenantId", "wc"),
    ("usageLocation", "rwc"),
    ("userPrincipalName", "frw"),
    ("userType", "wc"),
];

/// More user attributes of Azure AD B2C.
const FOREIGN: &[(&str, &str)] = &[
    ("alternativeSecurityId", "frwc"),
    ("alternativeSecurityIds", "frwc"),
    ("dateOfBirth", "rwc"),
    ("immutableId", "rw"),
    ("legalCountry", "rwc"),
    ("netId", "r"),
    ("strongAuthenticationAlternativePhoneNumber", "rwc"),
    ("strongAuthenticationPhoneNumber", "rwc"),
    ("userIdentities", "frwc"),
    ("userState", "r"),
    ("userStateChangedOn", "r"),
];

/// The prefix of custom attribute names.
const OWN: &str = "extension_";
/// The prefix of the kinds of sign-in names: `signInNames.phoneNumber`, or a custom kind.
const SIGN_IN_NAME: &str = "signinnames.";

/// Returns the support for this use of an attribute. Names are compared ignoring letter case.
#[must_use]
pub fn ability(attribute: &str, what: AttributeUse) -> Ability {
    let flag = match what {
        AttributeUse::Find => 'f',
        AttributeUse::Read => 'r',
        AttributeUse::Write => 'w',
        AttributeUse::Clear => 'c',
    };
    let find = |table: &[(&str, &'static str)]| {
        table.iter().find(|(name, _)| name.eq_ignore_ascii_case(attribute)).map(|(_, flags)| flags.contains(flag))
    };
    match (find(ATTRIBUTES), find(FOREIGN)) {
        (Some(true), _) => Ability::Able,
        (None, Some(true)) => Ability::Foreign,
        (Some(false), _) | (_, Some(false)) => Ability::Unable,
        (None, None) => of_other(attribute, what),
    }
}

fn of_other(attribute: &str, what: AttributeUse) -> Ability {
    let name = attribute.to_ascii_lowercase();
    match name.strip_prefix(OWN) {
        Some(own) if !own.is_empty() && what == AttributeUse::Find => Ability::Unable,
        Some(own) if !own.is_empty() => Ability::Able,
        _ if name.strip_prefix(SIGN_IN_NAME).is_some_and(|kind| !kind.is_empty()) => Ability::Foreign,
        _ => Ability::Unknown,
    }
}

/// The names of all attributes that users have here.
pub fn attributes() -> impl Iterator<Item = &'static str> {
    ATTRIBUTES.iter().map(|(name, _)| *name)
}
