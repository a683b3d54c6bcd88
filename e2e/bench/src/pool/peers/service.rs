//! `PoolService` of which only `Draw` is answered.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tonic::{Request, Response, Status};
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::grpc::timestamp;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::outcome::Result as Became;
use xuanhao_proto::platepool::v1::pool_service_server::PoolService;
use xuanhao_vocabulary::PlateKey;

use super::HOLD_MS;

/// What a peer does.
pub(super) trait Draws: Send + Sync + 'static {
    /// Draws numbers for an application, durably.
    fn draw(
        &self,
        request: pb::DrawRequest,
    ) -> impl Future<Output = Result<pb::Outcome, Status>> + Send;
}

/// A peer behind the contract.
#[derive(Debug)]
pub(super) struct Peer<D>(pub(super) Arc<D>);

/// An outcome that holds these numbers.
pub(super) fn held(numbers: impl Iterator<Item = i64>) -> Result<pb::Outcome, Status> {
    let now = Clock::system().now();
    let column: Vec<_> = numbers
        .map(|key| Ok(PlateKey::try_from(key)?.unpack().1.to_string()))
        .collect::<Result<_, xuanhao_vocabulary::plate::BadKey>>()
        .map_err(internal)?;
    Ok(outcome(column, now))
}

pub(super) fn outcome(column: Vec<String>, now: Timestamp) -> pb::Outcome {
    let drawn = i32::try_from(column.len()).unwrap_or(i32::MAX);
    pb::Outcome {
        decided_at: Some(timestamp(now)),
        epoch: 1,
        seq: 1,
        result: Some(Became::Held(pb::Holding {
            column,
            column_until: Some(timestamp(now + Duration::from_millis(HOLD_MS))),
            basket: Vec::new(),
            basket_until: None,
            drawn,
        })),
    }
}

pub(super) fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Status {
    let mut status = Status::internal("the store failed");
    status.set_source(Arc::new(error));
    status
}

/// The whole of the contract, of which a peer answers one call.
macro_rules! answer_draw_alone {
    ($($method:ident($request:ident) -> $response:ident;)+) => {
        #[tonic::async_trait]
        impl<D: Draws> PoolService for Peer<D> {
            async fn draw(
                &self,
                request: Request<pb::DrawRequest>,
            ) -> Result<Response<pb::DrawResponse>, Status> {
                let outcome = Some(self.0.draw(request.into_inner()).await?);
                Ok(Response::new(pb::DrawResponse { outcome }))
            }

            $(
                async fn $method(
                    &self,
                    _: Request<pb::$request>,
                ) -> Result<Response<pb::$response>, Status> {
                    Err(Status::unimplemented("a peer only draws"))
                }
            )+
        }
    };
}

answer_draw_alone! {
    keep(KeepRequest) -> KeepResponse;
    compose(ComposeRequest) -> ComposeResponse;
    confirm(ConfirmRequest) -> ConfirmResponse;
    choose(ChooseRequest) -> ChooseResponse;
    give_up(GiveUpRequest) -> GiveUpResponse;
    resolve(ResolveRequest) -> ResolveResponse;
    close(CloseRequest) -> CloseResponse;
    get_holding(GetHoldingRequest) -> GetHoldingResponse;
    get_allocation(GetAllocationRequest) -> GetAllocationResponse;
    mark_allocation_registered(MarkAllocationRegisteredRequest) -> MarkAllocationRegisteredResponse;
    return_allocation(ReturnAllocationRequest) -> ReturnAllocationResponse;
}
