//! A missed deadline: the pool closes the application, then it expires and the person is banned
//! (P9, P10, R-BLK-01).

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::jobs::Progress;
use xuanhao_chassis::outbox;

use super::App;
use super::load::policies_of;
use crate::domain::ban::Ban;
use crate::domain::lapse::{Registration, is_missed};
use crate::domain::state::State;
use crate::domain::telling::Telling;
use crate::error::Error;
use crate::store::selections::View;
use crate::store::{applications, blacklist, endings, selections};

/// Selections looked at by one run.
const BATCH: i64 = 100;

impl App {
    /// The reconciler for missed deadlines.
    ///
    /// # Errors
    /// When the database or a peer is away; the rest was done.
    pub async fn expire_overdue(&self) -> Result<Progress, Error> {
        let (today, now) = (self.clock.today(), self.clock.now());
        let overdue = endings::list_overdue(self.db.pool(), today, now, BATCH).await?;
        let mut failed = None;
        for id in &overdue {
            if let Err(error) = self.expire(*id).await {
                failed = Some(error);
                self.put_off(*id).await?;
            }
        }
        match failed {
            Some(error) => Err(error),
            None if i64::try_from(overdue.len()).unwrap_or(0) >= BATCH => Ok(Progress::More),
            None => Ok(Progress::Idle),
        }
    }

    async fn expire(&self, id: ApplicationId) -> Result<(), Error> {
        let Some(view) = selections::lookup(self.db.pool(), id).await? else {
            return Ok(());
        };
        let allocation = &view.selection.allocation;
        // An office may have registered the car and not told us: then nobody is late.
        let registry =
            self.peers
                .vehicle
                .registration(&view.vin, allocation.class, allocation.plate);
        if let Registration::Registered(on) = registry.await {
            return self.register_by_registry(&view, on).await;
        }
        let closed = self
            .peers
            .pool
            .close(id.as_uuid(), view.office, id, "lapsed")
            .await?;
        match closed {
            Some(standing) if standing.is_registered => {
                return self.register_by_registry(&view, None).await;
            }
            Some(standing) if standing.allocation == *allocation => {}
            _ => {
                tracing::error!(application.id = %id, "the pool names another number when closing")
            }
        }
        self.db
            .run_tx("selection.expire", async |tx: &mut Tx| {
                self.write_expiry(tx, &view).await
            })
            .await?;
        self.signals.endings.raise();
        self.signals.messages.raise();
        Ok(())
    }

    async fn write_expiry(&self, tx: &mut Tx, view: &View) -> Result<(), Error> {
        let now = self.clock.now();
        let Some(application) = applications::lookup_for_update(tx, view.application).await? else {
            return Ok(());
        };
        let deadline = view.selection.deadline;
        let fresh = selections::lookup(&mut **tx, view.application).await?;
        // Looked at again under the lock: arrival stops the clock, and a number may be taken back.
        let today = self.clock.today();
        let missed = fresh.is_some_and(|fresh| is_missed(&fresh.selection, today));
        if application.state != State::Confirmed || !missed {
            return Ok(());
        }
        let policies = policies_of(tx, &application).await?;
        let expired = application.expire().map_err(|refused| self.no(refused))?;
        applications::update(tx, &expired, now).await?;
        endings::mark_closed(tx, expired.id, now).await?;
        outbox::append(tx, &self.expired_fact(&expired, &view.selection)).await?;
        let ban = Ban::after(deadline, policies.frozen.lapse.blacklist_years)
            .map_err(|_| Error::Disagreement("a ban lies beyond the calendar"))?;
        let told = Telling::SelectionExpired {
            plate: view.selection.allocation.plate,
            until: ban.until,
        };
        self.tell(tx, &expired, &told, "").await?;
        if ban.covers(ban.from) {
            let entry = blacklist::Entry {
                id: self.entry_id(),
                office: expired.office,
                person_key: expired.person_key.clone(),
                application: expired.id,
                ban,
            };
            blacklist::add(tx, &entry, now).await?;
            outbox::append(tx, &self.ban_added_fact(&entry, expired.version)).await?;
            let told = Telling::Blacklisted { until: ban.until };
            self.tell(tx, &expired, &told, "").await?;
        }
        Ok(())
    }

    /// Looks at a selection again later, so that one that fails does not keep the others waiting.
    pub(super) async fn put_off(&self, id: ApplicationId) -> Result<(), Error> {
        let now = self.clock.now();
        let at = now
            .saturating_add(self.settings.lapse_check_every)
            .unwrap_or(now);
        self.db
            .run_tx("selection.put_off", async |tx: &mut Tx| {
                Ok::<_, Error>(endings::mark_next_check(tx, id, at).await?)
            })
            .await
    }
}
