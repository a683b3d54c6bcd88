//! One administrative command: its log row, and whatever rows it makes or ends.

use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use uuid::Uuid;
use xuanhao_chassis::db::{self, Traced};

use super::columns::{Allocations, Entries, Facts, stamp};
use super::{Statement, Written};
use crate::domain::command::Command;
use crate::domain::rows::Batch;
use crate::store::signed;

/// Endings, returns, segments, rules and what is withheld, by columns.
#[derive(Debug, Default)]
struct Acts {
    ended: Vec<i64>,
    ended_of: Vec<Option<Uuid>>,
    back: Vec<i64>,
    available_at: Vec<jiff_sqlx::Timestamp>,
    random_only_until: Vec<jiff_sqlx::Timestamp>,
    segment: Vec<Uuid>,
    segment_random_only: Vec<Option<jiff_sqlx::Timestamp>>,
    segment_opens: Vec<Option<jiff_sqlx::Timestamp>>,
    batch: Vec<Uuid>,
    rules_class: Vec<String>,
    withdrawn_segment: Vec<Uuid>,
    withdrawn_batch: Vec<Uuid>,
    withheld: Vec<Uuid>,
    released_again: Vec<Uuid>,
}

impl Acts {
    fn of(batch: &Batch) -> Self {
        let mut acts = Self::default();
        for row in &batch.endings {
            acts.ended.push(row.plate.get());
            acts.ended_of
                .push(row.application.map(|application| application.0));
        }
        for row in &batch.returns {
            acts.back.push(row.plate.get());
            acts.available_at.push(stamp(row.available_at));
            acts.random_only_until.push(stamp(row.random_only_until));
        }
        for row in &batch.segments {
            acts.segment.push(row.segment.id.0);
            acts.segment_random_only
                .push(row.segment.random_only_until.map(stamp));
            acts.segment_opens.push(row.segment.opens_at.map(stamp));
            acts.batch.push(row.batch.0);
        }
        for entry in &batch.entries {
            match &entry.command {
                Command::SetRules(rules) => {
                    acts.rules_class.push(rules.class.code().to_owned());
                }
                Command::Withdraw(withdraw) => {
                    let segments = withdraw.segments.iter().map(|segment| segment.0);
                    acts.withdrawn_segment.extend(segments);
                    acts.withdrawn_batch.push(withdraw.batch.0);
                }
                Command::Withhold(withhold) => acts.withheld.push(withhold.id.0),
                Command::EndWithholding(end) => acts.released_again.push(end.id.0),
                _ => {}
            }
        }
        acts
    }
}

pub(super) async fn run(pool: &PgPool, statement: &Statement) -> Result<Written, db::Error> {
    let batch = &statement.batch;
    let entries = Entries::of(batch);
    let allocations = Allocations::of(statement);
    let facts = Facts::of(&statement.told);
    let acts = Acts::of(batch);
    let written = sqlx::query_as!(
        Written,
        r#"-- platepool.batch.write_administrative
        WITH fence AS MATERIALIZED (
            SELECT office, province FROM office_leases WHERE office = $1 AND epoch = $2 FOR SHARE
        ), allocated AS (
            INSERT INTO allocations (allocation_id, province, office, plate, channel, epoch, seq,
                                     decided_at)
            SELECT a.id, fence.province, fence.office, a.plate, a.channel, $2, a.seq, $3
            FROM fence, unnest($4::uuid[], $5::bigint[], $6::bigint[], $7::text[])
                AS a (id, seq, plate, channel)
            ON CONFLICT DO NOTHING
            RETURNING seq
        ), ended AS (
            UPDATE allocations
            SET ended_at = $3, returned_at = CASE WHEN cardinality($35::uuid[]) > 0 THEN $3 END
            FROM fence, unnest($8::bigint[], $9::uuid[]) AS e (plate, application)
            WHERE allocations.office = fence.office AND allocations.plate = e.plate
              AND allocations.application IS NOT DISTINCT FROM e.application
              AND allocations.ended_at IS NULL AND allocations.registered_at IS NULL
              AND cardinality($8) = (SELECT count(*) FROM allocations AS live
                                     WHERE live.plate = ANY ($8) AND live.ended_at IS NULL
                                       AND live.registered_at IS NULL)
            RETURNING allocations.plate
        ), returned AS (
            INSERT INTO returns (office, plate, epoch, seq, province, decided_at, available_at,
                                 random_only_until)
            SELECT fence.office, r.plate, $2, $13, fence.province, $3, r.available_at,
                   r.random_only_until
            FROM fence, unnest($10::bigint[], $11::timestamptz[], $12::timestamptz[])
                AS r (plate, available_at, random_only_until)
        ), sent_back AS (
            UPDATE allocations SET returned_at = $3
            FROM fence
            WHERE allocations.office = fence.office AND allocations.plate = ANY ($10)
              AND allocations.ended_at IS NOT NULL AND allocations.returned_at IS NULL
        ), opened AS (
            UPDATE segments
            SET released_at = $3, epoch = $2, seq = $13, random_only_until = s.random_only_until,
                opens_at = s.opens_at
            FROM fence, unnest($14::uuid[], $15::timestamptz[], $31::timestamptz[])
                AS s (segment_id, random_only_until, opens_at)
            WHERE segments.office = fence.office AND segments.segment_id = s.segment_id
        ), released AS (
            UPDATE batches
            SET released_at = greatest($3, (SELECT max(at) FROM unnest($31::timestamptz[]) AS at))
            FROM fence
            WHERE batches.office = fence.office AND batches.batch_id = ANY ($16::uuid[])
        ), closed AS (
            UPDATE segments
            SET released_at = NULL, epoch = NULL, seq = NULL, random_only_until = NULL,
                opens_at = NULL
            FROM fence
            WHERE segments.office = fence.office AND segments.segment_id = ANY ($32::uuid[])
        ), unreleased AS (
            UPDATE batches SET released_at = NULL, release_request = NULL
            FROM fence
            WHERE batches.office = fence.office AND batches.batch_id = ANY ($33::uuid[])
        ), withdrawn AS (
            UPDATE openings SET withdrawn_at = $3
            FROM fence
            WHERE openings.office = fence.office AND openings.batch_id = ANY ($33)
              AND openings.withdrawn_at IS NULL
        ), withheld AS (
            UPDATE withholdings SET withheld_at = $3
            FROM fence
            WHERE withholdings.office = fence.office AND withholding_id = ANY ($34::uuid[])
        ), let_go AS (
            UPDATE withholdings SET ended_at = $3
            FROM fence
            WHERE withholdings.office = fence.office AND withholding_id = ANY ($35)
              AND EXISTS (SELECT FROM ended)
        ), ruled AS (
            INSERT INTO compose_rules AS rules (office, plate_class, province, input, epoch, seq,
                                                decided_at)
            SELECT fence.office, c.plate_class, fence.province, $17, $2, $13, $3
            FROM fence, unnest($18::text[]) AS c (plate_class)
            ON CONFLICT (office, plate_class) DO UPDATE
            SET input = excluded.input, epoch = excluded.epoch, seq = excluded.seq,
                decided_at = excluded.decided_at
        ), logged AS (
            INSERT INTO pool_log (office, decided_at, epoch, seq, province, kind, op_no, outcome,
                                  input, result)
            SELECT fence.office, $3, $2, $13, fence.province, $19, $20, $21, $17, $22
            FROM fence
            WHERE NOT $23 OR EXISTS (SELECT FROM ended)
            RETURNING seq
        ), told AS (
            INSERT INTO outbox (event_id, kind, province, office, aggregate_kind, aggregate_id,
                                version, occurred_at, trace, payload)
            SELECT f.event_id, f.kind, fence.province, fence.office, f.aggregate_kind,
                   f.aggregate_id, f.version, $3, $30, f.payload
            FROM fence, logged CROSS JOIN unnest($24::uuid[], $25::text[], $26::text[], $27::text[],
                                                 $28::bigint[], $29::bytea[])
                AS f (event_id, kind, aggregate_kind, aggregate_id, version, payload)
        )
        SELECT (SELECT count(*) FROM fence) AS "fence!",
               (SELECT count(*) FROM allocated) AS "allocated!",
               ARRAY(SELECT seq FROM logged) AS "logged!""#,
        batch.office.as_str(),
        signed(batch.epoch),
        batch.decided_at.to_sqlx() as _,
        &allocations.id,
        &allocations.seq,
        &allocations.plate,
        &allocations.channel,
        &acts.ended,
        &acts.ended_of as _,
        &acts.back,
        &acts.available_at as _,
        &acts.random_only_until as _,
        first(&entries.seq),
        &acts.segment,
        &acts.segment_random_only as _,
        &acts.batch,
        entries.input.first().map(Vec::as_slice),
        &acts.rules_class,
        entries.kind.first(),
        first(&entries.op_no),
        entries.outcome.first(),
        entries.result.first().map(Vec::as_slice),
        entries.claims.first().copied().unwrap_or(false),
        &facts.event_id,
        &facts.kind,
        &facts.aggregate_kind,
        &facts.aggregate_id,
        &facts.version,
        &facts.payload,
        statement.trace.as_deref(),
        &acts.segment_opens as _,
        &acts.withdrawn_segment,
        &acts.withdrawn_batch,
        &acts.withheld,
        &acts.released_again,
    )
    .fetch_one(pool)
    .traced("db.batch.write_administrative")
    .await?;
    Ok(written)
}

/// An administrative batch has one entry.
fn first(column: &[i64]) -> i64 {
    column.first().copied().unwrap_or_default()
}
