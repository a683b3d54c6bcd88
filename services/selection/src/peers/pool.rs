//! The plate pool.

use std::time::Duration;

use jiff::Timestamp;
use tonic::Status;
use uuid::Uuid;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallExt, ClientChannel, call, timestamp};
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as wire;
use xuanhao_proto::platepool::v1::pool_service_client::PoolServiceClient;
use xuanhao_vocabulary::{OfficeId, PlateClass};

use super::{class_from_proto, class_to_proto, failure, instant};
use crate::domain::holding::{Holding, Timed};
use crate::domain::operation::{Allocation, Dropped, Outcome, Request};
use crate::domain::policy::Return;
use crate::error::Error;

/// What an operation needs beside its request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) office: OfficeId,
    pub(crate) application: ApplicationId,
    pub(crate) op_no: u64,
    pub(crate) not_after: Timestamp,
    pub(crate) class: PlateClass,
    pub(crate) vehicle_key: Vec<u8>,
    pub(crate) actor: Uuid,
    pub(crate) on_behalf_of: Option<Uuid>,
    pub(crate) draw_count: u16,
    pub(crate) column_ttl_s: u16,
    pub(crate) basket_ttl_s: u16,
    /// Numbers are confirmed from the column where no basket is kept.
    pub(crate) from_column: bool,
}

/// An application's allocation as the pool has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) allocation: Allocation,
    pub(crate) application: ApplicationId,
    /// Registered numbers stay for ever (P10).
    pub(crate) is_registered: bool,
    /// Number of the operation that allocated it.
    pub(crate) op_no: u64,
}

/// The pool.
#[derive(Debug, Clone)]
pub(crate) struct Pool(PoolServiceClient<ClientChannel>);

impl Pool {
    pub(super) fn new(channel: ClientChannel) -> Self {
        Self(PoolServiceClient::new(channel))
    }

    /// Asks the pool to execute an operation, once.
    ///
    /// # Errors
    /// When it is not known what the pool did; [`resolve`](Self::resolve) tells.
    pub(crate) async fn operate(
        &self,
        asked: &Asked,
        request: &Request,
        within: Duration,
    ) -> Result<Outcome, Error> {
        match self.send(asked, request, within).await {
            Ok(Some(outcome)) => read_outcome(outcome),
            Ok(None) => Err(Error::PeerAnswer("outcome")),
            Err(status) => match Refusal::from_status(&status) {
                Some(refusal) if refusal.reason() == Reason::NoneFree => Ok(Outcome::NoneFree),
                Some(refusal) if wrote_nothing(refusal.reason()) => {
                    Ok(Outcome::Refused { refusal })
                }
                _ => Err(status.into()),
            },
        }
    }

    async fn send(
        &self,
        asked: &Asked,
        request: &Request,
        within: Duration,
    ) -> Result<Option<wire::Outcome>, Status> {
        let mut client = self.0.clone();
        let operation = Some(operation(asked));
        let basket_ttl_s = asked.basket_ttl_s.into();
        Ok(match request {
            Request::Draw { exclude_four } => {
                let message = wire::DrawRequest {
                    operation,
                    count: asked.draw_count.into(),
                    exclude_four: *exclude_four,
                    column_ttl_s: asked.column_ttl_s.into(),
                    basket_ttl_s,
                };
                client
                    .draw(call(message).deadline(within))
                    .await?
                    .into_inner()
                    .outcome
            }
            Request::Keep { plate } => {
                let plate = plate.to_string();
                let message = wire::KeepRequest {
                    operation,
                    plate,
                    basket_ttl_s,
                };
                client
                    .keep(call(message).deadline(within))
                    .await?
                    .into_inner()
                    .outcome
            }
            Request::Compose { wishes } => {
                let wishes = wishes.iter().map(ToString::to_string).collect();
                let message = wire::ComposeRequest { operation, wishes };
                client
                    .compose(call(message).deadline(within))
                    .await?
                    .into_inner()
                    .outcome
            }
            Request::Confirm { plate } => {
                let (plate, from_column) = (plate.to_string(), asked.from_column);
                let message = wire::ConfirmRequest {
                    operation,
                    plate,
                    from_column,
                };
                client
                    .confirm(call(message).deadline(within))
                    .await?
                    .into_inner()
                    .outcome
            }
            Request::GiveUp => {
                let message = wire::GiveUpRequest { operation };
                client
                    .give_up(call(message).deadline(within))
                    .await?
                    .into_inner()
                    .outcome
            }
        })
    }

    /// What became of an operation; afterwards it will never be executed (P6).
    pub(crate) async fn resolve(
        &self,
        office: OfficeId,
        application: ApplicationId,
        op_no: u64,
    ) -> Result<Outcome, Error> {
        let message = wire::ResolveRequest {
            office: office.to_string(),
            application_id: application.to_string(),
            op_no,
        };
        let answer = self
            .0
            .clone()
            .resolve(call(message).idempotent())
            .await
            .map_err(failure)?;
        read_outcome(
            answer
                .into_inner()
                .outcome
                .ok_or(Error::PeerAnswer("outcome"))?,
        )
    }

    /// Refuses all later operations of the application and names its live allocation (P9).
    pub(crate) async fn close(
        &self,
        request_id: Uuid,
        office: OfficeId,
        application: ApplicationId,
        reason: &str,
    ) -> Result<Option<Standing>, Error> {
        let message = wire::CloseRequest {
            request_id: request_id.to_string(),
            office: office.to_string(),
            application_id: application.to_string(),
            reason: reason.to_owned(),
        };
        let answer = self
            .0
            .clone()
            .close(call(message).idempotent())
            .await
            .map_err(failure)?;
        answer
            .into_inner()
            .allocation
            .map(read_standing)
            .transpose()
    }

    /// The live allocation of an application (P11).
    pub(crate) async fn allocation(
        &self,
        office: OfficeId,
        application: ApplicationId,
    ) -> Result<Option<Standing>, Error> {
        let by = wire::get_allocation_request::By::ApplicationId(application.to_string());
        let message = wire::GetAllocationRequest {
            office: office.to_string(),
            by: Some(by),
        };
        let answer = self
            .0
            .clone()
            .get_allocation(call(message).idempotent())
            .await
            .map_err(failure)?;
        answer
            .into_inner()
            .allocation
            .map(read_standing)
            .transpose()
    }

    /// The highest operation number the pool has of an application; 0 for none (P3).
    pub(crate) async fn last_op_no(
        &self,
        office: OfficeId,
        application: ApplicationId,
    ) -> Result<u64, Error> {
        let message = wire::GetHoldingRequest {
            office: office.to_string(),
            application_id: application.to_string(),
        };
        let answer = self
            .0
            .clone()
            .get_holding(call(message).idempotent())
            .await
            .map_err(failure)?;
        Ok(answer.into_inner().last_op_no)
    }

    /// Marks the allocation registered: it stays live for ever (P10).
    pub(crate) async fn mark_registered(
        &self,
        request_id: Uuid,
        office: OfficeId,
        application: ApplicationId,
    ) -> Result<(), Error> {
        let message = wire::MarkAllocationRegisteredRequest {
            request_id: request_id.to_string(),
            office: office.to_string(),
            application_id: application.to_string(),
        };
        let marked = self
            .0
            .clone()
            .mark_allocation_registered(call(message).idempotent())
            .await;
        marked.map(drop).map_err(failure)
    }

    /// Sends the number of a closed application back, within the policy's delays.
    pub(crate) async fn return_allocation(
        &self,
        request_id: Uuid,
        office: OfficeId,
        application: ApplicationId,
        reason: &str,
        policy: &Return,
    ) -> Result<(), Error> {
        const HOUR: i64 = 3_600;
        let message = wire::ReturnAllocationRequest {
            request_id: request_id.to_string(),
            office: office.to_string(),
            application_id: application.to_string(),
            reason: reason.to_owned(),
            delay_min_s: i64::from(policy.delay_min_h) * HOUR,
            delay_max_s: i64::from(policy.delay_max_h) * HOUR,
            random_only_s: i64::from(policy.random_only_days) * 24 * HOUR,
        };
        let returned = self
            .0
            .clone()
            .return_allocation(call(message).idempotent())
            .await;
        returned.map(drop).map_err(failure)
    }
}

/// Refusals after which the pool certainly holds no row of the operation. Every other failure leaves
/// open what it did.
fn wrote_nothing(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::OfficeUnknown
            | Reason::OperationTooLate
            | Reason::OperationOutOfOrder
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

fn operation(asked: &Asked) -> wire::Operation {
    wire::Operation {
        office: asked.office.to_string(),
        application_id: asked.application.to_string(),
        op_no: asked.op_no,
        not_after: Some(timestamp(asked.not_after)),
        plate_class: class_to_proto(asked.class).into(),
        vehicle_key: asked.vehicle_key.clone(),
        channel: wire::Channel::Internet.into(),
        actor: asked.actor.to_string(),
        on_behalf_of: asked
            .on_behalf_of
            .map(|id| id.to_string())
            .unwrap_or_default(),
    }
}

fn read_outcome(outcome: wire::Outcome) -> Result<Outcome, Error> {
    use wire::outcome::Result as Wire;
    match outcome.result.ok_or(Error::PeerAnswer("outcome"))? {
        Wire::Allocated(allocation) => Ok(Outcome::Allocated {
            allocation: read_standing(allocation)?.allocation,
        }),
        Wire::Held(held) => {
            let drawn = u16::try_from(held.drawn).map_err(|_| Error::PeerAnswer("drawn"))?;
            Ok(Outcome::Held {
                holding: read_holding(held)?,
                drawn,
            })
        }
        Wire::AllMissed(_) => Ok(Outcome::AllMissed),
        Wire::Lodged(lodged) => Ok(Outcome::Lodged {
            decided_at: instant(lodged.decided_at.as_ref(), "decided_at")?,
        }),
        Wire::NoneFree(_) => Ok(Outcome::NoneFree),
        Wire::Dropped(dropped) => match dropped.reason() {
            wire::DroppedReason::GivenUp => Ok(Outcome::GivenUp),
            wire::DroppedReason::NeverRecorded => Ok(Outcome::Dropped {
                reason: Dropped::NeverRecorded,
            }),
            wire::DroppedReason::TooLittleTime => Ok(Outcome::Dropped {
                reason: Dropped::TooLittleTime,
            }),
            wire::DroppedReason::Unspecified => Err(Error::PeerAnswer("dropped")),
        },
    }
}

fn read_holding(held: wire::Holding) -> Result<Holding, Error> {
    let timed = |plates: Vec<String>, until: Option<prost_types::Timestamp>| {
        if plates.is_empty() {
            return Ok::<_, Error>(None);
        }
        let until = instant(until.as_ref(), "until")?;
        let read = plates.iter().map(|plate| plate.parse());
        let plates = read
            .collect::<Result<_, _>>()
            .map_err(|_| Error::PeerAnswer("plate"))?;
        Ok(Some(Timed { plates, until }))
    };
    Ok(Holding {
        column: timed(held.column, held.column_until)?,
        basket: timed(held.basket, held.basket_until)?,
    })
}

fn read_standing(allocation: wire::Allocation) -> Result<Standing, Error> {
    let life = allocation.life();
    Ok(Standing {
        application: allocation
            .application_id
            .parse()
            .map_err(|_| Error::PeerAnswer("application_id"))?,
        is_registered: life == wire::AllocationLife::Registered,
        op_no: allocation.op_no,
        allocation: Allocation {
            id: allocation
                .allocation_id
                .parse()
                .map_err(|_| Error::PeerAnswer("allocation_id"))?,
            class: class_from_proto(allocation.plate_class)
                .ok_or(Error::PeerAnswer("plate_class"))?,
            plate: allocation
                .plate
                .parse()
                .map_err(|_| Error::PeerAnswer("plate"))?,
            decided_at: instant(allocation.decided_at.as_ref(), "decided_at")?,
        },
    })
}
