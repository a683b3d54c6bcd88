//! An operation from the caller's side: reserve, have it carried out, answer (P1, P2, P5).
//!
//! Once reserved, an operation belongs to nobody's connection: it runs on the service's own tracker,
//! and whoever asks with its request id waits for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::reason::Reason;

use super::reserve::{Bound, Reserved};
use super::{Act, App, View, Who};
use crate::domain::Refused;
use crate::domain::operation::{Dropped, Outcome, Request, Typed};
use crate::error::Error;
use crate::peers::Captcha;
use crate::store::operations::{self, OperationId};

/// Between two looks for an operation that another process carries out.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// A caller that waits is answered so long before he stops waiting.
const MARGIN: Duration = Duration::from_millis(300);

/// A wish for an operation.
#[derive(Clone)]
pub(crate) struct Operate {
    pub(crate) who: Who,
    pub(crate) application: ApplicationId,
    pub(crate) typed: Typed,
    /// Where policy asks for one (R-AUTH-03).
    pub(crate) captcha: Captcha,
    /// Proof of a challenge, where policy asks for one (R-AUTH-04).
    pub(crate) proof: String,
    pub(crate) act: Act,
}

/// A settled operation and the application as it stands.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    /// As it was read.
    pub(crate) request: Request,
    pub(crate) outcome: Outcome,
    pub(crate) view: View,
}

impl App {
    /// Reserves an operation, has it carried out and answers; or joins the operation its request id is
    /// bound to.
    ///
    /// # Errors
    /// The rules' refusals, uncharged; the pool's, uncharged; `OPERATION_PENDING`;
    /// `UNAVAILABLE` when it came to nothing and may be asked again.
    pub(crate) async fn operate(
        self: &Arc<Self>,
        wish: Operate,
        until: Instant,
    ) -> Result<Answered, Error> {
        let (request, outcome) = match self.reserve_with_captcha(&wish).await? {
            Bound::New(operation, asked) => {
                let app = Arc::clone(self);
                let (id, request) = (operation.id, operation.request.clone());
                // Detached: if the caller goes away the operation is settled all the same (P1).
                let work = async move { app.carry_out(&operation, &asked).await };
                let carried_out = self.tracker.spawn(work);
                match tokio::time::timeout_at(until - MARGIN, carried_out).await {
                    Ok(Ok(Ok(outcome))) => (request, outcome),
                    Ok(Ok(Err(error))) => {
                        tracing::warn!(operation.id = %id, error = xuanhao_chassis::error::chain(&error), "operation left to recovery");
                        return Err(self.no(Refused::OperationPending));
                    }
                    Ok(Err(_)) => return Err(Error::CutOff),
                    Err(_) => return Err(self.no(Refused::OperationPending)),
                }
            }
            Bound::Before(operation) => match operation.outcome {
                Some(outcome) => (operation.request, outcome),
                None => (
                    operation.request,
                    self.join(operation.id, until - MARGIN).await?,
                ),
            },
        };
        self.answer(wish.application, request, outcome).await
    }

    /// Reserves; where a captcha stands before it, it is checked once all else is found right, and only
    /// for a request id that is not bound yet (R-AUTH-03, P2).
    async fn reserve_with_captcha(&self, wish: &Operate) -> Result<Bound, Error> {
        match (self.reserve(wish, false).await?, &wish.who) {
            (Reserved::Bound(bound), _) => return Ok(bound),
            (Reserved::WantsCaptcha, Who::Citizen(citizen)) => {
                if wish.captcha.id.is_empty() {
                    return Err(Reason::CaptchaRequired.into());
                }
                let identity = &self.peers.identity;
                let checked = identity.check_captcha(citizen.account, &wish.captcha);
                if let Err(error) = checked.await {
                    // The same request on another connection may have used it and come first.
                    return match self.reserve(wish, false).await {
                        Ok(Reserved::Bound(bound)) => Ok(bound),
                        _ => Err(error),
                    };
                }
            }
            (Reserved::WantsCaptcha, Who::Officer(_)) => {}
        }
        match self.reserve(wish, true).await? {
            Reserved::Bound(bound) => Ok(bound),
            Reserved::WantsCaptcha => Err(Error::CutOff),
        }
    }

    /// What the caller is told of an outcome.
    async fn answer(
        &self,
        application: ApplicationId,
        request: Request,
        outcome: Outcome,
    ) -> Result<Answered, Error> {
        let again = |reason| Refusal::new(reason).retry_after(Duration::from_secs(1));
        match outcome {
            Outcome::Refused { refusal } => Err(refusal.into()),
            Outcome::NoneFree => Err(again(Reason::NoneFree).into()),
            Outcome::Dropped {
                reason: Dropped::TooLittleTime,
            } => Err(again(Reason::HoldExpired).into()),
            Outcome::Dropped {
                reason: Dropped::NeverRecorded,
            } => Err(again(Reason::Unavailable).into()),
            outcome => {
                let view = self.view_by_id(application).await?;
                Ok(Answered {
                    request,
                    outcome,
                    view,
                })
            }
        }
    }

    /// Waits for an operation that is under way, here or in another process (P2).
    async fn join(&self, id: OperationId, until: Instant) -> Result<Outcome, Error> {
        loop {
            let settled = self.settled.notified();
            let found = operations::lookup(self.db.pool(), id).await?;
            if let Some(outcome) = found.and_then(|operation| operation.outcome) {
                return Ok(outcome);
            }
            if Instant::now() >= until {
                return Err(self.no(Refused::OperationPending));
            }
            // Another process tells nobody here, so the table is looked at too.
            let next_look = until.min(Instant::now() + LOOK_EVERY);
            let _told = tokio::time::timeout_at(next_look, settled).await;
        }
    }
}
