//! Pieces of imports.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use uuid::Uuid;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::BatchId;
use xuanhao_vocabulary::OfficeId;

use super::{signed, unsigned};

/// A piece that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) batch: BatchId,
    pub(crate) number: u32,
    pub(crate) content_hash: [u8; 32],
    pub(crate) taken: u64,
    pub(crate) outside: u64,
}

/// What was taken under a number.
pub(crate) async fn lookup(
    pool: &PgPool,
    batch: BatchId,
    number: u32,
) -> Result<Option<Chunk>, db::Error> {
    let row = sqlx::query!(
        "-- platepool.chunk.lookup
        SELECT content_hash, taken, outside FROM import_chunks WHERE batch_id = $1 AND chunk_no = $2",
        batch.as_uuid(),
        i64::from(number),
    )
    .fetch_optional(pool)
    .traced("db.chunk.lookup")
    .await?;
    row.map(|row| {
        let content_hash = row.content_hash.try_into();
        let content_hash =
            content_hash.map_err(|_| db::Error::corrupt("hash", "it is not of 32 bytes"))?;
        let (taken, outside) = (unsigned(row.taken), unsigned(row.outside));
        Ok(Chunk {
            batch,
            number,
            content_hash,
            taken,
            outside,
        })
    })
    .transpose()
}

/// Remembers a piece; the first to do so counts.
pub(crate) async fn add(
    tx: &mut Tx,
    office: OfficeId,
    chunk: &Chunk,
    at: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- platepool.chunk.add
        INSERT INTO import_chunks (batch_id, chunk_no, province, office, content_hash, taken, outside,
                                   imported_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (batch_id, chunk_no) DO NOTHING",
        chunk.batch.as_uuid(),
        i64::from(chunk.number),
        office.province().as_str(),
        office.as_str(),
        &chunk.content_hash[..],
        signed(chunk.taken),
        signed(chunk.outside),
        at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.chunk.add")
    .await?;
    Ok(())
}

/// How many numbers the pieces of batches took so far.
pub(crate) async fn taken(
    pool: &PgPool,
    batches: &[BatchId],
) -> Result<Vec<(BatchId, u64)>, db::Error> {
    let batches: Vec<Uuid> = batches.iter().map(|batch| batch.as_uuid()).collect();
    let rows = sqlx::query!(
        r#"-- platepool.chunk.sum_taken
        SELECT batch_id, sum(taken)::bigint AS "taken!" FROM import_chunks
        WHERE batch_id = ANY ($1) GROUP BY batch_id"#,
        &batches,
    )
    .fetch_all(pool)
    .traced("db.chunk.sum_taken")
    .await?;
    let read = |id, taken| (BatchId::from_uuid(id), unsigned(taken));
    Ok(rows
        .into_iter()
        .map(|row| read(row.batch_id, row.taken))
        .collect())
}
