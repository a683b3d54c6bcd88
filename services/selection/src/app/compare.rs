//! Comparing an application with the pool after a hint that it has a number (P11).

use std::sync::Arc;

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::jobs::Progress;

use super::App;
use super::load::policies_of;
use crate::error::Error;
use crate::peers::Standing;
use crate::store::{applications, hints, operations, selections};

/// Hints looked at by one run.
const BATCH: i64 = 100;

impl App {
    /// The reconciler for hints.
    ///
    /// # Errors
    /// When the database or a peer is away; the rest was done.
    pub async fn follow_hints(self: &Arc<Self>) -> Result<Progress, Error> {
        let due = hints::list_due(self.db.pool(), self.clock.now(), BATCH).await?;
        let mut failed = None;
        for id in &due {
            if let Err(error) = self.compare(*id).await {
                failed = Some(error);
                self.put_off_hint(*id).await?;
            }
        }
        match failed {
            Some(error) => Err(error),
            None if i64::try_from(due.len()).unwrap_or(0) >= BATCH => Ok(Progress::More),
            None => Ok(Progress::Idle),
        }
    }

    /// Notes that the pool says of an application that it has a number. Every fact has an answer in
    /// every state: what is known already, or names an application of somebody else, needs no hint.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub(crate) async fn note_allocation(
        &self,
        tx: &mut Tx,
        id: ApplicationId,
    ) -> Result<(), Error> {
        let Some(application) = applications::lookup(&mut **tx, id).await? else {
            return Ok(());
        };
        if selections::lookup(&mut **tx, id).await?.is_none() {
            let next_try = self.later(self.settings.hint_after);
            hints::put(tx, id, application.office, self.clock.now(), next_try).await?;
        }
        Ok(())
    }

    /// Finishes what the pool says is finished. The pool is read; the hint itself makes nothing.
    async fn compare(self: &Arc<Self>, id: ApplicationId) -> Result<(), Error> {
        let application = applications::lookup(self.db.pool(), id).await?;
        let Some(application) = application else {
            return self.drop_hint(id).await;
        };
        if let Some(info) = &application.info
            && let Some(pending) = operations::find_pending(self.db.pool(), &info.vin).await?
            && pending.application == id
        {
            self.recover(&pending).await?;
        }
        if selections::lookup(self.db.pool(), id).await?.is_none()
            && let Some(standing) = self.peers.pool.allocation(application.office, id).await?
        {
            self.adopt(&standing).await?;
        }
        self.drop_hint(id).await
    }

    /// Takes over a number the pool has and no operation of ours tells of, as after a restore of our
    /// database: the pool's statement was the commit point.
    pub(super) async fn adopt(self: &Arc<Self>, standing: &Standing) -> Result<(), Error> {
        let id = standing.application;
        self.db
            .run_tx("selection.adopt", async |tx: &mut Tx| {
                if selections::lookup(&mut **tx, id).await?.is_some() {
                    return Ok(());
                }
                let found = applications::lookup_for_update(tx, id).await?;
                let application = found.ok_or_else(|| Error::not_found("application"))?;
                let policies = policies_of(tx, &application).await?;
                let mut next = application.allocate().map_err(|_| {
                    Error::Disagreement(
                        "the pool gave a number to an application that cannot have one",
                    )
                })?;
                next.last_op_no = next.last_op_no.max(standing.op_no);
                applications::update(tx, &next, self.clock.now()).await?;
                let allocation = standing.allocation.clone();
                self.add_selection(tx, &next, allocation, &policies.frozen)
                    .await
            })
            .await?;
        tracing::warn!(application.id = %id, "a number was taken over from the pool");
        self.signals.announcements.raise();
        Ok(())
    }

    async fn drop_hint(&self, id: ApplicationId) -> Result<(), Error> {
        self.db
            .run_tx("selection.drop_hint", async |tx: &mut Tx| {
                Ok::<_, Error>(hints::delete(tx, id).await?)
            })
            .await
    }

    async fn put_off_hint(&self, id: ApplicationId) -> Result<(), Error> {
        let next_try = self.later(self.settings.recover_after);
        self.db
            .run_tx("selection.put_off_hint", async |tx: &mut Tx| {
                let found = applications::lookup(&mut **tx, id).await?;
                if let Some(application) = found {
                    hints::put(tx, id, application.office, self.clock.now(), next_try).await?;
                }
                Ok::<_, Error>(())
            })
            .await
    }
}
