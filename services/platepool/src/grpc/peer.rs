//! What the replicas of the pool ask one another.

use std::sync::Arc;

use jiff::civil::Date;
use tonic::{Request, Response, Status};
use xuanhao_chassis::error::{Refusal, fault};
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::ask_response::Told;
use xuanhao_proto::platepool::v1::pool_peer_service_server::PoolPeerService;
use xuanhao_vocabulary::Office;

use super::{admin, read, write};
use crate::app::{App, passing};
use crate::domain::Error as Refused;

/// For the other replicas alone.
#[derive(Debug, Clone)]
pub struct Peer(pub Arc<App>);

impl Peer {
    fn office(&self, text: &str) -> Result<&'static Office, Refusal> {
        self.0.office(read::office("office", text)?)
    }
}

#[tonic::async_trait]
impl PoolPeerService for Peer {
    async fn ask(
        &self,
        request: Request<pb::AskRequest>,
    ) -> Result<Response<pb::AskResponse>, Status> {
        let asked = request.into_inner();
        let office = self.office(&asked.office)?;
        let told = match self
            .0
            .ask_for_peer(office, passing::request(&asked).map_err(fault)?)
            .await
        {
            Err(Refused::NotOwner) => Told::NotOwner(pb::NotOwner {
                owner: self.0.writer_known_of(office),
            }),
            told => passing::answer(&told),
        };
        Ok(Response::new(pb::AskResponse { told: Some(told) }))
    }

    async fn view_engine(
        &self,
        request: Request<pb::ViewEngineRequest>,
    ) -> Result<Response<pb::ViewEngineResponse>, Status> {
        let office = self.office(&request.into_inner().office)?;
        let (known, waiting) = self.0.figures_here(office).await?;
        Ok(Response::new(pb::ViewEngineResponse {
            classes: known.classes.into_iter().map(admin::figures).collect(),
            epoch: write::signed(known.epoch),
            waiting: waiting as u64,
        }))
    }

    async fn open_day(
        &self,
        request: Request<pb::OpenDayRequest>,
    ) -> Result<Response<pb::OpenDayResponse>, Status> {
        let request = request.into_inner();
        let office = self.office(&request.office)?;
        let _: Date = read::date("day", &request.day)?;
        self.0.open_fixed_days(Some(office.id)).await?;
        Ok(Response::new(pb::OpenDayResponse {}))
    }

    async fn prepare_office(
        &self,
        request: Request<pb::PrepareOfficeRequest>,
    ) -> Result<Response<pb::PrepareOfficeResponse>, Status> {
        let office = self.office(&request.into_inner().office)?;
        self.0.prepare_office(office).await?;
        Ok(Response::new(pb::PrepareOfficeResponse {}))
    }

    async fn take_office(
        &self,
        request: Request<pb::TakeOfficeRequest>,
    ) -> Result<Response<pb::TakeOfficeResponse>, Status> {
        let request = request.into_inner();
        let office = self.office(&request.office)?;
        let epoch = self.0.take_office(office, request.epoch).await?;
        Ok(Response::new(pb::TakeOfficeResponse { epoch }))
    }
}
