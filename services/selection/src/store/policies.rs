//! Policies by office and version.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;
use xuanhao_chassis::db::{Error, Traced};
use xuanhao_vocabulary::OfficeId;

use super::{json, to_json};
use crate::domain::policy::Policy;

/// A policy with its version.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Versioned {
    pub(crate) version: i32,
    pub(crate) policy: Policy,
    /// The document as applied.
    pub(crate) yaml: String,
    pub(crate) applied_at: Timestamp,
}

struct Row {
    version: i32,
    document: serde_json::Value,
    yaml: String,
    applied_at: jiff_sqlx::Timestamp,
}

impl TryFrom<Row> for Versioned {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            version: row.version,
            policy: json("policies.document", row.document)?,
            yaml: row.yaml,
            applied_at: row.applied_at.to_jiff(),
        })
    }
}

/// The policy in force at an office.
pub(crate) async fn find_in_force(
    executor: impl PgExecutor<'_>,
    office: OfficeId,
) -> Result<Option<Versioned>, Error> {
    sqlx::query_as!(
        Row,
        r#"-- selection.policies.find_in_force
        SELECT version, document, yaml, applied_at AS "applied_at: jiff_sqlx::Timestamp"
        FROM policies WHERE office = $1 ORDER BY version DESC LIMIT 1"#,
        office.as_str(),
    )
    .fetch_optional(executor)
    .traced("db.policies.find_in_force")
    .await?
    .map(Versioned::try_from)
    .transpose()
}

/// One version.
pub(crate) async fn lookup(
    executor: impl PgExecutor<'_>,
    office: OfficeId,
    version: i32,
) -> Result<Option<Versioned>, Error> {
    sqlx::query_as!(
        Row,
        r#"-- selection.policies.lookup
        SELECT version, document, yaml, applied_at AS "applied_at: jiff_sqlx::Timestamp"
        FROM policies WHERE office = $1 AND version = $2"#,
        office.as_str(),
        version,
    )
    .fetch_optional(executor)
    .traced("db.policies.lookup")
    .await?
    .map(Versioned::try_from)
    .transpose()
}

/// Who applied a version, when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Applied {
    pub(crate) version: i32,
    pub(crate) name: String,
    pub(crate) applied_at: Timestamp,
    pub(crate) applied_by: Uuid,
    pub(crate) reason: String,
}

/// Versions of an office below a version, newest first.
pub(crate) async fn list(
    executor: impl PgExecutor<'_>,
    office: OfficeId,
    below: Option<i32>,
    limit: i64,
) -> Result<Vec<Applied>, Error> {
    let rows = sqlx::query!(
        r#"-- selection.policies.list
        SELECT version, name, applied_at AS "applied_at: jiff_sqlx::Timestamp", applied_by, reason
        FROM policies
        WHERE office = $1 AND ($2::integer IS NULL OR version < $2)
        ORDER BY version DESC LIMIT $3"#,
        office.as_str(),
        below,
        limit,
    )
    .fetch_all(executor)
    .traced("db.policies.list")
    .await?;
    let rows = rows.into_iter().map(|row| Applied {
        version: row.version,
        name: row.name,
        applied_at: row.applied_at.to_jiff(),
        applied_by: row.applied_by,
        reason: row.reason,
    });
    Ok(rows.collect())
}

/// Adds a version.
pub(crate) async fn add(
    connection: &mut PgConnection,
    office: OfficeId,
    added: &Versioned,
    by: Uuid,
    reason: &str,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.policies.add
        INSERT INTO policies (office, version, province, name, yaml, document, applied_at, applied_by,
                              reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        office.as_str(),
        added.version,
        office.province().as_str(),
        added.policy.name,
        added.yaml,
        to_json("policies.document", &added.policy)?,
        added.applied_at.to_sqlx() as _,
        by,
        reason,
    )
    .execute(connection)
    .traced("db.policies.add")
    .await?;
    Ok(())
}
