//! What citizens are to be told, until notification has taken it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;
use xuanhao_chassis::db::{Error, Traced};
use xuanhao_chassis::ids::{AccountId, ApplicationId};
use xuanhao_vocabulary::OfficeId;

use super::{json, parse, to_json};

/// A message as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// Made from application, template and occasion; also the request id at notification.
    pub(crate) id: Uuid,
    pub(crate) application: ApplicationId,
    pub(crate) office: OfficeId,
    pub(crate) template: String,
    pub(crate) parameters: BTreeMap<String, String>,
    /// Civil day it belongs to.
    pub(crate) day: Date,
    pub(crate) expires_at: Timestamp,
}

/// A message that is due, with the account whose person it goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) message: Message,
    pub(crate) account: AccountId,
}

/// Adds a message, once for its id.
pub(crate) async fn add(
    connection: &mut PgConnection,
    added: &Message,
    now: Timestamp,
    from: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.messages.add
        INSERT INTO messages (message_id, application_id, province, office, template, parameters,
                              day, created_at, expires_at, next_try_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT ON CONSTRAINT messages_pkey DO NOTHING",
        added.id,
        added.application.as_uuid(),
        added.office.province().as_str(),
        added.office.as_str(),
        added.template,
        to_json("messages.parameters", &added.parameters)?,
        added.day.to_sqlx() as _,
        now.to_sqlx() as _,
        added.expires_at.to_sqlx() as _,
        from.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.messages.add")
    .await?;
    Ok(())
}

/// Messages to be handed over now.
pub(crate) async fn list_due(
    executor: impl PgExecutor<'_>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Due>, Error> {
    let rows = sqlx::query!(
        r#"-- selection.messages.list_due
        SELECT m.message_id, m.application_id AS "application: ApplicationId", m.office, m.template,
               m.parameters, m.day AS "day: jiff_sqlx::Date",
               m.expires_at AS "expires_at: jiff_sqlx::Timestamp",
               a.account_id AS "account: AccountId"
        FROM messages m JOIN applications a USING (application_id)
        WHERE m.told_at IS NULL AND m.next_try_at <= $1
        ORDER BY m.next_try_at LIMIT $2"#,
        now.to_sqlx() as _,
        limit,
    )
    .fetch_all(executor)
    .traced("db.messages.list_due")
    .await?;
    let read = rows.into_iter().map(|row| {
        Ok(Due {
            message: Message {
                id: row.message_id,
                application: row.application,
                office: parse("messages.office", &row.office)?,
                template: row.template,
                parameters: json("messages.parameters", row.parameters)?,
                day: row.day.to_jiff(),
                expires_at: row.expires_at.to_jiff(),
            },
            account: row.account,
        })
    });
    read.collect()
}

/// Notes that notification has taken it, or that it is of no use any more.
pub(crate) async fn mark_told(
    connection: &mut PgConnection,
    id: Uuid,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.messages.mark_told
        UPDATE messages SET told_at = $2 WHERE message_id = $1 AND told_at IS NULL",
        id,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.messages.mark_told")
    .await?;
    Ok(())
}

/// Puts the next try off.
pub(crate) async fn mark_next_try(
    connection: &mut PgConnection,
    id: Uuid,
    at: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.messages.mark_next_try
        UPDATE messages SET next_try_at = $2 WHERE message_id = $1",
        id,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.messages.mark_next_try")
    .await?;
    Ok(())
}

/// Deletes messages handed over before `before`.
pub(crate) async fn delete_told(
    connection: &mut PgConnection,
    before: Timestamp,
    limit: i64,
) -> Result<u64, Error> {
    let result = sqlx::query!(
        "-- selection.messages.delete_told
        DELETE FROM messages WHERE message_id = ANY (ARRAY(
            SELECT message_id FROM messages WHERE told_at < $1
            ORDER BY told_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
        before.to_sqlx() as _,
        limit,
    )
    .execute(connection)
    .traced("db.messages.delete_told")
    .await?;
    Ok(result.rows_affected())
}
