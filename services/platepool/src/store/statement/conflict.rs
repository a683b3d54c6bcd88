//! Which entries were not written, and which unique key was the reason (E8).

use sqlx::PgPool;
use xuanhao_chassis::db::{self, Traced};

use super::{Written, is_claim};
use crate::domain::engine::{Conflict, ConflictOn};
use crate::domain::rows::{AllocationRow, Batch};
use crate::store::signed;

/// The statement is committed; what is missing of it, `RETURNING` told.
pub(super) async fn find(
    pool: &PgPool,
    batch: &Batch,
    written: &Written,
) -> Result<Vec<Conflict>, db::Error> {
    let mut conflicts = Vec::new();
    for row in batch.allocations.iter().filter(|row| is_claim(row)) {
        if !written.logged.contains(&signed(row.key.seq)) {
            conflicts.push(Conflict {
                seq: row.key.seq,
                on: reason(pool, row).await?,
            });
        }
    }
    for row in &batch.endings {
        if !written.logged.contains(&signed(row.key.seq)) {
            conflicts.push(Conflict {
                seq: row.key.seq,
                on: ConflictOn::Ending,
            });
        }
    }
    // An import's row is written whatever happens to its numbers.
    let imported = batch.allocations.iter().find(|row| !is_claim(row));
    if let Some(row) = imported
        && written.allocated < signed(batch.allocations.len() as u64)
    {
        conflicts.push(Conflict {
            seq: row.key.seq,
            on: ConflictOn::Plate,
        });
    }
    Ok(conflicts)
}

async fn reason(pool: &PgPool, row: &AllocationRow) -> Result<ConflictOn, db::Error> {
    let live = sqlx::query!(
        r#"-- platepool.allocation.find_conflict
        SELECT EXISTS (SELECT FROM allocations WHERE ended_at IS NULL AND plate = $1) AS "plate!",
               EXISTS (SELECT FROM allocations WHERE ended_at IS NULL AND application = $2)
                   AS "application!",
               EXISTS (SELECT FROM allocations WHERE ended_at IS NULL AND vehicle_key = $3)
                   AS "vehicle!""#,
        row.plate.get(),
        row.application.map(|application| application.0),
        row.vehicle.as_ref().map(|vehicle| &vehicle.0[..]),
    )
    .fetch_one(pool)
    .traced("db.allocation.find_conflict")
    .await?;
    match (live.plate, live.application, live.vehicle) {
        (_, true, _) => Ok(ConflictOn::Application),
        (true, _, _) => Ok(ConflictOn::Plate),
        (_, _, true) => Ok(ConflictOn::Vehicle),
        (false, false, false) => Err(db::Error::corrupt(
            "conflict",
            "the allocation that was in the way is gone",
        )),
    }
}
