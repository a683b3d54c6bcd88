//! Sign-ins that have not succeeded.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;
use xuanhao_chassis::db::{self, Traced, Tx};

/// An admitted sign-in; a failure until it is removed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt {
    /// Its id.
    pub(crate) attempt_id: Uuid,
    /// Keyed hash of realm and login name.
    pub(crate) login_index: [u8; 32],
    /// Keyed hash of the address.
    pub(crate) address_index: [u8; 32],
    /// When.
    pub(crate) attempted_at: Timestamp,
}

/// Adds one.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn add(tx: &mut Tx, attempt: &Attempt) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.attempt.add
        INSERT INTO sign_in_attempts (attempt_id, login_index, address_index, attempted_at)
        VALUES ($1, $2, $3, $4)",
        attempt.attempt_id,
        &attempt.login_index[..],
        &attempt.address_index[..],
        attempt.attempted_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.attempt.add")
    .await?;
    Ok(())
}

/// Failures of a login name since an instant.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list_by_login(
    tx: &mut Tx,
    login_index: &[u8; 32],
    since: Timestamp,
) -> Result<Vec<Timestamp>, db::Error> {
    let times = sqlx::query_scalar!(
        r#"-- identity.attempt.list_by_login
        SELECT attempted_at AS "at: jiff_sqlx::Timestamp" FROM sign_in_attempts
        WHERE login_index = $1 AND attempted_at > $2 ORDER BY attempted_at DESC LIMIT 1000"#,
        &login_index[..],
        since.to_sqlx() as _,
    )
    .fetch_all(&mut **tx)
    .traced("db.attempt.list_by_login")
    .await?;
    Ok(times
        .into_iter()
        .map(jiff_sqlx::Timestamp::to_jiff)
        .collect())
}

/// Failures from an address since an instant.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list_by_address(
    tx: &mut Tx,
    address_index: &[u8; 32],
    since: Timestamp,
) -> Result<Vec<Timestamp>, db::Error> {
    let times = sqlx::query_scalar!(
        r#"-- identity.attempt.list_by_address
        SELECT attempted_at AS "at: jiff_sqlx::Timestamp" FROM sign_in_attempts
        WHERE address_index = $1 AND attempted_at > $2 ORDER BY attempted_at DESC LIMIT 1000"#,
        &address_index[..],
        since.to_sqlx() as _,
    )
    .fetch_all(&mut **tx)
    .traced("db.attempt.list_by_address")
    .await?;
    Ok(times
        .into_iter()
        .map(jiff_sqlx::Timestamp::to_jiff)
        .collect())
}

/// Forgets a login name's failures: its owner has shown to be there.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn delete_by_login(tx: &mut Tx, login_index: &[u8; 32]) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.attempt.delete_by_login
        DELETE FROM sign_in_attempts WHERE login_index = $1",
        &login_index[..],
    )
    .execute(&mut **tx)
    .traced("db.attempt.delete_by_login")
    .await?;
    Ok(())
}
