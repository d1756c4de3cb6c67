//! Finds, creates, changes and deletes users, for management and journeys.

use super::attributes::{Changes, normal_password};
use super::hashing::HashError;
use super::identity::LocalName;
use super::user::{Body, differences, identity};
use super::{Accounts, ChangedBy, Inner, TenantInfo, User, UserError};
use crate::clock::MOST_SKEW;
use std::sync::Arc;
use vestibule_journey::Attributes;
use vestibule_store::{Ends, IdentityRecord, StoreError, UserRecord};
use zeroize::Zeroizing;

/// String id: the password is too easy to guess.
const BANNED: &str = "UserMessageIfPasswordBanned";
/// The number of tries if others change the user at the same time.
const RETRIES: usize = 10;

/// A user to create.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// Object id; `None` to generate one.
    pub object_id: Option<String>,
    /// Attributes by directory name, including sign-in names and `password`.
    pub attributes: Attributes,
    /// Accept a password that is easy to guess: only for the users of a demonstration.
    pub allow_banned_password: bool,
}

impl Accounts {
    /// The user with this object id, ignoring case.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub async fn user(&self, tenant: &str, object_id: &str) -> Result<Option<User>, StoreError> {
        self.inner.load(self.inner.store.user(tenant, &object_id.to_ascii_lowercase()).await?).await
    }

    /// The user who signs in with this name.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub async fn user_by_name(&self, tenant: &str, name: &LocalName) -> Result<Option<User>, StoreError> {
        let record = self.inner.store.user_by_identity(tenant, name.kind, "", &name.key).await?;
        self.inner.load(record).await
    }

    /// Up to `limit` users after the object id `after`, ordered by object id.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub async fn list_users(&self, tenant: &str, after: Option<&str>, limit: i64) -> Result<Vec<User>, StoreError> {
        self.inner.load_all(self.inner.store.list_users(tenant, after, limit).await?).await
    }

    /// Up to `limit` users with a sign-in name that begins with `prefix`, ignoring case.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub async fn search_users(&self, tenant: &str, prefix: &str, limit: i64) -> Result<Vec<User>, StoreError> {
        let prefix = prefix.trim().to_lowercase();
        self.inner.load_all(self.inner.store.search_users(tenant, &prefix, limit).await?).await
    }

    /// Creates a user.
    ///
    /// # Errors
    /// [`UserError::AlreadyExists`] if the object id or a name is taken; [`UserError::Refused`] if a value or the
    /// password is not acceptable.
    pub(crate) async fn create_user(
        &self,
        tenant: &TenantInfo,
        new: NewUser,
        by: &ChangedBy,
    ) -> Result<User, UserError> {
        let changes = Changes::read(&new.attributes, &tenant.attributes)?;
        let hash = match &changes.password {
            Some(password) if new.allow_banned_password => Some(self.inner.hasher.hash(password).await?),
            Some(password) => Some(self.inner.accept(password, names_in(tenant, &changes, None)).await?),
            None => None,
        };
        self.inner.create(tenant, new.object_id, &changes, hash, None, by).await
    }

    /// Changes attributes, names, switches and password of a user, by directory name.
    ///
    /// # Errors
    /// [`UserError::NotFound`]; [`UserError::AlreadyExists`] if a name belongs to another user; [`UserError::Refused`];
    /// [`UserError::Stale`] if the user's version is not `if_version`.
    pub(crate) async fn change_user(
        &self,
        tenant: &TenantInfo,
        object_id: &str,
        if_version: Option<i64>,
        attributes: &Attributes,
        by: &ChangedBy,
    ) -> Result<User, UserError> {
        let changes = Changes::read(attributes, &tenant.attributes)?;
        self.inner.change(tenant, &object_id.to_ascii_lowercase(), &changes, if_version, by).await
    }

    /// Ends every session and grant that the user has so far.
    ///
    /// # Errors
    /// [`UserError::NotFound`]
    pub(crate) async fn end_sessions(&self, tenant: &str, object_id: &str, by: &ChangedBy) -> Result<(), UserError> {
        let inner = &self.inner;
        let object_id = object_id.to_ascii_lowercase();
        let entry = inner.entry(tenant, &object_id, "user.revokeSessions", by);
        if inner.store.revoke_sessions(tenant, &object_id, inner.clock.now(), &[entry]).await? {
            Ok(())
        } else {
            Err(UserError::NotFound)
        }
    }

    /// Ends a lockout.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub(crate) async fn unlock(&self, tenant: &str, object_id: &str) -> Result<(), StoreError> {
        self.inner.store.delete_lockouts(tenant, &object_id.to_ascii_lowercase()).await
    }

    /// Deletes a user with names, sessions, grants and counters.
    ///
    /// # Errors
    /// [`UserError::NotFound`]
    pub(crate) async fn delete_user(&self, tenant: &str, object_id: &str, by: &ChangedBy) -> Result<(), UserError> {
        let object_id = object_id.to_ascii_lowercase();
        let entry = self.inner.entry(tenant, &object_id, "user.delete", by);
        if self.inner.store.delete_user(tenant, &object_id, &[entry]).await? {
            Ok(())
        } else {
            Err(UserError::NotFound)
        }
    }

    /// Hashes a password (Unicode NFC, Argon2id, PHC form) without checking it against the block list.
    ///
    /// # Errors
    /// [`UserError::Overloaded`]
    pub async fn hash_password(&self, password: &str) -> Result<String, UserError> {
        Ok(self.inner.hasher.hash(&normal_password(password)).await?)
    }
}

impl From<HashError> for UserError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Overloaded(overloaded) => Self::Overloaded(overloaded),
            HashError::Failed(why) => Self::Unsupported(why),
        }
    }
}

impl Inner {
    async fn load(&self, record: Option<UserRecord>) -> Result<Option<User>, StoreError> {
        let Some(record) = record else { return Ok(None) };
        let identities = self.store.identities(&record.tenant, &record.object_id).await?;
        User::new(record, identities).map(Some)
    }

    async fn load_all(&self, records: Vec<UserRecord>) -> Result<Vec<User>, StoreError> {
        let mut users = Vec::with_capacity(records.len());
        for record in records {
            users.extend(self.load(Some(record)).await?);
        }
        Ok(users)
    }

    /// Checks a chosen password against the block list and hashes it.
    pub(crate) async fn accept(&self, password: &Zeroizing<String>, names: Vec<String>) -> Result<String, UserError> {
        let (list, chosen) = (Arc::clone(&self.block_list), password.clone());
        if self.hasher.run(move || list.bans(&chosen, &names)).await? {
            return Err(UserError::Refused { message: BANNED, attribute: "password".to_owned() });
        }
        Ok(self.hasher.hash(password).await?)
    }

    /// Inserts a user. The store decides atomically whether the names are free.
    pub(crate) async fn create(
        &self,
        tenant: &TenantInfo,
        object_id: Option<String>,
        changes: &Changes,
        password_hash: Option<String>,
        created_by: Option<String>,
        by: &ChangedBy,
    ) -> Result<User, UserError> {
        let object_id = object_id.map_or_else(|| self.random.uuid(), |id| id.to_ascii_lowercase());
        let names = [&changes.email, &changes.user_name].into_iter().flatten().flatten();
        let identities: Vec<IdentityRecord> = names.map(|name| identity(&tenant.id, &object_id, name)).collect();
        let mut body = Body { created_by, password_expires_at: changes.password_expires_at, ..Body::default() };
        body.merge(changes)?;
        let now = self.clock.now();
        let record = UserRecord {
            tenant: tenant.id.clone(),
            object_id,
            body: body.to_json()?,
            password_hash,
            force_change: changes.force_change.unwrap_or(false),
            enabled: changes.enabled.unwrap_or(true),
            // Nothing has to be ended yet, and a node whose clock is behind may issue something to the account at once.
            valid_from: now - MOST_SKEW,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        let user = User { record, identities, body };
        let entry = self.entry_of(&user, "user.create", differences(None, &user), by);
        match self.store.create_user(&user.record, &user.identities, &[entry]).await {
            Ok(()) => Ok(user),
            Err(StoreError::Conflict) => Err(UserError::AlreadyExists),
            Err(error) => Err(error.into()),
        }
    }

    /// Applies changes to a user in one transaction, and retries if others change the user at the same time.
    pub(crate) async fn change(
        &self,
        tenant: &TenantInfo,
        object_id: &str,
        changes: &Changes,
        if_version: Option<i64>,
        by: &ChangedBy,
    ) -> Result<User, UserError> {
        let mut hash = None;
        for _ in 0..RETRIES {
            let record = self.store.user(&tenant.id, object_id).await?;
            let before = self.load(record).await?.ok_or(UserError::NotFound)?;
            if if_version.is_some_and(|wanted| wanted != before.version()) {
                return Err(UserError::Stale { version: before.version() });
            }
            let mut user = before.clone();
            user.apply(changes)?;
            if let Some(password) = &changes.password {
                self.check_differs(&before, password, by).await?;
                if hash.is_none() {
                    hash = Some(self.accept(password, names_in(tenant, changes, Some(&user))).await?);
                }
                user.replace_password(hash.clone(), changes)?;
            }
            match self.write(&before, &mut user, changes, by).await {
                Ok(()) => {}
                Err(StoreError::Conflict) if self.name_is_taken(&user).await? => return Err(UserError::AlreadyExists),
                Err(StoreError::Conflict) => continue,
                Err(error) => return Err(error.into()),
            }
            let record = self.store.user(&tenant.id, object_id).await?;
            return self.load(record).await?.ok_or(UserError::NotFound);
        }
        Err(UserError::Store(StoreError::Conflict))
    }

    /// Writes a changed user, what the change ends, and its audit entries; writes nothing if nothing differs.
    async fn write(&self, before: &User, user: &mut User, changes: &Changes, by: &ChangedBy) -> Result<(), StoreError> {
        let fields = differences(Some(before), user);
        let mut entries = Vec::new();
        if changes.password.is_some() {
            entries.push(self.entry_of(user, "user.setPassword", fields, by));
        } else {
            if !fields.is_empty() {
                entries.push(self.entry_of(user, "user.update", fields, by));
            }
            if changes.ends_sessions() {
                entries.push(self.entry(&user.record.tenant, user.object_id(), "user.revokeSessions", by));
            }
        }
        if user.record == before.record && user.identities == before.identities && entries.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        user.record.updated_at = now;
        let names = (user.identities != before.identities).then_some(user.identities.as_slice());
        let ends = Ends { sessions_at: changes.ends_sessions().then_some(now), lockouts: changes.password.is_some() };
        self.store.update_user(&user.record, names, ends, &entries).await.map(drop)
    }

    /// Returns true if one of the user's names belongs to another user.
    async fn name_is_taken(&self, user: &User) -> Result<bool, StoreError> {
        for name in &user.identities {
            let owner = self.store.user_by_identity(&name.tenant, name.kind, &name.issuer, &name.value_key).await?;
            if owner.is_some_and(|owner| owner.object_id != user.record.object_id) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The words that a password must not consist of: the names of the user and the tenant.
pub(crate) fn names_in(tenant: &TenantInfo, changes: &Changes, user: Option<&User>) -> Vec<String> {
    let new = [&changes.email, &changes.user_name].into_iter().flatten().flatten().map(|name| name.key.as_str());
    let known = user.into_iter().flat_map(|user| user.identities.iter().map(|i| i.value_key.as_str()));
    // Includes the whole address: it is long, and it is the first guess of an attacker who knows nothing else.
    let mut names: Vec<String> = new
        .chain(known)
        .flat_map(|name| [name, name.split('@').next().unwrap_or_default()])
        .map(str::to_owned)
        .collect();
    names.push(tenant.name.clone());
    names.push(tenant.display_name.clone());
    names
}
