//! Deleting what has done its duty, a batch at a time.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::ids::PersonId;

/// Rows deleted by one transaction; small, so that nobody waits for it.
pub(crate) const BATCH: i64 = 500;

/// What was deleted.
#[derive(Debug)]
pub(crate) struct Deleted {
    /// How many messages.
    pub(crate) messages: usize,
    /// Keys of messages to strangers: nothing is sealed under them any more.
    pub(crate) strangers: Vec<PersonId>,
}

/// Deletes messages that ended, or were last heard of, before.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn messages(tx: &mut Tx, before: Timestamp) -> Result<Deleted, db::Error> {
    let rows = sqlx::query!(
        r#"-- notification.retention.messages
        DELETE FROM messages WHERE message_id = ANY (ARRAY(
            SELECT message_id FROM messages
            WHERE COALESCE(finished_at, sent_at) < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))
        RETURNING person_id AS "person_id: PersonId", account_id IS NULL AS "stranger!""#,
        before.to_sqlx() as _,
        BATCH,
    )
    .fetch_all(&mut **tx)
    .await?;
    let strangers = rows
        .iter()
        .filter(|row| row.stranger)
        .map(|row| row.person_id)
        .collect();
    Ok(Deleted {
        messages: rows.len(),
        strangers,
    })
}
