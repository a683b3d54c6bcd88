//! Deleting what has done its duty, a batch at a time.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use xuanhao_chassis::db::{self, Tx};

/// Rows of a kind deleted by one transaction; small, so that nobody waits for it.
pub(crate) const BATCH: i64 = 500;

/// Deletes claims that ended before, with their reviews, then decisions made before by applications
/// without any claim, with their questions. Gives the larger of both counts.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn sweep(tx: &mut Tx, before: Timestamp) -> Result<u64, db::Error> {
    let claims = sqlx::query!(
        "-- vehicle.retention.claims
        DELETE FROM claims WHERE claim_id = ANY (ARRAY(
            SELECT claim_id FROM claims WHERE released_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))",
        before.to_sqlx() as _,
        BATCH,
    )
    .execute(&mut **tx)
    .await?;
    let assessments = sqlx::query!(
        "-- vehicle.retention.assessments
        DELETE FROM assessments WHERE assessment_id = ANY (ARRAY(
            SELECT assessment_id FROM assessments
            WHERE decided_at < $1 AND NOT EXISTS (
                SELECT FROM claims WHERE claims.application_id = assessments.application_id)
            LIMIT $2 FOR UPDATE SKIP LOCKED))",
        before.to_sqlx() as _,
        BATCH,
    )
    .execute(&mut **tx)
    .await?;
    Ok(claims.rows_affected().max(assessments.rows_affected()))
}

/// Deletes bindings undone before, and counts of attempts that began before the
/// other time. Gives the larger
/// of both counts.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn bindings(
    tx: &mut Tx,
    undone_before: Timestamp,
    attempted_before: Timestamp,
) -> Result<u64, db::Error> {
    let undone = sqlx::query!(
        "-- vehicle.retention.bindings
        DELETE FROM bindings WHERE binding_id = ANY (ARRAY(
            SELECT binding_id FROM bindings WHERE unbound_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))",
        undone_before.to_sqlx() as _,
        BATCH,
    )
    .execute(&mut **tx)
    .await?;
    let attempts = sqlx::query!(
        "-- vehicle.retention.binding_attempts
        DELETE FROM binding_attempts WHERE account_id = ANY (ARRAY(
            SELECT account_id FROM binding_attempts WHERE started_at < $1
            LIMIT $2 FOR UPDATE SKIP LOCKED))",
        attempted_before.to_sqlx() as _,
        BATCH,
    )
    .execute(&mut **tx)
    .await?;
    Ok(undone.rows_affected().max(attempts.rows_affected()))
}
