//! Acts of staff.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;
use xuanhao_chassis::db::{Error, Traced};
use xuanhao_chassis::ids::StaffId;
use xuanhao_vocabulary::{OfficeId, ProvinceId};

/// An act, written in its own transaction.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) id: Uuid,
    pub(crate) province: ProvinceId,
    pub(crate) office: Option<OfficeId>,
    /// What was done, for example `policy.applied`.
    pub(crate) act: &'static str,
    /// To what.
    pub(crate) subject: String,
    /// Who did it.
    pub(crate) actor: Uuid,
    /// Account it was done for.
    pub(crate) on_behalf_of: Option<Uuid>,
    pub(crate) reason: String,
    /// What changed; nothing personal.
    pub(crate) details: serde_json::Value,
}

/// Adds an entry.
pub(crate) async fn add(
    connection: &mut PgConnection,
    added: &Entry,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.audit_entries.add
        INSERT INTO audit_entries (entry_id, province, office, act, subject, actor, on_behalf_of,
                                   reason, details, occurred_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        added.id,
        added.province.as_str(),
        added.office.as_ref().map(OfficeId::as_str),
        added.act,
        added.subject,
        added.actor,
        added.on_behalf_of,
        added.reason,
        added.details,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.audit_entries.add")
    .await?;
    Ok(())
}

/// Whether a member of staff did something to a subject, or approved it.
pub(crate) async fn has_acted(
    executor: impl PgExecutor<'_>,
    subject: &str,
    staff: StaffId,
) -> Result<bool, Error> {
    Ok(sqlx::query_scalar!(
        r#"-- selection.audit_entries.has_acted
        SELECT EXISTS (SELECT FROM audit_entries
                       WHERE subject = $1 AND (actor = $2 OR approved_by = $2)) AS "acted!""#,
        subject,
        staff.as_uuid(),
    )
    .fetch_one(executor)
    .traced("db.audit_entries.has_acted")
    .await?)
}
