//! Working days a province announced.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;
use xuanhao_chassis::db::{Error, Traced};
use xuanhao_vocabulary::workday::Year;
use xuanhao_vocabulary::{Calendar, ProvinceId};

/// The calendar a province counts by: the national years, with its own in their place.
pub(crate) async fn of_province(
    executor: impl PgExecutor<'_>,
    province: ProvinceId,
) -> Result<Calendar, Error> {
    let rows = sqlx::query!(
        r#"-- selection.calendars.of_province
        SELECT year, off_days AS "off_days: Vec<jiff_sqlx::Date>",
               work_days AS "work_days: Vec<jiff_sqlx::Date>"
        FROM calendars WHERE province = $1"#,
        province.as_str(),
    )
    .fetch_all(executor)
    .traced("db.calendars.of_province")
    .await?;
    let mut calendar = Calendar::national().clone();
    let days =
        |days: Vec<jiff_sqlx::Date>| days.into_iter().map(jiff_sqlx::Date::to_jiff).collect();
    for row in rows {
        let year = Year {
            off: days(row.off_days),
            work: days(row.work_days),
        };
        calendar
            .insert(row.year, year)
            .map_err(|source| Error::corrupt("calendars.year", source))?;
    }
    Ok(calendar)
}

/// Puts a year in place.
pub(crate) async fn put(
    connection: &mut PgConnection,
    province: ProvinceId,
    number: i16,
    year: &Year,
    now: Timestamp,
    by: Uuid,
) -> Result<(), Error> {
    let days = |days: &std::collections::BTreeSet<Date>| -> Vec<jiff_sqlx::Date> {
        days.iter().map(|day| day.to_sqlx()).collect()
    };
    sqlx::query!(
        "-- selection.calendars.put
        INSERT INTO calendars (province, year, off_days, work_days, applied_at, applied_by)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT ON CONSTRAINT calendars_pkey DO UPDATE
        SET off_days = excluded.off_days, work_days = excluded.work_days,
            applied_at = excluded.applied_at, applied_by = excluded.applied_by",
        province.as_str(),
        number,
        days(&year.off) as _,
        days(&year.work) as _,
        now.to_sqlx() as _,
        by,
    )
    .execute(connection)
    .traced("db.calendars.put")
    .await?;
    Ok(())
}
