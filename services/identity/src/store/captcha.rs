//! Picture codes and puzzles.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;
use xuanhao_chassis::db::{self, Traced, Tx, affected};
use xuanhao_chassis::ids::{ChallengeId, RequestId};

use super::known;
use crate::domain::challenge::Holder;

/// What a captcha is answered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// What the picture shows: its keyed hash.
    Text(Vec<u8>),
    /// A solution of the puzzle.
    Work {
        /// What the answer is put behind.
        prefix: String,
        /// Zero bits wanted.
        zero_bits: u8,
    },
}

/// A captcha that was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Captcha {
    /// What answers it.
    pub(crate) wanted: Wanted,
    /// Ends then.
    pub(crate) expires_at: Timestamp,
    /// Whether the one answer was given.
    pub(crate) answered: bool,
    /// The request that answered it rightly.
    pub(crate) answered_for: Option<RequestId>,
}

fn holder_columns(holder: Holder) -> (Option<Uuid>, Option<Uuid>) {
    match holder {
        Holder::PreSession(id) => (Some(id.as_uuid()), None),
        Holder::Account(id) => (None, Some(id.as_uuid())),
    }
}

/// Adds one.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn add(
    tx: &mut Tx,
    captcha_id: ChallengeId,
    holder: Holder,
    wanted: &Wanted,
    expires_at: Timestamp,
) -> Result<(), db::Error> {
    let (pre_session, account) = holder_columns(holder);
    let (answer_hash, puzzle) = match wanted {
        Wanted::Text(hash) => (Some(hash.as_slice()), None),
        Wanted::Work { prefix, zero_bits } => (None, Some((prefix.as_str(), *zero_bits))),
    };
    sqlx::query!(
        "-- identity.captcha.add
        INSERT INTO captchas
            (captcha_id, pre_session_id, account_id, answer_hash, puzzle_prefix, zero_bits, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)",
        captcha_id.as_uuid(),
        pre_session,
        account,
        answer_hash,
        puzzle.map(|(prefix, _)| prefix),
        puzzle.map(|(_, zero_bits)| i16::from(zero_bits)),
        expires_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.captcha.add")
    .await?;
    Ok(())
}

/// One of a holder's, locked for the rest of the transaction.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn lock(
    tx: &mut Tx,
    captcha_id: ChallengeId,
    holder: Holder,
) -> Result<Option<Captcha>, db::Error> {
    let (pre_session, account) = holder_columns(holder);
    let row = sqlx::query!(
        r#"-- identity.captcha.lock
        SELECT answer_hash, puzzle_prefix, zero_bits,
               expires_at AS "expires_at: jiff_sqlx::Timestamp",
               answered_at IS NOT NULL AS "answered!",
               answered_for AS "answered_for: RequestId"
        FROM captchas
        WHERE captcha_id = $1 AND (pre_session_id = $2 OR account_id = $3) FOR UPDATE"#,
        captcha_id.as_uuid(),
        pre_session,
        account,
    )
    .fetch_optional(&mut **tx)
    .traced("db.captcha.lock")
    .await?;
    row.map(|row| {
        let puzzle = row.puzzle_prefix.zip(row.zero_bits);
        let work = puzzle.and_then(|(prefix, bits)| {
            let zero_bits = u8::try_from(bits).ok()?;
            Some(Wanted::Work { prefix, zero_bits })
        });
        Ok(Captcha {
            wanted: known("captcha", row.answer_hash.map(Wanted::Text).or(work))?,
            expires_at: row.expires_at.to_jiff(),
            answered: row.answered,
            answered_for: row.answered_for,
        })
    })
    .transpose()
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
