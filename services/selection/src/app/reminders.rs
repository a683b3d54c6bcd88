//! Reminding citizens before their deadline, on the civil days policy names, once each.

use jiff::ToSpan;
use jiff::civil::Date;
use xuanhao_chassis::clock::start_of_day;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::jobs::Progress;
use xuanhao_vocabulary::OfficeId;

use super::App;
use crate::domain::state::State;
use crate::domain::telling::Telling;
use crate::error::Error;
use crate::store::{applications, endings, policies, selections};

/// Reminders of one office written by one run.
const BATCH: i64 = 200;
/// The earliest day policies may name.
const EARLIEST: i64 = 30;

impl App {
    /// The reconciler for reminders: those of today that were not written yet. What a day missed is not
    /// made up the next day; its own reminder follows.
    ///
    /// # Errors
    /// When the database or a peer is away; the rest was done.
    pub async fn remind_due(&self) -> Result<Progress, Error> {
        let today = self.clock.today();
        let last = today.saturating_add(EARLIEST.days());
        let mut failed = None;
        let mut full = false;
        for office in endings::list_offices_due(self.db.pool(), today, last).await? {
            match self.remind_office(office, today).await {
                Ok(more) => full |= more,
                // One office's pool may be away while another's is there.
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            Some(error) => Err(error),
            None if full => Ok(Progress::More),
            None => Ok(Progress::Idle),
        }
    }

    async fn remind_office(&self, office: OfficeId, today: Date) -> Result<bool, Error> {
        let pool = self.db.pool();
        let Some(in_force) = policies::find_in_force(pool, office).await? else {
            return Ok(false);
        };
        let start = start_of_day(today).unwrap_or_else(|_| self.clock.now());
        let (mut failed, mut full) = (None, false);
        for days in in_force.policy.reminders.days_before {
            let deadline = today.saturating_add(i64::from(days).days());
            // Whoever confirmed today has just been told the day.
            let due = endings::list_to_remind(pool, office, deadline, today, start, BATCH).await?;
            full |= i64::try_from(due.len()).unwrap_or(0) >= BATCH;
            for id in due {
                if let Err(error) = self.remind(id, deadline, today).await {
                    failed = Some(error);
                }
            }
        }
        failed.map_or(Ok(full), Err)
    }

    /// P11: what a message names was read again from the pool.
    async fn remind(&self, id: ApplicationId, deadline: Date, today: Date) -> Result<(), Error> {
        let view = self.confirmed_by_the_pool(id).await?;
        let told = Telling::DeadlineReminder {
            plate: view.selection.allocation.plate,
            date: deadline,
        };
        self.db
            .run_tx("selection.remind", async |tx: &mut Tx| {
                let found = applications::lookup_for_update(tx, id).await?;
                let Some(application) = found.filter(|found| found.state == State::Confirmed)
                else {
                    return Ok(());
                };
                let fresh = selections::lookup(&mut **tx, id).await?;
                let waits = fresh.is_some_and(|fresh| {
                    let selection = fresh.selection;
                    selection.acts.arrived_on.is_none() && selection.undoing_at.is_none()
                });
                if waits {
                    self.tell(tx, &application, &told, &today.to_string())
                        .await?;
                }
                Ok::<_, Error>(())
            })
            .await?;
        self.signals.messages.raise();
        Ok(())
    }
}
