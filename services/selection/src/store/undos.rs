//! Vehicles of which a number was taken back.

use jiff::Timestamp;
use sqlx::{PgConnection, PgExecutor};
use xuanhao_chassis::db::{Error, Traced, affected};
use xuanhao_vocabulary::Vin;

use super::stored;

/// Whether a number of the vehicle was undone before.
pub(crate) async fn is_used(executor: impl PgExecutor<'_>, vin: &Vin) -> Result<bool, Error> {
    let found = sqlx::query_scalar!(
        r#"-- selection.vehicle_quotas.is_undone
        SELECT undone_at IS NOT NULL AS "used!" FROM vehicle_quotas WHERE vin = $1"#,
        vin.as_str(),
    )
    .fetch_optional(executor)
    .traced("db.vehicle_quotas.is_undone")
    .await?;
    Ok(found.unwrap_or(false))
}

/// Notes that a number of the vehicle is undone, or that it was not after all.
pub(crate) async fn mark(
    connection: &mut PgConnection,
    vin: &Vin,
    at: Option<Timestamp>,
) -> Result<(), Error> {
    let result = sqlx::query!(
        "-- selection.vehicle_quotas.mark_undone
        UPDATE vehicle_quotas SET undone_at = $2 WHERE vin = $1",
        vin.as_str(),
        stored(at) as _,
    )
    .execute(connection)
    .traced("db.vehicle_quotas.mark_undone")
    .await?;
    affected(1, &result)
}
