//! An operation from the caller's side: reserve, have it carried out, answer (P1, P2, P5).
//!
//! Once reserved, an operation belongs to nobody's connection: it runs on the service's own tracker,
//! and whoever asks with its request id waits for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{
    Refusable, Replay, Scope, begin, hash_of, is_final, record_refusal,
};
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::reason::Reason;

use super::load::{info_of, own_for_update, policies_of, quota_for_update};
use super::{Act, App, Citizen, View};
use crate::domain::Refused;
use crate::domain::application::Application;
use crate::domain::deadline::check_covered;
use crate::domain::operation::{Dropped, Outcome, Request, Typed};
use crate::error::Error;
use crate::peers::Asked;
use crate::store::operations::{self, Operation, OperationId, RequestKey};
use crate::store::{applications, calendars, quotas};

/// Between two looks for an operation that another process carries out.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// A caller that waits is answered so long before he stops waiting.
const MARGIN: Duration = Duration::from_millis(300);

/// A citizen's wish for an operation.
#[derive(Debug, Clone)]
pub(crate) struct Operate {
    pub(crate) citizen: Citizen,
    pub(crate) application: ApplicationId,
    pub(crate) typed: Typed,
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

/// What the first transaction came to.
enum Reserved {
    /// A new operation, to be carried out.
    New(Box<Operation>, Box<Asked>),
    /// The request id is bound to this operation.
    Bound(Box<Operation>),
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
        let (request, outcome) = match self.reserve(&wish).await? {
            Reserved::New(operation, asked) => {
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
            Reserved::Bound(operation) => match operation.outcome {
                Some(outcome) => (operation.request, outcome),
                None => (
                    operation.request,
                    self.join(operation.id, until - MARGIN).await?,
                ),
            },
        };
        self.answer(wish.application, request, outcome).await
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

    /// P1, P2: binds the request id to an operation, sets its charge aside and commits, all before
    /// the pool is asked. Refusals cost nothing; final ones are kept.
    async fn reserve(&self, wish: &Operate) -> Result<Reserved, Error> {
        let scope = Scope::Account(wish.citizen.account);
        let kind = kind_of(&wish.typed);
        let key = wish.act.key(&scope, kind, self.clock.now());
        let bound = RequestKey {
            scope: scope.to_string(),
            request_id: wish.act.request_id,
        };
        let hash = hash_of(&wish.act.fingerprint);
        let reserved: Result<Reserved, Refusal> = self
            .db
            .run_tx("selection.reserve", async |tx: &mut Tx| {
                if let Replay::Refused(refusal) = begin(tx, &key, hash).await? {
                    return Ok(Err(refusal));
                }
                if let Some(found) = operations::find_by_request(&mut **tx, &bound, kind).await? {
                    return Ok(if found.request_hash == hash {
                        Ok(Reserved::Bound(Box::new(found)))
                    } else {
                        Err(Refusal::new(Reason::RequestIdReused))
                    });
                }
                match self.add_operation(tx, wish, &bound, hash).await {
                    Ok(reserved) => Ok(Ok(reserved)),
                    // Nothing is written before the last check, so nothing has to be undone.
                    Err(error) => match error.refusal().filter(is_final) {
                        Some(refusal) => {
                            record_refusal(tx, &key, hash, &refusal).await?;
                            Ok(Err(refusal))
                        }
                        None => Err(error),
                    },
                }
            })
            .await
            .or_else(|error| self.lost_race(error))?;
        Ok(reserved?)
    }

    /// The vehicle's other operation, or the same request on another connection, came first.
    fn lost_race(&self, error: Error) -> Result<Result<Reserved, Refusal>, Error> {
        let Error::Db(database) = &error else {
            return Err(error);
        };
        let lost = database.is_unique_violation(operations::PENDING_KEY)
            || database.is_unique_violation(operations::REQUEST_KEY);
        if lost {
            Err(self.no(Refused::OperationPending))
        } else {
            Err(error)
        }
    }

    async fn add_operation(
        &self,
        tx: &mut Tx,
        wish: &Operate,
        bound: &RequestKey,
        request_hash: [u8; 32],
    ) -> Result<Reserved, Error> {
        let now = self.clock.now();
        let no = |refused: Refused| Error::from(refused.at(now));
        let application = own_for_update(tx, wish.application, wish.citizen.account).await?;
        application
            .state
            .after(crate::domain::state::Event::Operate)
            .map_err(no)?;
        let info = info_of(&application).map_err(no)?.clone();
        let policies = policies_of(tx, &application).await?;
        let rules = policies.rules();
        // Form first: what is malformed is refused the same way whatever else is wrong.
        let request = wish
            .typed
            .check(application.office, info.class, &rules)
            .map_err(no)?;
        self.check_ban(tx, &application.person_key).await?;
        let calendar = calendars::of_province(&mut **tx, application.office.province()).await?;
        check_covered(now, rules.validity(), &calendar).map_err(no)?;
        let quota = quota_for_update(tx, &info.vin).await?;
        if operations::find_pending(&mut **tx, &info.vin)
            .await?
            .is_some()
        {
            return Err(no(Refused::OperationPending));
        }
        let (next, reserved) = application
            .reserve(&request, &quota, &rules, now)
            .map_err(no)?;
        let operation = Operation {
            id: self.ids.next(),
            application: next.id,
            office: next.office,
            vin: info.vin,
            op_no: next.last_op_no,
            request,
            request_hash,
            actor: wish.citizen.account.as_uuid(),
            on_behalf_of: None,
            not_after: self.later(self.settings.operation_timeout),
            reserved_at: now,
            outcome: None,
        };
        operations::add(tx, &operation, bound).await?;
        quotas::update(tx, &operation.vin, &reserved).await?;
        applications::update(tx, &next, now).await?;
        let asked = asked(&operation, &next, &info, &rules);
        Ok(Reserved::New(Box::new(operation), Box::new(asked)))
    }
}

fn asked(
    operation: &Operation,
    application: &Application,
    info: &crate::domain::application::Info,
    rules: &crate::domain::rules::Rules<'_>,
) -> Asked {
    Asked {
        office: application.office,
        application: application.id,
        op_no: operation.op_no,
        not_after: operation.not_after,
        class: info.class,
        vehicle_key: info.vehicle_key.clone(),
        actor: operation.actor,
        on_behalf_of: operation.on_behalf_of,
        draw_count: rules.draw_count(),
        column_ttl_s: rules.column_ttl_s(),
        basket_ttl_s: rules.basket_ttl_s(),
        from_column: !rules.has_basket(),
    }
}

/// The method a request id counts for; also the operation's kind.
fn kind_of(typed: &Typed) -> &'static str {
    match typed {
        Typed::Draw { .. } => "draw",
        Typed::Keep { .. } => "keep",
        Typed::Compose { .. } => "compose",
        Typed::Confirm { .. } => "confirm",
        Typed::GiveUp => "give_up",
    }
}
