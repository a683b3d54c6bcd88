//! Applications that ran out of chances while something was still held (P8, R-SEL-12).

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::jobs::Progress;

use super::App;
use super::load::{info_of, policies_of, quota_for_update};
use crate::error::Error;
use crate::store::{applications, operations, proofs, quotas};

/// Applications looked at by one run.
const BATCH: i64 = 200;

impl App {
    /// The reconciler for used-up chances.
    ///
    /// # Errors
    /// When the database or a peer is away; the rest was done.
    pub async fn exhaust_spent(&self) -> Result<Progress, Error> {
        let lapsed = self.lapse_choices().await?;
        let spent = applications::list_spent(self.db.pool(), self.clock.now(), BATCH).await?;
        for id in &spent {
            self.exhaust(*id).await?;
        }
        let full = i64::try_from(spent.len()).unwrap_or(0) >= BATCH;
        Ok(if full { Progress::More } else { lapsed })
    }

    /// Writes down what countdowns that are over have changed (R-SEL-10, R-CNF-02).
    async fn lapse_choices(&self) -> Result<Progress, Error> {
        let now = self.clock.now();
        let lapsed = applications::list_lapsed_choices(self.db.pool(), now, BATCH).await?;
        for id in &lapsed {
            self.lapse_choice(*id).await?;
        }
        let full = i64::try_from(lapsed.len()).unwrap_or(0) >= BATCH;
        Ok(if full { Progress::More } else { Progress::Idle })
    }

    async fn lapse_choice(&self, id: ApplicationId) -> Result<(), Error> {
        self.db
            .run_tx("selection.lapse_choice", async |tx: &mut Tx| {
                let Some(application) = applications::lookup_for_update(tx, id).await? else {
                    return Ok(());
                };
                let now = self.clock.now();
                let info = info_of(&application).map_err(|refused| self.no(refused))?;
                let quota = quota_for_update(tx, &info.vin).await?;
                if operations::find_pending(&mut **tx, &info.vin)
                    .await?
                    .is_some()
                {
                    return Ok(());
                }
                let policies = policies_of(tx, &application).await?;
                if let Some((next, left)) = application.lapse_choice(&quota, &policies.rules(), now)
                {
                    quotas::update(tx, &info.vin, &left).await?;
                    applications::update(tx, &next, now).await?;
                }
                Ok::<_, Error>(())
            })
            .await
    }

    async fn exhaust(&self, id: ApplicationId) -> Result<(), Error> {
        self.db
            .run_tx("selection.exhaust", async |tx: &mut Tx| {
                let Some(application) = applications::lookup_for_update(tx, id).await? else {
                    return Ok(());
                };
                let now = self.clock.now();
                let info = info_of(&application).map_err(|refused| self.no(refused))?;
                let quota = quota_for_update(tx, &info.vin).await?;
                let pending = operations::find_pending(&mut **tx, &info.vin).await?;
                // Looked at again under the lock: the citizen may have gone on meanwhile.
                if pending.is_none() && application.is_exhausted(&quota, now) {
                    let next = application.exhaust().map_err(|refused| self.no(refused))?;
                    applications::update(tx, &next, now).await?;
                }
                Ok::<_, Error>(())
            })
            .await
    }

    /// Deletes proofs that were used and have expired for a day.
    ///
    /// # Errors
    /// When the database or a peer is away; the rest was done.
    pub async fn sweep_proofs(&self) -> Result<Progress, Error> {
        let now = self.clock.now();
        let before = now
            .saturating_sub(jiff::SignedDuration::from_hours(24))
            .unwrap_or(now);
        let deleted = self
            .db
            .run_tx("selection.sweep_proofs", async |tx: &mut Tx| {
                Ok::<_, Error>(proofs::delete_expired(tx, before, BATCH).await?)
            })
            .await?;
        let full = deleted >= BATCH.unsigned_abs();
        Ok(if full { Progress::More } else { Progress::Idle })
    }
}
