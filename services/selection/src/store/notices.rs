//! Notices by office and version.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;
use xuanhao_chassis::db::{Error, Traced};
use xuanhao_vocabulary::OfficeId;

/// A notice (业务须知).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) version: i32,
    pub(crate) title_zh: String,
    pub(crate) body_zh: String,
    pub(crate) title_en: String,
    pub(crate) body_en: String,
    pub(crate) published_at: Timestamp,
}

/// The notice in force at an office.
pub(crate) async fn find_in_force(
    executor: impl PgExecutor<'_>,
    office: OfficeId,
) -> Result<Option<Notice>, Error> {
    let row = sqlx::query!(
        r#"-- selection.notices.find_in_force
        SELECT version, title_zh, body_zh, title_en, body_en,
               published_at AS "published_at: jiff_sqlx::Timestamp"
        FROM notices WHERE office = $1 ORDER BY version DESC LIMIT 1"#,
        office.as_str(),
    )
    .fetch_optional(executor)
    .traced("db.notices.find_in_force")
    .await?;
    Ok(row.map(|row| Notice {
        version: row.version,
        title_zh: row.title_zh,
        body_zh: row.body_zh,
        title_en: row.title_en,
        body_en: row.body_en,
        published_at: row.published_at.to_jiff(),
    }))
}

/// Adds a version.
pub(crate) async fn add(
    connection: &mut PgConnection,
    office: OfficeId,
    added: &Notice,
    by: Uuid,
    reason: &str,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.notices.add
        INSERT INTO notices (office, version, province, title_zh, body_zh, title_en, body_en,
                             published_at, published_by, reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        office.as_str(),
        added.version,
        office.province().as_str(),
        added.title_zh,
        added.body_zh,
        added.title_en,
        added.body_en,
        added.published_at.to_sqlx() as _,
        by,
        reason,
    )
    .execute(connection)
    .traced("db.notices.add")
    .await?;
    Ok(())
}

/// A version of a notice, for operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) version: i32,
    pub(crate) title_zh: String,
    pub(crate) published_at: Timestamp,
    pub(crate) published_by: Uuid,
    pub(crate) reason: String,
    /// Applications whose citizens agreed to it (R-ENT-04).
    pub(crate) agreements: i64,
}

/// Versions of an office's notice before one of them, newest first.
pub(crate) async fn list_versions(
    executor: impl PgExecutor<'_>,
    office: OfficeId,
    before: Option<i32>,
    limit: i64,
) -> Result<Vec<Version>, Error> {
    let rows = sqlx::query!(
        r#"-- selection.notices.list_versions
        SELECT n.version, n.title_zh, n.published_at AS "published_at: jiff_sqlx::Timestamp",
               n.published_by, n.reason,
               (SELECT count(*) FROM applications a
                WHERE a.office = n.office AND a.notice_version = n.version) AS "agreements!"
        FROM notices n
        WHERE n.office = $1 AND ($2::integer IS NULL OR n.version < $2)
        ORDER BY n.version DESC LIMIT $3"#,
        office.as_str(),
        before,
        limit,
    )
    .fetch_all(executor)
    .traced("db.notices.list_versions")
    .await?;
    let read = rows.into_iter().map(|row| Version {
        version: row.version,
        title_zh: row.title_zh,
        published_at: row.published_at.to_jiff(),
        published_by: row.published_by,
        reason: row.reason,
        agreements: row.agreements,
    });
    Ok(read.collect())
}
