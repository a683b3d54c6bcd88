//! Service points: where people are enrolled.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_vocabulary::{OfficeId, ProvinceId};

use super::known;
use crate::domain::enrolment::ServicePointKind;
use crate::domain::ids::ServicePointId;

/// Constraint: the office has an open service point of this name.
pub(crate) const NAME_KEY: &str = "service_points_open_key";

/// A service point as stored.
#[derive(Debug, Clone)]
pub(crate) struct ServicePoint {
    /// Its id.
    pub(crate) service_point_id: ServicePointId,
    /// Office it belongs to.
    pub(crate) office: OfficeId,
    /// What it is.
    pub(crate) kind: ServicePointKind,
    /// What people call it.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) address: String,
    /// Nothing is enrolled there any more.
    pub(crate) closed_at: Option<Timestamp>,
}

struct Row {
    service_point_id: ServicePointId,
    office: String,
    kind: String,
    name: String,
    address: String,
    closed_at: Option<jiff_sqlx::Timestamp>,
}

impl TryFrom<Row> for ServicePoint {
    type Error = db::Error;

    fn try_from(row: Row) -> Result<Self, db::Error> {
        Ok(Self {
            service_point_id: row.service_point_id,
            office: known("office", OfficeId::parse(&row.office).ok())?,
            kind: known("service point kind", ServicePointKind::from_word(&row.kind))?,
            name: row.name,
            address: row.address,
            closed_at: row.closed_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
    }
}

/// Adds one.
///
/// # Errors
/// [`NAME_KEY`] among them.
pub(crate) async fn add(
    tx: &mut Tx,
    point: &ServicePoint,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.service_point.add
        INSERT INTO service_points
            (service_point_id, province, office, kind, name, address, added_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)",
        point.service_point_id.as_uuid(),
        point.office.province().as_str(),
        point.office.as_str(),
        point.kind.as_str(),
        point.name,
        point.address,
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.service_point.add")
    .await?;
    Ok(())
}

/// One by id, open or closed.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn lookup(
    pool: &PgPool,
    id: ServicePointId,
) -> Result<Option<ServicePoint>, db::Error> {
    sqlx::query_as!(
        Row,
        r#"-- identity.service_point.lookup
        SELECT service_point_id AS "service_point_id: ServicePointId", office, kind, name, address,
               closed_at AS "closed_at: jiff_sqlx::Timestamp"
        FROM service_points WHERE service_point_id = $1"#,
        id.as_uuid(),
    )
    .fetch_optional(pool)
    .traced("db.service_point.lookup")
    .await?
    .map(ServicePoint::try_from)
    .transpose()
}

/// Whether one is open, and keeps it so for the rest of the transaction.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn lock_open(tx: &mut Tx, id: ServicePointId) -> Result<bool, db::Error> {
    let found = sqlx::query_scalar!(
        "-- identity.service_point.lock_open
        SELECT office FROM service_points
        WHERE service_point_id = $1 AND closed_at IS NULL FOR SHARE",
        id.as_uuid(),
    )
    .fetch_optional(&mut **tx)
    .traced("db.service_point.lock_open")
    .await?;
    Ok(found.is_some())
}

/// Closes one; whether it was open.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_closed(
    tx: &mut Tx,
    id: ServicePointId,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let updated = sqlx::query!(
        "-- identity.service_point.mark_closed
        UPDATE service_points SET closed_at = $2
        WHERE service_point_id = $1 AND closed_at IS NULL",
        id.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.service_point.mark_closed")
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Open ones of a province or of one office, by office and name.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list_open(
    pool: &PgPool,
    province: ProvinceId,
    office: Option<OfficeId>,
) -> Result<Vec<ServicePoint>, db::Error> {
    sqlx::query_as!(
        Row,
        r#"-- identity.service_point.list_open
        SELECT service_point_id AS "service_point_id: ServicePointId", office, kind, name, address,
               closed_at AS "closed_at: jiff_sqlx::Timestamp"
        FROM service_points
        WHERE province = $1 AND ($2::text IS NULL OR office = $2) AND closed_at IS NULL
        ORDER BY office, name"#,
        province.as_str(),
        office.map(|office| office.to_string()),
    )
    .fetch_all(pool)
    .traced("db.service_point.list_open")
    .await?
    .into_iter()
    .map(ServicePoint::try_from)
    .collect()
}
