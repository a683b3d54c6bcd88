//! Deleting what has done its duty.

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::jobs::Progress;

use super::App;
use crate::error::Error;
use crate::store::retention::{self, BATCH};

impl App {
    /// Deletes one batch of each.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn sweep(&self) -> Result<Progress, Error> {
        let now = self.clock.now();
        let ago = |time| {
            now.saturating_sub(time)
                .expect("exact times are always subtracted")
        };
        let (before, attempted) = (ago(self.limits.kept), ago(self.limits.binding.within));
        let deleted = self
            .db
            .run_tx("vehicle.sweep", async |tx: &mut Tx| {
                let decided = retention::sweep(tx, before).await?;
                let bound = retention::bindings(tx, before, attempted).await?;
                Ok::<_, Error>(decided.max(bound))
            })
            .await?;
        let full = i64::try_from(deleted).is_ok_and(|deleted| deleted == BATCH);
        Ok(if full { Progress::More } else { Progress::Idle })
    }
}
