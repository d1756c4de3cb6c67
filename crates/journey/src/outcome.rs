//! The outcome of an event: a page, a redirect, tokens for the application, or a failure.

use crate::claims::value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The result of [`crate::advance`].
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Show this page and wait.
    Page(Box<Page>),
    /// The submission or choice was accepted; send [`crate::Event::Continue`] next.
    Accepted,
    /// The submission was rejected: show the notice on the same page and let the user try again.
    Refused(Notice),
    /// A display control's action succeeded (code sent, code verified); the page stays.
    Acted(Notice),
    /// Redirect the browser and wait for [`crate::Event::Returned`].
    Redirect(Redirect),
    /// The browser returned from a provider, but the journey does not accept this return. Its state is unchanged.
    Stray(Stray),
    /// The journey is complete: issue tokens with these claims.
    Token(Box<Issued>),
    /// The journey ended without a token; the application receives this as an OAuth error.
    Failed {
        /// Number of the AADB2C code, e.g. 90091.
        code: u32,
        /// `access_denied`, `server_error`, …; see `vestibule_protocol::error`.
        error: &'static str,
        /// One sentence for the application; never contains a secret or the user's input.
        message: String,
        /// The cause, for the log only.
        cause: String,
    },
}

/// A redirect to a provider. `Debug` does not show the URL, since it contains the state and the PKCE challenge.
#[derive(Clone, PartialEq, Eq)]
pub struct Redirect {
    /// The absolute URL of the provider.
    pub url: String,
    /// The `state` in the URL, by which the server finds the journey when the browser returns.
    pub state: String,
    /// The provider's display name, for a page "Continue to …".
    pub provider: String,
    /// True if the journey has shown a page. A server that answers that page's form must then use a page with a link
    /// instead of a redirect, because browsers apply `form-action` to the redirects that follow a form.
    pub after_page: bool,
}

impl std::fmt::Debug for Redirect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redirect")
            .field("provider", &self.provider)
            .field("after_page", &self.after_page)
            .finish_non_exhaustive()
    }
}

/// The reason why the journey does not accept a return from a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stray {
    /// The journey does not expect a return: it never sent the browser away, or the browser has already returned.
    #[error("no return is awaited")]
    NotAwaited,
    /// The `state` does not match the one sent.
    #[error("the state is another one")]
    Foreign,
    /// The browser was away for ten minutes or more. The next [`crate::Event::Continue`] redirects it again.
    #[error("the return comes too late")]
    Late,
}

/// A message for the user, with an id for translation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// B2C's string id, e.g. `UserMessageIfInvalidPassword`, `requiredField_generic`, `ver_success_msg`.
    pub id: String,
    /// The text from the policy (localization first, then the profile's metadata). If `None`, use the text for `id` in
    /// the pages' language file.
    pub text: Option<String>,
    /// The claim whose input the message belongs to; `None` for the whole page.
    pub claim: Option<String>,
    /// Number of the AADB2C code for `errorCode` in the page API, where B2C has one (90054 wrong password, …).
    pub code: Option<u32>,
    /// Values for `{0}`, `{1}` in the text.
    pub args: Vec<String>,
}

/// The element contract of a page (docs/b2c.md, "Pages"; `SETTINGS.api`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PageKind {
    /// `CombinedSigninAndSignup`: sign-in form, sign-up link, provider buttons.
    Unified,
    /// `SelfAsserted`: a form of claims.
    SelfAsserted,
    /// `IdpSelections`: choices only.
    ProviderSelection,
}

/// One page to show. Everything in it comes from the policy; nothing is HTML.
#[derive(Clone, Debug)]
pub struct Page {
    /// The element contract.
    pub kind: PageKind,
    /// Content definition id, e.g. `api.signuporsignin`.
    pub content_definition: String,
    /// The content definition's LoadUri.
    pub load_uri: String,
    /// The content definition's DataUri (page layout and version).
    pub data_uri: String,
    /// Order of the orchestration step; part of the CSRF value.
    pub step: u32,
    /// The exchange or technical profile that receives the page's form; part of the CSRF value. Empty if there is
    /// none.
    pub target: String,
    /// Fields and display controls, in order.
    pub items: Vec<Item>,
    /// Providers and other exchanges to choose from.
    pub choices: Vec<Choice>,
    /// True if the page shows the sign-up link.
    pub sign_up: bool,
    /// The forgot-password link, if any.
    pub forgot: Option<Forgot>,
    /// True if the page offers "keep me signed in".
    pub keep_signed_in: bool,
    /// True if Continue and Cancel are shown (`setting.showContinueButton`, `setting.showCancelButton`).
    pub show_continue: bool,
    /// See `show_continue`.
    pub show_cancel: bool,
    /// The technical profile's metadata (keys as written), for `SETTINGS.config`.
    pub metadata: BTreeMap<String, String>,
    /// Strings of the policy in the requested language: UxElement string id → text. They take precedence over language
    /// files.
    pub strings: BTreeMap<String, String>,
    /// The language of the page: a BCP 47 tag, as the policy spells it. Texts that the policy lacks come from this
    /// language's file or, if there is none, from the English one.
    pub language: String,
}

/// One entry of a page's form.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a page has a few of them, made once and looked at")]
pub enum Item {
    /// A simple input.
    Field(Field),
    /// A verification control: an address, a code, and their buttons.
    Control(Control),
}

/// The input type of a claim (`UserInputType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InputType {
    /// One line of text.
    TextBox,
    /// An e-mail address.
    EmailBox,
    /// A password; its value never leaves the profile that asked for it.
    Password,
    /// Shown, but not editable.
    Readonly,
    /// Static text.
    Paragraph,
    /// One option of a list, as a drop-down.
    DropdownSingleSelect,
    /// One option of a list, as radio buttons.
    RadioSingleSelect,
    /// Several options of a list.
    CheckboxMultiSelect,
    /// A date as day, month, year; value `yyyy-mm-dd`.
    DateTimeDropdown,
}

/// One input.
#[derive(Clone, Debug)]
pub struct Field {
    /// Claim id as the policy spells it: the element's id and form name.
    pub id: String,
    /// Label in the requested language.
    pub label: String,
    /// UserHelpText.
    pub help: String,
    /// Kind of input.
    pub input: InputType,
    /// Pre-filled value; never a password.
    pub value: Option<String>,
    /// True if the field must not be empty.
    pub required: bool,
    /// The claim type's pattern as the policy has it, and the message for a value that does not match.
    pub pattern: Option<(String, String)>,
    /// The pattern for the `pattern` attribute of an HTML input: in the browsers' syntax, for the whole value. `None`
    /// if there is no pattern, or if browsers have no equivalent.
    pub browser_pattern: Option<String>,
    /// Rules that the browser can check before it sends the value.
    pub rules: Vec<Rule>,
    /// Value and label of each option of a list.
    pub options: Vec<(String, String)>,
    /// Longest value, in characters.
    pub max_length: u32,
}

/// A rule: at least `least` of several tests must hold (a group of predicates).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// The minimum number of tests.
    pub least: usize,
    /// The message for a value that breaks the rule; may be empty.
    pub help: String,
    /// Patterns for the whole value in the browsers' syntax, each with its own message, which may be empty.
    pub tests: Vec<(String, String)>,
}

/// The state of a verification control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ControlState {
    /// Nothing sent yet.
    Initial,
    /// A code has been sent; the input for it is shown.
    Sent,
    /// The address is verified.
    Verified,
}

/// A verification control.
#[derive(Clone, Debug)]
pub struct Control {
    /// Display control id (`emailVerificationControl`); for `Verified.Email`, the claim id.
    pub id: String,
    /// True for the older element ids (`email_ver_but_send` …) of a `Verified.Email` output claim, false for the newer
    /// ones.
    pub classic: bool,
    /// The address.
    pub address: Field,
    /// The code.
    pub code: Field,
    /// The state of the verification.
    pub state: ControlState,
    /// Text overrides of the control (`ElementType="DisplayControl"`): string id → text.
    pub strings: BTreeMap<String, String>,
}

/// One choice.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Exchange id: the button's element id.
    pub exchange: String,
    /// Button text.
    pub label: String,
}

/// The forgot-password link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forgot {
    /// Return to the application with AADB2C90118.
    Legacy,
    /// Stay in the journey: choose this exchange (`setting.forgotPasswordLinkOverride`).
    Exchange(String),
}

/// The result of a finished journey, from which tokens are issued.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Issued {
    /// The application claims of the token, named by the relying party's partner claim types, in policy order. Claims
    /// without a value are absent.
    pub claims: Vec<(String, Value)>,
    /// Value of the claim that `SubjectNamingInfo` names.
    pub subject: Option<String>,
    /// The user's object id, from the claim that `issuer_refresh_token_user_identity_claim_type` names.
    pub object_id: Option<String>,
    /// The claims bag at the end, without passwords: the start of a refresh.
    pub bag: BTreeMap<String, Value>,
    /// True if the user gave credentials in this journey; false if all of it came from the single sign-on session.
    pub interactive: bool,
    /// [`crate::State::signed_in_at()`] at the end. `None` if no credentials were asked for, or if the grant comes
    /// from a version that did not record the time.
    #[serde(default)]
    pub signed_in_at: Option<i64>,
}
