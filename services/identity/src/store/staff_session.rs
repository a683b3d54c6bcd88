//! Sessions of members of staff.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::{SessionId, StaffId};

use super::staff::Staff;

/// A session that is not over.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    /// Its id.
    pub(crate) session_id: SessionId,
    /// Whose.
    pub(crate) staff_id: StaffId,
    /// Nothing but replacing the password is allowed.
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
pub(crate) async fn add(
    tx: &mut Tx,
    session_id: SessionId,
    staff: &Staff,
    token_hash: &[u8; 32],
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.staff_session.add
        INSERT INTO staff_sessions
            (session_id, staff_id, province, office, token_hash, started_at, used_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6, $7)",
        session_id.as_uuid(),
        staff.staff_id.as_uuid(),
        staff.scope.province.as_str(),
        staff.scope.office.map(|office| office.to_string()),
        &token_hash[..],
        now.to_sqlx() as _,
        expires_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.staff_session.add")
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
        r#"-- identity.staff_session.find_live
        SELECT s.session_id AS "session_id: SessionId", s.staff_id AS "staff_id: StaffId",
               m.must_change_password, s.used_at AS "used_at: jiff_sqlx::Timestamp",
               s.expires_at AS "expires_at: jiff_sqlx::Timestamp"
        FROM staff_sessions s JOIN staff m USING (staff_id)
        WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.used_at > $3"#,
        &token_hash[..],
        now.to_sqlx() as _,
        idle_since.to_sqlx() as _,
    )
    .fetch_optional(pool)
    .traced("db.staff_session.find_live")
    .await?;
    Ok(row.map(|row| Live {
        session_id: row.session_id,
        staff_id: row.staff_id,
        must_change_password: row.must_change_password,
        used_at: row.used_at.to_jiff(),
        expires_at: row.expires_at.to_jiff(),
    }))
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
        "-- identity.staff_session.mark_used
        UPDATE staff_sessions SET used_at = $2 WHERE session_id = $1 AND used_at < $2",
        session_id.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.staff_session.mark_used")
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
        "-- identity.staff_session.mark_ended
        UPDATE staff_sessions SET ended_at = $2 WHERE token_hash = $1 AND ended_at IS NULL",
        &token_hash[..],
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.staff_session.mark_ended")
    .await?;
    Ok(())
}

/// Ends all sessions of a member but one.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_all_ended(
    tx: &mut Tx,
    staff_id: StaffId,
    except: Option<SessionId>,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.staff_session.mark_all_ended
        UPDATE staff_sessions SET ended_at = $3
        WHERE staff_id = $1 AND session_id IS DISTINCT FROM $2 AND ended_at IS NULL",
        staff_id.as_uuid(),
        except.map(SessionId::as_uuid),
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.staff_session.mark_all_ended")
    .await?;
    Ok(())
}
