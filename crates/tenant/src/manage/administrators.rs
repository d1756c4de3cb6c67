//! Administrators: people with a role, and the links that invite them.
//!
//! A role is a row of its own, which no claim, attribute, import or flow can write.

use super::{AdminTenant, Manage};
use crate::accounts::{Accounts, NewUser, TemporaryPassword, User, UserError};
use serde_json::json;
use std::collections::BTreeMap;
use vestibule_journey::{Attributes, Value};
use vestibule_protocol::digest::{constant_time_eq, sha256_base64url};
use vestibule_store::{AdministratorRecord, AuditRecord, InvitationRecord, StoreError};

/// Fewest characters of an administrator's password, as long as there is no second factor.
pub const SHORTEST_PASSWORD: usize = 15;
/// For how long an invitation is good, milliseconds.
const INVITATION: i64 = 15 * 60 * 1000;

/// The object id of the demo's administrator.
const DEMO: &str = "d3a0add1-0000-4000-8000-000000000001";

/// The right of an administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads everything that is not secret.
    Reader,
    /// Reads and changes everything.
    Administrator,
}

impl Role {
    /// The word that the store, commands and the portal use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Administrator => "administrator",
        }
    }

    /// The role of this word, in any letter case.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Reader, Self::Administrator].into_iter().find(|role| role.as_str().eq_ignore_ascii_case(word))
    }
}

/// A role, and where it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// The tenant's GUID; none: all tenants and the installation.
    pub tenant: Option<String>,
    /// The role there.
    pub role: Role,
}

impl Right {
    fn from_record(record: &AdministratorRecord) -> Option<Self> {
        let tenant = Some(record.tenant.clone()).filter(|tenant| !tenant.is_empty());
        Some(Self { tenant, role: Role::parse(&record.role)? })
    }
}

/// A person who may use the portal.
#[derive(Clone, Debug)]
pub struct Administrator {
    /// The account in the administrators' tenant.
    pub user: User,
    /// The person's rights; at least one.
    pub rights: Vec<Right>,
}

/// A link that makes one person an administrator. The secret is returned once and kept nowhere.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// 256 random bits, base64url.
    pub secret: String,
    /// When it ends, milliseconds since the epoch.
    pub expires_at: i64,
}

/// The account that an invitation makes.
#[derive(Clone, Debug)]
pub struct NewAdministrator {
    /// The address to sign in with.
    pub email: String,
    /// Name for people.
    pub name: String,
    /// The password, at least [`SHORTEST_PASSWORD`] characters.
    pub password: String,
}

/// Why an account was not made.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The invitation was used, has ended, or belongs to another browser.
    #[error("the invitation was used before, or has ended")]
    Ended,
    /// The password is too short.
    #[error("the password must have at least {SHORTEST_PASSWORD} characters")]
    Short,
    /// A value cannot be taken.
    #[error(transparent)]
    User(#[from] UserError),
}

impl From<StoreError> for AcceptError {
    fn from(error: StoreError) -> Self {
        Self::User(error.into())
    }
}

/// Management of administrators.
#[derive(Clone, Copy, Debug)]
pub struct Administrators<'m> {
    manage: &'m Manage,
    accounts: &'m Accounts,
    tenant: &'m AdminTenant,
}

impl Manage {
    /// Management of administrators, whose accounts are in `tenant`.
    #[must_use]
    pub fn administrators<'m>(&'m self, accounts: &'m Accounts, tenant: &'m AdminTenant) -> Administrators<'m> {
        Administrators { manage: self, accounts, tenant }
    }
}

impl Administrators<'_> {
    /// Returns true if somebody is administrator of all tenants.
    ///
    /// # Errors
    /// As the store.
    pub async fn any(&self) -> Result<bool, StoreError> {
        let is_one = |right: &Right| right.tenant.is_none() && right.role == Role::Administrator;
        Ok(self.list().await?.iter().any(|one| one.rights.iter().any(is_one)))
    }

    /// Every administrator, by name.
    ///
    /// # Errors
    /// As the store.
    pub async fn list(&self) -> Result<Vec<Administrator>, StoreError> {
        let mut rights: BTreeMap<String, Vec<Right>> = BTreeMap::new();
        for record in self.manage.store.administrators().await? {
            rights.entry(record.object_id.clone()).or_default().extend(Right::from_record(&record));
        }
        let mut found = Vec::new();
        for (object_id, rights) in rights {
            if let Some(user) = self.accounts.user(&self.tenant.info.id, &object_id).await? {
                found.push(Administrator { user, rights });
            }
        }
        found.sort_by_key(|one| one.user.display_name().map(|name| name.to_lowercase()));
        Ok(found)
    }

    /// The administrator of this object id, unless the account is disabled or has no right.
    ///
    /// # Errors
    /// As the store.
    pub async fn get(&self, object_id: &str) -> Result<Option<Administrator>, StoreError> {
        let records = self.manage.store.administrator(object_id).await?;
        let rights: Vec<Right> = records.iter().filter_map(Right::from_record).collect();
        let user = self.accounts.user(&self.tenant.info.id, object_id).await?.filter(User::enabled);
        Ok(user.filter(|_| !rights.is_empty()).map(|user| Administrator { user, rights }))
    }

    /// Make a link that gives `right` to the first person who accepts it.
    ///
    /// # Errors
    /// As the store.
    pub async fn invite(&self, right: &Right) -> Result<Invitation, StoreError> {
        let secret = self.manage.random.token();
        let expires_at = self.manage.clock.now() + INVITATION;
        let invitation = InvitationRecord {
            id_hash: sha256_base64url(secret.as_bytes()),
            tenant: right.tenant.clone().unwrap_or_default(),
            role: right.role.as_str().to_owned(),
            browser_hash: None,
            expires_at,
        };
        self.manage.store.add_invitation(&invitation, &self.entry("administrator.invite", None, right)).await?;
        Ok(Invitation { secret, expires_at })
    }

    /// Returns true if the invitation can be claimed, or was by the browser with this secret.
    ///
    /// # Errors
    /// As the store.
    pub async fn is_open(&self, secret: &str, browser: Option<&str>) -> Result<bool, StoreError> {
        let Some(invitation) = self.invitation(secret).await? else { return Ok(false) };
        Ok(invitation.browser_hash.is_none() || browser.is_some_and(|browser| is_claimed_by(&invitation, browser)))
    }

    /// Returns true if the browser with this secret claimed the invitation.
    ///
    /// # Errors
    /// As the store.
    pub async fn is_claimed_by(&self, secret: &str, browser: &str) -> Result<bool, StoreError> {
        let invitation = self.invitation(secret).await?;
        Ok(invitation.is_some_and(|invitation| is_claimed_by(&invitation, browser)))
    }

    /// Bind the invitation to one browser. Returns the browser's secret; none if another was first, or it has ended.
    ///
    /// # Errors
    /// As the store.
    pub async fn claim(&self, secret: &str) -> Result<Option<String>, StoreError> {
        let (id, browser) = (sha256_base64url(secret.as_bytes()), self.manage.random.token());
        let hash = sha256_base64url(browser.as_bytes());
        let claimed = self.manage.store.claim_invitation(&id, &hash, self.manage.clock.now()).await?;
        Ok(claimed.then_some(browser))
    }

    /// Make the account of an invitation that this browser claimed.
    ///
    /// # Errors
    /// [`AcceptError`]; after [`AcceptError::Short`] and most of [`AcceptError::User`] the invitation is still good.
    pub async fn accept(&self, secret: &str, browser: &str, new: &NewAdministrator) -> Result<User, AcceptError> {
        let invitation = self.invitation(secret).await?.ok_or(AcceptError::Ended)?;
        if !is_claimed_by(&invitation, browser) {
            return Err(AcceptError::Ended);
        }
        let user = self.make_account(None, new).await?;
        let role = Role::parse(&invitation.role).unwrap_or(Role::Reader);
        let right = Right { tenant: Some(invitation.tenant.clone()).filter(|t| !t.is_empty()), role };
        let entry = self.entry("administrator.add", Some(user.object_id()), &right);
        let now = self.manage.clock.now();
        if self.manage.store.accept_invitation(&invitation, user.object_id(), now, &entry).await? {
            return Ok(user);
        }
        self.manage.users(self.accounts).delete(&self.tenant.info.id, user.object_id()).await?;
        Err(AcceptError::Ended)
    }

    /// Make an administrator without an invitation.
    ///
    /// # Errors
    /// [`AcceptError::Short`], [`AcceptError::User`].
    pub async fn create(&self, new: &NewAdministrator, right: &Right) -> Result<User, AcceptError> {
        self.create_as(None, new, right).await
    }

    /// Make the demo's administrator, whose password everybody knows; [`Administrators::remove_demo`] finds it again.
    ///
    /// # Errors
    /// [`AcceptError::User`]
    pub async fn create_demo(&self, new: &NewAdministrator, right: &Right) -> Result<User, AcceptError> {
        self.create_as(Some(DEMO), new, right).await
    }

    /// Remove the demo's administrator, if there is one, even as the last.
    ///
    /// # Errors
    /// As the store.
    pub async fn remove_demo(&self) -> Result<(), UserError> {
        if self.accounts.user(&self.tenant.info.id, DEMO).await?.is_none() {
            return Ok(());
        }
        self.manage.store.remove_administrator(DEMO, true, &self.removal(DEMO)).await?;
        self.manage.users(self.accounts).delete(&self.tenant.info.id, DEMO).await
    }

    async fn create_as(&self, id: Option<&str>, new: &NewAdministrator, right: &Right) -> Result<User, AcceptError> {
        let user = self.make_account(id, new).await?;
        self.give(user.object_id(), right).await?;
        Ok(user)
    }

    /// Change the role of a right that the person has; open invitations end. Returns false if the person has no such
    /// right, or that would leave no administrator of all tenants.
    ///
    /// # Errors
    /// As the store.
    pub async fn change_role(&self, object_id: &str, right: &Right) -> Result<bool, StoreError> {
        let entry = self.entry("administrator.change", Some(object_id), right);
        self.manage.store.change_administrator(&self.record(object_id, right), &entry).await
    }

    async fn give(&self, object_id: &str, right: &Right) -> Result<(), StoreError> {
        let entry = self.entry("administrator.add", Some(object_id), right);
        self.manage.store.add_administrator(&self.record(object_id, right), &entry).await
    }

    fn record(&self, object_id: &str, right: &Right) -> AdministratorRecord {
        AdministratorRecord {
            object_id: object_id.to_owned(),
            tenant: right.tenant.clone().unwrap_or_default(),
            role: right.role.as_str().to_owned(),
            created_at: self.manage.clock.now(),
        }
    }

    /// Take every right of a person, with the account and its sessions. Returns false if that would leave no
    /// administrator of all tenants.
    ///
    /// # Errors
    /// [`UserError::NotFound`] if there is no such account; or as the store.
    pub async fn remove(&self, object_id: &str) -> Result<bool, UserError> {
        if !self.manage.store.remove_administrator(object_id, false, &self.removal(object_id)).await? {
            return Ok(false);
        }
        self.manage.users(self.accounts).delete(&self.tenant.info.id, object_id).await?;
        Ok(true)
    }

    /// Give an administrator a generated password that expires and must be changed at the next sign-in.
    ///
    /// # Errors
    /// As [`super::Users::give_temporary_password`].
    pub async fn new_password(&self, object_id: &str) -> Result<TemporaryPassword, UserError> {
        self.manage.users(self.accounts).give_temporary_password(&self.tenant.info, object_id).await
    }

    fn removal(&self, object_id: &str) -> AuditRecord {
        let event = self.manage.event(&self.tenant.info.id, "administrator.remove", None, json!({}));
        AuditRecord { object_id: Some(object_id.to_owned()), ..event }
    }

    async fn make_account(&self, id: Option<&str>, new: &NewAdministrator) -> Result<User, AcceptError> {
        if new.password.chars().count() < SHORTEST_PASSWORD {
            return Err(AcceptError::Short);
        }
        let name = if new.name.trim().is_empty() { &new.email } else { &new.name };
        let attributes = Attributes::from([
            ("signInNames.emailAddress".to_owned(), Value::Text(new.email.trim().to_owned())),
            ("displayName".to_owned(), Value::Text(name.trim().to_owned())),
            ("password".to_owned(), Value::Text(new.password.clone())),
        ]);
        let user = NewUser { object_id: id.map(str::to_owned), attributes, allow_banned_password: false };
        Ok(self.manage.users(self.accounts).create(&self.tenant.info, user).await?)
    }

    async fn invitation(&self, secret: &str) -> Result<Option<InvitationRecord>, StoreError> {
        self.manage.store.invitation(&sha256_base64url(secret.as_bytes()), self.manage.clock.now()).await
    }

    fn entry(&self, event: &str, object_id: Option<&str>, right: &Right) -> AuditRecord {
        let detail = json!({ "tenant": right.tenant, "role": right.role.as_str() });
        let entry = self.manage.event(&self.tenant.info.id, event, None, detail);
        AuditRecord { object_id: object_id.map(str::to_owned), ..entry }
    }
}

/// Returns true if the browser with this secret claimed the invitation.
fn is_claimed_by(invitation: &InvitationRecord, browser: &str) -> bool {
    let hash = sha256_base64url(browser.as_bytes());
    invitation.browser_hash.as_deref().is_some_and(|claimed| constant_time_eq(claimed, &hash))
}
