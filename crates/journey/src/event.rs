//! The events of a journey that waits for a user.

use std::collections::BTreeMap;

/// The values of a form, by claim id as the page names its inputs (any letter case).
pub type Form = BTreeMap<String, String>;

/// One thing that happened; the input of [`crate::advance`].
#[derive(Clone, Debug)]
pub enum Event {
    /// Run from where the journey stands until it needs a person, ends, or fails. The first event of every journey,
    /// the one after [`crate::Outcome::Accepted`], and harmless to repeat: the same page comes again (page reload).
    Continue,
    /// The page's form was sent: the local account form of a combined page, or a self-asserted page.
    Submit(Form),
    /// A choice was made by exchange id: a provider's button, `unified?claimsexchange=…`, `unified?social=…`.
    Choose(String),
    /// The sign-up link (`unified?local=signup`): the exchange that `SignUpTarget` names.
    SignUp,
    /// The forgot-password link of the old kind; ends the journey with AADB2C90118.
    ForgotPassword,
    /// A display control's action (`SendCode`, `VerifyCode`), with the page's form as it stands.
    Act {
        /// Display control id; for a `Verified.Email` claim, the claim id.
        control: String,
        /// `SendCode` or `VerifyCode`, or `Change` to type another address.
        action: String,
        /// The form's values, the address and code among them.
        form: Form,
    },
    /// The browser came back from a provider with these parameters, of its query or its form; each once.
    Returned(Form),
    /// The person pressed Cancel; ends the journey with AADB2C90091.
    Cancel,
}
