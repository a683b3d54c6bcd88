//! Proofs that were used.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::ProofId;

/// Constraint: the proof was used before.
pub(crate) const USED: &str = "used_proofs_pkey";

/// Uses a proof, once for ever.
///
/// # Errors
/// [`USED`] among them.
pub(crate) async fn add(
    tx: &mut Tx,
    proof_id: ProofId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.proof.add
        INSERT INTO used_proofs (proof_id, used_at, expires_at) VALUES ($1, $2, $3)",
        proof_id.as_uuid(),
        now.to_sqlx() as _,
        expires_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.proof.add")
    .await?;
    Ok(())
}
