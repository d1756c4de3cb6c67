//! The events that a waiting journey can receive.

use std::collections::BTreeMap;

/// The values of a form, keyed by the claim ids that the page uses as input names (any letter case).
pub type Form = BTreeMap<String, String>;

/// An event; the input of [`crate::advance`].
#[derive(Clone, Debug)]
pub enum Event {
    /// Runs the journey from where it stands until it needs the user, ends or fails. This is the first event of every
    /// journey and the one after [`crate::Outcome::Accepted`]. It is safe to repeat: a page reload shows the same page
    /// again.
    Continue,
    /// The user submitted a form: the local account form of a combined page, or a self-asserted page.
    Submit(Form),
    /// The user chose an exchange by its id: a provider's button, `unified?claimsexchange=…`, `unified?social=…`.
    Choose(String),
    /// The user followed the sign-up link (`unified?local=signup`) to the exchange that `SignUpTarget` names.
    SignUp,
    /// The user followed the legacy forgot-password link; the journey ends with AADB2C90118.
    ForgotPassword,
    /// The user pressed a display control's button (`SendCode`, `VerifyCode`); carries the current values of the form.
    Act {
        /// Display control id; for a `Verified.Email` claim, the claim id.
        control: String,
        /// `SendCode` or `VerifyCode`, or `Change` to type another address.
        action: String,
        /// The form's values, including the address and the code.
        form: Form,
    },
    /// The browser returned from a provider with these parameters, from the query or the form body; each occurs once.
    Returned(Form),
    /// The user pressed Cancel; the journey ends with AADB2C90091.
    Cancel,
}
