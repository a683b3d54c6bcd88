//! Work in the background: telling contact points, and deleting what has done its duty.

use jiff::SignedDuration;
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::jobs::Progress;

use crate::app::App;
use crate::domain::limits::before;
use crate::store::retention::{self, BATCH};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn days(count: u16) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(count))
}

impl App {
    /// Deletes one batch of every table that grows; see the retention table in the README.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn sweep(&self) -> Result<Progress, db::Error> {
        let now = self.clock().now();
        let config = self.retention();
        // The caps count a day, so nothing younger than two may go.
        let challenges = before(now, days(config.challenge_days.max(2)));
        let sessions = before(now, days(config.session_days));
        let captchas = before(
            now,
            SignedDuration::from_mins(i64::from(config.captcha_mins)),
        );
        let (day, hour) = (before(now, days(1)), before(now, HOUR));
        let deleted = self
            .db()
            .run_tx("identity.sweep", async |tx: &mut Tx| {
                Ok::<_, db::Error>([
                    retention::challenges(tx, challenges).await?,
                    retention::bindings(tx, before(now, HOUR * 2)).await?,
                    retention::throttles(tx, day).await?,
                    retention::attempts(tx, day).await?,
                    retention::captchas(tx, captchas).await?,
                    retention::proofs(tx, hour).await?,
                    retention::sessions(tx, sessions).await?,
                    retention::staff_sessions(tx, sessions).await?,
                ])
            })
            .await?;
        let full = BATCH.unsigned_abs();
        Ok(if deleted.contains(&full) {
            Progress::More
        } else {
            Progress::Idle
        })
    }
}
