//! Deleting messages whose time has ended.

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::jobs::Progress;

use super::App;
use crate::error::Error;
use crate::store::retention::{self, BATCH};

impl App {
    /// Deletes one batch of ended messages, and the keys of those to strangers.
    ///
    /// # Errors
    /// When the database or the key store cannot be asked.
    pub async fn sweep(&self) -> Result<Progress, Error> {
        let before = self
            .clock
            .now()
            .saturating_sub(self.limits.kept)
            .expect("days are always subtracted");
        let deleted = self
            .db
            .run_tx("notification.sweep", async |tx: &mut Tx| {
                retention::messages(tx, before).await
            })
            .await?;
        for stranger in deleted.strangers {
            self.sealer.erase(stranger).await?;
        }
        let full = usize::try_from(BATCH).is_ok_and(|full| deleted.messages == full);
        Ok(if full { Progress::More } else { Progress::Idle })
    }
}
