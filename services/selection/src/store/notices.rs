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
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.notices.add
        INSERT INTO notices (office, version, province, title_zh, body_zh, title_en, body_en,
                             published_at, published_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        office.as_str(),
        added.version,
        office.province().as_str(),
        added.title_zh,
        added.body_zh,
        added.title_en,
        added.body_en,
        added.published_at.to_sqlx() as _,
        by,
    )
    .execute(connection)
    .traced("db.notices.add")
    .await?;
    Ok(())
}
