//! Citizens' requests: log rows, allocations, facts.

use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use xuanhao_chassis::db::{self, Traced};

use super::columns::{Allocations, Entries, Facts};
use super::{Statement, Written};
use crate::store::signed;

// An epoch whose numbers do not fit fails its statement, and the next one counts from 1.
pub(super) async fn run(
    connection: &mut PgConnection,
    statement: &Statement,
) -> Result<Written, db::Error> {
    let batch = &statement.batch;
    let entries = Entries::of(batch);
    let allocations = Allocations::of(statement);
    let facts = Facts::of(&statement.told);
    let written = sqlx::query_as!(
        Written,
        r#"-- platepool.batch.write_citizens
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
            RETURNING seq
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
               ARRAY[]::bigint[] AS "ended!""#,
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
    )
    .fetch_one(connection)
    .traced("db.batch.write_citizens")
    .await?;
    Ok(written)
}
