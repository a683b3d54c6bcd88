//! The relay: one per database, by lease. It gives facts their positions and publishes them.
//!
//! R1: positions are given in a transaction that holds the lease's row and checks its epoch. So
//! positions become visible in the order of their numbers, and a relay that was deposed without
//! noticing cannot commit one. Publishing needs no such care: it is at-least-once, and the same
//! fact is always the same message.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use jiff_sqlx::ToSqlx;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Entry, Row};
use crate::bus::{self, Bus};
use crate::clock::Clock;
use crate::db::{self, Db, Tx};
use crate::error::chain;
use crate::ids::EventId;
use crate::jobs::{Deposed, Lease, Leases, Progress};

const LEASE: &str = "relay";
const LEASE_TTL: Duration = Duration::from_secs(10);
const RENEW_EVERY: Duration = Duration::from_secs(3);
/// Between looks when nothing woke the relay: rows may come from another process.
const POLL: Duration = Duration::from_secs(1);
const BATCH: i64 = 256;

/// Relays the outbox of one database while it holds the lease.
#[derive(Debug, Clone)]
pub struct Relay {
    service: &'static str,
    db: Db,
    clock: Clock,
    bus: Bus,
    leases: Leases,
}

/// A relay's time in office.
#[derive(Debug)]
pub struct Tenure {
    relay: Relay,
    lease: Lease,
}

/// Why relaying stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another relay has taken over, or nobody could tell.
    #[error(transparent)]
    Deposed(#[from] Deposed),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
    /// NATS failed; what it acknowledged is marked all the same.
    #[error(transparent)]
    Bus(#[from] bus::Error),
}

impl Relay {
    /// The relay of `service`'s outbox.
    pub fn new(service: &'static str, db: Db, clock: Clock, bus: Bus) -> Self {
        let leases = Leases::new(db.clone(), clock.clone());
        Self {
            service,
            db,
            clock,
            bus,
            leases,
        }
    }

    /// Relays until `stop`, or stands by for the relay that does.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let relayed = match self.begin().await {
                Ok(Some(tenure)) => tenure.serve(&stop).await,
                Ok(None) => Ok(()),
                Err(error) => Err(error.into()),
            };
            if let Err(error) = relayed {
                tracing::warn!(
                    service = self.service,
                    error = chain(&error),
                    "relay failed"
                );
            }
            stop.run_until_cancelled(tokio::time::sleep(POLL)).await;
        }
    }

    /// Takes the lease if nobody holds it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn begin(&self) -> Result<Option<Tenure>, db::Error> {
        let lease = self.leases.acquire(LEASE, LEASE_TTL).await?;
        Ok(lease.map(|lease| Tenure {
            relay: self.clone(),
            lease,
        }))
    }
}

impl Tenure {
    async fn serve(self, stop: &CancellationToken) -> Result<(), Error> {
        tracing::info!(
            service = self.relay.service,
            epoch = self.lease.epoch(),
            "relay began"
        );
        let mut renewed = Instant::now();
        while !stop.is_cancelled() {
            if renewed.elapsed() >= RENEW_EVERY {
                self.lease.renew(LEASE_TTL).await?;
                renewed = Instant::now();
            }
            let progress = self.turn().await;
            self.measure_lag().await?;
            if progress? == Progress::Idle {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = self.relay.db.outbox_signal().raised() => {}
                    () = tokio::time::sleep(POLL) => {}
                }
            }
        }
        self.lease.release().await?;
        Ok(())
    }

    /// One batch through both steps.
    ///
    /// # Errors
    /// Those of [`assign_positions`](Self::assign_positions) and [`publish`](Self::publish).
    pub async fn turn(&self) -> Result<Progress, Error> {
        let assigned = self.assign_positions().await?;
        let published = self.publish().await?;
        let full = BATCH.unsigned_abs();
        Ok(if assigned.max(published) >= full {
            Progress::More
        } else {
            Progress::Idle
        })
    }

    /// Gives positions to the next facts without one, and says to how many.
    ///
    /// # Errors
    /// [`Deposed`] when the lease was taken over; and when the database cannot be asked.
    pub async fn assign_positions(&self) -> Result<u64, Deposed> {
        // Most looks find nothing and should not lock the lease.
        let waiting = sqlx::query_scalar!(
            r#"-- chassis.outbox.any_unpositioned
            SELECT EXISTS (SELECT FROM outbox WHERE position IS NULL) AS "waiting!""#
        )
        .fetch_one(self.relay.db.pool())
        .await
        .map_err(db::Error::from)?;
        if !waiting {
            return Ok(0);
        }
        self.relay
            .db
            .run_tx("chassis.outbox.assign_positions", async |tx: &mut Tx| {
                self.lease.fence(tx).await?;
                let assigned = sqlx::query!(
                    "-- chassis.outbox.assign_positions
                    WITH next AS MATERIALIZED (
                        SELECT event_id, row_number() OVER (ORDER BY appended_no) AS n
                        FROM (SELECT event_id, appended_no FROM outbox WHERE position IS NULL
                              ORDER BY appended_no LIMIT $1) AS waiting
                    ), head AS (
                        UPDATE outbox_head SET position = position + (SELECT count(*) FROM next)
                        RETURNING position - (SELECT count(*) FROM next) AS before
                    )
                    UPDATE outbox SET position = head.before + next.n
                    FROM next CROSS JOIN head WHERE outbox.event_id = next.event_id",
                    BATCH,
                )
                .execute(&mut **tx)
                .await
                .map_err(db::Error::from)?;
                Ok(assigned.rows_affected())
            })
            .await
    }

    /// Publishes the next facts that have a position, in its order, marks those JetStream
    /// acknowledged and says how many they are.
    ///
    /// # Errors
    /// When one was not acknowledged, or the database cannot be asked.
    pub async fn publish(&self) -> Result<u64, Error> {
        let entries = self.list_unpublished().await?;
        let mut waiting = Vec::with_capacity(entries.len());
        let mut failed = None;
        for entry in &entries {
            let subject = entry.event.subject(self.relay.service)?;
            let id = entry.event.id;
            let sent = self
                .relay
                .bus
                .publish(
                    subject.to_string(),
                    id.to_string(),
                    entry.envelope(&subject),
                )
                .await;
            match sent {
                Ok(acknowledged) => waiting.push((id, acknowledged)),
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        let mut acknowledged = Vec::with_capacity(waiting.len());
        for (id, acknowledgement) in waiting {
            match acknowledgement.await {
                Ok(()) => acknowledged.push(id.as_uuid()),
                Err(error) => failed = Some(error),
            }
        }
        let published = self.mark_published(&acknowledged).await?;
        METRICS
            .published
            .add(published, &[KeyValue::new("service", self.relay.service)]);
        failed.map_or(Ok(published), |error| Err(error.into()))
    }

    async fn list_unpublished(&self) -> Result<Vec<Entry>, db::Error> {
        let rows = sqlx::query_as!(
            Row,
            r#"-- chassis.outbox.list_unpublished
            SELECT event_id AS "id: EventId", position AS "position!", kind, province, office,
                   aggregate_kind, aggregate_id, version,
                   occurred_at AS "occurred_at: jiff_sqlx::Timestamp", trace, payload
            FROM outbox WHERE published_at IS NULL AND position IS NOT NULL
            ORDER BY position LIMIT $1"#,
            BATCH,
        )
        .fetch_all(self.relay.db.pool())
        .await?;
        Ok(rows.into_iter().map(Entry::from).collect())
    }

    async fn mark_published(&self, events: &[Uuid]) -> Result<u64, db::Error> {
        if events.is_empty() {
            return Ok(0);
        }
        let now = self.relay.clock.now();
        self.relay
            .db
            .run_tx("chassis.outbox.mark_published", async |tx: &mut Tx| {
                let marked = sqlx::query!(
                    "-- chassis.outbox.mark_published
                    UPDATE outbox SET published_at = $2
                    WHERE event_id = ANY ($1) AND published_at IS NULL",
                    events,
                    now.to_sqlx() as _,
                )
                .execute(&mut **tx)
                .await?;
                Ok(marked.rows_affected())
            })
            .await
    }

    async fn measure_lag(&self) -> Result<(), db::Error> {
        let oldest = sqlx::query_scalar!(
            r#"-- chassis.outbox.oldest_unpublished
            SELECT occurred_at AS "occurred_at: jiff_sqlx::Timestamp"
            FROM outbox WHERE published_at IS NULL ORDER BY position LIMIT 1"#
        )
        .fetch_optional(self.relay.db.pool())
        .await?;
        let age = oldest.map_or(0.0, |oldest| {
            self.relay
                .clock
                .now()
                .duration_since(oldest.to_jiff())
                .as_secs_f64()
                .max(0.0)
        });
        METRICS
            .lag
            .record(age, &[KeyValue::new("service", self.relay.service)]);
        Ok(())
    }
}

struct Metrics {
    published: Counter<u64>,
    lag: Gauge<f64>,
}

static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let meter = opentelemetry::global::meter("xuanhao");
    Metrics {
        published: meter
            .u64_counter("outbox.published")
            .with_description("Facts published and acknowledged.")
            .build(),
        lag: meter
            .f64_gauge("outbox.lag")
            .with_unit("s")
            .with_description("Age of the oldest fact that is not published.")
            .build(),
    }
});
