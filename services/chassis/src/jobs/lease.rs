//! Leases: work that one process at a time does, and can prove it does.
//!
//! A lease that has not expired keeps others away, which is convenience. What makes work safe is
//! its epoch: it grows with every acquisition, and a transaction that checks it with
//! [`Lease::fence`] cannot commit after somebody else has taken over.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use crate::clock::Clock;
use crate::db::{self, Db, Tx};
use crate::random::SecureRandom;

/// Hands out leases to one process.
#[derive(Clone, Debug)]
pub struct Leases {
    db: Db,
    clock: Clock,
    owner: Arc<str>,
}

/// A lease held under one epoch.
#[derive(Debug)]
pub struct Lease {
    leases: Leases,
    name: String,
    epoch: i64,
}

/// Somebody else holds the lease now; whatever was done under it must be given up.
#[derive(Debug, thiserror::Error)]
pub enum Deposed {
    /// The epoch has moved on.
    #[error("the lease was taken over")]
    TakenOver,
    /// The database could not tell.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Leases {
    /// Leases for this process, which gets an owner's id of its own.
    pub fn new(db: Db, clock: Clock) -> Self {
        let owner = hex::encode(SecureRandom::system().bytes::<16>()).into();
        Self { db, clock, owner }
    }

    /// Takes the lease for `ttl` if nobody else holds it. Taking it again, also by its owner,
    /// starts a new epoch.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn acquire(&self, name: &str, ttl: Duration) -> Result<Option<Lease>, db::Error> {
        let (now, expires_at) = self.now_and(ttl);
        let epoch = self
            .db
            .run_tx("chassis.lease.acquire", async |tx: &mut Tx| {
                // The update waits for a holder's transaction in flight, so the new epoch begins
                // after whatever the old one committed.
                Ok::<_, db::Error>(
                    sqlx::query_scalar!(
                        "-- chassis.lease.acquire
                        INSERT INTO leases AS held (name, owner, epoch, expires_at)
                        VALUES ($1, $2, 1, $4)
                        ON CONFLICT (name) DO UPDATE
                        SET owner = excluded.owner, epoch = held.epoch + 1,
                            expires_at = excluded.expires_at
                        WHERE held.owner = excluded.owner OR held.expires_at <= $3
                        RETURNING epoch",
                        name,
                        &*self.owner,
                        now.to_sqlx() as _,
                        expires_at.to_sqlx() as _,
                    )
                    .fetch_optional(&mut **tx)
                    .await?,
                )
            })
            .await?;
        Ok(epoch.map(|epoch| Lease {
            leases: self.clone(),
            name: name.to_owned(),
            epoch,
        }))
    }

    fn now_and(&self, ttl: Duration) -> (Timestamp, Timestamp) {
        let now = self.clock.now();
        (
            now,
            now.saturating_add(ttl)
                .expect("an exact duration never fails to be added"),
        )
    }
}

impl Lease {
    /// The epoch, for fences written by hand.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// Holds the lease for another `ttl`.
    ///
    /// # Errors
    /// [`Deposed::TakenOver`] when it is no longer ours; and when the database cannot be asked.
    pub async fn renew(&self, ttl: Duration) -> Result<(), Deposed> {
        let (_, expires_at) = self.leases.now_and(ttl);
        self.leases
            .db
            .run_tx("chassis.lease.renew", async |tx: &mut Tx| {
                self.expire_at(tx, expires_at).await
            })
            .await
    }

    /// Gives the lease back, so that another process need not wait for its end.
    ///
    /// # Errors
    /// As [`renew`](Self::renew).
    pub async fn release(self) -> Result<(), Deposed> {
        let now = self.leases.clock.now();
        self.leases
            .db
            .run_tx("chassis.lease.release", async |tx: &mut Tx| {
                self.expire_at(tx, now).await
            })
            .await
    }

    /// Ties a transaction to this lease: it commits under this epoch or not at all, and holders'
    /// transactions commit one after the other. Must be the transaction's first statement.
    ///
    /// # Errors
    /// As [`renew`](Self::renew).
    pub async fn fence(&self, tx: &mut Tx) -> Result<(), Deposed> {
        let epoch = sqlx::query_scalar!(
            "-- chassis.lease.fence
            SELECT epoch FROM leases WHERE name = $1 FOR UPDATE",
            self.name
        )
        .fetch_optional(&mut **tx)
        .await
        .map_err(db::Error::from)?;
        if epoch == Some(self.epoch) {
            Ok(())
        } else {
            Err(Deposed::TakenOver)
        }
    }

    async fn expire_at(&self, tx: &mut Tx, expires_at: Timestamp) -> Result<(), Deposed> {
        let updated = sqlx::query!(
            "-- chassis.lease.expire_at
            UPDATE leases SET expires_at = $3 WHERE name = $1 AND epoch = $2",
            self.name,
            self.epoch,
            expires_at.to_sqlx() as _,
        )
        .execute(&mut **tx)
        .await
        .map_err(db::Error::from)?;
        if updated.rows_affected() == 1 {
            Ok(())
        } else {
            Err(Deposed::TakenOver)
        }
    }
}
