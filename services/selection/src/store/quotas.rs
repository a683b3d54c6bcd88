//! The counters of vehicles.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use xuanhao_chassis::db::{Error, Traced, affected};
use xuanhao_vocabulary::{OfficeId, Vin};

use super::{number, small};
use crate::domain::quota::{Chances, Counter, VehicleQuota};

/// The counters of a vehicle, locked against other writers.
pub(crate) async fn lookup_for_update(
    connection: &mut PgConnection,
    vin: &Vin,
) -> Result<Option<VehicleQuota>, Error> {
    let row = sqlx::query_as!(
        Row,
        "-- selection.vehicle_quotas.lookup_for_update
        SELECT compose_quota, compose_used, compose_reserved, draw_quota, draw_used, draw_reserved,
               window_compose_quota, window_compose_used, window_compose_reserved,
               window_draw_quota, window_draw_used, window_draw_reserved, compose_forfeited
        FROM vehicle_quotas WHERE vin = $1 FOR UPDATE",
        vin.as_str(),
    )
    .fetch_optional(connection)
    .traced("db.vehicle_quotas.lookup_for_update")
    .await?;
    row.map(VehicleQuota::try_from).transpose()
}

/// The counters of a vehicle.
pub(crate) async fn lookup(
    executor: impl PgExecutor<'_>,
    vin: &Vin,
) -> Result<Option<VehicleQuota>, Error> {
    let row = sqlx::query_as!(
        Row,
        "-- selection.vehicle_quotas.lookup
        SELECT compose_quota, compose_used, compose_reserved, draw_quota, draw_used, draw_reserved,
               window_compose_quota, window_compose_used, window_compose_reserved,
               window_draw_quota, window_draw_used, window_draw_reserved, compose_forfeited
        FROM vehicle_quotas WHERE vin = $1",
        vin.as_str(),
    )
    .fetch_optional(executor)
    .traced("db.vehicle_quotas.lookup")
    .await?;
    row.map(VehicleQuota::try_from).transpose()
}

/// Gives a vehicle its counters at its first lock; later locks find them as they are (R-INF-09).
pub(crate) async fn ensure(
    connection: &mut PgConnection,
    vin: &Vin,
    office: OfficeId,
    fresh: &VehicleQuota,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.vehicle_quotas.ensure
        INSERT INTO vehicle_quotas (vin, province, office, compose_quota, draw_quota, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT ON CONSTRAINT vehicle_quotas_pkey DO NOTHING",
        vin.as_str(),
        office.province().as_str(),
        office.as_str(),
        small("compose_quota", fresh.compose.quota)?,
        small("draw_quota", fresh.draws.quota)?,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.vehicle_quotas.ensure")
    .await?;
    Ok(())
}

/// Writes what was used and what is set aside; of the quotas only the window's, which is the policy in
/// force.
pub(crate) async fn update(
    connection: &mut PgConnection,
    vin: &Vin,
    quota: &VehicleQuota,
) -> Result<(), Error> {
    let result = sqlx::query!(
        "-- selection.vehicle_quotas.update
        UPDATE vehicle_quotas
        SET compose_used = $2, compose_reserved = $3, draw_used = $4, draw_reserved = $5,
            window_compose_quota = $6, window_compose_used = $7, window_compose_reserved = $8,
            window_draw_quota = $9, window_draw_used = $10, window_draw_reserved = $11,
            compose_forfeited = $12
        WHERE vin = $1",
        vin.as_str(),
        small("compose_used", quota.compose.used)?,
        small("compose_reserved", quota.compose.reserved)?,
        small("draw_used", quota.draws.used)?,
        small("draw_reserved", quota.draws.reserved)?,
        small("window_compose_quota", quota.window.compose.quota)?,
        small("window_compose_used", quota.window.compose.used)?,
        small("window_compose_reserved", quota.window.compose.reserved)?,
        small("window_draw_quota", quota.window.draws.quota)?,
        small("window_draw_used", quota.window.draws.used)?,
        small("window_draw_reserved", quota.window.draws.reserved)?,
        quota.compose_forfeited,
    )
    .execute(connection)
    .traced("db.vehicle_quotas.update")
    .await?;
    affected(1, &result)
}

struct Row {
    compose_quota: i16,
    compose_used: i16,
    compose_reserved: i16,
    draw_quota: i16,
    draw_used: i16,
    draw_reserved: i16,
    window_compose_quota: i16,
    window_compose_used: i16,
    window_compose_reserved: i16,
    window_draw_quota: i16,
    window_draw_used: i16,
    window_draw_reserved: i16,
    compose_forfeited: bool,
}

impl TryFrom<Row> for VehicleQuota {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let counter = |quota, used, reserved| {
            let read = |value: i16| number("vehicle_quotas", value);
            Ok::<_, Error>(Counter {
                quota: read(quota)?,
                used: read(used)?,
                reserved: read(reserved)?,
            })
        };
        Ok(Self {
            compose: counter(row.compose_quota, row.compose_used, row.compose_reserved)?,
            draws: counter(row.draw_quota, row.draw_used, row.draw_reserved)?,
            window: Chances {
                compose: counter(
                    row.window_compose_quota,
                    row.window_compose_used,
                    row.window_compose_reserved,
                )?,
                draws: counter(
                    row.window_draw_quota,
                    row.window_draw_used,
                    row.window_draw_reserved,
                )?,
            },
            compose_forfeited: row.compose_forfeited,
        })
    }
}
