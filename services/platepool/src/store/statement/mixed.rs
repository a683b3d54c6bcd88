//! Any mix of commands: citizens' and the pool's own, several of each. Every row names its entry, and
//! the rows of an entry that is refused are not written.

use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use xuanhao_chassis::db::{self, Traced};

use super::acts::Acts;
use super::columns::{Allocations, Entries, Facts};
use super::{Statement, Written};
use crate::store::signed;

// The lives that end are locked before they are counted: a registration may be on its way (P10), and
// of a withholding's numbers either all come back or none.
pub(super) async fn run(
    connection: &mut PgConnection,
    statement: &Statement,
) -> Result<Written, db::Error> {
    let batch = &statement.batch;
    let entries = Entries::of(batch);
    let allocations = Allocations::of(statement);
    let facts = Facts::of(&statement.told);
    let acts = Acts::of(batch);
    let written = sqlx::query_as!(
        Written,
        r#"-- platepool.batch.write_mixed
        WITH fence AS MATERIALIZED (
            SELECT office, province FROM office_leases WHERE office = $1 AND epoch = $2 FOR SHARE
        ), allocated AS (
            INSERT INTO allocations (allocation_id, province, office, plate, application, vehicle_key,
                                     channel, op_no, epoch, seq, decided_at)
            SELECT a.id, fence.province, fence.office, a.plate, a.application, a.vehicle, a.channel,
                   a.op_no, $2, a.seq, $3
            FROM fence, unnest($4::uuid[], $5::bigint[], $6::bigint[], $7::uuid[], $8::bytea[],
                               $9::text[], $10::bigint[])
                AS a (id, seq, plate, application, vehicle, channel, op_no)
            ON CONFLICT DO NOTHING
            RETURNING seq
        ), ending AS MATERIALIZED (
            SELECT e.seq, live.allocation_id
            FROM fence, unnest($28::bigint[], $29::bigint[], $30::uuid[]) AS e (seq, plate, application),
                 allocations AS live
            WHERE live.office = fence.office AND live.plate = e.plate
              AND live.application IS NOT DISTINCT FROM e.application
              AND live.ended_at IS NULL AND live.registered_at IS NULL
            FOR UPDATE OF live
        ), whole AS (
            SELECT seq FROM (SELECT seq, count(*) FROM ending GROUP BY seq) AS found
            JOIN (SELECT seq, count(*) FROM unnest($28) AS e (seq) GROUP BY seq) AS wanted
                USING (seq, count)
        ), ended AS (
            UPDATE allocations
            SET ended_at = $3,
                returned_at = CASE WHEN ending.seq IN (SELECT unnest($31::bigint[])) THEN $3 END
            FROM fence, ending JOIN whole USING (seq)
            WHERE allocations.allocation_id = ending.allocation_id
            RETURNING ending.seq
        ), logged AS (
            INSERT INTO pool_log (decided_at, op_no, epoch, seq, batch_rows, application, office, kind,
                                  outcome, input, result, held)
            SELECT $3, e.op_no, $2::int, e.seq::int,
                   CASE WHEN row_number() OVER () = 1 THEN count(*) OVER () ELSE 0 END,
                   e.application, fence.office, e.kind, e.outcome, e.input, e.result, e.held
            FROM fence, unnest($11::bigint[], $12::bigint[], $13::uuid[], $14::boolean[], $15::text[],
                               $16::text[], $17::bytea[], $18::bytea[], $19::bytea[])
                AS e (seq, op_no, application, claims, kind, outcome, input, result, held)
            WHERE NOT e.claims OR e.seq IN (SELECT seq FROM allocated)
               OR e.seq IN (SELECT seq FROM ended)
            RETURNING seq
        ), returned AS (
            INSERT INTO returns (office, plate, epoch, seq, province, decided_at, available_at,
                                 random_only_until)
            SELECT fence.office, r.plate, $2, r.seq, fence.province, $3, r.available_at,
                   r.random_only_until
            FROM fence, logged JOIN unnest($31::bigint[], $32::bigint[], $33::timestamptz[],
                                           $34::timestamptz[])
                AS r (seq, plate, available_at, random_only_until) ON r.seq = logged.seq
        ), sent_back AS (
            UPDATE allocations SET returned_at = $3
            FROM fence, logged JOIN unnest($31, $32) AS r (seq, plate) ON r.seq = logged.seq
            WHERE allocations.office = fence.office AND allocations.plate = r.plate
              AND allocations.ended_at IS NOT NULL AND allocations.returned_at IS NULL
        ), opened AS (
            UPDATE segments
            SET released_at = $3, epoch = $2, seq = s.seq, random_only_until = s.random_only_until,
                opens_at = s.opens_at
            FROM fence, unnest($35::bigint[], $36::uuid[], $38::timestamptz[], $39::timestamptz[])
                AS s (seq, segment_id, random_only_until, opens_at)
            WHERE segments.office = fence.office AND segments.segment_id = s.segment_id
        ), released AS (
            UPDATE batches SET released_at = greatest($3, s.opens_at)
            FROM fence, (SELECT batch_id, max(opens_at) AS opens_at
                         FROM unnest($37::uuid[], $39) AS each (batch_id, opens_at)
                         GROUP BY batch_id) AS s
            WHERE batches.office = fence.office AND batches.batch_id = s.batch_id
        ), closed AS (
            UPDATE segments
            SET released_at = NULL, epoch = NULL, seq = NULL, random_only_until = NULL,
                opens_at = NULL
            FROM fence
            WHERE segments.office = fence.office AND segments.segment_id = ANY ($43::uuid[])
        ), unreleased AS (
            UPDATE batches SET released_at = NULL, release_request = NULL
            FROM fence
            WHERE batches.office = fence.office AND batches.batch_id = ANY ($44::uuid[])
        ), withdrawn AS (
            UPDATE openings SET withdrawn_at = $3
            FROM fence
            WHERE openings.office = fence.office AND openings.batch_id = ANY ($44)
              AND openings.withdrawn_at IS NULL
        ), withheld AS (
            UPDATE withholdings SET withheld_at = $3
            FROM fence
            WHERE withholdings.office = fence.office AND withholding_id = ANY ($45::uuid[])
        ), let_go AS (
            UPDATE withholdings SET ended_at = $3
            FROM fence, logged JOIN unnest($46::bigint[], $47::uuid[]) AS w (seq, id)
                ON w.seq = logged.seq
            WHERE withholdings.office = fence.office AND withholding_id = w.id
        ), ruled AS (
            INSERT INTO compose_rules AS rules (office, plate_class, province, input, epoch, seq,
                                                decided_at)
            SELECT fence.office, c.plate_class, fence.province, c.input, $2, c.seq, $3
            FROM fence, unnest($40::bigint[], $41::text[], $42::bytea[]) AS c (seq, plate_class, input)
            ON CONFLICT (office, plate_class) DO UPDATE
            SET input = excluded.input, epoch = excluded.epoch, seq = excluded.seq,
                decided_at = excluded.decided_at
        ), told AS (
            INSERT INTO outbox (event_id, kind, province, office, aggregate_kind, aggregate_id,
                                version, occurred_at, trace, payload)
            SELECT f.event_id, f.kind, fence.province, fence.office, f.aggregate_kind,
                   f.aggregate_id, f.version, $3, $27, f.payload
            FROM fence, logged JOIN unnest($20::bigint[], $21::uuid[], $22::text[], $23::text[],
                                           $24::text[], $25::bigint[], $26::bytea[])
                AS f (seq, event_id, kind, aggregate_kind, aggregate_id, version, payload)
                ON f.seq = logged.seq
        )
        SELECT (SELECT count(*) FROM fence) AS "fence!",
               ARRAY(SELECT seq FROM allocated) AS "allocated!",
               ARRAY(SELECT DISTINCT seq FROM ended) AS "ended!""#,
        batch.office.as_str(),
        signed(batch.epoch),
        batch.decided_at.to_sqlx() as _,
        allocations.id,
        &allocations.seq,
        &allocations.plate,
        &allocations.application as _,
        &allocations.vehicle as _,
        &allocations.channel as _,
        &allocations.op_no as _,
        &entries.seq,
        &entries.op_no,
        &entries.application as _,
        &entries.claims,
        &entries.encoded.kind as _,
        &entries.encoded.outcome as _,
        entries.encoded.input.slices() as _,
        entries.encoded.result.slices() as _,
        entries.encoded.held.slices() as _,
        &facts.seq,
        &facts.event_id,
        &facts.kind as _,
        &facts.aggregate_kind as _,
        &facts.aggregate_id,
        &facts.version,
        &facts.payload as _,
        statement.trace.as_deref(),
        &acts.endings.seq,
        &acts.endings.plate,
        &acts.endings.application as _,
        &acts.returns.seq,
        &acts.returns.plate,
        &acts.returns.available_at as _,
        &acts.returns.random_only_until as _,
        &acts.segments.seq,
        &acts.segments.id,
        &acts.segments.batch,
        &acts.segments.random_only_until as _,
        &acts.segments.opens_at as _,
        &acts.rules.seq,
        &acts.rules.class as _,
        &acts.rules.input,
        &acts.withdrawn_segments,
        &acts.withdrawn_batches,
        &acts.withheld,
        &acts.let_go.seq,
        &acts.let_go.id,
    )
    .fetch_one(connection)
    .traced("db.batch.write_mixed")
    .await?;
    Ok(written)
}
