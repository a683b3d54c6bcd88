//! Citizens' requests: log rows, allocations, facts.

use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use xuanhao_chassis::db::{self, Traced};

use super::columns::{Allocations, Entries, Facts};
use super::{Statement, Written};
use crate::store::signed;

pub(super) async fn run(pool: &PgPool, statement: &Statement) -> Result<Written, db::Error> {
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
            INSERT INTO pool_log (office, decided_at, epoch, seq, province, kind, application, op_no,
                                  outcome, input, result, column_plates, column_until, column_chosen,
                                  basket_plates, basket_until)
            SELECT fence.office, $3, $2, e.seq, fence.province, e.kind, e.application, e.op_no,
                   e.outcome, e.input, e.result,
                   ($19::bigint[])[e.column_from:e.column_to], e.column_until, e.column_chosen,
                   ($19::bigint[])[e.basket_from:e.basket_to], e.basket_until
            FROM fence, unnest($11::bigint[], $12::text[], $13::uuid[], $14::bigint[], $15::text[],
                               $16::bytea[], $17::bytea[], $18::boolean[], $20::int[], $21::int[],
                               $22::timestamptz[], $23::boolean[], $24::int[], $25::int[],
                               $26::timestamptz[])
                AS e (seq, kind, application, op_no, outcome, input, result, claims, column_from,
                      column_to, column_until, column_chosen, basket_from, basket_to, basket_until)
            WHERE NOT e.claims OR e.seq IN (SELECT seq FROM allocated)
            RETURNING seq
        ), told AS (
            INSERT INTO outbox (event_id, kind, province, office, aggregate_kind, aggregate_id,
                                version, occurred_at, trace, payload)
            SELECT f.event_id, f.kind, fence.province, fence.office, f.aggregate_kind,
                   f.aggregate_id, f.version, $3, $34, f.payload
            FROM fence, logged JOIN unnest($27::bigint[], $28::uuid[], $29::text[], $30::text[],
                                           $31::text[], $32::bigint[], $33::bytea[])
                AS f (seq, event_id, kind, aggregate_kind, aggregate_id, version, payload)
                ON f.seq = logged.seq
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
        &allocations.application as _,
        &allocations.vehicle as _,
        &allocations.channel,
        &allocations.op_no as _,
        &entries.seq,
        &entries.kind,
        &entries.application as _,
        &entries.op_no,
        &entries.outcome,
        &entries.input,
        &entries.result,
        &entries.claims,
        &entries.plates,
        &entries.column_from as _,
        &entries.column_to as _,
        &entries.column_until as _,
        &entries.column_chosen as _,
        &entries.basket_from as _,
        &entries.basket_to as _,
        &entries.basket_until as _,
        &facts.seq,
        &facts.event_id,
        &facts.kind,
        &facts.aggregate_kind,
        &facts.aggregate_id,
        &facts.version,
        &facts.payload,
        statement.trace.as_deref(),
    )
    .fetch_one(pool)
    .traced("db.batch.write_citizens")
    .await?;
    Ok(written)
}
