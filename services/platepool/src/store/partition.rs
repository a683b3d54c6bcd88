//! The log's partitions.

use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use xuanhao_chassis::clock::start_of_day;
use xuanhao_chassis::db::{self, Traced, Tx};

/// Makes the partition of a day, unless it is there. Whether it was made.
pub(crate) async fn add_day(tx: &mut Tx, day: Date) -> Result<bool, db::Error> {
    let bounds = day
        .tomorrow()
        .and_then(|next| Ok((start_of_day(day)?, start_of_day(next)?)));
    let (begins, ends) = bounds.map_err(|source| db::Error::corrupt("day", source))?;
    let added = sqlx::query_scalar!(
        r#"-- platepool.log.add_day
        SELECT pool_log_add_day($1, $2, $3) AS "added!""#,
        day.to_sqlx() as _,
        begins.to_sqlx() as _,
        ends.to_sqlx() as _,
    )
    .fetch_one(&mut **tx)
    .traced("db.log.add_day")
    .await?;
    Ok(added)
}
