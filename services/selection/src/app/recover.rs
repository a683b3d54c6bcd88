//! Carrying an operation out, and finding out what became of it (P5, P6).

use std::sync::Arc;
use std::time::Duration;

use xuanhao_chassis::error::{Refusal, chain};
use xuanhao_chassis::jobs::Progress;
use xuanhao_chassis::reason::Reason;

use super::App;
use crate::domain::operation::Outcome;
use crate::error::Error;
use crate::peers::Asked;
use crate::store::operations::{self, Operation};

/// Operations looked up by one run of recovery.
const BATCH: i64 = 100;

impl App {
    /// Asks the pool once and settles what it says. When the pool's answer is lost, it is asked what
    /// became of the operation instead; if that fails too, recovery goes on.
    pub(super) async fn carry_out(
        self: &Arc<Self>,
        operation: &Operation,
        asked: &Asked,
    ) -> Result<Outcome, Error> {
        let left = operation.not_after.duration_since(self.clock.now());
        let within = Duration::try_from(left).unwrap_or_default();
        let answer = self
            .peers
            .pool
            .operate(asked, &operation.request, within)
            .await;
        let settled = match answer {
            Ok(outcome) => self.settle_told(operation, outcome).await,
            Err(lost) => {
                tracing::warn!(
                    operation.id = %operation.id,
                    error = chain(&lost),
                    "the pool's answer is lost; it is asked what became of the operation"
                );
                self.recover(operation).await
            }
        };
        if settled.is_err() {
            self.signals.recovery.raise();
        }
        settled
    }

    /// Settles the pool's own answer.
    async fn settle_told(
        self: &Arc<Self>,
        operation: &Operation,
        outcome: Outcome,
    ) -> Result<Outcome, Error> {
        let Outcome::Refused { refusal } = &outcome else {
            return self.settle(operation.id, outcome, 0).await;
        };
        if refusal.reason() != Reason::OperationOutOfOrder {
            return self.settle(operation.id, outcome, 0).await;
        }
        // The pool knows higher numbers, as after a restore of our database: go on from its own. The
        // citizen may ask again under the same request id.
        let known = self
            .peers
            .pool
            .last_op_no(operation.office, operation.application)
            .await?;
        let refusal = Refusal::new(Reason::Unavailable).retry_after(Duration::from_secs(1));
        self.settle(operation.id, Outcome::Refused { refusal }, known)
            .await
    }

    /// P6: asks the pool what became of an operation, which executes nothing, and settles it.
    pub(super) async fn recover(self: &Arc<Self>, operation: &Operation) -> Result<Outcome, Error> {
        let pool = &self.peers.pool;
        let outcome = pool
            .resolve(operation.office, operation.application, operation.op_no)
            .await?;
        self.settle(operation.id, outcome, 0).await
    }

    /// The reconciler for operations whose process died or whose pool was away (P6).
    ///
    /// # Errors
    /// When the database or a peer is away; the rest was done.
    pub async fn recover_pending(self: &Arc<Self>) -> Result<Progress, Error> {
        let now = self.clock.now();
        let before = now
            .saturating_sub(self.settings.recover_after)
            .unwrap_or(now);
        let pending = operations::list_pending(self.db.pool(), before, BATCH).await?;
        let mut failed = None;
        for operation in &pending {
            match self.recover(operation).await {
                Ok(_) => tracing::info!(operation.id = %operation.id, "operation recovered"),
                // One office's pool may be away while another's is there.
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            Some(error) => Err(error),
            None if i64::try_from(pending.len()).unwrap_or(0) >= BATCH => Ok(Progress::More),
            None => Ok(Progress::Idle),
        }
    }
}
