//! Users: look up, change and delete them, and check their passwords.

use super::WorldError;
use crate::claims::value::Value;
use std::collections::BTreeMap;
use std::future::Future;

/// A user's attributes by directory name (`objectId`, `displayName`, `signInNames.emailAddress`, `extension_Team`, …).
pub type Attributes = BTreeMap<String, Value>;

/// The key of a user lookup: attribute name and value, e.g. `signInNames.emailAddress` and an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// `objectId`, `userPrincipalName`, `signInNames`, `signInNames.emailAddress`, `signInNames.userName`, …
    pub attribute: String,
    /// The value as text.
    pub value: String,
}

/// The permitted operation of a directory write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteMode {
    /// Creates the user if there is none.
    pub create: bool,
    /// Changes the user if there is one.
    pub update: bool,
}

/// The reason why the directory rejected an operation.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// `create` without `update`, but the user exists.
    #[error("the user exists already")]
    AlreadyExists,
    /// `update` without `create`, but there is no such user.
    #[error("there is no such user")]
    DoesNotExist,
    /// A value cannot be stored; `message` is a string id such as `UserMessageIfPasswordBanned`.
    #[error("the value of {attribute} cannot be stored: {message}")]
    Refused {
        /// String id of the message for the user.
        message: &'static str,
        /// The directory attribute at fault.
        attribute: String,
    },
    /// The directory failed; the journey stops with a server error.
    #[error(transparent)]
    World(WorldError),
}

/// The result of checking a password.
#[derive(Debug)]
pub enum PasswordCheck {
    /// Correct, with the user's attributes; these include `forceChangePasswordNextSignIn` as a boolean.
    Right(Attributes),
    /// Wrong.
    Wrong,
    /// No such user (reported as a wrong password, unless the policy has its own message for this case).
    Unknown,
    /// Too many wrong attempts: locked for a while.
    Locked,
    /// The account is disabled.
    Disabled,
    /// Correct, but expired.
    Expired,
}

/// The tenant's users.
pub trait Directory: Send {
    /// Returns the user under this key.
    fn read(&mut self, key: &Key) -> impl Future<Output = Result<Option<Attributes>, WorldError>> + Send;
    /// Creates or changes the user under this key. `attributes` may include `password`. Returns the user as stored,
    /// and true if it is new.
    fn write(
        &mut self,
        key: &Key,
        attributes: &Attributes,
        mode: WriteMode,
    ) -> impl Future<Output = Result<(Attributes, bool), DirectoryError>> + Send;
    /// Deletes the named attributes of the user or, if none are named, the user.
    fn delete(
        &mut self,
        key: &Key,
        attributes: Option<&[String]>,
    ) -> impl Future<Output = Result<(), DirectoryError>> + Send;
    /// Checks a local account's password. `name` is an e-mail address or user name as typed.
    fn check_password(
        &mut self,
        name: &str,
        password: &str,
    ) -> impl Future<Output = Result<PasswordCheck, WorldError>> + Send;
}
