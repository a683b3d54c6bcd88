//! What the public pool page tells of the counts.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_vocabulary::{OfficeId, PlateClass};

use super::{class, signed, unsigned};

/// The counts of a class: coarse, and of some time ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Coarse {
    pub(crate) class: PlateClass,
    pub(crate) released: u64,
    /// A multiple of `step`.
    pub(crate) free_at_least: u64,
    pub(crate) step: u64,
    pub(crate) counted_at: Timestamp,
}

/// What is published of an office.
pub(crate) async fn list(pool: &PgPool, office: OfficeId) -> Result<Vec<Coarse>, db::Error> {
    let rows = sqlx::query!(
        r#"-- platepool.figures.list
        SELECT plate_class, released, free_at_least, step,
               counted_at AS "counted_at: jiff_sqlx::Timestamp"
        FROM published_figures WHERE office = $1 ORDER BY plate_class"#,
        office.as_str(),
    )
    .fetch_all(pool)
    .traced("db.figures.list")
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Coarse {
                class: class(&row.plate_class)?,
                released: unsigned(row.released),
                free_at_least: unsigned(row.free_at_least),
                step: unsigned(row.step),
                counted_at: row.counted_at.to_jiff(),
            })
        })
        .collect()
}

/// Publishes the counts of a class.
pub(crate) async fn publish(
    tx: &mut Tx,
    office: OfficeId,
    coarse: &Coarse,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- platepool.figures.publish
        INSERT INTO published_figures (office, plate_class, province, released, free_at_least, step,
                                       counted_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (office, plate_class) DO UPDATE
        SET released = excluded.released, free_at_least = excluded.free_at_least,
            step = excluded.step, counted_at = excluded.counted_at",
        office.as_str(),
        coarse.class.code(),
        office.province().as_str(),
        signed(coarse.released),
        signed(coarse.free_at_least),
        signed(coarse.step),
        coarse.counted_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.figures.publish")
    .await?;
    Ok(())
}
