//! Deleting decisions and claims whose time has ended.

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
        let before = self
            .clock
            .now()
            .saturating_sub(self.limits.kept)
            .expect("days are always subtracted");
        let deleted = self
            .db
            .run_tx("vehicle.sweep", async |tx: &mut Tx| {
                retention::sweep(tx, before).await
            })
            .await?;
        let full = i64::try_from(deleted).is_ok_and(|deleted| deleted == BATCH);
        Ok(if full { Progress::More } else { Progress::Idle })
    }
}
