//! The second transaction of an operation: charge or release, and all that follows (P5, P7, P8).

use std::sync::Arc;

use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::error::chain;
use xuanhao_chassis::reason::Reason;

use super::App;
use super::load::{policies_of, quota_for_update};
use crate::domain::operation::Outcome;
use crate::error::Error;
use crate::store::operations::{self, OperationId};
use crate::store::{applications, hints, proofs, quotas};

impl App {
    /// Settles or drops an operation; the outcome that was written is returned, which is another's
    /// if another came first. The pool is known to have numbers up to `known_op_no`.
    pub(super) async fn settle(
        self: &Arc<Self>,
        id: OperationId,
        outcome: Outcome,
        known_op_no: u64,
    ) -> Result<Outcome, Error> {
        let (written, confirmed) = self
            .db
            .run_tx("selection.settle", async |tx: &mut Tx| {
                self.write_outcome(tx, id, &outcome, known_op_no).await
            })
            .await?;
        self.settled.notify_waiters();
        if let Some(application) = confirmed {
            // The citizen is answered now; who else must know is told by a task of its own (P11).
            let app = Arc::clone(self);
            self.tracker.spawn(async move {
                if let Err(error) = app.announce(application).await {
                    tracing::warn!(application.id = %application, error = chain(&error), "telling of a confirmed number is left to its reconciler");
                }
            });
        }
        Ok(written)
    }

    async fn write_outcome(
        &self,
        tx: &mut Tx,
        id: OperationId,
        outcome: &Outcome,
        known_op_no: u64,
    ) -> Result<(Outcome, Option<xuanhao_chassis::ids::ApplicationId>), Error> {
        let now = self.clock.now();
        let missing = |what| move || db::Error::corrupt(what, "it is not there");
        let found = operations::lookup(&mut **tx, id)
            .await?
            .ok_or_else(missing("operation"))?;
        if let Some(written) = found.outcome {
            return Ok((written, None));
        }
        let application = applications::lookup_for_update(tx, found.application).await?;
        let mut application = application.ok_or_else(missing("application"))?;
        application.last_op_no = application.last_op_no.max(known_op_no);
        let policies = policies_of(tx, &application).await?;
        let quota = quota_for_update(tx, &found.vin).await?;
        let settled = application
            .settle(
                &found.as_reserved(),
                outcome,
                &quota,
                &policies.rules(),
                now,
            )
            .map_err(|_| {
                Error::Disagreement("the pool gave a number to an application that cannot have one")
            })?;
        let cost = found.as_reserved().cost(outcome);
        operations::finish(tx, id, outcome, cost, now).await?;
        if let Some(proof) = found.proof.filter(|_| !outcome.is_final()) {
            // It came to nothing, so the code was used for nothing (C1).
            proofs::give_back(tx, proof).await?;
        }
        quotas::update(tx, &found.vin, &settled.quota).await?;
        applications::update(tx, &settled.application, now).await?;
        if let Outcome::Refused { refusal } = outcome
            && refusal.reason() == Reason::AlreadyConfirmed
        {
            // The pool has a number for it that we do not know of yet.
            hints::put(tx, application.id, application.office, now, now).await?;
            self.signals.hints.raise();
        }
        let Some(allocation) = settled.confirmed else {
            return Ok((outcome.clone(), None));
        };
        self.add_selection(tx, &settled.application, allocation, &policies.frozen)
            .await?;
        Ok((outcome.clone(), Some(application.id)))
    }
}
