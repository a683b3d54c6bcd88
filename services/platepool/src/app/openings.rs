//! What goes on with orders by itself: those that were interrupted, and openings to be told.

use tracing::warn;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::chain;
use xuanhao_chassis::jobs::Progress;
use xuanhao_chassis::outbox;

use super::App;
use crate::error::Error;
use crate::events;
use crate::store::opening::Opening;
use crate::store::{batch, opening, segment, withholding};

/// Orders carried out, or openings told, by one run of the job.
const RUN: i64 = 100;

impl App {
    /// Carries out orders that were interrupted: releases, withdrawals, withholdings and their ends.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn finish_orders(&self) -> Result<Progress, Error> {
        let pool = self.db().pool();
        for ordered in batch::ordered(pool, RUN).await? {
            if let Ok(office) = self.office(ordered.office) {
                note("release", self.carry_out_release(office, ordered.id).await);
            }
        }
        for opening in opening::to_withdraw(pool, RUN).await? {
            if let Ok(office) = self.office(opening.office) {
                note(
                    "withdrawal",
                    self.carry_out_withdrawal(office, &opening).await,
                );
            }
        }
        for order in withholding::open(pool, RUN).await? {
            let Ok(office) = self.office(order.office) else {
                continue;
            };
            note(
                "withholding",
                self.carry_out_withholding(office, &order).await,
            );
            note("end", self.carry_out_end(office, order.id).await);
        }
        Ok(Progress::Idle)
    }

    /// Publishes the fact of each announced opening whose time has come. The engine opened it
    /// already.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn tell_openings(&self) -> Result<Progress, Error> {
        for opening in opening::untold(self.db().pool(), self.clock().now(), RUN).await? {
            self.tell_opening(&opening).await?;
        }
        Ok(Progress::Idle)
    }

    async fn tell_opening(&self, opening: &Opening) -> Result<(), Error> {
        let opened = self.batch(opening.batch).await?;
        let segments = segment::of_batches(self.db().pool(), &[opening.batch]).await?;
        let count = segments.iter().map(|segment| segment.mask.count()).sum();
        let fact = events::batch_opened(self.ids.next(), opening, &opened.name, count);
        let now = self.clock().now();
        self.db()
            .run_tx("platepool.opening.tell", async |tx: &mut Tx| {
                if opening::told(tx, opening.id, now).await? {
                    outbox::append(tx, &fact).await?;
                }
                Ok::<_, Error>(())
            })
            .await
    }
}

/// What one order came to must not keep the others.
fn note(order: &'static str, came: Result<(), Error>) {
    if let Err(error) = came {
        warn!(order, error = chain(&error), "an order is not carried out");
    }
}
