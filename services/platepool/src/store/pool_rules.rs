//! Documents of pool rules, by version.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::StaffId;
use xuanhao_vocabulary::OfficeId;

use crate::domain::pool_rules::PoolRules;

/// A document of an office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Versioned {
    pub(crate) version: i32,
    pub(crate) rules: PoolRules,
    /// As applied.
    pub(crate) yaml: String,
    pub(crate) applied_at: Timestamp,
}

/// The document in force at an office, if it has one.
pub(crate) async fn in_force(
    executor: impl PgExecutor<'_>,
    office: OfficeId,
) -> Result<Option<Versioned>, db::Error> {
    let row = sqlx::query!(
        r#"-- platepool.pool_rules.lookup
        SELECT version, yaml, applied_at AS "applied_at: jiff_sqlx::Timestamp"
        FROM pool_rules WHERE office = $1 ORDER BY version DESC LIMIT 1"#,
        office.as_str(),
    )
    .fetch_optional(executor)
    .traced("db.pool_rules.lookup")
    .await?;
    row.map(|row| {
        let rules = PoolRules::from_yaml(&row.yaml)
            .map_err(|source| db::Error::corrupt("pool rules", source))?;
        Ok(Versioned {
            version: row.version,
            rules,
            yaml: row.yaml,
            applied_at: row.applied_at.to_jiff(),
        })
    })
    .transpose()
}

/// Adds a version.
pub(crate) async fn add(
    tx: &mut Tx,
    office: OfficeId,
    document: &Versioned,
    by: StaffId,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- platepool.pool_rules.add
        INSERT INTO pool_rules (office, version, province, yaml, applied_at, applied_by)
        VALUES ($1, $2, $3, $4, $5, $6)",
        office.as_str(),
        document.version,
        office.province().as_str(),
        document.yaml,
        document.applied_at.to_sqlx() as _,
        by.as_uuid(),
    )
    .execute(&mut **tx)
    .traced("db.pool_rules.add")
    .await?;
    Ok(())
}
