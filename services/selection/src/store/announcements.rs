//! What of confirmed numbers was told to whom.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use xuanhao_chassis::db::{Error, Traced, affected};
use xuanhao_chassis::ids::{ApplicationId, EventId};

/// What still has to be told of a confirmed number (P11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unannounced {
    pub(crate) application: ApplicationId,
    /// Id of the fact, once it is written.
    pub(crate) event: Option<EventId>,
}

/// Confirmed numbers of which somebody still has to be told, older than `before` first.
pub(crate) async fn list_unannounced(
    executor: impl PgExecutor<'_>,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<Unannounced>, Error> {
    let rows = sqlx::query!(
        r#"-- selection.selections.list_unannounced
        SELECT application_id AS "application: ApplicationId",
               announced_event AS "event: EventId"
        FROM selections
        WHERE (announced_at IS NULL OR message_at IS NULL) AND confirmed_at < $1
          AND returned_at IS NULL
        ORDER BY confirmed_at LIMIT $2"#,
        before.to_sqlx() as _,
        limit,
    )
    .fetch_all(executor)
    .traced("db.selections.list_unannounced")
    .await?;
    let read = rows.into_iter().map(|row| Unannounced {
        application: row.application,
        event: row.event,
    });
    Ok(read.collect())
}

/// What still has to be told of one; `None` when all was.
pub(crate) async fn lookup_unannounced(
    connection: &mut PgConnection,
    application: ApplicationId,
) -> Result<Option<Unannounced>, Error> {
    let row = sqlx::query!(
        r#"-- selection.selections.lookup_unannounced
        SELECT announced_event AS "event: EventId" FROM selections
        WHERE application_id = $1 AND (announced_at IS NULL OR message_at IS NULL)
        FOR UPDATE"#,
        application.as_uuid(),
    )
    .fetch_optional(connection)
    .traced("db.selections.lookup_unannounced")
    .await?;
    Ok(row.map(|row| Unannounced {
        application,
        event: row.event,
    }))
}

/// Notes that the fact was written.
pub(crate) async fn mark_announced(
    connection: &mut PgConnection,
    application: ApplicationId,
    event: EventId,
    now: Timestamp,
) -> Result<(), Error> {
    let result = sqlx::query!(
        "-- selection.selections.mark_announced
        UPDATE selections SET announced_at = $3, announced_event = $2
        WHERE application_id = $1 AND announced_at IS NULL",
        application.as_uuid(),
        event.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.selections.mark_announced")
    .await?;
    affected(1, &result)
}

/// Notes that notification has taken the message.
pub(crate) async fn mark_message(
    connection: &mut PgConnection,
    application: ApplicationId,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.selections.mark_message
        UPDATE selections SET message_at = $2 WHERE application_id = $1 AND message_at IS NULL",
        application.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.selections.mark_message")
    .await?;
    Ok(())
}
