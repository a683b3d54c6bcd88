//! Failures per binding: what holds however many codes are asked for (C2).

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use xuanhao_chassis::db::{self, Traced, Tx, affected};

/// The failures of a binding, its row locked for the rest of the transaction: guesses stand in a
/// line however many codes they are about (C2). Must be the transaction's first write.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn lock_failures(
    tx: &mut Tx,
    binding: &[u8],
    now: Timestamp,
) -> Result<Vec<Timestamp>, db::Error> {
    let failed = sqlx::query_scalar!(
        r#"-- identity.challenge.lock_failures
        INSERT INTO challenge_bindings (binding, failed_at, touched_at) VALUES ($1, '{}', $2)
        ON CONFLICT ON CONSTRAINT challenge_bindings_pkey DO UPDATE SET touched_at = excluded.touched_at
        RETURNING failed_at AS "failed_at: Vec<jiff_sqlx::Timestamp>""#,
        binding,
        now.to_sqlx() as _,
    )
    .fetch_one(&mut **tx)
    .traced("db.challenge.lock_failures")
    .await?;
    Ok(failed
        .into_iter()
        .map(jiff_sqlx::Timestamp::to_jiff)
        .collect())
}

/// The failures of a binding, for whoever only has to know whether it is locked.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list_failures(
    tx: &mut Tx,
    binding: &[u8; 32],
) -> Result<Vec<Timestamp>, db::Error> {
    let failed = sqlx::query_scalar!(
        r#"-- identity.challenge.list_failures
        SELECT failed_at AS "failed_at: Vec<jiff_sqlx::Timestamp>"
        FROM challenge_bindings WHERE binding = $1"#,
        &binding[..],
    )
    .fetch_optional(&mut **tx)
    .traced("db.challenge.list_failures")
    .await?;
    Ok(failed
        .into_iter()
        .flatten()
        .map(jiff_sqlx::Timestamp::to_jiff)
        .collect())
}

/// Writes down the failures that still count.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn set_failures(
    tx: &mut Tx,
    binding: &[u8],
    failures: &[Timestamp],
) -> Result<(), db::Error> {
    let failures: Vec<jiff_sqlx::Timestamp> = failures.iter().map(|at| at.to_sqlx()).collect();
    let updated = sqlx::query!(
        "-- identity.challenge.set_failures
        UPDATE challenge_bindings SET failed_at = $2 WHERE binding = $1",
        binding,
        &failures as _,
    )
    .execute(&mut **tx)
    .traced("db.challenge.set_failures")
    .await?;
    affected(1, &updated)
}
