//! What a test asks of one process: as selection, as an operator, as anybody.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tonic::{Response, Status};
use xuanhao_chassis::grpc::timestamp;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_platepool::domain::state::State;
use xuanhao_platepool::grpc::{Administration, Operations, Publication};
use xuanhao_proto::common::v1::PlateClass as WireClass;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_admin_service_server::PoolAdminService;
use xuanhao_proto::platepool::v1::pool_publication_service_server::PoolPublicationService;
use xuanhao_proto::platepool::v1::pool_service_server::PoolService;

use crate::house::{OFFICE, Process, by_operator, by_selection, new_uuid, office, segment};

impl Process {
    pub(crate) fn operations(&self) -> Operations {
        Operations(Arc::clone(&self.app))
    }

    pub(crate) fn admin(&self) -> Administration {
        Administration(Arc::clone(&self.app))
    }

    pub(crate) fn publication(&self) -> Publication {
        Publication(Arc::clone(&self.app))
    }

    pub(crate) async fn open_day(&self, day: &str) {
        // A value counts only after the hash of the key was there for a while.
        self.clock.advance(Duration::from_secs(1));
        self.fix_value(day).await.unwrap();
    }

    pub(crate) async fn fix_value(
        &self,
        day: &str,
    ) -> Result<Response<pb::FixPublicValueResponse>, Status> {
        let request = pb::FixPublicValueRequest {
            request_id: new_uuid(),
            office: OFFICE.to_owned(),
            day: day.to_owned(),
            value: "08 15 21 27 30 33 + 06".to_owned(),
            source: "彩票开奖公告".to_owned(),
        };
        self.admin().fix_public_value(by_operator(request)).await
    }

    pub(crate) async fn add_batch(&self, masks: &[&str]) -> Result<pb::Batch, Status> {
        let request = pb::AddBatchRequest {
            request_id: new_uuid(),
            office: OFFICE.to_owned(),
            name: "第一批".to_owned(),
            segments: masks.iter().map(|mask| segment(mask)).collect(),
            reason: "新号段".to_owned(),
        };
        let added = self.admin().add_batch(by_operator(request)).await?;
        Ok(added.into_inner().batch.unwrap())
    }

    pub(crate) async fn close_import(
        &self,
        batch: &str,
        expected: u64,
    ) -> Result<pb::Batch, Status> {
        let request = pb::CloseImportRequest {
            request_id: new_uuid(),
            batch_id: batch.to_owned(),
            expected,
            reason: "已核对".to_owned(),
        };
        let closed = self.admin().close_import(by_operator(request)).await?;
        Ok(closed.into_inner().batch.unwrap())
    }

    pub(crate) async fn release_batch(&self, batch: &str) -> Result<pb::Batch, Status> {
        let (request_id, reason) = (new_uuid(), "放号".to_owned());
        let request = pb::ReleaseBatchRequest {
            request_id,
            batch_id: batch.to_owned(),
            reason,
            opens_at: None,
        };
        let opened = self.admin().release_batch(by_operator(request)).await?;
        Ok(opened.into_inner().batch.unwrap())
    }

    /// Prepares and closes.
    pub(crate) async fn prepare(&self, masks: &[&str]) -> String {
        let batch = self.add_batch(masks).await.unwrap().batch_id;
        self.close_import(&batch, 0).await.unwrap();
        batch
    }

    pub(crate) async fn announce(
        &self,
        batch: &str,
        opens_at: Timestamp,
    ) -> Result<pb::ReleaseBatchResponse, Status> {
        let request = pb::ReleaseBatchRequest {
            request_id: new_uuid(),
            batch_id: batch.to_owned(),
            reason: "放号公告".to_owned(),
            opens_at: Some(timestamp(opens_at)),
        };
        let told = self.admin().release_batch(by_operator(request)).await;
        told.map(Response::into_inner)
    }

    pub(crate) async fn withdraw(&self, batch: &str) -> Result<pb::Batch, Status> {
        let request = pb::WithdrawReleaseRequest {
            request_id: new_uuid(),
            batch_id: batch.to_owned(),
            reason: "号段有误".to_owned(),
        };
        let told = self.admin().withdraw_release(by_operator(request)).await?;
        Ok(told.into_inner().batch.unwrap())
    }

    pub(crate) async fn apply_rules(
        &self,
        yaml: &str,
        dry_run: bool,
    ) -> Result<pb::ApplyPoolRulesResponse, Status> {
        let request = pb::ApplyPoolRulesRequest {
            request_id: new_uuid(),
            offices: vec![OFFICE.to_owned()],
            yaml: yaml.to_owned(),
            reason: "号池规则".to_owned(),
            dry_run,
        };
        let told = self.admin().apply_pool_rules(by_operator(request)).await;
        told.map(Response::into_inner)
    }

    pub(crate) async fn page(&self) -> pb::GetPoolResponse {
        let request = tonic::Request::new(pb::GetPoolRequest {
            office: OFFICE.to_owned(),
        });
        self.publication()
            .get_pool(request)
            .await
            .unwrap()
            .into_inner()
    }

    /// Prepares, closes and releases.
    pub(crate) async fn release(&self, masks: &[&str]) -> pb::Batch {
        let batch = self.add_batch(masks).await.unwrap();
        self.close_import(&batch.batch_id, 0).await.unwrap();
        self.release_batch(&batch.batch_id).await.unwrap()
    }

    pub(crate) fn operation(&self, who: ApplicationId, op_no: u64) -> pb::Operation {
        let not_after = self.clock.now() + Duration::from_secs(20);
        let mut vehicle_key = [7; 32];
        vehicle_key[..16].copy_from_slice(who.as_uuid().as_bytes());
        pb::Operation {
            office: OFFICE.to_owned(),
            application_id: who.to_string(),
            op_no,
            not_after: Some(prost_types::Timestamp {
                seconds: not_after.as_second(),
                nanos: 0,
            }),
            plate_class: WireClass::Small.into(),
            vehicle_key: vehicle_key.to_vec(),
            channel: pb::Channel::Internet.into(),
            actor: new_uuid(),
            on_behalf_of: String::new(),
            energy_group: pb::EnergyGroup::Unspecified.into(),
        }
    }

    pub(crate) fn drawing(&self, who: ApplicationId, op_no: u64, count: i32) -> pb::DrawRequest {
        pb::DrawRequest {
            operation: Some(self.operation(who, op_no)),
            count,
            exclude_four: false,
            column_ttl_s: 90,
            basket_ttl_s: 90,
        }
    }

    pub(crate) async fn draw(
        &self,
        who: ApplicationId,
        op_no: u64,
        count: i32,
    ) -> Result<pb::Outcome, Status> {
        let request = self.drawing(who, op_no, count);
        self.operations()
            .draw(by_selection(request))
            .await
            .map(|told| told.into_inner().outcome.unwrap())
    }

    pub(crate) async fn keep(
        &self,
        who: ApplicationId,
        op_no: u64,
        plate: &str,
    ) -> Result<pb::Outcome, Status> {
        let (operation, plate) = (Some(self.operation(who, op_no)), plate.to_owned());
        let request = pb::KeepRequest {
            operation,
            plate,
            basket_ttl_s: 120,
        };
        self.operations()
            .keep(by_selection(request))
            .await
            .map(|told| told.into_inner().outcome.unwrap())
    }

    pub(crate) fn composing(
        &self,
        who: ApplicationId,
        op_no: u64,
        wishes: &[&str],
    ) -> pb::ComposeRequest {
        let wishes = wishes.iter().map(|wish| (*wish).to_owned()).collect();
        pb::ComposeRequest {
            operation: Some(self.operation(who, op_no)),
            wishes,
            hold_ttl_s: 0,
        }
    }

    pub(crate) async fn compose(
        &self,
        who: ApplicationId,
        op_no: u64,
        wishes: &[&str],
    ) -> Result<pb::Outcome, Status> {
        let request = self.composing(who, op_no, wishes);
        self.operations()
            .compose(by_selection(request))
            .await
            .map(|told| told.into_inner().outcome.unwrap())
    }

    pub(crate) async fn confirm(
        &self,
        who: ApplicationId,
        op_no: u64,
        plate: &str,
    ) -> Result<pb::Outcome, Status> {
        let (operation, plate) = (Some(self.operation(who, op_no)), plate.to_owned());
        let request = pb::ConfirmRequest {
            operation,
            plate,
            from_column: true,
        };
        self.operations()
            .confirm(by_selection(request))
            .await
            .map(|told| told.into_inner().outcome.unwrap())
    }

    pub(crate) async fn choose(
        &self,
        who: ApplicationId,
        op_no: u64,
        plate: &str,
        ttl_s: i32,
    ) -> Result<pb::Outcome, Status> {
        let (operation, plate) = (Some(self.operation(who, op_no)), plate.to_owned());
        let request = pb::ChooseRequest {
            operation,
            plate,
            ttl_s,
        };
        self.operations()
            .choose(by_selection(request))
            .await
            .map(|told| told.into_inner().outcome.unwrap())
    }

    pub(crate) async fn give_up(
        &self,
        who: ApplicationId,
        op_no: u64,
    ) -> Result<pb::Outcome, Status> {
        let request = pb::GiveUpRequest {
            operation: Some(self.operation(who, op_no)),
        };
        self.operations()
            .give_up(by_selection(request))
            .await
            .map(|told| told.into_inner().outcome.unwrap())
    }

    pub(crate) async fn resolve(
        &self,
        who: ApplicationId,
        op_no: u64,
    ) -> Result<pb::Outcome, Status> {
        let (office, application_id) = (OFFICE.to_owned(), who.to_string());
        let request = pb::ResolveRequest {
            office,
            application_id,
            op_no,
        };
        self.operations()
            .resolve(by_selection(request))
            .await
            .map(|told| told.into_inner().outcome.unwrap())
    }

    pub(crate) async fn close(&self, who: ApplicationId) -> Result<Option<pb::Allocation>, Status> {
        let request = pb::CloseRequest {
            request_id: new_uuid(),
            office: OFFICE.to_owned(),
            application_id: who.to_string(),
            reason: "voided".to_owned(),
        };
        self.operations()
            .close(by_selection(request))
            .await
            .map(|told| told.into_inner().allocation)
    }

    pub(crate) async fn holding(
        &self,
        who: ApplicationId,
    ) -> Result<pb::GetHoldingResponse, Status> {
        let (office, application_id) = (OFFICE.to_owned(), who.to_string());
        let request = pb::GetHoldingRequest {
            office,
            application_id,
        };
        self.operations()
            .get_holding(by_selection(request))
            .await
            .map(Response::into_inner)
    }

    pub(crate) async fn allocation(&self, who: ApplicationId) -> Option<pb::Allocation> {
        let by = Some(pb::get_allocation_request::By::ApplicationId(
            who.to_string(),
        ));
        let request = pb::GetAllocationRequest {
            office: OFFICE.to_owned(),
            by,
        };
        let told = self
            .operations()
            .get_allocation(by_selection(request))
            .await;
        told.unwrap().into_inner().allocation
    }

    /// The memory with everything settled that is due by now.
    pub(crate) async fn memory(&self) -> Box<State> {
        self.holding(uuid::Uuid::nil().into()).await.unwrap();
        let memory = self.app.memory(office()).await.unwrap();
        memory.audit().unwrap();
        memory
    }
}
