//! A journey's world: the directory, mail, time and randomness for one transaction of one browser.
//!
//! Writes are keyed by the transaction, so that they can be repeated after a crash: a user that it created is found
//! instead of created again, and a mail with the same code is sent once. Other changes set values, and a repeated
//! change sets the same ones.

use super::Worlds;
use super::code_mail::CodeMailed;
use crate::accounts::attributes::Changes;
use crate::accounts::identity::{self, LocalName};
use crate::accounts::{ChangedBy, Checked, TenantInfo, User, UserError, Visitor, names_in};
use vestibule_journey::{
    Attributes, Clock, Courier, CourierError, DirectoryError, Key, PasswordCheck, WorldError, WriteMode,
};
use vestibule_protocol::digest::sha256_base64url;
use vestibule_store::{IdentityKind, StoreError};

/// Identifies the journey.
#[derive(Clone, Debug)]
pub struct WorldContext {
    /// The tenant.
    pub tenant: TenantInfo,
    /// The transaction's id.
    pub transaction: String,
    /// The browser and its request.
    pub visitor: Visitor,
}

/// The world of one transaction.
#[derive(Debug)]
pub struct JourneyWorld {
    pub(super) world: Worlds,
    pub(super) context: WorldContext,
}

/// The user that a key names.
enum Who {
    ObjectId(String),
    Name(LocalName),
    /// A value that cannot belong to any user.
    Nobody,
}

impl JourneyWorld {
    pub(super) fn new(world: Worlds, context: WorldContext) -> Self {
        Self { world, context }
    }

    /// The change is made by the user, in this journey.
    fn by(&self) -> ChangedBy {
        let Visitor { correlation_id, source_ip, .. } = &self.context.visitor;
        ChangedBy { actor: None, correlation_id: correlation_id.clone(), address: *source_ip }
    }

    pub(super) fn correlation_id(&self) -> Option<&str> {
        self.context.visitor.correlation_id.as_deref()
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
            Who::ObjectId(id) => self.world.accounts().user(tenant, id).await,
            Who::Name(name) => self.world.accounts().user_by_name(tenant, name).await,
            Who::Nobody => Ok(None),
        }
    }

    async fn write_user(&self, who: Who, attributes: &Attributes, mode: WriteMode) -> Result<(User, bool), WriteError> {
        let mut changes = Changes::read(attributes, &self.context.tenant.attributes)?;
        // Two rounds: between looking up and creating, another request may create the same user.
        for _ in 0..2 {
            match self.find(&who).await? {
                // The page was submitted again, perhaps with other values: the last ones win, and the user still counts
                // as new.
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
        let inner = &self.world.accounts().inner;
        let tenant = &self.context.tenant;
        let user = inner.change(tenant, user.object_id(), changes, None, &self.by()).await?;
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
        let (inner, tenant) = (&self.world.accounts().inner, &self.context.tenant);
        let hash = match &changes.password {
            Some(password) => Some(inner.accept(password, names_in(tenant, changes, None)).await?),
            None => None,
        };
        let by = Some(self.write_key(name));
        let user = inner.create(tenant, None, changes, hash, by, &self.by()).await?;
        self.remember_device(&user).await?;
        Ok(user)
    }

    /// Makes the browser familiar to the account, because its user knows the password.
    async fn remember_device(&self, user: &User) -> Result<(), UserError> {
        let (inner, tenant, visitor) = (&self.world.accounts().inner, &self.context.tenant, &self.context.visitor);
        let seen = inner.device_seen(tenant, Some(user), visitor).await?;
        inner.remember_device(tenant, user, visitor, seen).await
    }

    /// Returns true if this transaction created the user under this key.
    fn is_mine(&self, user: &User, who: &Who) -> bool {
        matches!(who, Who::Name(name) if user.created_by() == Some(&self.write_key(name)))
    }

    fn write_key(&self, name: &LocalName) -> String {
        sha256_base64url(format!("{}\0{}\0{}", self.context.transaction, name.kind.as_str(), name.key).as_bytes())
    }

    async fn delete_user(&self, who: &Who, attributes: Option<&[String]>) -> Result<(), WriteError> {
        let user = self.find(who).await?.ok_or(WriteError::DoesNotExist)?;
        let Some(names) = attributes else {
            return Ok(self
                .world
                .accounts()
                .delete_user(&self.context.tenant.id, user.object_id(), &self.by())
                .await?);
        };
        self.change(&user, &Changes::clear(names)?).await?;
        Ok(())
    }

    fn seen(&self, user: &User) -> Attributes {
        user.attributes(&self.context.tenant.domain)
    }

    /// Logs the failure with its context.
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
        self.world.accounts().inner.clock.now()
    }

    fn random(&mut self, bytes: &mut [u8]) {
        self.world.accounts().inner.random.fill(bytes);
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
        match self
            .world
            .accounts()
            .check_password(self.world.sealer(), &context.tenant, name, password, &context.visitor)
            .await
        {
            Ok(Checked::Right(user)) => Ok(PasswordCheck::Right(self.seen(&user))),
            Ok(Checked::Wrong) => Ok(PasswordCheck::Wrong),
            Ok(Checked::Unknown) => Ok(PasswordCheck::Unknown),
            Ok(Checked::Locked | Checked::Throttled) => Ok(PasswordCheck::Locked),
            Ok(Checked::Disabled) => Ok(PasswordCheck::Disabled),
            Ok(Checked::Expired) => Ok(PasswordCheck::Expired),
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
