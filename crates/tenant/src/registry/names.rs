//! Rules for names and addresses in a registration, except redirect URIs (docs/b2c.md, "Policy names" and "Scopes and
//! permissions").

use url::Url;

/// Maximum number of characters of a scope's name (docs/b2c.md, "Scopes and permissions").
pub const LONGEST_SCOPE: usize = 40;
/// Maximum number of characters of an Application ID URI (docs/b2c.md, "Scopes and permissions").
pub const LONGEST_APP_ID_URI: usize = 120;
/// Maximum number of characters of a display name (docs/b2c.md, "Scopes and permissions").
pub const LONGEST_DISPLAY_NAME: usize = 90;
/// Maximum number of characters of a logout URL (docs/b2c.md, "Scopes and permissions").
pub const LONGEST_LOGOUT_URL: usize = 255;
/// Maximum number of scopes and app roles of one application (docs/b2c.md, "Limits").
pub const MOST_SCOPES: usize = 1000;
/// Maximum number of characters of a custom attribute's value (docs/b2c.md, "Limits").
pub const LONGEST_ATTRIBUTE: usize = 250;
/// Names that no tenant may have, since the server uses them in its own paths.
pub const RESERVED_TENANTS: &[&str] = &[
    "_dev",
    "admin",
    "api",
    "assets",
    "beta",
    "client",
    "common",
    "consumers",
    "graph",
    "healthz",
    "metadata",
    "metrics",
    "oauth2",
    "oidc",
    "organizations",
    "portal",
    "readyz",
    "static",
    "subscriptions",
    "te",
    "tfp",
];

/// The administrators' tenant. No name of this form can be registered, so no other tenant can take it.
pub const ADMIN_TENANT: &str = "_admin";

/// Returns true if this is the name of a tenant that the server makes for itself. Commands and files do not list, plan,
/// export or change those.
#[must_use]
pub fn is_built_in_tenant(name: &str) -> bool {
    name.eq_ignore_ascii_case(ADMIN_TENANT)
}

/// Returns true if this is the name of a tenant that the program makes itself. No other tenant may have such a name.
#[must_use]
pub fn is_built_in(tenant: &str) -> bool {
    tenant.starts_with('_')
}

/// Checks that this is a valid short name for a tenant: a lower-case DNS label, and not one of the server's own paths.
///
/// # Errors
/// A phrase that says why not, to follow the name.
pub fn validate_tenant_name(name: &str) -> Result<(), String> {
    if RESERVED_TENANTS.contains(&name) {
        return Err("is a name that the server uses itself".to_owned());
    }
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if name.is_empty() || name.len() > 27 || !name.bytes().all(legal) || name.starts_with('-') || name.ends_with('-') {
        return Err("must be 1 to 27 lower-case letters, digits and inner hyphens".to_owned());
    }
    Ok(())
}

/// Checks that this is a valid domain for a tenant: lower-case DNS labels separated by dots.
///
/// # Errors
/// A phrase that says why not, to follow the domain.
pub fn validate_domain(domain: &str) -> Result<(), String> {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let label = |l: &str| !l.is_empty() && l.bytes().all(legal) && !l.starts_with('-') && !l.ends_with('-');
    if domain.len() > 253 || !domain.contains('.') || !domain.split('.').all(label) {
        return Err("must be a domain in lower case such as contoso.onmicrosoft.com".to_owned());
    }
    Ok(())
}

/// Checks that this is a valid name for a user flow: `B2C_1_` (in any case) and letters, digits, `_`, `-`; at most 64
/// characters.
///
/// # Errors
/// A phrase that says why not, to follow the name.
pub fn validate_flow_name(name: &str) -> Result<(), String> {
    let prefixed = name.get(..6).is_some_and(|p| p.eq_ignore_ascii_case("B2C_1_"));
    let legal = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if !prefixed || !legal || !(7..=64).contains(&name.len()) {
        return Err("must be B2C_1_ and then letters, digits, _ or -, at most 64 characters".to_owned());
    }
    Ok(())
}

/// Checks that this is a GUID in lower case with hyphens, as in tenant ids and client ids.
///
/// # Errors
/// A phrase that says why not, to follow the id.
pub fn validate_guid(id: &str) -> Result<(), String> {
    let form = |id: &str| uuid::Uuid::try_parse(id).is_ok_and(|u| u.to_string() == id && !u.is_nil());
    if form(id) {
        return Ok(());
    }
    Err("must be a GUID in lower case such as 8b0a2c4e-1f3d-4b6a-9c8e-5d7f0a1b2c3d".to_owned())
}

/// Checks that this is a valid Application ID URI: `https://…` or `api://…`, at most 120 characters, without a query.
///
/// # Errors
/// A phrase that says why not, to follow the URI.
pub fn validate_app_id_uri(uri: &str) -> Result<(), String> {
    if uri.len() > LONGEST_APP_ID_URI {
        return Err(format!("must have at most {LONGEST_APP_ID_URI} characters"));
    }
    if uri.contains(['?', '#', '*']) {
        return Err("may have no query, no fragment and no wildcard".to_owned());
    }
    // Scopes begin with it, and allow only certain characters.
    if let Some(c) = uri.chars().find(|c| !vestibule_protocol::scope::is_legal(*c)) {
        return Err(format!("may not have the character {c:?}: no scope may have it"));
    }
    let url = Url::parse(uri).ok().filter(|u| matches!(u.scheme(), "https" | "api") && u.has_host());
    if url.is_none_or(|u| !u.username().is_empty()) {
        return Err("must be a URI such as https://contoso.onmicrosoft.com/tasks-api".to_owned());
    }
    if uri.ends_with('/') {
        return Err("may not end with a slash: scopes are the URI, a slash, and their name".to_owned());
    }
    Ok(())
}

/// Checks that this is a valid name of a scope or value of an app role: 1 to 40 letters, digits and `. _ - :`.
///
/// # Errors
/// A phrase that says why not, to follow the name.
pub fn validate_scope_name(name: &str) -> Result<(), String> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b':');
    if name.is_empty() || name.len() > LONGEST_SCOPE || !name.bytes().all(legal) || name.starts_with('.') {
        return Err(format!("must be 1 to {LONGEST_SCOPE} letters, digits, dots, hyphens, colons and underscores"));
    }
    Ok(())
}

/// Checks that this is a valid display name: 1 to 90 characters, without control characters and angle brackets.
///
/// # Errors
/// A phrase that says why not, to follow the name.
pub fn validate_display_name(name: &str) -> Result<(), String> {
    let illegal = |c: char| c.is_control() || c == '<' || c == '>';
    if name.trim().is_empty() || name.chars().count() > LONGEST_DISPLAY_NAME || name.contains(illegal) {
        return Err(format!("must have 1 to {LONGEST_DISPLAY_NAME} characters, without < and >"));
    }
    Ok(())
}

/// Checks that this is a valid logout URL: the rules of a web redirect URI, and at most 255 characters.
///
/// # Errors
/// A phrase that says why not, to follow the URL.
pub fn validate_logout_url(url: &str) -> Result<(), String> {
    if url.len() > LONGEST_LOGOUT_URL {
        return Err(format!("must have at most {LONGEST_LOGOUT_URL} characters"));
    }
    super::redirect_uri::validate(url, super::Platform::Web)
}

/// Checks that this is a valid name of a custom attribute: a letter, then letters and digits, at most 64.
///
/// # Errors
/// A phrase that says why not, to follow the name.
pub fn validate_attribute_name(name: &str) -> Result<(), String> {
    if name.starts_with("extension_") {
        return Err("is written without \"extension_\" here".to_owned());
    }
    let legal = name.bytes().all(|b| b.is_ascii_alphanumeric()) && name.starts_with(|c: char| c.is_ascii_alphabetic());
    if !legal || name.len() > 64 {
        return Err("must be a letter and then letters and digits, at most 64".to_owned());
    }
    Ok(())
}
