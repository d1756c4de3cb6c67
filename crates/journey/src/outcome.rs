//! The outcome of a step: a page, a redirect, a token for the application, or an end.

use crate::claims::value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The answer of [`crate::advance`].
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Show this page and wait.
    Page(Box<Page>),
    /// The submission or choice was taken; the next event is [`crate::Event::Continue`].
    Accepted,
    /// The submission was refused: show the notice on the same page, let the person try again.
    Refused(Notice),
    /// A display control's action succeeded (code sent, code verified); the page stays.
    Acted(Notice),
    /// Send the browser away and wait for [`crate::Event::Returned`].
    Redirect(Redirect),
    /// The browser came back in a way that the journey does not wait for. The journey stays where it is.
    Stray(Stray),
    /// The journey reached its end: issue tokens with these claims.
    Token(Box<Issued>),
    /// The journey ended without a token; the application gets this as an OAuth error.
    Failed {
        /// Number of the AADB2C code, e.g. 90091.
        code: u32,
        /// `access_denied`, `server_error`, …; see `vestibule_protocol::error`.
        error: &'static str,
        /// One sentence for the application; never a secret, never what the person typed.
        message: String,
        /// The cause, for the log only.
        cause: String,
    },
}

/// A provider to send the browser to. `Debug` shows no URL, since it holds the state and the PKCE challenge.
#[derive(Clone, PartialEq, Eq)]
pub struct Redirect {
    /// The absolute URL of the provider.
    pub url: String,
    /// The value of `state` in it, by which the server finds the journey when the browser returns.
    pub state: String,
    /// The provider's display name, for a page "Continue to …".
    pub provider: String,
    /// True if the journey has shown a page. A server that answers the form of that page must send the browser on by a
    /// page with a link: browsers check `form-action` along the redirects of a form.
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

/// Why a return from a provider does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stray {
    /// The journey waits for no return: it never left, or is back already.
    #[error("no return is awaited")]
    NotAwaited,
    /// The `state` is not the one that was sent.
    #[error("the state is another one")]
    Foreign,
    /// The browser was away for ten minutes or more. The next [`crate::Event::Continue`] sends it again.
    #[error("the return comes too late")]
    Late,
}

/// A sentence for the person, named so that it can be translated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// B2C's string id, e.g. `UserMessageIfInvalidPassword`, `requiredField_generic`, `ver_success_msg`.
    pub id: String,
    /// The text of the policy (localization first, then the profile's metadata); without one the pages' language
    /// file has the text for `id`.
    pub text: Option<String>,
    /// The claim whose input it belongs to; none: the whole page.
    pub claim: Option<String>,
    /// Number of the AADB2C code for `errorCode` in the page API, where B2C has one (90054 wrong password, …).
    pub code: Option<u32>,
    /// Values for `{0}`, `{1}` in the text.
    pub args: Vec<String>,
}

/// The contract that a page's elements follow (docs/b2c.md, "Pages"; `SETTINGS.api`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PageKind {
    /// `CombinedSigninAndSignup`: sign-in form, sign-up link, provider buttons.
    Unified,
    /// `SelfAsserted`: a form of claims.
    SelfAsserted,
    /// `IdpSelections`: only choices.
    ProviderSelection,
}

/// One page to show. Everything in it comes from the policy; nothing is HTML.
#[derive(Clone, Debug)]
pub struct Page {
    /// Which contract of elements it follows.
    pub kind: PageKind,
    /// Content definition id, e.g. `api.signuporsignin`.
    pub content_definition: String,
    /// The content definition's LoadUri.
    pub load_uri: String,
    /// The content definition's DataUri (page layout and version).
    pub data_uri: String,
    /// Order of the orchestration step; part of the CSRF value.
    pub step: u32,
    /// The exchange or technical profile that the page's form feeds; part of the CSRF value. Empty when none.
    pub target: String,
    /// Fields and display controls, in order.
    pub items: Vec<Item>,
    /// Providers and other exchanges to choose from.
    pub choices: Vec<Choice>,
    /// True if to show the sign-up link.
    pub sign_up: bool,
    /// The forgot-password link, if any.
    pub forgot: Option<Forgot>,
    /// True if to offer "keep me signed in".
    pub keep_signed_in: bool,
    /// True if Continue and Cancel are shown (`setting.showContinueButton`, `setting.showCancelButton`).
    pub show_continue: bool,
    /// See `show_continue`.
    pub show_cancel: bool,
    /// The technical profile's metadata (keys as written), for `SETTINGS.config`.
    pub metadata: BTreeMap<String, String>,
    /// Strings of the policy for the requested language: UxElement string id → text. They win over language files.
    pub strings: BTreeMap<String, String>,
    /// The language that the page is shown in: a BCP 47 tag, as the policy spells it. Words that the policy lacks come
    /// from this language's file; if there is none, from the English one.
    pub language: String,
}

/// One entry of a page's form.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a page has a few of them, made once and looked at")]
pub enum Item {
    /// An input of its own.
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
    /// A password; its value never leaves the profile that asked.
    Password,
    /// Shown, not editable.
    Readonly,
    /// Static text.
    Paragraph,
    /// One of a list, as a drop-down.
    DropdownSingleSelect,
    /// One of a list, as radio buttons.
    RadioSingleSelect,
    /// Several of a list.
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
    /// True if it must be filled.
    pub required: bool,
    /// The claim type's pattern as the policy has it, and the text when it does not match.
    pub pattern: Option<(String, String)>,
    /// The pattern for the attribute `pattern` of an input: in the language of browsers, for the whole value. None:
    /// there is no pattern, or browsers have nothing that means the same.
    pub browser_pattern: Option<String>,
    /// Rules for the value that the browser can check before it sends it.
    pub rules: Vec<Rule>,
    /// Value and label of each option of a list.
    pub options: Vec<(String, String)>,
    /// Longest value, in characters.
    pub max_length: u32,
}

/// Some of several tests must hold (a group of predicates).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// The number.
    pub least: usize,
    /// The sentence for a value that breaks the rule; may be empty.
    pub help: String,
    /// Patterns for the whole value, in the language of browsers, each with its own sentence, which may be empty.
    pub tests: Vec<(String, String)>,
}

/// Where a verification control stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ControlState {
    /// Nothing sent yet.
    Initial,
    /// A code is on its way; the code's input shows.
    Sent,
    /// The address is verified.
    Verified,
}

/// A verification control.
#[derive(Clone, Debug)]
pub struct Control {
    /// Display control id (`emailVerificationControl`); for `Verified.Email`, the claim id.
    pub id: String,
    /// The older element ids (`email_ver_but_send` …) of a `Verified.Email` output claim, or the newer ones.
    pub classic: bool,
    /// The address.
    pub address: Field,
    /// The code.
    pub code: Field,
    /// Where it stands.
    pub state: ControlState,
    /// Text overrides of the control (`ElementType="DisplayControl"`): string id → text.
    pub strings: BTreeMap<String, String>,
}

/// One thing to choose.
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
    /// Back to the application with AADB2C90118.
    Legacy,
    /// Stay in the journey: choose this exchange (`setting.forgotPasswordLinkOverride`).
    Exchange(String),
}

/// The result of a finished journey, from which tokens are issued.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Issued {
    /// The token's application claims by the relying party's partner names, in policy order; without values: absent.
    pub claims: Vec<(String, Value)>,
    /// Value of the claim that `SubjectNamingInfo` names.
    pub subject: Option<String>,
    /// The user's object id, from the claim that `issuer_refresh_token_user_identity_claim_type` names.
    pub object_id: Option<String>,
    /// The claims bag at the end, passwords left out: what a refresh starts from.
    pub bag: BTreeMap<String, Value>,
    /// True if the person gave credentials in this journey (false: all from the single sign-on session).
    pub interactive: bool,
    /// [`crate::State::signed_in_at()`] at the end. None: nothing was asked for, or the grant is of a version that did
    /// not keep it.
    #[serde(default)]
    pub signed_in_at: Option<i64>,
}
