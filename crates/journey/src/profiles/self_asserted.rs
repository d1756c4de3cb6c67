//! The settings of self-asserted profiles, which show pages to the user. The pages themselves are in `run`.

use super::codes::CodeRules;
use super::{Kind, Settings};
use crate::compile::read::To;
use crate::policy::model::Id;
use crate::problem::Code;
use std::collections::BTreeMap;

const CONTENT: &str = "ContentDefinitionReferenceId";

/// Maximum number of rejected submissions that `setting.retryLimit` may allow.
const MOST_RETRIES: u32 = 1000;

/// `SelfAssertedAttributeProvider`
#[derive(Debug)]
pub(crate) struct SelfAsserted {
    /// The content definition.
    pub(crate) content: Option<Id>,
    /// True if a field left empty clears the claim; otherwise the claim keeps its value.
    pub(crate) allows_null: bool,
    /// True if a code verifies an output claim with the partner name `Verified.Email`.
    pub(crate) verifies_email: bool,
    /// The settings of these codes.
    pub(crate) codes: CodeRules,
    /// Number of rejected submissions after which the journey ends.
    pub(crate) retry_limit: Option<u32>,
    pub(crate) show_continue: bool,
    pub(crate) show_cancel: bool,
    /// True if the page offers "keep me signed in", where the session allows it.
    pub(crate) offers_remember_me: bool,
    pub(crate) sign_up: SignUpLink,
    pub(crate) forgot: ForgotLink,
    /// All metadata as written, for the browser (`SETTINGS.config`).
    pub(crate) config: BTreeMap<String, String>,
}

/// The sign-up link of a combined page.
#[derive(Debug)]
pub(crate) struct SignUpLink {
    pub(crate) shown: bool,
    /// The exchange behind it.
    pub(crate) target: Option<String>,
}

/// The forgot-password link of a combined page.
#[derive(Debug)]
pub(crate) struct ForgotLink {
    pub(crate) shown: bool,
    /// The exchange behind it; without one the journey ends with AADB2C90118.
    pub(crate) target: Option<String>,
}

pub(super) fn compile(settings: &mut Settings<'_, '_>) -> Option<Kind> {
    if settings.text(CONTENT).is_none() {
        let message = format!("{} needs the metadata item {CONTENT}", settings.name());
        settings.compiler.report.warning(Code::Metadata, settings.element.place, message);
    }
    let hidden = settings.text("setting.forgotPasswordLinkLocation").is_some_and(|p| p.eq_ignore_ascii_case("None"));
    let sign_up = SignUpLink {
        shown: settings.flag("setting.showSignupLink") != Some(false),
        target: settings.text("SignUpTarget").map(str::to_owned),
    };
    let forgot =
        ForgotLink { shown: !hidden, target: settings.text("setting.forgotPasswordLinkOverride").map(str::to_owned) };
    Some(Kind::SelfAsserted(Box::new(SelfAsserted {
        content: settings.reference(CONTENT, To::CONTENT),
        allows_null: settings.flag("AllowGenerationOfClaimsWithNullValues") == Some(true),
        verifies_email: settings.flag("EnforceEmailVerification") != Some(false),
        codes: CodeRules::compile(settings),
        retry_limit: settings.bounded("setting.retryLimit", 1, MOST_RETRIES),
        show_continue: settings.flag("setting.showContinueButton") != Some(false),
        show_cancel: settings.flag("setting.showCancelButton") != Some(false),
        offers_remember_me: settings.flag("setting.enableRememberMe") == Some(true),
        sign_up,
        forgot,
        config: settings.metadata.clone(),
    })))
}
