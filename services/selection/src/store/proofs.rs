//! Proofs that were used.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use xuanhao_chassis::db::{Error, Traced};
use xuanhao_chassis::ids::ProofId;

use crate::domain::application::Application;
use crate::domain::proof::Proof;

/// Uses a proof; `false` when it was used before (C1).
pub(crate) async fn consume(
    connection: &mut PgConnection,
    proof: &Proof,
    application: &Application,
    now: Timestamp,
) -> Result<bool, Error> {
    let result = sqlx::query!(
        "-- selection.consumed_proofs.consume
        INSERT INTO consumed_proofs (proof_id, province, office, application_id, purpose,
                                     consumed_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT ON CONSTRAINT consumed_proofs_pkey DO NOTHING",
        proof.id.as_uuid(),
        application.office.province().as_str(),
        application.office.as_str(),
        application.id.as_uuid(),
        proof.purpose,
        now.to_sqlx() as _,
        proof.expires_at.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.consumed_proofs.consume")
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Whether a proof was used before.
pub(crate) async fn is_consumed(
    connection: &mut PgConnection,
    proof: ProofId,
) -> Result<bool, Error> {
    Ok(sqlx::query_scalar!(
        r#"-- selection.consumed_proofs.is_consumed
        SELECT EXISTS (SELECT FROM consumed_proofs WHERE proof_id = $1) AS "exists!""#,
        proof.as_uuid(),
    )
    .fetch_one(connection)
    .traced("db.consumed_proofs.is_consumed")
    .await?)
}

/// Makes a proof good again that was used by something that came to nothing.
pub(crate) async fn give_back(connection: &mut PgConnection, proof: ProofId) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.consumed_proofs.give_back
        DELETE FROM consumed_proofs WHERE proof_id = $1",
        proof.as_uuid(),
    )
    .execute(connection)
    .traced("db.consumed_proofs.give_back")
    .await?;
    Ok(())
}

/// Deletes proofs nobody could use any more; says how many.
pub(crate) async fn delete_expired(
    connection: &mut PgConnection,
    before: Timestamp,
    limit: i64,
) -> Result<u64, Error> {
    let result = sqlx::query!(
        "-- selection.consumed_proofs.delete_expired
        DELETE FROM consumed_proofs WHERE proof_id = ANY (ARRAY(
            SELECT proof_id FROM consumed_proofs WHERE expires_at < $1
            ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
        before.to_sqlx() as _,
        limit,
    )
    .execute(connection)
    .traced("db.consumed_proofs.delete_expired")
    .await?;
    Ok(result.rows_affected())
}
