//! Provider errors, in the form in which B2C reports them to the application.

use crate::run::stop::Stop;
use vestibule_protocol::error::Failure;

/// Longest provider text passed to the application, in characters.
const MOST_TEXT: usize = 200;

/// The provider returned an error (AADB2C90273). `access_denied` is passed on unchanged: the user cancelled there.
pub(super) fn refused(error: &str, description: &str) -> Stop {
    let (error, description) = (tame(error), tame(description));
    let oauth = if error == "access_denied" { "access_denied" } else { "server_error" };
    let message = format!("An invalid response was received : 'Error: {error},Error Description: {description}'");
    Stop::end(Failure::new(90273, oauth, message), format!("the provider refused: {error}"))
}

/// The provider cannot be reached or does not speak OAuth 2.0 (AADB2C90289).
pub(super) fn unreachable(cause: impl Into<String>) -> Stop {
    let message = "We encountered an error connecting to the identity provider. Please try again later.";
    Stop::end(Failure::new(90289, "server_error", message), cause)
}

/// The client secret is not available (AADB2C90025).
pub(super) fn no_key(cause: impl Into<String>) -> Stop {
    let message = "The technical profile does not contain the required cryptographic key.";
    Stop::end(Failure::new(90025, "server_error", message), cause)
}

/// The beginning of an untrusted text, without control characters.
pub(super) fn tame(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MOST_TEXT).collect()
}
