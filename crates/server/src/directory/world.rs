//! A journey's world: the directory, the mail, time and chance, for one transaction of one browser.
//!
//! Writes are keyed by the transaction: a user that it made before a crash is found again and not made twice, and a
//! mail with the same code goes out once. Other changes set values, and a repeat sets the same.

use super::attributes::Changes;
use super::code_mail::CodeMailed;
use super::identity::{self, LocalName};
use super::manage::names_in;
use super::sign_in::Checked;
use super::{Directory, TenantInfo, User, UserError};
use crate::store::{IdentityKind, StoreError};
use std::net::IpAddr;
use vestibule_journey::{
    Attributes, Clock, Courier, CourierError, DirectoryError, Key, PasswordCheck, WorldError, WriteMode,
};
use vestibule_protocol::digest::sha256_base64url;

/// Who is at the other end.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// The address that the request came from, behind trusted proxies the one they name.
    pub source_ip: Option<IpAddr>,
    /// SHA-256 (base64url) of the random device id in the browser's long-lived cookie; none without one. By it the
    /// directory knows the browsers that signed in to an account before.
    pub device: Option<String>,
}

/// Which journey this is.
#[derive(Clone, Debug)]
pub struct WorldContext {
    /// The tenant.
    pub tenant: TenantInfo,
    /// The transaction's id.
    pub transaction: String,
    /// The browser.
    pub visitor: Visitor,
    /// The request's id, for log and audit.
    pub correlation_id: Option<String>,
}

/// The world of one transaction.
#[derive(Debug)]
pub struct JourneyWorld {
    pub(super) directory: Directory,
    pub(super) context: WorldContext,
}

impl Directory {
    /// The world for a journey.
    #[must_use]
    pub fn world(&self, context: WorldContext) -> JourneyWorld {
        JourneyWorld { directory: self.clone(), context }
    }
}

/// Whom a key names.
enum Who {
    ObjectId(String),
    Name(LocalName),
    /// A value that no user can have.
    Nobody,
}

impl JourneyWorld {
    pub(super) fn correlation_id(&self) -> Option<&str> {
        self.context.correlation_id.as_deref()
    }

    fn who(&self, key: &Key) -> Result<Who, UserError> {
        let named = |name: Option<LocalName>| name.map_or(Who::Nobody, Who::Name);
        Ok(match key.attribute.to_ascii_lowercase().as_str() {
            "objectid" => Who::ObjectId(key.value.trim().to_ascii_lowercase()),
            "userprincipalname" => match key.value.trim().to_ascii_lowercase().rsplit_once('@') {
                Some((id, domain)) if domain == self.context.tenant.domain => Who::ObjectId(id.to_owned()),
                _ => Who::Nobody,
            },
            "signinnames.emailaddress" => named(identity::email(&key.value)),
            "signinnames.username" => named(identity::user_name(&key.value)),
            "signinnames" => named(identity::sign_in_name(&key.value)),
            _ => {
                let why = format!("users cannot be looked up by {}", key.attribute);
                return Err(UserError::Unsupported(why));
            }
        })
    }

    async fn find(&self, who: &Who) -> Result<Option<User>, StoreError> {
        let tenant = &self.context.tenant.id;
        match who {
            Who::ObjectId(id) => self.directory.user(tenant, id).await,
            Who::Name(name) => self.directory.user_by_name(tenant, name).await,
            Who::Nobody => Ok(None),
        }
    }

    async fn write_user(&self, who: Who, attributes: &Attributes, mode: WriteMode) -> Result<(User, bool), WriteError> {
        let mut changes = Changes::read(attributes)?;
        // Two rounds: between looking and making, another may have made the same user.
        for _ in 0..2 {
            match self.find(&who).await? {
                // The page was sent again, perhaps with other values: the last ones count, and the user is new still.
                Some(user) if self.is_mine(&user, &who) => return Ok((self.change(&user, &changes).await?, true)),
                Some(user) if mode.update => return Ok((self.change(&user, &changes).await?, false)),
                Some(_) => return Err(UserError::AlreadyExists.into()),
                None if !mode.create => return Err(WriteError::DoesNotExist),
                None => {}
            }
            match self.make(&who, &mut changes).await {
                Ok(user) => return Ok((user, true)),
                Err(UserError::AlreadyExists) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(UserError::AlreadyExists.into())
    }

    async fn change(&self, user: &User, changes: &Changes) -> Result<User, UserError> {
        let inner = &self.directory.inner;
        let tenant = &self.context.tenant;
        let user = inner.change(tenant, user.object_id(), changes, self.correlation_id()).await?;
        if changes.password.is_some() {
            self.remember_device(&user).await?;
        }
        Ok(user)
    }

    async fn make(&self, who: &Who, changes: &mut Changes) -> Result<User, UserError> {
        let Who::Name(name) = who else {
            let attribute = "signInNames".to_owned();
            return Err(UserError::Refused { message: "UserMessageIfInvalidInput", attribute });
        };
        let slot = if name.kind == IdentityKind::EmailAddress { &mut changes.email } else { &mut changes.user_name };
        slot.get_or_insert_with(|| Some(name.clone()));
        let (inner, tenant) = (&self.directory.inner, &self.context.tenant);
        let hash = match &changes.password {
            Some(password) => Some(inner.accept(password, names_in(tenant, changes, None)).await?),
            None => None,
        };
        let by = Some(self.write_key(name));
        let user = inner.create(tenant, None, changes, hash, by, self.correlation_id()).await?;
        self.remember_device(&user).await?;
        Ok(user)
    }

    /// The browser belongs to who knows the password.
    async fn remember_device(&self, user: &User) -> Result<(), UserError> {
        let (inner, tenant, visitor) = (&self.directory.inner, &self.context.tenant, &self.context.visitor);
        let seen = inner.device_seen(tenant, Some(user), visitor).await?;
        inner.remember_device(tenant, user, visitor, seen).await
    }

    /// Whether this transaction made the user under this key.
    fn is_mine(&self, user: &User, who: &Who) -> bool {
        matches!(who, Who::Name(name) if user.body.created_by == Some(self.write_key(name)))
    }

    fn write_key(&self, name: &LocalName) -> String {
        sha256_base64url(format!("{}\0{}\0{}", self.context.transaction, name.kind.as_str(), name.key).as_bytes())
    }

    async fn delete_user(&self, who: &Who, attributes: Option<&[String]>) -> Result<(), WriteError> {
        let user = self.find(who).await?.ok_or(WriteError::DoesNotExist)?;
        let Some(names) = attributes else {
            return Ok(self.directory.delete_user(&self.context.tenant.id, user.object_id()).await?);
        };
        self.change(&user, &Changes::clear(names)?).await?;
        Ok(())
    }

    fn seen(&self, user: &User) -> Attributes {
        user.attributes(&self.context.tenant.domain)
    }

    /// Log what went wrong, with what it belongs to.
    fn failed(&self, error: &UserError) -> WorldError {
        let tenant = &self.context.tenant.id;
        tracing::error!(tenant, correlation_id = self.correlation_id(), %error, "the directory failed");
        match error {
            UserError::Overloaded(_) | UserError::Store(StoreError::Unavailable(_)) => {
                WorldError::Unavailable(error.to_string())
            }
            _ => WorldError::Broken(error.to_string()),
        }
    }

    fn refused(&self, error: WriteError) -> DirectoryError {
        match error {
            WriteError::DoesNotExist | WriteError::User(UserError::NotFound) => DirectoryError::DoesNotExist,
            WriteError::User(UserError::AlreadyExists) => DirectoryError::AlreadyExists,
            WriteError::User(UserError::Refused { message, attribute }) => {
                DirectoryError::Refused { message, attribute }
            }
            WriteError::User(error) => DirectoryError::World(self.failed(&error)),
        }
    }
}

enum WriteError {
    DoesNotExist,
    User(UserError),
}

impl<E: Into<UserError>> From<E> for WriteError {
    fn from(error: E) -> Self {
        Self::User(error.into())
    }
}

impl Clock for JourneyWorld {
    fn now(&self) -> i64 {
        self.directory.inner.clock.now()
    }

    fn random(&mut self, bytes: &mut [u8]) {
        self.directory.inner.random.fill(bytes);
    }
}

impl vestibule_journey::Directory for JourneyWorld {
    async fn read(&mut self, key: &Key) -> Result<Option<Attributes>, WorldError> {
        let who = self.who(key).map_err(|error| self.failed(&error))?;
        let user = self.find(&who).await.map_err(|error| self.failed(&error.into()))?;
        Ok(user.map(|user| self.seen(&user)))
    }

    async fn write(
        &mut self,
        key: &Key,
        attributes: &Attributes,
        mode: WriteMode,
    ) -> Result<(Attributes, bool), DirectoryError> {
        let who = self.who(key).map_err(|error| self.refused(error.into()))?;
        match self.write_user(who, attributes, mode).await {
            Ok((user, new)) => Ok((self.seen(&user), new)),
            Err(error) => Err(self.refused(error)),
        }
    }

    async fn delete(&mut self, key: &Key, attributes: Option<&[String]>) -> Result<(), DirectoryError> {
        let who = self.who(key).map_err(|error| self.refused(error.into()))?;
        self.delete_user(&who, attributes).await.map_err(|error| self.refused(error))
    }

    async fn check_password(&mut self, name: &str, password: &str) -> Result<PasswordCheck, WorldError> {
        let context = &self.context;
        match self.directory.check_password(&context.tenant, name, password, &context.visitor).await {
            Ok(Checked::Right(user)) => Ok(PasswordCheck::Right(self.seen(&user))),
            Ok(Checked::Wrong) => Ok(PasswordCheck::Wrong),
            Ok(Checked::Unknown) => Ok(PasswordCheck::Unknown),
            Ok(Checked::Locked) => Ok(PasswordCheck::Locked),
            Ok(Checked::Disabled) => Ok(PasswordCheck::Disabled),
            Err(error) => Err(self.failed(&error)),
        }
    }
}

impl Courier for JourneyWorld {
    async fn mail_code(
        &mut self,
        address: &str,
        code: &str,
        application: &str,
        languages: &[String],
    ) -> Result<(), CourierError> {
        match self.send_code(address, code, application, languages).await {
            Ok(CodeMailed::Taken) => Ok(()),
            Ok(CodeMailed::Throttled) => Err(CourierError::Throttled),
            Err(error) => Err(CourierError::World(self.failed(&error.into()))),
        }
    }

    async fn send_sms(&mut self, _: &str, _: &str) -> Result<(), CourierError> {
        Err(CourierError::NotAvailable("SMS"))
    }
}
