//! Deleting what has done its duty, a batch at a time.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use xuanhao_chassis::db::{self, Tx};

/// Rows deleted by one transaction; small, so that nobody waits for it.
pub(crate) const BATCH: i64 = 1_000;

macro_rules! sweep {
    ($(#[$doc:meta])* $name:ident, $sql:literal) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// When the database cannot be asked.
        pub(crate) async fn $name(tx: &mut Tx, before: Timestamp) -> Result<u64, db::Error> {
            let deleted =
                sqlx::query!($sql, before.to_sqlx() as _, BATCH).execute(&mut **tx).await?;
            Ok(deleted.rows_affected())
        }
    };
}

sweep!(
    /// Challenges issued before.
    challenges,
    "-- identity.retention.challenges
    DELETE FROM challenges WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM challenges WHERE issued_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))"
);
sweep!(
    /// Bindings last touched before.
    bindings,
    "-- identity.retention.bindings
    DELETE FROM challenge_bindings WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM challenge_bindings WHERE touched_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))"
);
sweep!(
    /// Throttles last touched before.
    throttles,
    "-- identity.retention.throttles
    DELETE FROM throttles WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM throttles WHERE touched_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))"
);
sweep!(
    /// Sign-ins attempted before.
    attempts,
    "-- identity.retention.attempts
    DELETE FROM sign_in_attempts WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM sign_in_attempts WHERE attempted_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))"
);
sweep!(
    /// Picture codes that expired before.
    captchas,
    "-- identity.retention.captchas
    DELETE FROM captchas WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM captchas WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))"
);
sweep!(
    /// Used proofs that expired before.
    proofs,
    "-- identity.retention.proofs
    DELETE FROM used_proofs WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM used_proofs WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))"
);
sweep!(
    /// Sessions that began before and so are over.
    sessions,
    "-- identity.retention.sessions
    DELETE FROM sessions WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM sessions WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))"
);
sweep!(
    /// Sessions of staff that are over.
    staff_sessions,
    "-- identity.retention.staff_sessions
    DELETE FROM staff_sessions WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM staff_sessions WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))"
);
