//! Allocations.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::{AllocationId, ApplicationId};
use xuanhao_vocabulary::{OfficeId, PlateKey};

use super::{plate, unsigned};
use crate::domain::command::Channel;

/// A number that is, or was, somebody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Allocation {
    pub(crate) id: AllocationId,
    pub(crate) office: OfficeId,
    pub(crate) plate: PlateKey,
    pub(crate) application: Option<ApplicationId>,
    pub(crate) channel: Channel,
    pub(crate) op_no: u64,
    pub(crate) decided_at: Timestamp,
    pub(crate) life: Life,
    /// Whether its number was sent back.
    pub(crate) was_sent_back: bool,
}

/// What is so about an allocation now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// Chosen, not yet registered.
    Live,
    /// It never ends.
    Registered,
    /// Over.
    Ended,
}

struct Row {
    allocation_id: Uuid,
    office: String,
    plate: i64,
    application: Option<Uuid>,
    channel: String,
    op_no: Option<i64>,
    decided_at: jiff_sqlx::Timestamp,
    is_registered: bool,
    has_ended: bool,
    was_sent_back: bool,
}

impl Row {
    fn read(self) -> Result<Allocation, db::Error> {
        Ok(Allocation {
            id: AllocationId::from_uuid(self.allocation_id),
            office: OfficeId::parse(&self.office)
                .map_err(|source| db::Error::corrupt("office", source))?,
            plate: plate(self.plate)?,
            application: self.application.map(ApplicationId::from_uuid),
            channel: super::channel(&self.channel)
                .ok_or_else(|| db::Error::corrupt("channel", "it is unknown"))?,
            op_no: self.op_no.map_or(0, unsigned),
            decided_at: self.decided_at.to_jiff(),
            life: match (self.is_registered, self.has_ended) {
                (_, true) => Life::Ended,
                (true, false) => Life::Registered,
                (false, false) => Life::Live,
            },
            was_sent_back: self.was_sent_back,
        })
    }
}

/// The live allocation of an application.
pub(crate) async fn of_application(
    connection: &mut PgConnection,
    application: ApplicationId,
) -> Result<Option<Allocation>, db::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"-- platepool.allocation.lookup_by_application
        SELECT allocation_id, office, plate, application, channel, op_no,
               decided_at AS "decided_at: _", registered_at IS NOT NULL AS "is_registered!",
               ended_at IS NOT NULL AS "has_ended!", returned_at IS NOT NULL AS "was_sent_back!"
        FROM allocations WHERE application = $1 AND ended_at IS NULL"#,
        application.as_uuid(),
    )
    .fetch_optional(connection)
    .traced("db.allocation.lookup_by_application")
    .await?;
    row.map(Row::read).transpose()
}

/// The live allocation of a number.
pub(crate) async fn of_plate(
    pool: &PgPool,
    plate: PlateKey,
) -> Result<Option<Allocation>, db::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"-- platepool.allocation.lookup_by_plate
        SELECT allocation_id, office, plate, application, channel, op_no,
               decided_at AS "decided_at: _", registered_at IS NOT NULL AS "is_registered!",
               ended_at IS NOT NULL AS "has_ended!", returned_at IS NOT NULL AS "was_sent_back!"
        FROM allocations WHERE plate = $1 AND ended_at IS NULL"#,
        plate.get(),
    )
    .fetch_optional(pool)
    .traced("db.allocation.lookup_by_plate")
    .await?;
    row.map(Row::read).transpose()
}

/// An allocation, whatever became of it.
pub(crate) async fn lookup(
    connection: &mut PgConnection,
    allocation: AllocationId,
) -> Result<Option<Allocation>, db::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"-- platepool.allocation.lookup
        SELECT allocation_id, office, plate, application, channel, op_no,
               decided_at AS "decided_at: _", registered_at IS NOT NULL AS "is_registered!",
               ended_at IS NOT NULL AS "has_ended!", returned_at IS NOT NULL AS "was_sent_back!"
        FROM allocations WHERE allocation_id = $1"#,
        allocation.as_uuid(),
    )
    .fetch_optional(connection)
    .traced("db.allocation.lookup")
    .await?;
    row.map(Row::read).transpose()
}

/// The numbers that live allocations give these applications.
pub(crate) async fn live_of(
    pool: &PgPool,
    applications: &[Uuid],
) -> Result<HashMap<Uuid, PlateKey>, db::Error> {
    let rows = sqlx::query!(
        r#"-- platepool.allocation.list_by_application
        SELECT application AS "application!", plate FROM allocations
        WHERE application = ANY ($1) AND ended_at IS NULL"#,
        applications,
    )
    .fetch_all(pool)
    .traced("db.allocation.list_by_application")
    .await?;
    rows.into_iter()
        .map(|row| Ok((row.application, plate(row.plate)?)))
        .collect()
}

/// The live numbers of ranges, in one piece: a row for each would cost many times as much.
pub(crate) async fn live_within(
    pool: &PgPool,
    ranges: &[(i64, i64)],
) -> Result<Vec<PlateKey>, db::Error> {
    let (low, high): (Vec<i64>, Vec<i64>) = ranges.iter().copied().unzip();
    let plates = sqlx::query_scalar!(
        r#"-- platepool.allocation.list_within
        SELECT coalesce(array_agg(plate), '{}') AS "plates!"
        FROM unnest($1::bigint[], $2::bigint[]) AS wanted (low, high)
        JOIN allocations ON plate BETWEEN low AND high AND ended_at IS NULL"#,
        &low,
        &high,
    )
    .fetch_one(pool)
    .traced("db.allocation.list_within")
    .await?;
    plates.into_iter().map(plate).collect()
}

/// P10: marks a live allocation registered; it never ends then. False if it does not live.
pub(crate) async fn mark_registered(
    tx: &mut Tx,
    allocation: AllocationId,
    at: Timestamp,
) -> Result<bool, db::Error> {
    let updated = sqlx::query!(
        "-- platepool.allocation.mark_registered
        UPDATE allocations SET registered_at = coalesce(registered_at, $2)
        WHERE allocation_id = $1 AND ended_at IS NULL",
        allocation.as_uuid(),
        at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.allocation.mark_registered")
    .await?;
    Ok(updated.rows_affected() == 1)
}
