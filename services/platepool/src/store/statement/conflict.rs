//! Which entries were not written, and which unique key was the reason (E8).

use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgConnection;
use uuid::Uuid;
use xuanhao_chassis::db::{self, Traced};

use super::{Written, is_claim};
use crate::domain::engine::{Conflict, ConflictOn};
use crate::domain::rows::{AllocationRow, Batch, EndingRow};
use crate::store::unsigned;

/// The statement is committed; what is missing of it, `RETURNING` told.
pub(super) async fn find(
    connection: &mut PgConnection,
    batch: &Batch,
    written: &Written,
) -> Result<Vec<Conflict>, db::Error> {
    let mut missing: BTreeMap<u64, usize> = BTreeMap::new();
    for row in &batch.allocations {
        *missing.entry(row.key.seq).or_default() += 1;
    }
    for seq in &written.allocated {
        if let Some(count) = missing.get_mut(&unsigned(*seq)) {
            *count -= 1;
        }
    }
    let is_missing =
        |row: &&AllocationRow| missing.get(&row.key.seq).is_some_and(|count| *count > 0);
    let (claims, imports): (Vec<_>, Vec<_>) = batch
        .allocations
        .iter()
        .filter(is_missing)
        .partition(|row| is_claim(row));
    let mut conflicts = reasons(connection, &claims, &batch.endings).await?;

    // An import's row is written whatever happens to its numbers.
    let imports: BTreeSet<u64> = imports.iter().map(|row| row.key.seq).collect();
    let plate = |seq| Conflict {
        seq,
        on: ConflictOn::Plate,
    };
    conflicts.extend(imports.into_iter().map(plate));

    let mut endings: BTreeSet<u64> = batch.endings.iter().map(|row| row.key.seq).collect();
    for seq in &written.ended {
        endings.remove(&unsigned(*seq));
    }
    let ending = |seq| Conflict {
        seq,
        on: ConflictOn::Ending,
    };
    conflicts.extend(endings.into_iter().map(ending));
    Ok(conflicts)
}

async fn reasons(
    connection: &mut PgConnection,
    claims: &[&AllocationRow],
    endings: &[EndingRow],
) -> Result<Vec<Conflict>, db::Error> {
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let plates: Vec<i64> = claims.iter().map(|row| row.plate.get()).collect();
    let applications: Vec<Option<Uuid>> = claims
        .iter()
        .map(|row| row.application.map(|application| application.0))
        .collect();
    let vehicles: Vec<Option<&[u8]>> = claims
        .iter()
        .map(|row| row.vehicle.as_ref().map(|vehicle| &vehicle.0[..]))
        .collect();
    let found = sqlx::query!(
        r#"-- platepool.allocation.find_conflicts
        SELECT EXISTS (SELECT FROM allocations WHERE ended_at IS NULL AND plate = c.plate)
                   AS "plate!",
               EXISTS (SELECT FROM allocations WHERE ended_at IS NULL AND application = c.application)
                   AS "application!",
               EXISTS (SELECT FROM allocations WHERE ended_at IS NULL AND vehicle_key = c.vehicle)
                   AS "vehicle!"
        FROM unnest($1::bigint[], $2::uuid[], $3::bytea[])
            WITH ORDINALITY AS c (plate, application, vehicle, place)
        ORDER BY place"#,
        &plates,
        &applications as _,
        &vehicles as _,
    )
    .fetch_all(connection)
    .traced("db.allocation.find_conflicts")
    .await?;
    let reason = |(row, live): (&&AllocationRow, _)| {
        let on = match live {
            (_, true, _) => ConflictOn::Application,
            (true, _, _) => ConflictOn::Plate,
            (_, _, true) => ConflictOn::Vehicle,
            // A life that this very statement ended was still in the way. Of an ending all but the
            // vehicle stands in its row, and no other row of the batch touches it.
            (false, false, false) if !endings.is_empty() => ConflictOn::Vehicle,
            (false, false, false) => {
                return Err(db::Error::corrupt(
                    "conflict",
                    "the allocation that was in the way is gone",
                ));
            }
        };
        Ok(Conflict {
            seq: row.key.seq,
            on,
        })
    };
    let found = found
        .iter()
        .map(|live| (live.plate, live.application, live.vehicle));
    claims.iter().zip(found).map(reason).collect()
}
