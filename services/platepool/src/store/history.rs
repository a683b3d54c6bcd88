//! Counts of past days, and what they are made of.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_vocabulary::{OfficeId, PlateClass, PlateKey};

use super::{class, plate, signed, unsigned};

/// The counts of a class on a day: coarse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DayCounts {
    pub(crate) day: Date,
    pub(crate) class: PlateClass,
    pub(crate) released: u64,
    pub(crate) free_at_least: u64,
    pub(crate) allocated_at_least: u64,
    pub(crate) returned_at_least: u64,
    pub(crate) step: u64,
}

/// The last day that is counted.
pub(crate) async fn last_day(pool: &PgPool, office: OfficeId) -> Result<Option<Date>, db::Error> {
    let day = sqlx::query_scalar!(
        r#"-- platepool.history.last_day
        SELECT max(day) AS "day: jiff_sqlx::Date" FROM pool_days WHERE office = $1"#,
        office.as_str(),
    )
    .fetch_one(pool)
    .traced("db.history.last_day")
    .await?;
    Ok(day.map(jiff_sqlx::Date::to_jiff))
}

/// Writes a day down; the first to do so counts.
pub(crate) async fn add(
    tx: &mut Tx,
    office: OfficeId,
    counts: &DayCounts,
    at: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- platepool.history.add
        INSERT INTO pool_days (office, day, plate_class, province, released, free_at_least,
                               allocated_at_least, returned_at_least, step, counted_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
        office.as_str(),
        counts.day.to_sqlx() as _,
        counts.class.code(),
        office.province().as_str(),
        signed(counts.released),
        signed(counts.free_at_least),
        signed(counts.allocated_at_least),
        signed(counts.returned_at_least),
        signed(counts.step),
        at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.history.add")
    .await?;
    Ok(())
}

/// The counts of the latest days before one, newest first.
pub(crate) async fn list(
    pool: &PgPool,
    office: OfficeId,
    before: Option<Date>,
    days: i64,
) -> Result<Vec<DayCounts>, db::Error> {
    let rows = sqlx::query!(
        r#"-- platepool.history.list
        SELECT day AS "day: jiff_sqlx::Date", plate_class, released, free_at_least,
               allocated_at_least, returned_at_least, step
        FROM pool_days
        WHERE office = $1 AND day IN (
            SELECT DISTINCT day FROM pool_days
            WHERE office = $1 AND ($2::date IS NULL OR day < $2) ORDER BY day DESC LIMIT $3)
        ORDER BY day DESC, plate_class"#,
        office.as_str(),
        before.map(ToSqlx::to_sqlx) as _,
        days,
    )
    .fetch_all(pool)
    .traced("db.history.list")
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(DayCounts {
                day: row.day.to_jiff(),
                class: class(&row.plate_class)?,
                released: unsigned(row.released),
                free_at_least: unsigned(row.free_at_least),
                allocated_at_least: unsigned(row.allocated_at_least),
                returned_at_least: unsigned(row.returned_at_least),
                step: unsigned(row.step),
            })
        })
        .collect()
}

/// The numbers of an office that were somebody's at an instant.
pub(crate) async fn allocated_at(
    pool: &PgPool,
    office: OfficeId,
    at: Timestamp,
) -> Result<HashSet<PlateKey>, db::Error> {
    let plates = sqlx::query_scalar!(
        "-- platepool.history.list_allocated
        SELECT plate FROM allocations
        WHERE office = $1 AND decided_at < $2 AND (ended_at IS NULL OR ended_at >= $2)",
        office.as_str(),
        at.to_sqlx() as _,
    )
    .fetch_all(pool)
    .traced("db.history.list_allocated")
    .await?;
    plates.into_iter().map(plate).collect()
}

/// The numbers whose life had ended at an instant and that were not back; some may have been taken
/// anew.
pub(crate) async fn away_at(
    pool: &PgPool,
    office: OfficeId,
    at: Timestamp,
) -> Result<HashSet<PlateKey>, db::Error> {
    let plates = sqlx::query_scalar!(
        "-- platepool.history.list_away
        SELECT DISTINCT plate FROM allocations
        WHERE office = $1 AND ended_at < $2 AND NOT EXISTS (
            SELECT FROM returns
            WHERE returns.office = allocations.office AND returns.plate = allocations.plate
              AND returns.decided_at >= allocations.ended_at AND returns.available_at < $2)",
        office.as_str(),
        at.to_sqlx() as _,
    )
    .fetch_all(pool)
    .traced("db.history.list_away")
    .await?;
    plates.into_iter().map(plate).collect()
}

/// The numbers that came back within a time.
pub(crate) async fn returned_within(
    pool: &PgPool,
    office: OfficeId,
    (from, to): (Timestamp, Timestamp),
) -> Result<HashSet<PlateKey>, db::Error> {
    let plates = sqlx::query_scalar!(
        "-- platepool.history.list_returned
        SELECT DISTINCT plate FROM returns
        WHERE office = $1 AND available_at >= $2 AND available_at < $3",
        office.as_str(),
        from.to_sqlx() as _,
        to.to_sqlx() as _,
    )
    .fetch_all(pool)
    .traced("db.history.list_returned")
    .await?;
    plates.into_iter().map(plate).collect()
}
