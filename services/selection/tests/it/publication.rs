//! What the pool publishes, as the fake pool does.

use tonic::{Request, Response, Status};
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_publication_service_server::PoolPublicationService;

use crate::peers::unasked;
use crate::pool::FakePool;

#[tonic::async_trait]
impl PoolPublicationService for FakePool {
    async fn get_keyboard(
        &self,
        _: Request<pb::GetKeyboardRequest>,
    ) -> Result<Response<pb::GetKeyboardResponse>, Status> {
        let characters = ["B", "0", "01", "0123456789", "0123456789"];
        let characters = characters.map(str::to_owned).into();
        Ok(Response::new(pb::GetKeyboardResponse { characters }))
    }

    async fn get_pool(
        &self,
        _: Request<pb::GetPoolRequest>,
    ) -> Result<Response<pb::GetPoolResponse>, Status> {
        unasked()
    }

    async fn get_draw_day(
        &self,
        _: Request<pb::GetDrawDayRequest>,
    ) -> Result<Response<pb::GetDrawDayResponse>, Status> {
        unasked()
    }

    async fn list_draw_log(
        &self,
        _: Request<pb::ListDrawLogRequest>,
    ) -> Result<Response<pb::ListDrawLogResponse>, Status> {
        unasked()
    }

    async fn list_pool_history(
        &self,
        _: Request<pb::ListPoolHistoryRequest>,
    ) -> Result<Response<pb::ListPoolHistoryResponse>, Status> {
        unasked()
    }
}
