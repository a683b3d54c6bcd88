//! Audit entries.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::StaffId;
use xuanhao_vocabulary::OfficeId;

/// What a member of staff did.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) id: Uuid,
    pub(crate) office: OfficeId,
    pub(crate) acted_at: Timestamp,
    pub(crate) actor: StaffId,
    /// Why, in the actor's words.
    pub(crate) reason: String,
    /// Stable word.
    pub(crate) act: &'static str,
    /// A batch's id or a day.
    pub(crate) subject: String,
    /// Figures of the act.
    pub(crate) detail: String,
}

/// Adds an entry to the transaction of its act.
pub(crate) async fn add(tx: &mut Tx, entry: &Entry) -> Result<(), db::Error> {
    sqlx::query!(
        "-- platepool.audit.add
        INSERT INTO audit_entries (entry_id, province, office, acted_at, actor, reason, act, subject,
                                   detail)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        entry.id,
        entry.office.province().as_str(),
        entry.office.as_str(),
        entry.acted_at.to_sqlx() as _,
        entry.actor.as_uuid(),
        entry.reason,
        entry.act,
        entry.subject,
        entry.detail,
    )
    .execute(&mut **tx)
    .traced("db.audit.add")
    .await?;
    Ok(())
}
