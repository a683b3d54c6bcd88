//! The national gateway: what this installation tells the national platform, by gRPC.
//!
//! Each question goes to selection as it came and the answer comes back in the national contract's
//! words. Nothing is decided or kept here, and nothing of selection's own ids leaves.

mod convert;

use tonic::{Request, Response, Status};
use xuanhao_chassis::error;
use xuanhao_chassis::grpc::{ClientChannel, status};
use xuanhao_proto::national::v1 as national;
use xuanhao_proto::national::v1::national_gateway_service_server::{
    NationalGatewayService, NationalGatewayServiceServer,
};
use xuanhao_proto::selection::v1::outcome_service_client::OutcomeServiceClient;

use crate::peers::{Peers, repeatable};

/// The service, over selection.
pub(crate) fn service(peers: &Peers) -> NationalGatewayServiceServer<Gateway> {
    NationalGatewayServiceServer::new(Gateway {
        outcomes: peers.outcomes(),
    })
}

/// Answers the national platform.
#[derive(Clone, Debug)]
pub(crate) struct Gateway {
    outcomes: OutcomeServiceClient<ClientChannel>,
}

#[derive(Debug, thiserror::Error)]
#[error("selection's answer holds no selection")]
struct NoSelection;

#[tonic::async_trait]
impl NationalGatewayService for Gateway {
    async fn lookup_selection(
        &self,
        request: Request<national::LookupSelectionRequest>,
    ) -> Result<Response<national::LookupSelectionResponse>, Status> {
        let asked = convert::lookup(request.into_inner());
        let mut outcomes = self.outcomes.clone();
        let found = outcomes.lookup_selection(repeatable(asked)).await;
        let found = found.map_err(status::relay)?.into_inner().selection;
        let found = found.ok_or_else(|| error::fault(NoSelection))?;
        let selection = Some(convert::selection(found));
        Ok(Response::new(national::LookupSelectionResponse {
            selection,
        }))
    }

    async fn list_outcomes(
        &self,
        request: Request<national::ListOutcomesRequest>,
    ) -> Result<Response<national::ListOutcomesResponse>, Status> {
        let asked = convert::page(request.into_inner());
        let mut outcomes = self.outcomes.clone();
        let page = outcomes.list_outcomes(repeatable(asked)).await;
        let page = page.map_err(status::relay)?.into_inner();
        Ok(Response::new(convert::outcomes(page)))
    }
}
