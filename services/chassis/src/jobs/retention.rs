//! What the chassis's tables keep, and for how long.

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use serde::{Deserialize, Serialize};

use super::Progress;
use crate::clock::Clock;
use crate::db::{self, Db, Tx};

/// Rows deleted by one transaction; small, so that nobody waits for it.
const BATCH: i64 = 1_000;

/// How long rows live that have done their duty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionConfig {
    /// Days a published fact stays in the outbox, for replay and feeds.
    pub outbox_days: u16,
    /// Days a consumed fact is remembered; longer than any stream keeps its messages.
    pub inbox_days: u16,
    /// Days a message that could not be used waits for somebody to look at it.
    pub dead_letter_days: u16,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        Self {
            outbox_days: 30,
            inbox_days: 30,
            dead_letter_days: 180,
        }
    }
}

/// Deletes what the chassis's tables no longer need; a reconciler's work.
#[derive(Debug, Clone)]
pub struct Retention {
    db: Db,
    clock: Clock,
    config: RetentionConfig,
}

impl Retention {
    /// Retention over one database.
    pub fn new(db: Db, clock: Clock, config: RetentionConfig) -> Self {
        Self { db, clock, config }
    }

    /// Deletes one batch of each table.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn sweep(&self) -> Result<Progress, db::Error> {
        let now = self.clock.now();
        let deleted = [
            self.sweep_idempotency_keys(now).await?,
            self.sweep_outbox(before(now, self.config.outbox_days))
                .await?,
            self.sweep_inbox(before(now, self.config.inbox_days))
                .await?,
            self.sweep_dead_letters(before(now, self.config.dead_letter_days))
                .await?,
        ];
        let full = BATCH.unsigned_abs();
        Ok(if deleted.contains(&full) {
            Progress::More
        } else {
            Progress::Idle
        })
    }

    async fn sweep_idempotency_keys(&self, now: Timestamp) -> Result<u64, db::Error> {
        self.db
            .run_tx("chassis.idempotency.sweep", async |tx: &mut Tx| {
                let deleted = sqlx::query!(
                    "-- chassis.idempotency.sweep
                DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
                    SELECT ctid FROM idempotency_keys WHERE kept_until < $1
                    ORDER BY kept_until LIMIT $2 FOR UPDATE SKIP LOCKED))",
                    now.to_sqlx() as _,
                    BATCH,
                )
                .execute(&mut **tx)
                .await?;
                Ok(deleted.rows_affected())
            })
            .await
    }

    async fn sweep_outbox(&self, before: Timestamp) -> Result<u64, db::Error> {
        self.db
            .run_tx("chassis.outbox.sweep", async |tx: &mut Tx| {
                let deleted = sqlx::query!(
                    "-- chassis.outbox.sweep
                DELETE FROM outbox WHERE ctid = ANY (ARRAY(
                    SELECT ctid FROM outbox WHERE published_at < $1
                    ORDER BY published_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
                    before.to_sqlx() as _,
                    BATCH,
                )
                .execute(&mut **tx)
                .await?;
                Ok(deleted.rows_affected())
            })
            .await
    }

    async fn sweep_inbox(&self, before: Timestamp) -> Result<u64, db::Error> {
        self.db
            .run_tx("chassis.inbox.sweep", async |tx: &mut Tx| {
                let deleted = sqlx::query!(
                    "-- chassis.inbox.sweep
                DELETE FROM inbox WHERE ctid = ANY (ARRAY(
                    SELECT ctid FROM inbox WHERE consumed_at < $1
                    ORDER BY consumed_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
                    before.to_sqlx() as _,
                    BATCH,
                )
                .execute(&mut **tx)
                .await?;
                Ok(deleted.rows_affected())
            })
            .await
    }

    async fn sweep_dead_letters(&self, before: Timestamp) -> Result<u64, db::Error> {
        self.db
            .run_tx("chassis.dead_letters.sweep", async |tx: &mut Tx| {
                let deleted = sqlx::query!(
                    "-- chassis.dead_letters.sweep
                DELETE FROM dead_letters WHERE ctid = ANY (ARRAY(
                    SELECT ctid FROM dead_letters WHERE buried_at < $1
                    ORDER BY buried_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
                    before.to_sqlx() as _,
                    BATCH,
                )
                .execute(&mut **tx)
                .await?;
                Ok(deleted.rows_affected())
            })
            .await
    }
}

fn before(now: Timestamp, days: u16) -> Timestamp {
    now.saturating_sub(SignedDuration::from_hours(24 * i64::from(days)))
        .expect("an exact duration never fails to be subtracted")
}
