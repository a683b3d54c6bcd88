//! The memory from the rows (E3, E7): read after the epoch was raised in a transaction of its own.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use xuanhao_chassis::db::{self, Traced};
use xuanhao_vocabulary::{OfficeId, PlateClass, PlateKey};

use super::encoding::LogRow;
use super::plate;
use super::withholding::Withholding;
use crate::domain::command::{NewSegment, SetRules};
use crate::domain::ids::{ApplicationId, RowKey, WithholdingId};
use crate::domain::limits::Limits;
use crate::domain::record::History;
use crate::domain::rows::ReturnRow;
use crate::domain::state::{Office, Restore, State};

/// All that a memory is made of.
#[derive(Debug)]
pub(crate) struct Rows {
    segments: Vec<NewSegment>,
    rules: Vec<SetRules>,
    allocated: Vec<PlateKey>,
    withheld: Vec<Withholding>,
    lapsed: Vec<PlateKey>,
    returning: Vec<ReturnRow>,
    histories: Vec<History>,
    last_decided_at: Option<Timestamp>,
}

/// Reads it.
pub(crate) async fn read(
    pool: &PgPool,
    office: &Office,
    limits: &Limits,
    now: Timestamp,
) -> Result<Rows, db::Error> {
    let last_decided_at = last_decided_at(pool, office.id).await?;
    // E5: rows may be ahead of the clock that we have now.
    let now = last_decided_at.map_or(now, |last| now.max(last));
    // The reads need no common moment: after the epoch was raised nobody writes (E3).
    let (segments, rules, allocated, withheld, lapsed, returning, histories) = tokio::try_join!(
        super::segment::released(pool, office.id),
        rules(pool, office.id),
        allocated(pool, office),
        super::withholding::standing(pool, office.id),
        lapsed(pool, office.id),
        returning(pool, office.id, now),
        histories(pool, office.id, limits.read_from(now)),
    )?;
    Ok(Rows {
        segments,
        rules,
        allocated,
        withheld,
        lapsed,
        returning,
        histories,
        last_decided_at,
    })
}

impl Rows {
    /// The memory, in that epoch.
    pub(crate) fn build(self, office: Office, limits: Limits, epoch: u64, now: Timestamp) -> State {
        let mut restore = Restore::new(office, limits, epoch, now, self.last_decided_at);
        self.segments
            .iter()
            .for_each(|segment| restore.segment(segment));
        self.rules.iter().for_each(|rules| restore.rules(rules));
        self.allocated
            .into_iter()
            .for_each(|plate| restore.allocated(plate));
        self.withheld
            .iter()
            .for_each(|one| restore.withheld(WithholdingId(one.id), &one.plates));
        self.lapsed
            .into_iter()
            .for_each(|plate| restore.lapsed(plate));
        self.returning.iter().for_each(|row| restore.returning(row));
        self.histories
            .iter()
            .for_each(|history| restore.application(history));
        restore.finish()
    }
}

/// One look at the index of batches for each day, from the last on.
async fn last_decided_at(pool: &PgPool, office: OfficeId) -> Result<Option<Timestamp>, db::Error> {
    let last = sqlx::query_scalar!(
        r#"-- platepool.log.last_instant
        SELECT decided_at AS "decided_at: jiff_sqlx::Timestamp" FROM pool_log
        WHERE office = $1 AND batch_rows > 0 ORDER BY decided_at DESC LIMIT 1"#,
        office.as_str(),
    )
    .fetch_optional(pool)
    .traced("db.log.last_instant")
    .await?;
    Ok(super::instant(last))
}

/// The composing rules in force.
pub(crate) async fn rules(pool: &PgPool, office: OfficeId) -> Result<Vec<SetRules>, db::Error> {
    let inputs = sqlx::query_scalar!(
        "-- platepool.rules.list
        SELECT input FROM compose_rules WHERE office = $1 ORDER BY plate_class",
        office.as_str(),
    )
    .fetch_all(pool)
    .traced("db.rules.list")
    .await?;
    inputs
        .iter()
        .map(|input| super::encoding::rules(input))
        .collect()
}

/// All live allocations of the office, released or not: by the ranges of its codes, which the unique
/// index of numbers answers by itself.
async fn allocated(pool: &PgPool, office: &Office) -> Result<Vec<PlateKey>, db::Error> {
    let of_class = |class| {
        office
            .codes
            .iter()
            .map(move |code| super::range(class, *code))
    };
    let ranges: Vec<_> = PlateClass::ALL.into_iter().flat_map(of_class).collect();
    super::allocation::live_within(pool, &ranges).await
}

async fn lapsed(pool: &PgPool, office: OfficeId) -> Result<Vec<PlateKey>, db::Error> {
    let plates = sqlx::query_scalar!(
        "-- platepool.allocation.list_away
        SELECT DISTINCT plate FROM allocations
        WHERE office = $1 AND ended_at IS NOT NULL AND returned_at IS NULL
          AND NOT EXISTS (SELECT FROM allocations AS live
                          WHERE live.plate = allocations.plate AND live.ended_at IS NULL)",
        office.as_str(),
    )
    .fetch_all(pool)
    .traced("db.allocation.list_away")
    .await?;
    plates.into_iter().map(plate).collect()
}

async fn returning(
    pool: &PgPool,
    office: OfficeId,
    now: Timestamp,
) -> Result<Vec<ReturnRow>, db::Error> {
    let rows = sqlx::query!(
        r#"-- platepool.return.list_latest
        SELECT plate AS "plate!", epoch AS "epoch!", seq AS "seq!",
               available_at AS "available_at!: jiff_sqlx::Timestamp",
               random_only_until AS "random_only_until!: jiff_sqlx::Timestamp"
        FROM (SELECT DISTINCT ON (plate) plate, epoch, seq, available_at, random_only_until
              FROM returns WHERE office = $1 ORDER BY plate, epoch DESC, seq DESC) AS latest
        WHERE greatest(available_at, random_only_until) > $2"#,
        office.as_str(),
        now.to_sqlx() as _,
    )
    .fetch_all(pool)
    .traced("db.return.list_latest")
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ReturnRow {
                key: RowKey {
                    epoch: super::unsigned(row.epoch),
                    seq: super::unsigned(row.seq),
                },
                plate: plate(row.plate)?,
                available_at: row.available_at.to_jiff(),
                random_only_until: row.random_only_until.to_jiff(),
            })
        })
        .collect()
}

/// E7: the latest row of every application that has one since then.
async fn histories(
    pool: &PgPool,
    office: OfficeId,
    from: Timestamp,
) -> Result<Vec<History>, db::Error> {
    let rows = sqlx::query!(
        r#"-- platepool.log.list_latest_since
        WITH latest AS (
            SELECT application, max(epoch::bigint << 32 | seq) AS place FROM pool_log
            WHERE office = $1 AND decided_at >= $2 AND application IS NOT NULL
            GROUP BY application
        )
        SELECT decided_at AS "decided_at: jiff_sqlx::Timestamp", epoch, seq, kind,
               application AS "application!", op_no, outcome, input, result, held,
               (SELECT plate FROM allocations
                WHERE allocations.application = pool_log.application AND ended_at IS NULL) AS allocated
        FROM latest JOIN pool_log USING (application)
        WHERE office = $1 AND decided_at >= $2 AND (epoch::bigint << 32 | seq) = place"#,
        office.as_str(),
        from.to_sqlx() as _,
    )
    .fetch_all(pool)
    .traced("db.log.list_latest_since")
    .await?;
    rows.into_iter()
        .map(|row| {
            let last = LogRow {
                decided_at: row.decided_at,
                epoch: row.epoch,
                seq: row.seq,
                kind: row.kind,
                application: Some(row.application),
                op_no: row.op_no,
                outcome: row.outcome,
                input: row.input,
                result: row.result,
                held: row.held,
            };
            Ok(History {
                application: ApplicationId(row.application),
                last: Some(last.entry()?),
                allocation: row.allocated.map(plate).transpose()?,
            })
        })
        .collect()
}

/// Numbers of an office on their way, by class: lapsed, and not yet free again.
pub(crate) async fn count_away(
    pool: &PgPool,
    office: OfficeId,
    now: Timestamp,
) -> Result<HashMap<PlateClass, u64>, db::Error> {
    let mut counts = HashMap::new();
    for plate in lapsed(pool, office).await? {
        *counts.entry(plate.unpack().0).or_default() += 1;
    }
    let expected = sqlx::query_scalar!(
        "-- platepool.return.list_expected
        SELECT plate FROM returns WHERE office = $1 AND available_at > $2
          AND NOT EXISTS (SELECT FROM allocations AS live
                          WHERE live.plate = returns.plate AND live.ended_at IS NULL)",
        office.as_str(),
        now.to_sqlx() as _,
    )
    .fetch_all(pool)
    .traced("db.return.list_expected")
    .await?;
    for stored in expected {
        *counts.entry(plate(stored)?.unpack().0).or_default() += 1;
    }
    Ok(counts)
}
