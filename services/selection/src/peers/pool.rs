//! The plate pool.

use std::time::Duration;

use jiff::Timestamp;
use tonic::Status;
use uuid::Uuid;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallExt, ClientChannel, call};
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as wire;
use xuanhao_proto::platepool::v1::pool_publication_service_client::PoolPublicationServiceClient;
use xuanhao_proto::platepool::v1::pool_service_client::PoolServiceClient;
use xuanhao_vocabulary::plate::Energy;
use xuanhao_vocabulary::{IssuingCode, OfficeId, PlateClass};

use super::{class_to_proto, failure};
use crate::domain::operation::{Allocation, Channel, Outcome, Request};
use crate::domain::policy::Return;
use crate::error::Error;

mod wire_words;

use wire_words::{operation, read_outcome, read_standing};

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
    /// Where the choice is made.
    pub(crate) channel: Channel,
    /// Which energy letters the vehicle may have.
    pub(crate) energy: Option<Energy>,
    /// A hit is held for so long; 0 allocates it at once (R-SEL-10).
    pub(crate) hold_ttl_s: u16,
    /// A chosen number waits so long for its code (R-CNF-01).
    pub(crate) choice_ttl_s: u16,
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
pub(crate) struct Pool(
    PoolServiceClient<ClientChannel>,
    PoolPublicationServiceClient<ClientChannel>,
);

impl Pool {
    pub(super) fn new(channel: ClientChannel) -> Self {
        Self(
            PoolServiceClient::new(channel.clone()),
            PoolPublicationServiceClient::new(channel),
        )
    }

    /// Characters that can stand at each place of a serial, from the published segments (R-POOL-05).
    ///
    /// # Errors
    /// The pool's refusals.
    pub(crate) async fn keyboard(
        &self,
        office: OfficeId,
        class: PlateClass,
        code: IssuingCode,
        partial: &str,
    ) -> Result<Vec<String>, Error> {
        let message = wire::GetKeyboardRequest {
            office: office.to_string(),
            plate_class: class_to_proto(class).into(),
            issuing_code: code.to_string(),
            partial: partial.to_owned(),
        };
        let answer = self
            .1
            .clone()
            .get_keyboard(call(message).idempotent())
            .await;
        Ok(answer.map_err(failure)?.into_inner().characters)
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
                let message = wire::ComposeRequest {
                    operation,
                    wishes,
                    hold_ttl_s: asked.hold_ttl_s.into(),
                };
                client
                    .compose(call(message).deadline(within))
                    .await?
                    .into_inner()
                    .outcome
            }
            Request::Choose { plate } => {
                let message = wire::ChooseRequest {
                    operation,
                    plate: plate.to_string(),
                    ttl_s: asked.choice_ttl_s.into(),
                };
                client
                    .choose(call(message).deadline(within))
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
