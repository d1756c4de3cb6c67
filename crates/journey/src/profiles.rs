//! Kinds of technical profile, each with settings of its own: one table from loading to running.
//!
//! A kind is a file in this folder with its `compile` (XML to settings) and its `run`, a variant of [`Kind`] with an
//! arm in [`Kind::run`], and rows in [`table::ROWS`]. The rest of the crate asks the kind and never looks at its
//! variants.

mod claims_transformation;
pub(crate) mod codes;
mod conditional_access;
mod directory;
mod oauth2;
mod one_time_password;
mod password;
mod refresh_token;
mod self_asserted;
mod send_code;
mod session;
mod settings;
mod table;
mod token_issuer;

use crate::claims::value::Value;
use crate::event::Form;
use crate::policy::model::Profile;
use crate::run::Run;
use crate::run::claims::Frame;
use crate::run::stop::Stop;
use crate::state::position::Away;
use crate::{ReturnUris, World};
use std::collections::BTreeMap;

pub(crate) use password::has_grant;
pub(crate) use self_asserted::SelfAsserted;
pub(crate) use settings::Settings;
pub(crate) use table::{Checked, NO_PROTOCOL, class_name};
pub(crate) use token_issuer::TokenIssuer;

/// The claims that a profile returns, by partner name.
pub(crate) type Claims = BTreeMap<String, Value>;

/// The kind of a technical profile, with its settings.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Asks the user.
    SelfAsserted(Box<SelfAsserted>),
    /// Reads or changes a user.
    Directory(directory::Directory),
    /// Checks a local account's password.
    Password,
    /// Only transforms claims.
    ClaimsTransformation,
    /// Returns the values of claims resolvers.
    JourneyContext,
    /// Mails a code to an address, and verifies it.
    SendCode(send_code::SendCode),
    /// Generates a code for the policy to send, and verifies it.
    OneTimePassword(one_time_password::OneTimePassword),
    /// Remembers claims for single sign-on, or nothing.
    Session(session::Session),
    /// Redirects the browser to an OAuth 2.0 provider.
    OAuth2(Box<oauth2::OAuth2>),
    /// Returns the claims of the grant being refreshed.
    RefreshToken,
    /// Issues tokens.
    TokenIssuer(Box<TokenIssuer>),
    /// Asks for a second factor at every sign-in.
    ConditionalAccess(conditional_access::ConditionalAccess),
    /// Does nothing, and nothing depends on it: a Microsoft service that is not connected here.
    Inert(&'static str),
    /// Part of the policy language, but not supported by this engine.
    Unsupported(&'static str),
}

impl Kind {
    /// Runs a profile that needs no page.
    pub(crate) async fn run<W: World>(
        &self,
        run: &mut Run<'_, '_, W>,
        profile: &Profile,
        frame: &mut Frame,
    ) -> Result<Claims, Stop> {
        match self {
            Self::Directory(settings) => settings.run(run, profile, frame).await,
            Self::Password => password::run(run, profile, frame).await,
            Self::ClaimsTransformation | Self::JourneyContext => Ok(claims_transformation::run(run, profile, frame)),
            Self::SendCode(settings) => settings.run(run, profile, frame).await,
            Self::OneTimePassword(settings) => settings.run(run, profile, frame),
            Self::RefreshToken => Ok(refresh_token::run(run)),
            Self::ConditionalAccess(operation) => Ok(operation.run()),
            Self::Inert(_) => Ok(Claims::new()),
            Self::SelfAsserted(_)
            | Self::OAuth2(_)
            | Self::Session(_)
            | Self::TokenIssuer(_)
            | Self::Unsupported(_) => Err(Stop::broken(format!("{} cannot run here", profile.id))),
        }
    }

    /// The URL to redirect the browser to, for a kind that redirects.
    pub(crate) fn departure<W: World>(
        &self,
        run: &Run<'_, '_, W>,
        profile: &Profile,
        away: &Away,
    ) -> Result<String, Stop> {
        match self {
            Self::OAuth2(provider) => provider.departure(run, profile, away),
            _ => Err(Stop::broken(format!("{} leaves for nowhere", profile.id))),
        }
    }

    /// Returns the claims after the browser has returned.
    pub(crate) async fn arrival<W: World>(
        &self,
        run: &mut Run<'_, '_, W>,
        profile: &Profile,
        away: &Away,
        answer: &Form,
        frame: &mut Frame,
    ) -> Result<Claims, Stop> {
        match self {
            Self::OAuth2(provider) => provider.arrival(run, profile, away, answer, frame).await,
            _ => Err(Stop::broken(format!("{} never left", profile.id))),
        }
    }

    /// Returns true if this kind redirects the browser.
    pub(crate) fn leaves(&self) -> bool {
        matches!(self, Self::OAuth2(_))
    }

    /// The redirect URI to which the browser returns.
    pub(crate) fn return_uri<'u>(&self, uris: &'u ReturnUris) -> &'u str {
        if let Self::OAuth2(provider) = self { provider.return_uri(uris) } else { "" }
    }

    /// The settings of a profile that shows a page.
    pub(crate) fn page(&self) -> Option<&SelfAsserted> {
        if let Self::SelfAsserted(page) = self { Some(page) } else { None }
    }

    /// The settings of a profile that issues tokens.
    pub(crate) fn issuer(&self) -> Option<&TokenIssuer> {
        if let Self::TokenIssuer(issuer) = self { Some(issuer) } else { None }
    }

    /// Returns true if a session management profile remembers claims, and `None` if this is not a session management
    /// profile.
    pub(crate) fn remembers(&self) -> Option<bool> {
        if let Self::Session(session) = self { Some(session.remembers) } else { None }
    }

    /// Returns true if it reads or changes users.
    pub(crate) fn is_directory(&self) -> bool {
        matches!(self, Self::Directory(_))
    }

    /// Returns true if it evaluates Conditional Access.
    pub(crate) fn is_conditional_access(&self) -> bool {
        matches!(self, Self::ConditionalAccess(conditional_access::ConditionalAccess::Evaluation))
    }

    /// The service that is not connected.
    pub(crate) fn inert(&self) -> Option<&'static str> {
        if let Self::Inert(service) = self { Some(service) } else { None }
    }

    /// Returns true if claims resolvers in defaults are filled in even without `IncludeClaimResolvingInClaimsHandling`
    /// and `AlwaysUseDefaultValue`. Microsoft's policies for the password grant
    /// (<https://learn.microsoft.com/azure/active-directory-b2c/add-ropc-policy>) and for the journey's context set
    /// neither.
    pub(crate) fn always_resolves(&self) -> bool {
        matches!(self, Self::Password | Self::JourneyContext)
    }

    /// Returns true if the profile writes users to the directory.
    pub(crate) fn writes_users(&self) -> bool {
        matches!(self, Self::Directory(directory) if directory.writes())
    }

    /// The feature that the profile needs and this engine does not support.
    pub(crate) fn unsupported(&self) -> Option<&'static str> {
        if let Self::Unsupported(feature) = self { Some(feature) } else { None }
    }
}
