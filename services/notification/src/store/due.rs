//! Messages on their way: claimed, sent, asked about, ended.
//!
//! A claim raises `attempts` and puts `due_at` off; what settles it names that number, so that a
//! claim somebody else took meanwhile is not settled twice.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::types::Json;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::{MessageId, PersonId};
use xuanhao_vocabulary::{OfficeId, ProvinceId};

use super::{known, office, province};
use crate::domain::message::{Failure, Status};
use crate::domain::template::{Language, Values};

/// A message somebody works on now.
#[derive(Debug)]
pub(crate) struct Claimed {
    pub(crate) message_id: MessageId,
    pub(crate) province: ProvinceId,
    pub(crate) office: Option<OfficeId>,
    pub(crate) template: String,
    pub(crate) language: Language,
    pub(crate) person_id: PersonId,
    pub(crate) mobile: Option<Vec<u8>>,
    pub(crate) parameters: Values,
    pub(crate) secrets: Option<Vec<u8>>,
    pub(crate) status: Status,
    pub(crate) attempts: i32,
    pub(crate) expires_at: Timestamp,
    pub(crate) sent_at: Option<Timestamp>,
    /// Provider that took it.
    pub(crate) provider: Option<String>,
    pub(crate) reference: Option<String>,
    /// Provider that did not take it at the last attempt.
    pub(crate) tried: Option<String>,
    /// Providers that cannot take it as they are set up.
    pub(crate) refused_by: Vec<String>,
    pub(crate) version: i64,
}

/// Claims messages that are due, and puts them off to `again_at` in case the claim is lost.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn claim(
    tx: &mut Tx,
    now: Timestamp,
    again_at: Timestamp,
    limit: i64,
) -> Result<Vec<Claimed>, db::Error> {
    let rows = sqlx::query!(
        r#"-- notification.due.claim
        UPDATE messages SET attempts = attempts + 1, due_at = $2, version = version + 1
        WHERE message_id = ANY (ARRAY(
            SELECT message_id FROM messages WHERE due_at <= $1
            ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED))
        RETURNING message_id AS "message_id: MessageId", province, office, template, locale,
                  person_id AS "person_id: PersonId", mobile,
                  parameters AS "parameters: Json<Values>", secret_parameters, status, attempts,
                  expires_at AS "expires_at: jiff_sqlx::Timestamp",
                  sent_at AS "sent_at: jiff_sqlx::Timestamp", provider, provider_reference,
                  tried_provider, refused_by, version"#,
        now.to_sqlx() as _,
        again_at.to_sqlx() as _,
        limit,
    )
    .fetch_all(&mut **tx)
    .traced("db.due.claim")
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Claimed {
                message_id: row.message_id,
                province: province(&row.province)?,
                office: office(row.office.as_deref())?,
                template: row.template,
                language: known("locale", Language::from_tag(&row.locale))?,
                person_id: row.person_id,
                mobile: row.mobile,
                parameters: row.parameters.0,
                secrets: row.secret_parameters,
                status: known("status", Status::from_word(&row.status))?,
                attempts: row.attempts,
                expires_at: row.expires_at.to_jiff(),
                sent_at: row.sent_at.map(jiff_sqlx::Timestamp::to_jiff),
                provider: row.provider,
                reference: row.provider_reference,
                tried: row.tried_provider,
                refused_by: row.refused_by,
                version: row.version,
            })
        })
        .collect()
}

/// A provider took it; its secrets are wiped. `false` if the claim was lost.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_sent(
    tx: &mut Tx,
    claimed: &Claimed,
    provider: &str,
    reference: &str,
    ask_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let marked = sqlx::query!(
        "-- notification.due.mark_sent
        UPDATE messages
        SET status = 'sent', secret_parameters = NULL, sent_at = $4, provider = $5,
            provider_reference = $6, due_at = $7, version = version + 1
        WHERE message_id = $1 AND attempts = $2 AND version = $3",
        claimed.message_id.as_uuid(),
        claimed.attempts,
        claimed.version,
        now.to_sqlx() as _,
        provider,
        reference,
        ask_at.map(|at| at.to_sqlx()) as _,
    )
    .execute(&mut **tx)
    .traced("db.due.mark_sent")
    .await?;
    Ok(marked.rows_affected() == 1)
}

/// Nothing was learnt: it is due again then, or never. `false` if the claim was lost.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_due(
    tx: &mut Tx,
    claimed: &Claimed,
    due_at: Option<Timestamp>,
) -> Result<bool, db::Error> {
    let marked = sqlx::query!(
        "-- notification.due.mark_due
        UPDATE messages SET due_at = $3, version = version + 1
        WHERE message_id = $1 AND version = $2",
        claimed.message_id.as_uuid(),
        claimed.version,
        due_at.map(|at| at.to_sqlx()) as _,
    )
    .execute(&mut **tx)
    .traced("db.due.mark_due")
    .await?;
    Ok(marked.rows_affected() == 1)
}

/// A provider did not take it: it is due again then, and another provider is tried first.
/// `never_again` says that this provider cannot take it as it is set up. `false` if the claim was lost.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_untaken(
    tx: &mut Tx,
    claimed: &Claimed,
    due_at: Timestamp,
    by: &str,
    never_again: bool,
) -> Result<bool, db::Error> {
    let marked = sqlx::query!(
        "-- notification.due.mark_untaken
        UPDATE messages
        SET due_at = $3, tried_provider = $4, version = version + 1,
            refused_by = CASE WHEN $5 THEN array_append(refused_by, $4) ELSE refused_by END
        WHERE message_id = $1 AND version = $2",
        claimed.message_id.as_uuid(),
        claimed.version,
        due_at.to_sqlx() as _,
        by,
        never_again,
    )
    .execute(&mut **tx)
    .traced("db.due.mark_untaken")
    .await?;
    Ok(marked.rows_affected() == 1)
}

/// It ended; what was sealed is wiped. `false` if the claim was lost.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_finished(
    tx: &mut Tx,
    claimed: &Claimed,
    failure: Option<Failure>,
    provider: Option<&str>,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let status = if failure.is_some() {
        Status::Failed
    } else {
        Status::Delivered
    };
    let marked = sqlx::query!(
        "-- notification.due.mark_finished
        UPDATE messages
        SET status = $3, failure = $4, provider = COALESCE($5, provider), finished_at = $6,
            sent_at = CASE WHEN $3 = 'delivered' THEN COALESCE(sent_at, $6) ELSE sent_at END,
            mobile = NULL, secret_parameters = NULL, due_at = NULL, version = version + 1
        WHERE message_id = $1 AND version = $2",
        claimed.message_id.as_uuid(),
        claimed.version,
        status.as_str(),
        failure.map(Failure::as_str),
        provider,
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.due.mark_finished")
    .await?;
    Ok(marked.rows_affected() == 1)
}
