//! Everything outside a journey, as one small trait: directory, passwords, mail, clock, chance.

use crate::claims::value::Value;
use std::collections::BTreeMap;
use std::future::Future;

pub use vestibule_protocol::MOST_SKEW;

/// A user's attributes by directory name (`objectId`, `displayName`, `signInNames.emailAddress`, `extension_Team`, …).
pub type Attributes = BTreeMap<String, Value>;

/// How a user is looked up: attribute name and value, e.g. `signInNames.emailAddress` and an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// `objectId`, `userPrincipalName`, `signInNames`, `signInNames.emailAddress`, `signInNames.userName`, …
    pub attribute: String,
    /// The value as text.
    pub value: String,
}

/// What a directory write may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteMode {
    /// Create the user when there is none.
    pub create: bool,
    /// Change the user when there is one.
    pub update: bool,
}

/// Why the directory refused.
#[derive(Debug)]
pub enum DirectoryError {
    /// `create` without `update`, and the user exists.
    AlreadyExists,
    /// `update` without `create`, and there is no such user.
    DoesNotExist,
    /// A value cannot be stored; `message` is a string id such as `UserMessageIfPasswordBanned`.
    Refused {
        /// String id of the sentence for the person.
        message: &'static str,
        /// Directory attribute at fault.
        attribute: String,
    },
    /// The directory failed; the journey stops with a server error.
    World(WorldError),
}

/// Something outside failed: not the person's fault, and not shown to them.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// For the moment: it may work when it is tried again.
    #[error("{0}")]
    Unavailable(String),
    /// Trying again does not help.
    #[error("{0}")]
    Broken(String),
}

/// What became of a password.
#[derive(Debug)]
pub enum PasswordCheck {
    /// Right. Attributes of the user; `forceChangePasswordNextSignIn` among them as a boolean.
    Right(Attributes),
    /// Wrong.
    Wrong,
    /// No such user (told as wrong unless the policy has a text of its own).
    Unknown,
    /// Too many wrong ones: locked for a while.
    Locked,
    /// The account is disabled.
    Disabled,
}

/// Why a mail was not taken.
#[derive(Debug)]
pub enum MailError {
    /// Too many mails to this address or from this source.
    Throttled,
    /// The mail could not be queued.
    World(WorldError),
}

/// What the engine asks of the world. All calls are keyed by the running transaction on the other side, so that a
/// repeat after a crash does nothing twice.
pub trait World: Send {
    /// Now, milliseconds since the epoch.
    fn now(&self) -> i64;
    /// Fill with random bytes.
    fn random(&mut self, bytes: &mut [u8]);
    /// The user under this key.
    fn read(&mut self, key: &Key) -> impl Future<Output = Result<Option<Attributes>, WorldError>> + Send;
    /// Create or change the user under this key. `attributes` may hold `password`. Returns the user as stored and
    /// whether it is new.
    fn write(
        &mut self,
        key: &Key,
        attributes: &Attributes,
        mode: WriteMode,
    ) -> impl Future<Output = Result<(Attributes, bool), DirectoryError>> + Send;
    /// Delete the named attributes of the user, or with none the user.
    fn delete(
        &mut self,
        key: &Key,
        attributes: Option<&[String]>,
    ) -> impl Future<Output = Result<(), DirectoryError>> + Send;
    /// Check a local account's password. `name` is an e-mail address or user name as typed.
    fn check_password(
        &mut self,
        name: &str,
        password: &str,
    ) -> impl Future<Output = Result<PasswordCheck, WorldError>> + Send;
    /// Mail a verification code. `languages` best first; `application` names who asks.
    fn mail_code(
        &mut self,
        address: &str,
        code: &str,
        application: &str,
        languages: &[String],
    ) -> impl Future<Output = Result<(), MailError>> + Send;
}
