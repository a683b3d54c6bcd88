//! Messages notification has not acknowledged yet.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::{AccountId, MessageId, PersonId};
use xuanhao_vocabulary::{OfficeId, ProvinceId};

/// A message to be handed over after the commit of the act it tells of.
#[derive(Debug, Clone)]
pub(crate) struct NewMessage {
    /// Its id; also the request id at notification.
    pub(crate) message_id: MessageId,
    /// Whose account it is about.
    pub(crate) account_id: AccountId,
    /// Under whose key it is sealed.
    pub(crate) person_id: PersonId,
    /// Of the account.
    pub(crate) province: ProvinceId,
    /// Whose act it tells of.
    pub(crate) office: Option<OfficeId>,
    /// Template at notification.
    pub(crate) template: &'static str,
    /// The request, encoded and sealed.
    pub(crate) message: Vec<u8>,
    /// When.
    pub(crate) written_at: Timestamp,
    /// Of no use after that.
    pub(crate) expires_at: Timestamp,
}

/// One whose turn it is.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    /// Its id.
    pub(crate) message_id: MessageId,
    /// Under whose key it is sealed.
    pub(crate) person_id: PersonId,
    /// Template at notification.
    pub(crate) template: String,
    /// The request, encoded and sealed.
    pub(crate) message: Vec<u8>,
    /// Of no use after that.
    pub(crate) expires_at: Timestamp,
}

/// Adds one; it is due at once.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn add(tx: &mut Tx, new: &NewMessage) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.pending_message.add
        INSERT INTO pending_messages
            (message_id, account_id, person_id, province, office, template, message, written_at,
             due_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)",
        new.message_id.as_uuid(),
        new.account_id.as_uuid(),
        new.person_id.as_uuid(),
        new.province.as_str(),
        new.office.map(|office| office.to_string()),
        new.template,
        new.message,
        new.written_at.to_sqlx() as _,
        new.expires_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.pending_message.add")
    .await?;
    Ok(())
}

/// Messages whose turn it is, the longest due first.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list_due(
    pool: &PgPool,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Due>, db::Error> {
    let rows = sqlx::query!(
        r#"-- identity.pending_message.list_due
        SELECT message_id AS "message_id: MessageId", person_id AS "person_id: PersonId", template,
               message, expires_at AS "expires_at: jiff_sqlx::Timestamp"
        FROM pending_messages WHERE due_at <= $1 ORDER BY due_at, message_id LIMIT $2"#,
        now.to_sqlx() as _,
        limit,
    )
    .fetch_all(pool)
    .traced("db.pending_message.list_due")
    .await?;
    let due = rows.into_iter().map(|row| Due {
        message_id: row.message_id,
        person_id: row.person_id,
        template: row.template,
        message: row.message,
        expires_at: row.expires_at.to_jiff(),
    });
    Ok(due.collect())
}

/// Puts one off, so that it does not hold up the others.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_due(
    tx: &mut Tx,
    message_id: MessageId,
    due: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.pending_message.mark_due
        UPDATE pending_messages SET due_at = $2 WHERE message_id = $1",
        message_id.as_uuid(),
        due.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.pending_message.mark_due")
    .await?;
    Ok(())
}

/// Forgets one: it was acknowledged, or is of no use any more.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn delete(tx: &mut Tx, message_id: MessageId) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.pending_message.delete
        DELETE FROM pending_messages WHERE message_id = $1",
        message_id.as_uuid(),
    )
    .execute(&mut **tx)
    .traced("db.pending_message.delete")
    .await?;
    Ok(())
}

/// Forgets an account's messages of one template: they tell what does not hold any more.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn delete_of_template(
    tx: &mut Tx,
    account_id: AccountId,
    template: &str,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.pending_message.delete_of_template
        DELETE FROM pending_messages WHERE account_id = $1 AND template = $2",
        account_id.as_uuid(),
        template,
    )
    .execute(&mut **tx)
    .traced("db.pending_message.delete_of_template")
    .await?;
    Ok(())
}
