//! Administrators of the portal: their roles, and the links that invite them.

use super::conn::Conn;
use super::error::Result;
use super::sql::{record, sql};
use super::{AuditRecord, Store, audit};

/// A right of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdministratorRecord {
    /// The person's object id in the administrators' tenant.
    pub object_id: String,
    /// The GUID of the tenant that the right is for; empty: all tenants.
    pub tenant: String,
    /// The role: `administrator` or `reader`.
    pub role: String,
    /// When it was given, milliseconds.
    pub created_at: i64,
}
record!(AdministratorRecord { object_id, tenant, role, created_at });

/// A link that makes one person an administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationRecord {
    /// SHA-256 of the link's secret.
    pub id_hash: String,
    /// As [`AdministratorRecord::tenant`].
    pub tenant: String,
    /// The role that it gives.
    pub role: String,
    /// SHA-256 of the cookie of the browser that claimed it; none: nobody has yet.
    pub browser_hash: Option<String>,
    /// When it ends, milliseconds.
    pub expires_at: i64,
}
record!(InvitationRecord { id_hash, tenant, role, browser_hash, expires_at });

impl Store {
    /// The rights of one person.
    pub async fn administrator(&self, object_id: &str) -> Result<Vec<AdministratorRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT object_id, tenant, role, created_at FROM administrators WHERE object_id = $1 ORDER BY tenant")
            .bind(object_id)
            .all(&mut conn)
            .await
    }

    /// Every right, in the order of object ids.
    pub async fn administrators(&self) -> Result<Vec<AdministratorRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT object_id, tenant, role, created_at FROM administrators ORDER BY object_id, tenant")
            .all(&mut conn)
            .await
    }

    /// Give a right that the person does not have yet.
    pub async fn add_administrator(&self, right: &AdministratorRecord, entry: &AuditRecord) -> Result<()> {
        let mut tx = self.write().await?;
        sql("INSERT INTO administrators (object_id, tenant, role, created_at) VALUES ($1, $2, $3, $4)")
            .bind(&right.object_id)
            .bind(&right.tenant)
            .bind(&right.role)
            .bind(right.created_at)
            .run(&mut tx)
            .await?;
        audit::insert(&mut tx, std::slice::from_ref(entry)).await?;
        tx.commit().await
    }

    /// Change the role of a right; open invitations end. Returns false, and changes nothing, if there is no such right,
    /// or nobody would be left who is administrator of all tenants. `entry` is of the administrators' tenant.
    pub async fn change_administrator(&self, right: &AdministratorRecord, entry: &AuditRecord) -> Result<bool> {
        let mut tx = self.write().await?;
        lock(&mut tx).await?;
        let changed = sql("UPDATE administrators SET role = $3 WHERE object_id = $1 AND tenant = $2")
            .bind(&right.object_id)
            .bind(&right.tenant)
            .bind(&right.role)
            .run(&mut tx)
            .await?;
        if changed == 0 || !is_one_left(&mut tx, &entry.tenant).await? {
            return Ok(false);
        }
        end_invitations(&mut tx).await?;
        audit::insert(&mut tx, std::slice::from_ref(entry)).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Take every right of a person, with the sessions in the portal; open invitations end. Returns false, and changes
    /// nothing, if nobody would be left who is administrator of all tenants, unless `even_the_last`. `entry` is of the
    /// administrators' tenant.
    pub async fn remove_administrator(
        &self,
        object_id: &str,
        even_the_last: bool,
        entry: &AuditRecord,
    ) -> Result<bool> {
        let mut tx = self.write().await?;
        lock(&mut tx).await?;
        sql("DELETE FROM administrators WHERE object_id = $1").bind(object_id).run(&mut tx).await?;
        if !even_the_last && !is_one_left(&mut tx, &entry.tenant).await? {
            return Ok(false);
        }
        end_invitations(&mut tx).await?;
        sql("DELETE FROM portal_sessions WHERE object_id = $1").bind(object_id).run(&mut tx).await?;
        audit::insert(&mut tx, std::slice::from_ref(entry)).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Keep an invitation.
    pub async fn add_invitation(&self, invitation: &InvitationRecord, entry: &AuditRecord) -> Result<()> {
        let mut tx = self.write().await?;
        sql("INSERT INTO invitations (id_hash, tenant, role, browser_hash, expires_at) VALUES ($1, $2, $3, $4, $5)")
            .bind(&invitation.id_hash)
            .bind(&invitation.tenant)
            .bind(&invitation.role)
            .bind(&invitation.browser_hash)
            .bind(invitation.expires_at)
            .run(&mut tx)
            .await?;
        audit::insert(&mut tx, std::slice::from_ref(entry)).await?;
        tx.commit().await
    }

    /// The invitation, if it has not ended.
    pub async fn invitation(&self, id_hash: &str, now: i64) -> Result<Option<InvitationRecord>> {
        let mut conn = self.read().await?;
        sql("SELECT id_hash, tenant, role, browser_hash, expires_at FROM invitations
             WHERE id_hash = $1 AND expires_at > $2")
        .bind(id_hash)
        .bind(now)
        .one(&mut conn)
        .await
    }

    /// Bind the invitation to a browser. Returns false if another browser was first, or it has ended.
    pub async fn claim_invitation(&self, id_hash: &str, browser_hash: &str, now: i64) -> Result<bool> {
        let mut tx = self.write().await?;
        let claimed = sql("UPDATE invitations SET browser_hash = $2
             WHERE id_hash = $1 AND browser_hash IS NULL AND expires_at > $3")
        .bind(id_hash)
        .bind(browser_hash)
        .bind(now)
        .run(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(claimed > 0)
    }

    /// Use up the invitation that this browser claimed, and give its right to `object_id`; with the first administrator
    /// every other link ends. Returns false, and changes nothing, if it was used or has ended.
    pub async fn accept_invitation(
        &self,
        invitation: &InvitationRecord,
        object_id: &str,
        now: i64,
        entry: &AuditRecord,
    ) -> Result<bool> {
        let mut tx = self.write().await?;
        let used = sql("DELETE FROM invitations WHERE id_hash = $1 AND browser_hash = $2 AND expires_at > $3")
            .bind(&invitation.id_hash)
            .bind(&invitation.browser_hash)
            .bind(now)
            .run(&mut tx)
            .await?;
        if used == 0 {
            return Ok(false);
        }
        let others: Option<i64> = sql("SELECT COUNT(*) FROM administrators").one(&mut tx).await?;
        if others == Some(0) {
            end_invitations(&mut tx).await?;
        }
        sql("INSERT INTO administrators (object_id, tenant, role, created_at) VALUES ($1, $2, $3, $4)")
            .bind(object_id)
            .bind(&invitation.tenant)
            .bind(&invitation.role)
            .bind(now)
            .run(&mut tx)
            .await?;
        audit::insert(&mut tx, std::slice::from_ref(entry)).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Of two removals at once, the second sees the first: the rows are locked before they are counted.
async fn lock(conn: &mut Conn<'_>) -> Result<()> {
    sql("UPDATE administrators SET created_at = created_at WHERE tenant = $1").bind("").run(conn).await.map(drop)
}

/// A link that a person made must not outlive the person's right.
async fn end_invitations(conn: &mut Conn<'_>) -> Result<()> {
    sql("DELETE FROM invitations").run(conn).await.map(drop)
}

/// Returns true if somebody with an account in the administrators' tenant is administrator of all tenants.
async fn is_one_left(conn: &mut Conn<'_>, accounts: &str) -> Result<bool> {
    let left: Option<i64> = sql("SELECT COUNT(*) FROM administrators WHERE tenant = $2 AND role = $3 AND EXISTS
           (SELECT 1 FROM users WHERE users.tenant = $1 AND users.object_id = administrators.object_id)")
    .bind(accounts)
    .bind("")
    .bind("administrator")
    .one(conn)
    .await?;
    Ok(left.unwrap_or(0) > 0)
}
