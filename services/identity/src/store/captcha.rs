//! Picture codes.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use xuanhao_chassis::db::{self, Traced, Tx, affected};
use xuanhao_chassis::ids::{ChallengeId, PreSessionId, RequestId};

/// A picture code that was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Captcha {
    /// Keyed hash of the answer.
    pub(crate) answer_hash: Vec<u8>,
    /// Ends then.
    pub(crate) expires_at: Timestamp,
    /// Whether the one answer was given.
    pub(crate) answered: bool,
    /// The request that answered it rightly.
    pub(crate) answered_for: Option<RequestId>,
}

/// Adds one.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn add(
    tx: &mut Tx,
    captcha_id: ChallengeId,
    pre_session: PreSessionId,
    answer_hash: &[u8; 32],
    expires_at: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.captcha.add
        INSERT INTO captchas (captcha_id, pre_session_id, answer_hash, expires_at)
        VALUES ($1, $2, $3, $4)",
        captcha_id.as_uuid(),
        pre_session.as_uuid(),
        &answer_hash[..],
        expires_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.captcha.add")
    .await?;
    Ok(())
}

/// One of a pre-session's, locked for the rest of the transaction.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn lock(
    tx: &mut Tx,
    captcha_id: ChallengeId,
    pre_session: PreSessionId,
) -> Result<Option<Captcha>, db::Error> {
    let row = sqlx::query!(
        r#"-- identity.captcha.lock
        SELECT answer_hash, expires_at AS "expires_at: jiff_sqlx::Timestamp",
               answered_at IS NOT NULL AS "answered!",
               answered_for AS "answered_for: RequestId"
        FROM captchas WHERE captcha_id = $1 AND pre_session_id = $2 FOR UPDATE"#,
        captcha_id.as_uuid(),
        pre_session.as_uuid(),
    )
    .fetch_optional(&mut **tx)
    .traced("db.captcha.lock")
    .await?;
    Ok(row.map(|row| Captcha {
        answer_hash: row.answer_hash,
        expires_at: row.expires_at.to_jiff(),
        answered: row.answered,
        answered_for: row.answered_for,
    }))
}

/// Notes the one answer; `right_for` names the request that answered rightly.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_answered(
    tx: &mut Tx,
    captcha_id: ChallengeId,
    right_for: Option<RequestId>,
    now: Timestamp,
) -> Result<(), db::Error> {
    let updated = sqlx::query!(
        "-- identity.captcha.mark_answered
        UPDATE captchas SET answered_at = $2, answered_for = $3
        WHERE captcha_id = $1 AND answered_at IS NULL",
        captcha_id.as_uuid(),
        now.to_sqlx() as _,
        right_for.map(RequestId::as_uuid),
    )
    .execute(&mut **tx)
    .traced("db.captcha.mark_answered")
    .await?;
    affected(1, &updated)
}
