//! Announced openings.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::{BatchId, RequestId};
use xuanhao_vocabulary::OfficeId;

/// An announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opening {
    pub(crate) id: Uuid,
    pub(crate) batch: BatchId,
    pub(crate) office: OfficeId,
    /// The request that announced it.
    pub(crate) request: RequestId,
    pub(crate) announced_at: Timestamp,
    pub(crate) opens_at: Timestamp,
    /// Why it is, or is to be, taken back.
    pub(crate) withdraw_reason: Option<String>,
    pub(crate) withdrawn_at: Option<Timestamp>,
}

struct Row {
    opening_id: Uuid,
    batch_id: Uuid,
    office: String,
    request_id: Uuid,
    announced_at: jiff_sqlx::Timestamp,
    opens_at: jiff_sqlx::Timestamp,
    withdraw_reason: Option<String>,
    withdrawn_at: Option<jiff_sqlx::Timestamp>,
}

impl Row {
    fn read(self) -> Result<Opening, db::Error> {
        Ok(Opening {
            id: self.opening_id,
            batch: BatchId::from_uuid(self.batch_id),
            office: OfficeId::parse(&self.office)
                .map_err(|source| db::Error::corrupt("office", source))?,
            request: RequestId::from_uuid(self.request_id),
            announced_at: self.announced_at.to_jiff(),
            opens_at: self.opens_at.to_jiff(),
            withdraw_reason: self.withdraw_reason,
            withdrawn_at: super::instant(self.withdrawn_at),
        })
    }
}

/// Adds an announcement.
pub(crate) async fn add(tx: &mut Tx, opening: &Opening) -> Result<(), db::Error> {
    sqlx::query!(
        "-- platepool.opening.add
        INSERT INTO openings (opening_id, batch_id, province, office, request_id, announced_at,
                              opens_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)",
        opening.id,
        opening.batch.as_uuid(),
        opening.office.province().as_str(),
        opening.office.as_str(),
        opening.request.as_uuid(),
        opening.announced_at.to_sqlx() as _,
        opening.opens_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.opening.add")
    .await?;
    Ok(())
}

/// The latest announcement of a batch.
pub(crate) async fn latest(
    connection: &mut PgConnection,
    batch: BatchId,
) -> Result<Option<Opening>, db::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"-- platepool.opening.lookup
        SELECT opening_id, batch_id, office, request_id, announced_at AS "announced_at: _",
               opens_at AS "opens_at: _", withdraw_reason, withdrawn_at AS "withdrawn_at: _"
        FROM openings WHERE batch_id = $1 ORDER BY opening_id DESC LIMIT 1"#,
        batch.as_uuid(),
    )
    .fetch_optional(connection)
    .traced("db.opening.lookup")
    .await?;
    row.map(Row::read).transpose()
}

/// The latest announcement of each of these batches.
pub(crate) async fn of_batches(
    pool: &PgPool,
    batches: &[BatchId],
) -> Result<Vec<Opening>, db::Error> {
    let batches: Vec<Uuid> = batches.iter().map(|batch| batch.as_uuid()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"-- platepool.opening.list_of_batches
        SELECT DISTINCT ON (batch_id)
               opening_id, batch_id, office, request_id, announced_at AS "announced_at: _",
               opens_at AS "opens_at: _", withdraw_reason, withdrawn_at AS "withdrawn_at: _"
        FROM openings WHERE batch_id = ANY ($1) ORDER BY batch_id, opening_id DESC"#,
        &batches,
    )
    .fetch_all(pool)
    .traced("db.opening.list_of_batches")
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// What an office announces: openings to come, and those taken back since then; the next first.
pub(crate) async fn public(
    pool: &PgPool,
    office: OfficeId,
    now: Timestamp,
    withdrawn_since: Timestamp,
) -> Result<Vec<Opening>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"-- platepool.opening.list_public
        SELECT opening_id, batch_id, office, request_id, announced_at AS "announced_at: _",
               opens_at AS "opens_at: _", withdraw_reason, withdrawn_at AS "withdrawn_at: _"
        FROM openings
        WHERE office = $1 AND ((withdrawn_at IS NULL AND opens_at > $2) OR withdrawn_at >= $3)
        ORDER BY opens_at, opening_id"#,
        office.as_str(),
        now.to_sqlx() as _,
        withdrawn_since.to_sqlx() as _,
    )
    .fetch_all(pool)
    .traced("db.opening.list_public")
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Orders to take an announcement back.
pub(crate) async fn order_withdrawal(
    tx: &mut Tx,
    opening: Uuid,
    reason: &str,
    at: Timestamp,
) -> Result<(), db::Error> {
    let updated = sqlx::query!(
        "-- platepool.opening.order_withdrawal
        UPDATE openings SET withdraw_ordered_at = $2, withdraw_reason = $3
        WHERE opening_id = $1 AND withdrawn_at IS NULL",
        opening,
        at.to_sqlx() as _,
        reason,
    )
    .execute(&mut **tx)
    .traced("db.opening.order_withdrawal")
    .await?;
    db::affected(1, &updated)
}

/// Takes such an order back: the batch opened before.
pub(crate) async fn void_withdrawal(tx: &mut Tx, opening: Uuid) -> Result<(), db::Error> {
    sqlx::query!(
        "-- platepool.opening.void_withdrawal
        UPDATE openings SET withdraw_ordered_at = NULL, withdraw_reason = NULL
        WHERE opening_id = $1 AND withdrawn_at IS NULL",
        opening,
    )
    .execute(&mut **tx)
    .traced("db.opening.void_withdrawal")
    .await?;
    Ok(())
}

/// Announcements that were ordered to be taken back and are not.
pub(crate) async fn to_withdraw(pool: &PgPool, limit: i64) -> Result<Vec<Opening>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"-- platepool.opening.list_to_withdraw
        SELECT opening_id, batch_id, office, request_id, announced_at AS "announced_at: _",
               opens_at AS "opens_at: _", withdraw_reason, withdrawn_at AS "withdrawn_at: _"
        FROM openings WHERE withdraw_ordered_at IS NOT NULL AND withdrawn_at IS NULL
        ORDER BY opening_id LIMIT $1"#,
        limit,
    )
    .fetch_all(pool)
    .traced("db.opening.list_to_withdraw")
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Announced openings whose time has come and of which nobody was told.
pub(crate) async fn untold(
    pool: &PgPool,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Opening>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"-- platepool.opening.list_untold
        SELECT o.opening_id, o.batch_id, o.office, o.request_id, o.announced_at AS "announced_at: _",
               o.opens_at AS "opens_at: _", o.withdraw_reason, o.withdrawn_at AS "withdrawn_at: _"
        FROM openings AS o JOIN batches USING (batch_id)
        WHERE o.told_at IS NULL AND o.withdrawn_at IS NULL AND o.opens_at <= $1
          AND batches.released_at <= $1
        ORDER BY o.opens_at LIMIT $2"#,
        now.to_sqlx() as _,
        limit,
    )
    .fetch_all(pool)
    .traced("db.opening.list_untold")
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Notes that the opening is told. False if it was.
pub(crate) async fn told(tx: &mut Tx, opening: Uuid, at: Timestamp) -> Result<bool, db::Error> {
    let updated = sqlx::query!(
        "-- platepool.opening.told
        UPDATE openings SET told_at = $2
        WHERE opening_id = $1 AND told_at IS NULL AND withdrawn_at IS NULL",
        opening,
        at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.opening.told")
    .await?;
    Ok(updated.rows_affected() == 1)
}
