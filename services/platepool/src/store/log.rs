//! Reading the log.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use uuid::Uuid;
use xuanhao_chassis::db::{self, Traced};
use xuanhao_vocabulary::OfficeId;

use super::encoding::LogRow;
use crate::domain::command::Resolve;
use crate::domain::ids::{ApplicationId, RowKey};
use crate::domain::record::History;
use crate::domain::rows::Entry;

/// How far the clock that made an application's id may have been ahead of the pool's.
const SKEW: SignedDuration = SignedDuration::from_hours(24);

/// No row of an application is older than the application: its id tells when it was made, which
/// spares look-ups the partitions of the years before. An id of another version tells nothing.
fn not_before(application: ApplicationId) -> Timestamp {
    let made = || {
        if application.0.get_version_num() != 7 {
            return None;
        }
        let (seconds, _) = application.0.get_timestamp()?.to_unix();
        let made = Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
        made.checked_sub(SKEW).ok()
    };
    made().unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Where applications stand, in no order.
pub(crate) async fn histories(
    pool: &PgPool,
    applications: &[ApplicationId],
) -> Result<Vec<History>, db::Error> {
    let ids: Vec<Uuid> = applications
        .iter()
        .map(|application| application.0)
        .collect();
    let from = applications
        .iter()
        .copied()
        .map(not_before)
        .min()
        .unwrap_or(Timestamp::UNIX_EPOCH);
    let rows = sqlx::query_as!(
        LogRow,
        r#"-- platepool.log.list_latest
        SELECT l.decided_at AS "decided_at: _", l.epoch, l.seq, l.kind, l.application, l.op_no,
               l.outcome, l.input, l.result, l.held
        FROM unnest($1::uuid[]) AS wanted (application)
        CROSS JOIN LATERAL (
            SELECT * FROM pool_log
            WHERE pool_log.application = wanted.application AND decided_at >= $2
            ORDER BY decided_at DESC LIMIT 1) AS l"#,
        &ids,
        from.to_sqlx() as _,
    )
    .fetch_all(pool)
    .traced("db.log.list_latest")
    .await?;
    let mut entries = rows
        .into_iter()
        .map(LogRow::entry)
        .collect::<Result<Vec<_>, _>>()?;
    // A number and the row that gave it are one statement's: who has no row has no number. Of all who
    // come for the first time nothing more is asked.
    let known: Vec<Uuid> = entries
        .iter()
        .filter_map(|entry| Some(entry.owner()?.0))
        .collect();
    let allocated = match known[..] {
        [] => HashMap::new(),
        _ => super::allocation::live_of(pool, &known).await?,
    };
    Ok(applications
        .iter()
        .map(|application| {
            let index = entries
                .iter()
                .position(|entry| entry.owner() == Some(*application));
            let last = index.map(|index| entries.swap_remove(index));
            let allocation = allocated.get(&application.0).copied();
            History {
                application: *application,
                last,
                allocation,
            }
        })
        .collect())
}

/// The latest row of an operation, or of a resolve of it.
pub(crate) async fn operation(pool: &PgPool, wanted: Resolve) -> Result<Option<Entry>, db::Error> {
    let row = sqlx::query_as!(
        LogRow,
        r#"-- platepool.log.lookup_operation
        SELECT decided_at AS "decided_at: _", epoch, seq, kind, application, op_no, outcome, input,
               result, held
        FROM pool_log
        WHERE application = $1 AND op_no = $2 AND kind <> 'close' AND decided_at >= $3
        ORDER BY decided_at DESC LIMIT 1"#,
        wanted.application.0,
        super::signed(wanted.op_no),
        not_before(wanted.application).to_sqlx() as _,
    )
    .fetch_optional(pool)
    .traced("db.log.lookup_operation")
    .await?;
    row.map(LogRow::entry).transpose()
}

/// One row of an application.
pub(crate) async fn row(
    pool: &PgPool,
    application: ApplicationId,
    decided_at: Timestamp,
    key: RowKey,
) -> Result<Option<Entry>, db::Error> {
    let row = sqlx::query_as!(
        LogRow,
        r#"-- platepool.log.lookup
        SELECT decided_at AS "decided_at: _", epoch, seq, kind, application, op_no, outcome, input,
               result, held
        FROM pool_log
        WHERE application = $1 AND decided_at = $2 AND epoch = $3::bigint AND seq = $4::bigint"#,
        application.0,
        decided_at.to_sqlx() as _,
        super::signed(key.epoch),
        super::signed(key.seq),
    )
    .fetch_optional(pool)
    .traced("db.log.lookup")
    .await?;
    row.map(LogRow::entry).transpose()
}

/// Where a page of the log begins and ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    /// Rows after this one.
    pub(crate) after: (Timestamp, RowKey),
    /// Rows before this instant.
    pub(crate) before: Timestamp,
    /// At most so many.
    pub(crate) limit: i64,
}

/// The office's rows, in the order of the log.
pub(crate) async fn list(
    pool: &PgPool,
    office: OfficeId,
    span: Span,
) -> Result<Vec<Entry>, db::Error> {
    let (after, key) = span.after;
    // The index knows batches: from them comes the instant up to which there are rows enough. What
    // lies before it is then read from the blocks of that span alone.
    let rows = sqlx::query_as!(
        LogRow,
        r#"-- platepool.log.list
        SELECT decided_at AS "decided_at: _", epoch, seq, kind, application, op_no, outcome, input,
               result, held
        FROM pool_log
        WHERE office = $1 AND decided_at >= $2 AND decided_at < $5
          AND (decided_at, epoch, seq) > ($2, $3::bigint, $4::bigint)
          AND decided_at <= (
              SELECT coalesce(max(decided_at), $2)
              FROM (SELECT decided_at, sum(batch_rows) OVER (ORDER BY decided_at) - batch_rows AS before
                    FROM (SELECT decided_at, batch_rows FROM pool_log
                          WHERE office = $1 AND batch_rows > 0 AND decided_at > $2 AND decided_at < $5
                          ORDER BY decided_at LIMIT $6) AS batches) AS batches
              WHERE before < $6)
        ORDER BY decided_at, epoch, seq LIMIT $6"#,
        office.as_str(),
        after.to_sqlx() as _,
        super::signed(key.epoch),
        super::signed(key.seq),
        span.before.to_sqlx() as _,
        span.limit,
    )
    .fetch_all(pool)
    .traced("db.log.list")
    .await?;
    rows.into_iter().map(LogRow::entry).collect()
}

/// All rows of an office after a position, in the order of the log: what a memory that was built
/// before them has to follow.
pub(crate) async fn after(
    pool: &PgPool,
    office: OfficeId,
    (at, key): (Timestamp, RowKey),
) -> Result<Vec<Entry>, db::Error> {
    let span = Span {
        // Before the first row a memory knows no instant that the database could hold.
        after: (at.max(Timestamp::UNIX_EPOCH), key),
        before: Timestamp::MAX,
        limit: i64::MAX,
    };
    list(pool, office, span).await
}

#[cfg(test)]
mod tests;
