//! Work in the background: deleting what has done its duty.

use jiff::SignedDuration;
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::ids::PersonId;
use xuanhao_chassis::jobs::Progress;

use crate::app::App;
use crate::domain::document::{DocumentKind, Purpose};
use crate::domain::limits::before;
use crate::error::Error;
use crate::store::document;
use crate::store::retention::{self, BATCH};

/// Documents of one pass: each is as large as a thousand other rows.
const DOCUMENT_BATCH: i64 = 50;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn days(count: u16) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(count))
}

impl App {
    /// Deletes one batch of every table that grows; see the retention table in the README.
    ///
    /// # Errors
    /// When the database or the key store cannot be asked.
    pub async fn sweep(&self) -> Result<Progress, Error> {
        let progress = [self.sweep_documents().await?, self.sweep_rows().await?];
        Ok(if progress.contains(&Progress::More) {
            Progress::More
        } else {
            Progress::Idle
        })
    }

    async fn sweep_rows(&self) -> Result<Progress, db::Error> {
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

    /// Documents whose time is over by what they are kept for; those an officer added and no act took;
    /// and the keys that nothing is sealed under any more.
    async fn sweep_documents(&self) -> Result<Progress, Error> {
        let (now, config) = (self.clock().now(), self.retention());
        let mut full = false;
        for (purpose, kept) in [
            (Purpose::Enrolment, config.enrolment_document_days),
            (Purpose::Vehicle, config.vehicle_document_days),
            (Purpose::Appeal, config.appeal_document_days),
        ] {
            let kinds: Vec<DocumentKind> = DocumentKind::ALL
                .into_iter()
                .filter(|kind| kind.purpose() == purpose)
                .collect();
            let deleted = self
                .db()
                .run_tx("identity.sweep_documents", async |tx: &mut Tx| {
                    document::delete_batch(tx, &kinds, before(now, days(kept)), DOCUMENT_BATCH)
                        .await
                })
                .await?;
            full |= deleted == DOCUMENT_BATCH.unsigned_abs();
        }
        // No act may still take what is swept.
        let waits = HOUR * i32::from(config.unused_document_hours);
        let unused = before(now, waits.max(self.enrolment().documents() * 2));
        let keys = document::list_unused_keys(self.db().pool(), unused, DOCUMENT_BATCH).await?;
        full |= is_full(&keys);
        for key in keys {
            self.erase(key).await?;
            self.db()
                .run_tx("identity.document.delete_unused", async |tx: &mut Tx| {
                    document::delete_unused(tx, key).await
                })
                .await?;
        }
        let progress = self.erase_former_keys().await?;
        Ok(if full { Progress::More } else { progress })
    }

    /// Erases keys under which documents stood before an act took them.
    pub(crate) async fn erase_former_keys(&self) -> Result<Progress, Error> {
        let keys = document::list_former_keys(self.db().pool(), DOCUMENT_BATCH).await?;
        let full = is_full(&keys);
        for key in keys {
            self.erase(key).await?;
            self.db()
                .run_tx("identity.document.forget_key", async |tx: &mut Tx| {
                    document::forget_former_key(tx, key).await
                })
                .await?;
        }
        Ok(if full { Progress::More } else { Progress::Idle })
    }
}

fn is_full(keys: &[PersonId]) -> bool {
    i64::try_from(keys.len()).is_ok_and(|count| count == DOCUMENT_BATCH)
}
