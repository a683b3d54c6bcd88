//! Acts of staff.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::types::Uuid;
use xuanhao_chassis::db::{Error, Traced, Tx};
use xuanhao_chassis::ids::StaffId;
use xuanhao_vocabulary::ProvinceId;

/// An act, written in its own transaction.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) id: Uuid,
    pub(crate) province: ProvinceId,
    /// What was done, for example `template.approved`.
    pub(crate) act: &'static str,
    /// To what.
    pub(crate) subject: String,
    pub(crate) actor: StaffId,
    pub(crate) reason: String,
    /// What changed; nothing personal.
    pub(crate) details: serde_json::Value,
}

/// Adds an entry.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn add(tx: &mut Tx, added: &Entry, now: Timestamp) -> Result<(), Error> {
    sqlx::query!(
        "-- notification.audit.add
        INSERT INTO audit_entries
            (entry_id, province, act, subject, actor, reason, details, occurred_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        added.id,
        added.province.as_str(),
        added.act,
        added.subject,
        added.actor.as_uuid(),
        added.reason,
        added.details,
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.audit.add")
    .await?;
    Ok(())
}
