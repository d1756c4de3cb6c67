//! Which technical profile does what: one table of handlers, one of protocols. Additions are rows.

use super::Compiler;
use crate::policy::model::{Dialect, Kind, Operation};
use crate::xml::Element;
use std::collections::BTreeMap;

/// What a handler does: always the same, or by its metadata item `Operation`.
#[derive(Clone, Copy)]
enum Handler {
    Is(Kind),
    ByOperation(&'static [(&'static str, Kind)]),
}

use Handler::{ByOperation, Is};

/// Class names of `Handler`.
const HANDLERS: &[(&str, Handler)] = &[
    ("SelfAssertedAttributeProvider", Is(Kind::SelfAsserted)),
    (
        "AzureActiveDirectoryProvider",
        ByOperation(&[
            ("Read", Kind::Directory(Operation::Read)),
            ("Write", Kind::Directory(Operation::Write)),
            ("DeleteClaims", Kind::Directory(Operation::DeleteClaims)),
            ("DeleteClaimsPrincipal", Kind::Directory(Operation::DeletePrincipal)),
        ]),
    ),
    ("ClaimsTransformationProtocolProvider", Is(Kind::Transformation)),
    (
        "AadSsprProtocolProvider",
        ByOperation(&[("SendCode", Kind::SendCode), ("VerifyCode", Kind::CheckCode(Dialect::Sspr))]),
    ),
    (
        "OneTimePasswordProtocolProvider",
        ByOperation(&[("GenerateCode", Kind::MakeCode), ("VerifyCode", Kind::CheckCode(Dialect::Otp))]),
    ),
    ("NoopSSOSessionProvider", Is(Kind::NoSession)),
    ("DefaultSSOSessionProvider", Is(Kind::Session)),
    ("ExternalLoginSSOSessionProvider", Is(Kind::NoSession)),
    ("OAuthSSOSessionProvider", Is(Kind::NoSession)),
    ("SamlSSOSessionProvider", Is(Kind::NoSession)),
    ("UserJourneyContextProvider", Is(Kind::Context)),
    ("RestfulProvider", Is(Kind::Foreign("REST services"))),
    ("PhoneFactorProtocolProvider", Is(Kind::Foreign("phone verification"))),
    ("AzureMfaProtocolProvider", Is(Kind::Foreign("multi-factor authentication"))),
    ("ConditionalAccessProtocolProvider", Is(Kind::Foreign("Conditional Access"))),
    ("AzureApplicationInsightsProvider", Is(Kind::Foreign("Application Insights"))),
    ("ApplicationInsightsProvider", Is(Kind::Foreign("Application Insights"))),
    ("OAuth2ErrorProtocolProvider", Is(Kind::Foreign("OAuth 2.0 errors"))),
    ("CaptchaProvider", Is(Kind::Foreign("CAPTCHA"))),
];

#[derive(Clone, Copy)]
enum Protocol {
    Proprietary,
    OpenIdConnect,
    OAuth2,
    None,
    Foreign(&'static str),
}

const PROTOCOLS: &[(&str, Protocol)] = &[
    ("Proprietary", Protocol::Proprietary),
    ("OpenIdConnect", Protocol::OpenIdConnect),
    ("OAuth2", Protocol::OAuth2),
    ("None", Protocol::None),
    ("OAuth1", Protocol::Foreign("OAuth 1 providers")),
    ("SAML2", Protocol::Foreign("SAML")),
    ("WsFed", Protocol::Foreign("WS-Federation")),
    ("WsTrust", Protocol::Foreign("WS-Trust")),
];

impl Compiler<'_> {
    /// What the profile does; a wrong handler or operation is reported.
    pub(super) fn kind(&mut self, profile: &Element, metadata: &BTreeMap<String, String>) -> Option<Kind> {
        let Some(protocol) = profile.child("Protocol") else {
            return Some(Kind::Foreign("profiles without a Protocol"));
        };
        let name = self.needed(protocol, "Name")?;
        Some(match self.one_of(protocol, "Protocol", name, PROTOCOLS)? {
            Protocol::Proprietary => return self.handler(profile, protocol, metadata),
            Protocol::OpenIdConnect | Protocol::None if is_jwt(profile) => Kind::Issuer,
            Protocol::OpenIdConnect | Protocol::OAuth2 if is_password_grant(profile, metadata) => Kind::Password,
            Protocol::OpenIdConnect => Kind::Foreign("OpenID Connect providers"),
            Protocol::OAuth2 => Kind::Foreign("OAuth 2.0 providers"),
            Protocol::None => Kind::Grant,
            Protocol::Foreign(what) => Kind::Foreign(what),
        })
    }

    fn handler(&mut self, profile: &Element, protocol: &Element, metadata: &BTreeMap<String, String>) -> Option<Kind> {
        let handler = self.needed(protocol, "Handler")?;
        let class = handler.split(',').next().unwrap_or_default().rsplit('.').next().unwrap_or_default().trim();
        match self.one_of(protocol, "Handler", class, HANDLERS)? {
            Is(kind) => Some(kind),
            ByOperation(operations) => {
                let given = metadata.iter().find(|(key, _)| key.eq_ignore_ascii_case("Operation"));
                match (given, operations.first()) {
                    (Some((_, operation)), _) => {
                        let item = profile.list("Metadata", "Item").find(|item| item.attr("Key") == Some("Operation"));
                        self.one_of(item.unwrap_or(profile), "Operation", operation, operations)
                    }
                    // A profile that others include (`AAD-Common`) has none yet.
                    (None, first) => first.map(|(_, kind)| *kind),
                }
            }
        }
    }
}

fn is_jwt(profile: &Element) -> bool {
    profile.child_text("OutputTokenFormat").is_some_and(|format| format.eq_ignore_ascii_case("JWT"))
}

/// The check of a local account's password poses as an OpenID provider; it is known by its `grant_type`.
fn is_password_grant(profile: &Element, metadata: &BTreeMap<String, String>) -> bool {
    let is = |name: Option<&str>, wanted: &str| name.is_some_and(|name| name.eq_ignore_ascii_case(wanted));
    let grant = |claim: &Element| {
        (is(claim.attr("ClaimTypeReferenceId"), "grant_type") || is(claim.attr("PartnerClaimType"), "grant_type"))
            && is(claim.attr("DefaultValue"), "password")
    };
    profile.list("InputClaims", "InputClaim").any(grant)
        || metadata.iter().any(|(key, value)| key.eq_ignore_ascii_case("grant_type") && is(Some(value), "password"))
}
