//! Assigns technical profiles to kinds: one row per protocol and handler. To add a kind, add a row.

use super::settings::Settings;
use super::{
    Kind, claims_transformation, conditional_access, directory, oauth2, one_time_password, password, refresh_token,
    self_asserted, send_code, session, token_issuer,
};
use crate::compile::Compiler;
use crate::xml::Element;
use std::collections::BTreeMap;

/// One kind, as it is written in policies.
pub(crate) struct Row {
    /// `Protocol Name`.
    protocol: &'static str,
    handler: Handler,
    compile: Compile,
    checked: Checked,
}

/// How the profiles of a protocol are distinguished.
#[derive(Clone, Copy)]
enum Handler {
    /// By the class name in `Protocol Handler`.
    Class(&'static str),
    /// By their settings.
    If(fn(&Settings<'_, '_>) -> bool),
    /// All that no earlier row matches.
    Any,
}

/// Compiles a profile's element and metadata into its kind.
#[derive(Clone, Copy)]
enum Compile {
    /// Reads the settings; returns `None` if they are too broken to give a kind.
    With(fn(&mut Settings<'_, '_>) -> Option<Kind>),
    /// The engine does not support this feature.
    Unsupported(&'static str),
    /// Has no effect: the service is not connected.
    Inert(&'static str),
}

/// Which profiles of a kind must have valid settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    /// All profiles of the policy.
    All,
    /// Only those that the relying party's journeys reach: base policies contain others that are incomplete.
    Reached,
}

const PROPRIETARY: &str = "Proprietary";
/// The reason why a profile without a protocol is rejected.
pub(crate) const NO_PROTOCOL: &str = "technical profiles without a Protocol";

const fn class(handler: &'static str, compile: fn(&mut Settings<'_, '_>) -> Option<Kind>) -> Row {
    row(PROPRIETARY, Handler::Class(handler), Compile::With(compile), Checked::All)
}

const fn unsupported(handler: &'static str, feature: &'static str) -> Row {
    row(PROPRIETARY, Handler::Class(handler), Compile::Unsupported(feature), Checked::All)
}

const fn inert(handler: &'static str, service: &'static str) -> Row {
    row(PROPRIETARY, Handler::Class(handler), Compile::Inert(service), Checked::All)
}

const fn issuer(protocol: &'static str) -> Row {
    row(protocol, Handler::If(token_issuer::fits), Compile::With(token_issuer::compile), Checked::Reached)
}

const fn password_grant(protocol: &'static str) -> Row {
    row(protocol, Handler::If(password::fits), Compile::With(password::compile), Checked::All)
}

const fn foreign(protocol: &'static str, feature: &'static str) -> Row {
    row(protocol, Handler::Any, Compile::Unsupported(feature), Checked::All)
}

const fn row(protocol: &'static str, handler: Handler, compile: Compile, checked: Checked) -> Row {
    Row { protocol, handler, compile, checked }
}

/// The first matching row is used.
const ROWS: &[Row] = &[
    class("SelfAssertedAttributeProvider", self_asserted::compile),
    class("AzureActiveDirectoryProvider", directory::compile),
    class("ClaimsTransformationProtocolProvider", claims_transformation::compile),
    class("AadSsprProtocolProvider", send_code::compile),
    class("OneTimePasswordProtocolProvider", one_time_password::compile),
    class("NoopSSOSessionProvider", session::compile_idle),
    class("DefaultSSOSessionProvider", session::compile),
    class("ExternalLoginSSOSessionProvider", session::compile_idle),
    class("OAuthSSOSessionProvider", session::compile_idle),
    class("SamlSSOSessionProvider", session::compile_idle),
    class("UserJourneyContextProvider", claims_transformation::compile_context),
    unsupported("RestfulProvider", "REST services"),
    unsupported("PhoneFactorProtocolProvider", "phone verification"),
    unsupported("AzureMfaProtocolProvider", "multi-factor authentication"),
    class("ConditionalAccessProtocolProvider", conditional_access::compile),
    inert("AzureApplicationInsightsProvider", "Application Insights"),
    inert("ApplicationInsightsProvider", "Application Insights"),
    unsupported("OAuth2ErrorProtocolProvider", "OAuth 2.0 errors"),
    unsupported("CaptchaProvider", "CAPTCHA"),
    issuer("OpenIdConnect"),
    password_grant("OpenIdConnect"),
    foreign("OpenIdConnect", "OpenID Connect providers"),
    password_grant("OAuth2"),
    row("OAuth2", Handler::Any, Compile::With(oauth2::compile), Checked::Reached),
    issuer("None"),
    row("None", Handler::Any, Compile::With(refresh_token::compile), Checked::All),
    foreign("OAuth1", "OAuth 1 providers"),
    foreign("SAML2", "SAML"),
    foreign("WsFed", "WS-Federation"),
    foreign("WsTrust", "WS-Trust"),
    foreign("UProve11", "U-Prove"),
];

impl Row {
    fn fits(&self, protocol: &str, class: &str, settings: &Settings<'_, '_>) -> bool {
        self.protocol.eq_ignore_ascii_case(protocol.trim())
            && match self.handler {
                Handler::Class(name) => name.eq_ignore_ascii_case(class),
                Handler::If(fits) => fits(settings),
                Handler::Any => true,
            }
    }
}

impl Compiler<'_> {
    /// The kind of a profile. Reports an invalid protocol, handler or setting.
    pub(crate) fn kind(&mut self, element: &Element, metadata: &BTreeMap<String, String>) -> Option<(Kind, Checked)> {
        let Some(protocol) = element.child("Protocol") else {
            return Some((Kind::Unsupported(NO_PROTOCOL), Checked::All));
        };
        let name = protocol.attr("Name").filter(|name| !name.is_empty())?;
        let class = if name.trim().eq_ignore_ascii_case(PROPRIETARY) { self.class(protocol)? } else { String::new() };
        let mut settings = Settings { compiler: self, element, metadata };
        let row = ROWS.iter().find(|row| row.fits(name, &class, &settings))?;
        let kind = match row.compile {
            Compile::With(compile) => compile(&mut settings)?,
            Compile::Unsupported(feature) => Kind::Unsupported(feature),
            Compile::Inert(service) => Kind::Inert(service),
        };
        Some((kind, row.checked))
    }

    /// The class name of a proprietary handler: `Handler` is `Namespace.Class, Assembly, Version=…`.
    fn class(&mut self, protocol: &Element) -> Option<String> {
        let handler = self.needed(protocol, "Handler")?;
        let class = class_name(handler);
        let name = |row: &Row| match row.handler {
            Handler::Class(name) => Some((name, ())),
            Handler::If(_) | Handler::Any => None,
        };
        let names: Vec<(&str, ())> = ROWS.iter().filter_map(name).collect();
        self.one_of(protocol, "Handler", class, &names)?;
        Some(class.to_owned())
    }
}

/// `Class` of `Namespace.Class, Assembly, Version=…`.
pub(crate) fn class_name(handler: &str) -> &str {
    handler.split(',').next().unwrap_or_default().rsplit('.').next().unwrap_or_default().trim()
}
