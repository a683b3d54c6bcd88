//! Web sessions of citizens.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::{AccountId, SessionId};
use xuanhao_vocabulary::ProvinceId;

use super::{known, province};
use crate::domain::level::Level;

/// A session that begins.
#[derive(Debug, Clone)]
pub(crate) struct NewSession {
    /// Its id.
    pub(crate) session_id: SessionId,
    /// Whose.
    pub(crate) account_id: AccountId,
    /// The account's province.
    pub(crate) province: ProvinceId,
    /// SHA-256 of the token.
    pub(crate) token_hash: [u8; 32],
    /// From when.
    pub(crate) started_at: Timestamp,
    /// Until when at the latest.
    pub(crate) expires_at: Timestamp,
}

/// A session that is not over.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    /// Its id.
    pub(crate) session_id: SessionId,
    /// Whose.
    pub(crate) account_id: AccountId,
    /// The account's level now.
    pub(crate) level: Level,
    /// The account's province.
    pub(crate) province: ProvinceId,
    /// Whether the account's password is an initial one.
    pub(crate) must_change_password: bool,
    /// Last use noted.
    pub(crate) used_at: Timestamp,
    /// Until when at the latest.
    pub(crate) expires_at: Timestamp,
}

/// Adds one.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn add(tx: &mut Tx, session: &NewSession) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.session.add
        INSERT INTO sessions
            (session_id, account_id, province, token_hash, started_at, used_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $5, $6)",
        session.session_id.as_uuid(),
        session.account_id.as_uuid(),
        session.province.as_str(),
        &session.token_hash[..],
        session.started_at.to_sqlx() as _,
        session.expires_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.session.add")
    .await?;
    Ok(())
}

/// The session of a token, unless it is over.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn find_live(
    pool: &PgPool,
    token_hash: &[u8; 32],
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Option<Live>, db::Error> {
    let row = sqlx::query!(
        r#"-- identity.session.find_live
        SELECT s.session_id AS "session_id: SessionId", s.account_id AS "account_id: AccountId",
               a.level, a.province, a.must_change_password,
               s.used_at AS "used_at: jiff_sqlx::Timestamp",
               s.expires_at AS "expires_at: jiff_sqlx::Timestamp"
        FROM sessions s JOIN accounts a USING (account_id)
        WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.used_at > $3"#,
        &token_hash[..],
        now.to_sqlx() as _,
        idle_since.to_sqlx() as _,
    )
    .fetch_optional(pool)
    .traced("db.session.find_live")
    .await?;
    row.map(|row| {
        Ok(Live {
            session_id: row.session_id,
            account_id: row.account_id,
            level: known("level", Level::from_word(&row.level))?,
            province: province(&row.province)?,
            must_change_password: row.must_change_password,
            used_at: row.used_at.to_jiff(),
            expires_at: row.expires_at.to_jiff(),
        })
    })
    .transpose()
}

/// Whether a session is not over.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn is_live(
    pool: &PgPool,
    session_id: SessionId,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<bool, db::Error> {
    Ok(sqlx::query_scalar!(
        r#"-- identity.session.is_live
        SELECT EXISTS (
            SELECT FROM sessions
            WHERE session_id = $1 AND ended_at IS NULL AND expires_at > $2 AND used_at > $3) AS "live!""#,
        session_id.as_uuid(),
        now.to_sqlx() as _,
        idle_since.to_sqlx() as _,
    )
    .fetch_one(pool)
    .traced("db.session.is_live")
    .await?)
}

/// Notes a use.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_used(
    tx: &mut Tx,
    session_id: SessionId,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.session.mark_used
        UPDATE sessions SET used_at = $2 WHERE session_id = $1 AND used_at < $2",
        session_id.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.session.mark_used")
    .await?;
    Ok(())
}

/// Ends the session of a token; one that is over stays as it ended.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_ended(
    tx: &mut Tx,
    token_hash: &[u8; 32],
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.session.mark_ended
        UPDATE sessions SET ended_at = $2 WHERE token_hash = $1 AND ended_at IS NULL",
        &token_hash[..],
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.session.mark_ended")
    .await?;
    Ok(())
}

/// Ends all sessions of an account but one.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_all_ended(
    tx: &mut Tx,
    account_id: AccountId,
    except: Option<SessionId>,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.session.mark_all_ended
        UPDATE sessions SET ended_at = $3
        WHERE account_id = $1 AND session_id IS DISTINCT FROM $2 AND ended_at IS NULL",
        account_id.as_uuid(),
        except.map(SessionId::as_uuid),
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.session.mark_all_ended")
    .await?;
    Ok(())
}
