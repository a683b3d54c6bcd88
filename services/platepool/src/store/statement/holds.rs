//! What is drawn, kept, missed and let go: log rows alone, of which none can be refused.

use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use xuanhao_chassis::db::{self, Traced};

use super::columns::Entries;
use super::{Statement, Written};
use crate::store::signed;

pub(super) async fn run(
    connection: &mut PgConnection,
    statement: &Statement,
) -> Result<Written, db::Error> {
    let batch = &statement.batch;
    let entries = Entries::of(batch);
    let fence = sqlx::query_scalar!(
        r#"-- platepool.batch.write_holds
        WITH fence AS MATERIALIZED (
            SELECT office FROM office_leases WHERE office = $1 AND epoch = $2 FOR SHARE
        ), logged AS (
            INSERT INTO pool_log (decided_at, op_no, epoch, seq, batch_rows, application, office, kind,
                                  outcome, input, result, held)
            SELECT $3, e.op_no, $2::int, e.seq::int,
                   CASE WHEN e.place = 1 THEN cardinality($4::bigint[]) ELSE 0 END,
                   e.application, fence.office, e.kind, e.outcome, e.input, e.result, e.held
            FROM fence, unnest($4::bigint[], $5::bigint[], $6::uuid[], $7::text[], $8::text[],
                               $9::bytea[], $10::bytea[], $11::bytea[]) WITH ORDINALITY
                AS e (seq, op_no, application, kind, outcome, input, result, held, place)
        )
        SELECT count(*) AS "fence!" FROM fence"#,
        batch.office.as_str(),
        signed(batch.epoch),
        batch.decided_at.to_sqlx() as _,
        &entries.seq,
        &entries.op_no,
        &entries.application as _,
        &entries.encoded.kind as _,
        &entries.encoded.outcome as _,
        entries.encoded.input.slices() as _,
        entries.encoded.result.slices() as _,
        entries.encoded.held.slices() as _,
    )
    .fetch_one(connection)
    .traced("db.batch.write_holds")
    .await?;
    Ok(Written {
        fence,
        allocated: Vec::new(),
        ended: Vec::new(),
    })
}
