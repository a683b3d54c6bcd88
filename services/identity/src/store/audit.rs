//! Audit entries.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::{AccountId, StaffId};

use crate::domain::staff::Scope;

/// What a member of staff did.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Its id.
    pub(crate) entry_id: Uuid,
    /// Where it counts.
    pub(crate) scope: Scope,
    /// When.
    pub(crate) acted_at: Timestamp,
    /// Who; none for the operator at the server.
    pub(crate) actor: Option<StaffId>,
    /// Why, in the actor's words.
    pub(crate) reason: String,
    /// Stable word.
    pub(crate) act: &'static str,
    /// Whom or what it was about: a member of staff, an account, a document, a service point.
    pub(crate) subject: Uuid,
    /// Account for whose holder it was done.
    pub(crate) on_behalf_of: Option<AccountId>,
    /// Role, kind or outcome; never personal data.
    pub(crate) detail: String,
}

/// Adds an entry to the transaction of its act.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn add(tx: &mut Tx, entry: &Entry) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.audit.add
        INSERT INTO audit_entries
            (entry_id, province, office, acted_at, actor, reason, act, subject, detail, on_behalf_of)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        entry.entry_id,
        entry.scope.province.as_str(),
        entry.scope.office.map(|office| office.to_string()),
        entry.acted_at.to_sqlx() as _,
        entry.actor.map(StaffId::as_uuid),
        entry.reason,
        entry.act,
        entry.subject,
        entry.detail,
        entry.on_behalf_of.map(AccountId::as_uuid),
    )
    .execute(&mut **tx)
    .traced("db.audit.add")
    .await?;
    Ok(())
}
