//! Orders to withhold numbers, and to end that.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_vocabulary::{OfficeId, PlateClass, PlateKey};

use super::{class, plate};

/// Numbers withheld together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Withholding {
    pub(crate) id: Uuid,
    pub(crate) office: OfficeId,
    pub(crate) class: PlateClass,
    pub(crate) plates: Vec<PlateKey>,
    /// Everybody reads it.
    pub(crate) reason: String,
    pub(crate) withheld_at: Option<Timestamp>,
    pub(crate) end_ordered_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
}

struct Row {
    withholding_id: Uuid,
    office: String,
    plate_class: String,
    plates: Vec<i64>,
    public_reason: String,
    withheld_at: Option<jiff_sqlx::Timestamp>,
    end_ordered_at: Option<jiff_sqlx::Timestamp>,
    ended_at: Option<jiff_sqlx::Timestamp>,
}

impl Row {
    fn read(self) -> Result<Withholding, db::Error> {
        Ok(Withholding {
            id: self.withholding_id,
            office: OfficeId::parse(&self.office)
                .map_err(|source| db::Error::corrupt("office", source))?,
            class: class(&self.plate_class)?,
            plates: self
                .plates
                .into_iter()
                .map(plate)
                .collect::<Result<_, _>>()?,
            reason: self.public_reason,
            withheld_at: super::instant(self.withheld_at),
            end_ordered_at: super::instant(self.end_ordered_at),
            ended_at: super::instant(self.ended_at),
        })
    }
}

/// Adds an order.
pub(crate) async fn add(tx: &mut Tx, order: &Withholding, at: Timestamp) -> Result<(), db::Error> {
    let plates: Vec<i64> = order.plates.iter().map(|plate| plate.get()).collect();
    sqlx::query!(
        "-- platepool.withholding.add
        INSERT INTO withholdings (withholding_id, province, office, plate_class, plates,
                                  public_reason, ordered_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)",
        order.id,
        order.office.province().as_str(),
        order.office.as_str(),
        order.class.code(),
        &plates,
        order.reason,
        at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.withholding.add")
    .await?;
    Ok(())
}

/// One of them.
pub(crate) async fn lookup(
    connection: &mut PgConnection,
    id: Uuid,
) -> Result<Option<Withholding>, db::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"-- platepool.withholding.lookup
        SELECT withholding_id, office, plate_class, plates, public_reason,
               withheld_at AS "withheld_at: _", end_ordered_at AS "end_ordered_at: _",
               ended_at AS "ended_at: _"
        FROM withholdings WHERE withholding_id = $1"#,
        id,
    )
    .fetch_optional(connection)
    .traced("db.withholding.lookup")
    .await?;
    row.map(Row::read).transpose()
}

/// What an office withholds, the oldest first.
pub(crate) async fn standing(
    pool: &PgPool,
    office: OfficeId,
) -> Result<Vec<Withholding>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"-- platepool.withholding.list_standing
        SELECT withholding_id, office, plate_class, plates, public_reason,
               withheld_at AS "withheld_at: _", end_ordered_at AS "end_ordered_at: _",
               ended_at AS "ended_at: _"
        FROM withholdings WHERE office = $1 AND withheld_at IS NOT NULL AND ended_at IS NULL
        ORDER BY withholding_id"#,
        office.as_str(),
    )
    .fetch_all(pool)
    .traced("db.withholding.list_standing")
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Orders that were not carried out.
pub(crate) async fn open(pool: &PgPool, limit: i64) -> Result<Vec<Withholding>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"-- platepool.withholding.list_open
        SELECT withholding_id, office, plate_class, plates, public_reason,
               withheld_at AS "withheld_at: _", end_ordered_at AS "end_ordered_at: _",
               ended_at AS "ended_at: _"
        FROM withholdings
        WHERE withheld_at IS NULL OR (end_ordered_at IS NOT NULL AND ended_at IS NULL)
        ORDER BY withholding_id LIMIT $1"#,
        limit,
    )
    .fetch_all(pool)
    .traced("db.withholding.list_open")
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Orders its end.
pub(crate) async fn order_end(tx: &mut Tx, id: Uuid, at: Timestamp) -> Result<(), db::Error> {
    let updated = sqlx::query!(
        "-- platepool.withholding.order_end
        UPDATE withholdings SET end_ordered_at = coalesce(end_ordered_at, $2)
        WHERE withholding_id = $1 AND withheld_at IS NOT NULL",
        id,
        at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.withholding.order_end")
    .await?;
    db::affected(1, &updated)
}

/// Takes back an order that came to nothing.
pub(crate) async fn void(tx: &mut Tx, id: Uuid) -> Result<(), db::Error> {
    sqlx::query!(
        "-- platepool.withholding.void
        DELETE FROM withholdings WHERE withholding_id = $1 AND withheld_at IS NULL",
        id,
    )
    .execute(&mut **tx)
    .traced("db.withholding.void")
    .await?;
    Ok(())
}
