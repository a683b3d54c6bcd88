//! Bans that end: by themselves (R-BLK-01, C4), by late proof (P10), by an appeal.

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::jobs::Progress;
use xuanhao_chassis::outbox;

use super::App;
use crate::domain::application::Application;
use crate::domain::telling::Telling;
use crate::error::Error;
use crate::store::{applications, blacklist};

/// Bans lifted by one run.
const BATCH: i64 = 200;

/// Why a ban ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lifted {
    /// Its years are over.
    Elapsed,
    /// The vehicle was registered after all (P10).
    LateProof,
    /// An appeal was upheld.
    Appeal,
}

impl Lifted {
    /// The cause in the fact.
    fn as_str(self) -> &'static str {
        match self {
            Self::Elapsed => "elapsed",
            Self::LateProof => "late_proof",
            Self::Appeal => "appeal",
        }
    }
}

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
                    let found = applications::lookup(&mut **tx, entry.application).await?;
                    let version = found.as_ref().map_or(0, |found| found.version);
                    self.write_lifted(tx, entry, version, Lifted::Elapsed)
                        .await?;
                    if let Some(application) = found {
                        self.tell(tx, &application, &Telling::BanLifted, "").await?;
                    }
                }
                Ok::<_, Error>(elapsed.len())
            })
            .await?;
        if lifted > 0 {
            self.signals.messages.raise();
        }
        let full = i64::try_from(lifted).unwrap_or(0) >= BATCH;
        Ok(if full { Progress::More } else { Progress::Idle })
    }

    /// Lifts the ban an application led to, before its time. Who is told of an upheld appeal is told of
    /// the ban's end by it.
    pub(super) async fn lift_ban(
        &self,
        tx: &mut Tx,
        application: &Application,
        why: Lifted,
    ) -> Result<(), Error> {
        if let Some(entry) = blacklist::lift(tx, application.id).await? {
            self.write_lifted(tx, &entry, application.version, why)
                .await?;
            if why != Lifted::Appeal {
                self.tell(tx, application, &Telling::BanLifted, "").await?;
            }
        }
        Ok(())
    }

    async fn write_lifted(
        &self,
        tx: &mut Tx,
        entry: &blacklist::Entry,
        version: i64,
        why: Lifted,
    ) -> Result<(), Error> {
        let fact = self.ban_lifted_fact(entry, version, why.as_str());
        Ok(outbox::append(tx, &fact).await?)
    }
}
