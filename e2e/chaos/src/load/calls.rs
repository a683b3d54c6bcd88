//! One attempt: the request on the wire, and the answer in the history's words.

use std::time::Duration;

use tonic::{Response, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::call;
use xuanhao_chassis::ids::RequestId;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::common::v1::PlateClass;
use xuanhao_proto::platepool::v1 as pb;

use super::Load;
use crate::history::{Answer, Ask, Call, Held, Micros, Outcome, RowId, What};

/// Life of column and basket, in seconds: the shortest that the pool takes.
pub(crate) const TTL_S: i32 = 10;
/// The random delay before a returned number is free, in seconds.
const RETURN_S: (i64, i64) = (1, 3);

/// A request with what its repeats must have alike.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) ask: Ask,
    pub(crate) not_after: Micros,
    pub(crate) vehicle: [u8; 32],
    pub(crate) request_id: RequestId,
    pub(crate) actor: RequestId,
}

impl Load {
    /// Sends it to a replica, and records what came of it.
    pub(crate) async fn attempt(&self, client: u32, replica: usize, request: &Request) -> Answer {
        let start = self.now();
        let answer = match self.send(replica, request).await {
            Ok(answer) => answer,
            Err(status) => refused(&status),
        };
        self.record(&Call {
            client,
            replica,
            start,
            end: self.now(),
            ask: request.ask.clone(),
            answer: answer.clone(),
        });
        answer
    }

    async fn send(&self, replica: usize, request: &Request) -> Result<Answer, Status> {
        let mut at = self.replicas[replica].clone();
        let operation = Some(request.operation());
        let office = request.ask.office.clone();
        let application_id = request.ask.application.to_string();
        let outcome = match request.ask.what.clone() {
            What::Draw {
                count,
                exclude_four,
            } => {
                let draw = pb::DrawRequest {
                    operation,
                    count,
                    exclude_four,
                    column_ttl_s: TTL_S,
                    basket_ttl_s: TTL_S,
                };
                at.draw(call(draw)).await?.into_inner().outcome
            }
            What::Keep { plate } => {
                let keep = pb::KeepRequest {
                    operation,
                    plate,
                    basket_ttl_s: TTL_S,
                };
                at.keep(call(keep)).await?.into_inner().outcome
            }
            What::Compose { wishes, hold } => {
                let hold_ttl_s = if hold { TTL_S } else { 0 };
                let compose = pb::ComposeRequest {
                    operation,
                    wishes,
                    hold_ttl_s,
                };
                at.compose(call(compose)).await?.into_inner().outcome
            }
            What::Confirm { plate } => {
                let confirm = pb::ConfirmRequest {
                    operation,
                    plate,
                    from_column: true,
                };
                at.confirm(call(confirm)).await?.into_inner().outcome
            }
            What::Choose { plate } => {
                let choose = pb::ChooseRequest {
                    operation,
                    plate,
                    ttl_s: TTL_S,
                };
                at.choose(call(choose)).await?.into_inner().outcome
            }
            What::GiveUp => {
                let give_up = pb::GiveUpRequest { operation };
                at.give_up(call(give_up)).await?.into_inner().outcome
            }
            What::Resolve => {
                let op_no = request.ask.op_no;
                let resolve = pb::ResolveRequest {
                    office,
                    application_id,
                    op_no,
                };
                at.resolve(call(resolve)).await?.into_inner().outcome
            }
            What::Close => {
                let close = pb::CloseRequest {
                    request_id: request.request_id.to_string(),
                    office,
                    application_id,
                    reason: "voided".to_owned(),
                };
                let told = at.close(call(close)).await.map(Response::into_inner)?;
                return Ok(told_of(Outcome::Closed(
                    told.allocation.map(|one| one.plate),
                )));
            }
            What::Return => {
                let back = pb::ReturnAllocationRequest {
                    request_id: request.request_id.to_string(),
                    office,
                    application_id,
                    reason: "voided".to_owned(),
                    delay_min_s: RETURN_S.0,
                    delay_max_s: RETURN_S.1,
                    random_only_s: 0,
                };
                let told = at
                    .return_allocation(call(back))
                    .await
                    .map(Response::into_inner)?;
                return Ok(told_of(Outcome::Returned(
                    told.allocation.map(|one| one.plate),
                )));
            }
        };
        let outcome = outcome.ok_or_else(|| Status::internal("an answer without an outcome"))?;
        read(outcome).ok_or_else(|| Status::internal("an outcome without a result"))
    }
}

impl Request {
    fn operation(&self) -> pb::Operation {
        let seconds = self.not_after.div_euclid(1_000_000);
        pb::Operation {
            office: self.ask.office.clone(),
            application_id: self.ask.application.to_string(),
            op_no: self.ask.op_no,
            not_after: Some(prost_types::Timestamp { seconds, nanos: 0 }),
            plate_class: PlateClass::Small.into(),
            vehicle_key: self.vehicle.to_vec(),
            channel: pb::Channel::Internet.into(),
            actor: self.actor.to_string(),
            on_behalf_of: String::new(),
            energy_group: pb::EnergyGroup::Unspecified.into(),
        }
    }
}

fn told_of(outcome: Outcome) -> Answer {
    Answer::Told { row: None, outcome }
}

fn read(outcome: pb::Outcome) -> Option<Answer> {
    use pb::outcome::Result as Wire;
    let row = (outcome.epoch > 0).then(|| RowId {
        epoch: outcome.epoch,
        seq: outcome.seq,
        decided_at: micros(outcome.decided_at.as_ref()),
    });
    let outcome = match outcome.result? {
        Wire::Allocated(one) => Outcome::Allocated(one.plate),
        Wire::Held(held) => Outcome::Held(Held {
            column_until: micros(held.column_until.as_ref()),
            column: held.column,
            basket_until: micros(held.basket_until.as_ref()),
            basket: held.basket,
        }),
        Wire::AllMissed(_) => Outcome::AllMissed,
        Wire::NoneFree(_) => Outcome::NoneFree,
        Wire::Dropped(dropped) => match dropped.reason() {
            pb::DroppedReason::GivenUp => Outcome::GivenUp,
            pb::DroppedReason::NeverRecorded => Outcome::NeverRecorded,
            pb::DroppedReason::TooLittleTime => Outcome::TooLittleTime,
            pb::DroppedReason::Unspecified => return None,
        },
        Wire::Lodged(_) => return None,
    };
    Some(Answer::Told { row, outcome })
}

fn micros(at: Option<&prost_types::Timestamp>) -> Micros {
    at.map_or(0, |at| at.seconds * 1_000_000 + i64::from(at.nanos) / 1_000)
}

/// A refusal after which the pool certainly holds no row is one; every other failure leaves open what
/// it did. The list is selection's.
fn refused(status: &Status) -> Answer {
    let reason = Refusal::from_status(status).map(|refusal| refusal.reason());
    match reason {
        Some(reason) if wrote_nothing(reason) => Answer::Refused {
            reason: reason.code().to_owned(),
        },
        Some(reason) => Answer::Unknown {
            why: reason.code().to_owned(),
        },
        None => Answer::Unknown {
            why: format!("{}: {}", status.code(), status.message()),
        },
    }
}

fn wrote_nothing(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::OfficeUnknown
            | Reason::OperationTooLate
            | Reason::OperationOutOfOrder
            | Reason::OperationRefused
            | Reason::ApplicationClosed
            | Reason::Overloaded
            | Reason::NotOwner
            | Reason::DrawingNotOpen
            | Reason::PlateNotHeld
            | Reason::PlateTaken
            | Reason::PlateMalformed
            | Reason::HoldExpired
            | Reason::ColumnExpired
            | Reason::BasketExpired
            | Reason::RoundAlreadyChosen
            | Reason::AlreadyConfirmed
            | Reason::VinInUse
            | Reason::FieldInvalid
            | Reason::FieldRequired
    )
}

/// Refusals that say only that it was not the moment: the same request is sent again.
pub(crate) fn is_for_now(reason: &str) -> bool {
    [Reason::NotOwner, Reason::Overloaded]
        .iter()
        .any(|one| one.code() == reason)
}

/// How long such a one waits.
pub(crate) const SOON: Duration = Duration::from_millis(250);
