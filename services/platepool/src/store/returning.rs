//! Orders to send numbers back.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::{AllocationId, ApplicationId};
use xuanhao_vocabulary::{OfficeId, PlateKey};

use super::plate;

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) allocation: AllocationId,
    pub(crate) office: OfficeId,
    pub(crate) application: ApplicationId,
    pub(crate) plate: PlateKey,
    pub(crate) reason: String,
    pub(crate) available_at: Timestamp,
    pub(crate) random_only_until: Timestamp,
    pub(crate) ordered_at: Timestamp,
    pub(crate) is_done: bool,
}

struct Row {
    allocation_id: Uuid,
    office: String,
    application: Uuid,
    plate: i64,
    reason: String,
    available_at: jiff_sqlx::Timestamp,
    random_only_until: jiff_sqlx::Timestamp,
    ordered_at: jiff_sqlx::Timestamp,
    is_done: bool,
}

impl Row {
    fn read(self) -> Result<Order, db::Error> {
        Ok(Order {
            allocation: AllocationId::from_uuid(self.allocation_id),
            office: OfficeId::parse(&self.office)
                .map_err(|source| db::Error::corrupt("office", source))?,
            application: ApplicationId::from_uuid(self.application),
            plate: plate(self.plate)?,
            reason: self.reason,
            available_at: self.available_at.to_jiff(),
            random_only_until: self.random_only_until.to_jiff(),
            ordered_at: self.ordered_at.to_jiff(),
            is_done: self.is_done,
        })
    }
}

/// Adds an order.
pub(crate) async fn add(tx: &mut Tx, order: &Order) -> Result<(), db::Error> {
    sqlx::query!(
        "-- platepool.return_order.add
        INSERT INTO return_orders (allocation_id, province, office, application, plate, reason,
                                   available_at, random_only_until, ordered_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        order.allocation.as_uuid(),
        order.office.province().as_str(),
        order.office.as_str(),
        order.application.as_uuid(),
        order.plate.get(),
        order.reason,
        order.available_at.to_sqlx() as _,
        order.random_only_until.to_sqlx() as _,
        order.ordered_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.return_order.add")
    .await?;
    Ok(())
}

/// The application's latest order.
pub(crate) async fn of_application(
    connection: &mut PgConnection,
    application: ApplicationId,
) -> Result<Option<Order>, db::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"-- platepool.return_order.lookup
        SELECT allocation_id, office, application, plate, reason, available_at AS "available_at: _",
               random_only_until AS "random_only_until: _", ordered_at AS "ordered_at: _",
               done_at IS NOT NULL AS "is_done!"
        FROM return_orders WHERE application = $1 ORDER BY ordered_at DESC LIMIT 1"#,
        application.as_uuid(),
    )
    .fetch_optional(connection)
    .traced("db.return_order.lookup")
    .await?;
    row.map(Row::read).transpose()
}

/// The order under which a number is sent back now.
pub(crate) async fn of_plate(
    pool: &PgPool,
    office: OfficeId,
    plate: PlateKey,
) -> Result<Option<Order>, db::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"-- platepool.return_order.lookup_by_plate
        SELECT allocation_id, office, application, plate, reason, available_at AS "available_at: _",
               random_only_until AS "random_only_until: _", ordered_at AS "ordered_at: _",
               done_at IS NOT NULL AS "is_done!"
        FROM return_orders
        WHERE office = $1 AND plate = $2 AND done_at IS NULL ORDER BY ordered_at DESC LIMIT 1"#,
        office.as_str(),
        plate.get(),
    )
    .fetch_optional(pool)
    .traced("db.return_order.lookup_by_plate")
    .await?;
    row.map(Row::read).transpose()
}

/// Orders that were not carried out, the oldest first.
pub(crate) async fn open(pool: &PgPool, limit: i64) -> Result<Vec<Order>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"-- platepool.return_order.list_open
        SELECT allocation_id, office, application, plate, reason, available_at AS "available_at: _",
               random_only_until AS "random_only_until: _", ordered_at AS "ordered_at: _",
               done_at IS NOT NULL AS "is_done!"
        FROM return_orders WHERE done_at IS NULL ORDER BY ordered_at LIMIT $1"#,
        limit,
    )
    .fetch_all(pool)
    .traced("db.return_order.list_open")
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Notes that an order was carried out, or is void.
pub(crate) async fn done(
    tx: &mut Tx,
    allocation: AllocationId,
    at: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- platepool.return_order.done
        UPDATE return_orders SET done_at = $2 WHERE allocation_id = $1 AND done_at IS NULL",
        allocation.as_uuid(),
        at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.return_order.done")
    .await?;
    Ok(())
}
