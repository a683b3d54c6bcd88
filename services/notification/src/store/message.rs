//! Messages as they are accepted and shown.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::{AccountId, MessageId, PersonId};
use xuanhao_vocabulary::{OfficeId, ProvinceId};

use super::known;
use crate::domain::message::Status;
use crate::domain::template::{Language, Values};

/// The column a stranger's number is sealed for.
pub(crate) const MOBILE: &str = "messages.mobile";
/// The column secret values are sealed for.
pub(crate) const SECRETS: &str = "messages.secret_parameters";

/// A message to be accepted.
#[derive(Debug)]
pub(crate) struct NewMessage {
    pub(crate) message_id: MessageId,
    pub(crate) province: ProvinceId,
    pub(crate) office: Option<OfficeId>,
    pub(crate) template: String,
    pub(crate) language: Language,
    /// Whose data key seals it.
    pub(crate) person_id: PersonId,
    pub(crate) account_id: Option<AccountId>,
    /// Sealed number of a stranger.
    pub(crate) mobile: Option<Vec<u8>>,
    pub(crate) parameters: Values,
    /// Sealed secret values.
    pub(crate) secrets: Option<Vec<u8>>,
    pub(crate) expires_at: Timestamp,
}

/// A message as it is shown.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) message_id: MessageId,
    pub(crate) template: String,
    pub(crate) language: Language,
    pub(crate) parameters: Values,
    pub(crate) has_secrets: bool,
    pub(crate) status: Status,
    pub(crate) enqueued_at: Timestamp,
    pub(crate) finished_at: Option<Timestamp>,
    pub(crate) provider: Option<String>,
    pub(crate) failure: Option<String>,
}

/// Adds one, due at once.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn add(tx: &mut Tx, new: &NewMessage, now: Timestamp) -> Result<(), db::Error> {
    sqlx::query!(
        "-- notification.message.add
        INSERT INTO messages
            (message_id, province, office, template, locale, person_id, account_id, mobile,
             parameters, secret_parameters, has_secrets, status, attempts, due_at, expires_at,
             enqueued_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'queued', 0, $12, $13, $12, 1)",
        new.message_id.as_uuid(),
        new.province.as_str(),
        new.office.as_ref().map(OfficeId::as_str),
        new.template,
        new.language.tag(),
        new.person_id.as_uuid(),
        new.account_id.map(|id| id.as_uuid()),
        new.mobile,
        Json(&new.parameters) as _,
        new.secrets,
        new.secrets.is_some(),
        now.to_sqlx() as _,
        new.expires_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.message.add")
    .await?;
    Ok(())
}

struct Row {
    message_id: MessageId,
    template: String,
    locale: String,
    parameters: Json<Values>,
    has_secrets: bool,
    status: String,
    enqueued_at: jiff_sqlx::Timestamp,
    finished_at: Option<jiff_sqlx::Timestamp>,
    provider: Option<String>,
    failure: Option<String>,
}

impl TryFrom<Row> for Shown {
    type Error = db::Error;

    fn try_from(row: Row) -> Result<Self, db::Error> {
        Ok(Self {
            message_id: row.message_id,
            template: row.template,
            language: known("locale", Language::from_tag(&row.locale))?,
            parameters: row.parameters.0,
            has_secrets: row.has_secrets,
            status: known("status", Status::from_word(&row.status))?,
            enqueued_at: row.enqueued_at.to_jiff(),
            finished_at: row.finished_at.map(jiff_sqlx::Timestamp::to_jiff),
            provider: row.provider,
            failure: row.failure,
        })
    }
}

/// One message.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn lookup(
    connection: &mut PgConnection,
    message_id: MessageId,
) -> Result<Option<Shown>, db::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"-- notification.message.lookup
        SELECT message_id AS "message_id: MessageId", template, locale,
               parameters AS "parameters: Json<Values>", has_secrets, status,
               enqueued_at AS "enqueued_at: jiff_sqlx::Timestamp",
               finished_at AS "finished_at: jiff_sqlx::Timestamp", provider, failure
        FROM messages WHERE message_id = $1"#,
        message_id.as_uuid(),
    )
    .fetch_optional(connection)
    .traced("db.message.lookup")
    .await?;
    row.map(Shown::try_from).transpose()
}

/// Messages of an account's inbox before a place in it, newest first.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list(
    pool: &PgPool,
    account_id: AccountId,
    before: (Timestamp, MessageId),
    limit: i64,
) -> Result<Vec<Shown>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"-- notification.message.list
        SELECT message_id AS "message_id: MessageId", template, locale,
               parameters AS "parameters: Json<Values>", has_secrets, status,
               enqueued_at AS "enqueued_at: jiff_sqlx::Timestamp",
               finished_at AS "finished_at: jiff_sqlx::Timestamp", provider, failure
        FROM messages
        WHERE account_id = $1 AND NOT has_secrets AND (enqueued_at, message_id) < ($2, $3)
        ORDER BY enqueued_at DESC, message_id DESC LIMIT $4"#,
        account_id.as_uuid(),
        before.0.to_sqlx() as _,
        before.1.as_uuid(),
        limit,
    )
    .fetch_all(pool)
    .traced("db.message.list")
    .await?;
    rows.into_iter().map(Shown::try_from).collect()
}
