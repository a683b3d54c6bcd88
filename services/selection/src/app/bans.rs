//! Bans that end (R-BLK-01, C4).

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::jobs::Progress;
use xuanhao_chassis::outbox;

use super::App;
use crate::error::Error;
use crate::store::blacklist;

/// Bans lifted by one run.
const BATCH: i64 = 200;

impl App {
    /// The reconciler for bans whose last day is over; the blind index goes with the row.
    ///
    /// # Errors
    /// When the database or a peer is away; the rest was done.
    pub async fn lift_elapsed(&self) -> Result<Progress, Error> {
        let lifted = self
            .db
            .run_tx("selection.lift_elapsed", async |tx: &mut Tx| {
                let elapsed = blacklist::delete_elapsed(tx, self.clock.today(), BATCH).await?;
                for entry in &elapsed {
                    outbox::append(tx, &self.ban_lifted_fact(entry, 0, "elapsed")).await?;
                }
                Ok::<_, Error>(elapsed.len())
            })
            .await?;
        let full = i64::try_from(lifted).unwrap_or(0) >= BATCH;
        Ok(if full { Progress::More } else { Progress::Idle })
    }

    /// Lifts the ban an application led to, because late proof came (P10).
    pub(super) async fn lift_for_late_proof(
        &self,
        tx: &mut Tx,
        id: ApplicationId,
        version: i64,
    ) -> Result<(), Error> {
        if let Some(entry) = blacklist::lift(tx, id).await? {
            outbox::append(tx, &self.ban_lifted_fact(&entry, version, "late_proof")).await?;
        }
        Ok(())
    }
}
