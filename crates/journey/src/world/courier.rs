//! Messages to a person: verification codes by mail, text messages by SMS.

use super::WorldError;
use std::future::Future;

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// Too many messages to this address or from this source.
    #[error("too many messages were sent")]
    Throttled,
    /// Messages of this kind cannot be sent here.
    #[error("{0} is not available here")]
    NotAvailable(&'static str),
    /// The message could not be queued.
    #[error(transparent)]
    World(WorldError),
}

/// Mail and SMS.
pub trait Courier: Send {
    /// Mails a verification code. `languages` are in order of preference; `application` is the name of the application.
    fn mail_code(
        &mut self,
        address: &str,
        code: &str,
        application: &str,
        languages: &[String],
    ) -> impl Future<Output = Result<(), CourierError>> + Send;
    /// Sends a text message to a phone number in the form of E.164 (`+` and at most 15 digits).
    fn send_sms(&mut self, number: &str, text: &str) -> impl Future<Output = Result<(), CourierError>> + Send;
}
