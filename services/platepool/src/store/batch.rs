//! Batches.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::{BatchId, RequestId};
use xuanhao_vocabulary::OfficeId;

/// A batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) id: BatchId,
    pub(crate) office: OfficeId,
    pub(crate) name: String,
    pub(crate) added_at: Timestamp,
    pub(crate) import_closed_at: Option<Timestamp>,
    /// The request that ordered its release.
    pub(crate) release_request: Option<RequestId>,
    /// From when its numbers can be selected.
    pub(crate) released_at: Option<Timestamp>,
}

struct Row {
    batch_id: Uuid,
    office: String,
    name: String,
    added_at: jiff_sqlx::Timestamp,
    import_closed_at: Option<jiff_sqlx::Timestamp>,
    release_request: Option<Uuid>,
    released_at: Option<jiff_sqlx::Timestamp>,
}

impl Row {
    fn read(self) -> Result<Batch, db::Error> {
        Ok(Batch {
            id: BatchId::from_uuid(self.batch_id),
            office: OfficeId::parse(&self.office)
                .map_err(|source| db::Error::corrupt("office", source))?,
            name: self.name,
            added_at: self.added_at.to_jiff(),
            import_closed_at: super::instant(self.import_closed_at),
            release_request: self.release_request.map(RequestId::from_uuid),
            released_at: super::instant(self.released_at),
        })
    }
}

/// One batch.
pub(crate) async fn lookup(
    connection: &mut PgConnection,
    batch: BatchId,
) -> Result<Option<Batch>, db::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"-- platepool.batch.lookup
        SELECT batch_id, office, name, added_at AS "added_at: _",
               import_closed_at AS "import_closed_at: _", release_request,
               released_at AS "released_at: _"
        FROM batches WHERE batch_id = $1"#,
        batch.as_uuid(),
    )
    .fetch_optional(connection)
    .traced("db.batch.lookup")
    .await?;
    row.map(Row::read).transpose()
}

/// Which batches of an office are wanted: newest first, those older than `before`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    pub(crate) office: OfficeId,
    /// Only those that were open by then.
    pub(crate) open_by: Option<Timestamp>,
    /// Ids are in the order of time.
    pub(crate) before: Option<BatchId>,
    pub(crate) limit: i64,
}

/// A page of batches.
pub(crate) async fn list(pool: &PgPool, page: Page) -> Result<Vec<Batch>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"-- platepool.batch.list
        SELECT batch_id, office, name, added_at AS "added_at: _",
               import_closed_at AS "import_closed_at: _", release_request,
               released_at AS "released_at: _"
        FROM batches
        WHERE office = $1 AND ($2::timestamptz IS NULL OR released_at <= $2)
          AND ($3::uuid IS NULL OR batch_id < $3)
        ORDER BY batch_id DESC LIMIT $4"#,
        page.office.as_str(),
        page.open_by.map(ToSqlx::to_sqlx) as _,
        page.before.map(BatchId::as_uuid),
        page.limit,
    )
    .fetch_all(pool)
    .traced("db.batch.list")
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Adds a prepared batch.
pub(crate) async fn add(tx: &mut Tx, batch: &Batch) -> Result<(), db::Error> {
    sqlx::query!(
        "-- platepool.batch.add
        INSERT INTO batches (batch_id, province, office, name, added_at) VALUES ($1, $2, $3, $4, $5)",
        batch.id.as_uuid(),
        batch.office.province().as_str(),
        batch.office.as_str(),
        batch.name,
        batch.added_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.batch.add")
    .await?;
    Ok(())
}

/// Closes the import.
pub(crate) async fn close_import(
    tx: &mut Tx,
    batch: BatchId,
    at: Timestamp,
) -> Result<(), db::Error> {
    let updated = sqlx::query!(
        "-- platepool.batch.close_import
        UPDATE batches SET import_closed_at = $2 WHERE batch_id = $1 AND import_closed_at IS NULL",
        batch.as_uuid(),
        at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.batch.close_import")
    .await?;
    db::affected(1, &updated)
}

/// Notes the request that orders the release.
pub(crate) async fn order_release(
    tx: &mut Tx,
    batch: BatchId,
    request: RequestId,
) -> Result<(), db::Error> {
    let updated = sqlx::query!(
        "-- platepool.batch.order_release
        UPDATE batches SET release_request = $2
        WHERE batch_id = $1 AND import_closed_at IS NOT NULL AND released_at IS NULL",
        batch.as_uuid(),
        request.as_uuid(),
    )
    .execute(&mut **tx)
    .traced("db.batch.order_release")
    .await?;
    db::affected(1, &updated)
}

/// Takes back an order to release that came to nothing.
pub(crate) async fn void_release(tx: &mut Tx, batch: BatchId) -> Result<(), db::Error> {
    sqlx::query!(
        "-- platepool.batch.void_release
        WITH voided AS (
            UPDATE batches SET release_request = NULL
            WHERE batch_id = $1 AND released_at IS NULL RETURNING batch_id
        ), announced AS (
            DELETE FROM openings USING voided
            WHERE openings.batch_id = voided.batch_id AND openings.withdrawn_at IS NULL
        )
        UPDATE segments SET opens_at = NULL, random_only_until = NULL
        FROM voided WHERE segments.batch_id = voided.batch_id AND segments.released_at IS NULL",
        batch.as_uuid(),
    )
    .execute(&mut **tx)
    .traced("db.batch.void_release")
    .await?;
    Ok(())
}

/// Batches whose ordered release was not carried out, the oldest first.
pub(crate) async fn ordered(pool: &PgPool, limit: i64) -> Result<Vec<Batch>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"-- platepool.batch.list_ordered
        SELECT batch_id, office, name, added_at AS "added_at: _",
               import_closed_at AS "import_closed_at: _", release_request,
               released_at AS "released_at: _"
        FROM batches WHERE release_request IS NOT NULL AND released_at IS NULL
        ORDER BY batch_id LIMIT $1"#,
        limit,
    )
    .fetch_all(pool)
    .traced("db.batch.list_ordered")
    .await?;
    rows.into_iter().map(Row::read).collect()
}
