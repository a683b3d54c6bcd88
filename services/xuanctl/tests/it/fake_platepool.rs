//! The pool's administration, as far as xuanctl sees it. Chunks are known by their number and content,
//! as in the pool.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tonic::codegen::tokio_stream::{Iter, iter};
use tonic::{Request, Response, Status};
use xuanhao_chassis::error::{self, Refusal};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_admin_service_server::PoolAdminService;

use crate::house::Log;

pub(crate) const BATCH: &str = "0199e5a0-0000-7000-8000-00000000000b";

pub(crate) const WITHHOLDING: &str = "0199e5a0-0000-7000-8000-00000000000d";

#[derive(Clone)]
pub(crate) struct FakePool {
    log: Log,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
pub(crate) struct State {
    /// Chunks taken.
    pub(crate) chunks: BTreeMap<u32, Vec<String>>,
    /// A chunk that is answered "away", however often it is sent.
    pub(crate) away_at: Option<u32>,
}

impl FakePool {
    pub(crate) fn new(log: Log) -> Self {
        let state = Arc::default();
        Self { log, state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn batch(&self, state: pb::BatchState) -> pb::Batch {
        let imported: usize = self.state().chunks.values().map(Vec::len).sum();
        pb::Batch {
            batch_id: BATCH.to_owned(),
            office: "gd-zhanjiang".to_owned(),
            name: "2026年第三批".to_owned(),
            segments: vec![pb::Segment {
                segment_id: "0199e5a0-0000-7000-8000-00000000000c".to_owned(),
                issuing_code: "粤G".to_owned(),
                plate_class: 2,
                mask: "DDDDD".to_owned(),
                count: 100_000,
                life: pb::SegmentLife::Unreleased.into(),
                open_since: None,
            }],
            state: state.into(),
            imported: imported as u64,
            added_at: Some(prost_types::Timestamp {
                seconds: 1_795_000_000,
                nanos: 0,
            }),
            ..Default::default()
        }
    }
}

#[tonic::async_trait]
impl PoolAdminService for FakePool {
    async fn add_batch(
        &self,
        request: Request<pb::AddBatchRequest>,
    ) -> Result<Response<pb::AddBatchResponse>, Status> {
        self.log.note("AddBatch", request);
        Ok(Response::new(pb::AddBatchResponse {
            batch: Some(self.batch(pb::BatchState::Prepared)),
            warnings: vec![pb::PoolWarning {
                warning: "activation_below_share".to_owned(),
                parameters: [("share".to_owned(), "41".to_owned())].into(),
            }],
        }))
    }

    async fn import_used_numbers(
        &self,
        request: Request<pb::ImportUsedNumbersRequest>,
    ) -> Result<Response<pb::ImportUsedNumbersResponse>, Status> {
        let request = self.log.note("ImportUsedNumbers", request);
        let mut state = self.state();
        if state.away_at == Some(request.chunk_no) {
            return Err(error::unavailable("the pool is being moved"));
        }
        let taken = request.plates.len() as u64;
        let known = state
            .chunks
            .entry(request.chunk_no)
            .or_insert_with(|| request.plates.clone());
        if *known != request.plates {
            return Err(Refusal::new(Reason::RequestIdReused)
                .on_field("chunk_no")
                .into());
        }
        Ok(Response::new(pb::ImportUsedNumbersResponse {
            taken,
            outside: 0,
        }))
    }

    async fn close_import(
        &self,
        request: Request<pb::CloseImportRequest>,
    ) -> Result<Response<pb::CloseImportResponse>, Status> {
        let request = self.log.note("CloseImport", request);
        let batch = self.batch(pb::BatchState::Closed);
        if batch.imported != request.expected {
            return Err(Refusal::new(Reason::ImportIncomplete)
                .param("expected", request.expected)
                .param("found", batch.imported)
                .into());
        }
        Ok(Response::new(pb::CloseImportResponse {
            batch: Some(batch),
        }))
    }

    async fn release_batch(
        &self,
        request: Request<pb::ReleaseBatchRequest>,
    ) -> Result<Response<pb::ReleaseBatchResponse>, Status> {
        let request = self.log.note("ReleaseBatch", request);
        if request.batch_id != BATCH {
            return Err(Refusal::not_found("batch").into());
        }
        let mut batch = self.batch(pb::BatchState::Released);
        if request.opens_at.is_some() {
            batch.state = pb::BatchState::Announced.into();
            batch.opens_at = request.opens_at;
        }
        Ok(Response::new(pb::ReleaseBatchResponse {
            batch: Some(batch),
            warnings: Vec::new(),
        }))
    }

    async fn withdraw_release(
        &self,
        request: Request<pb::WithdrawReleaseRequest>,
    ) -> Result<Response<pb::WithdrawReleaseResponse>, Status> {
        let request = self.log.note("WithdrawRelease", request);
        let mut batch = self.batch(pb::BatchState::Closed);
        batch.withdrawn_reason = request.reason;
        Ok(Response::new(pb::WithdrawReleaseResponse {
            batch: Some(batch),
        }))
    }

    async fn withhold_numbers(
        &self,
        request: Request<pb::WithholdNumbersRequest>,
    ) -> Result<Response<pb::WithholdNumbersResponse>, Status> {
        self.log.note("WithholdNumbers", request);
        Ok(Response::new(pb::WithholdNumbersResponse {
            withholding_id: WITHHOLDING.to_owned(),
        }))
    }

    async fn end_withholding(
        &self,
        request: Request<pb::EndWithholdingRequest>,
    ) -> Result<Response<pb::EndWithholdingResponse>, Status> {
        self.log.note("EndWithholding", request);
        Ok(Response::new(pb::EndWithholdingResponse {}))
    }

    /// Rules that say "same" differ from nothing.
    async fn apply_pool_rules(
        &self,
        request: Request<pb::ApplyPoolRulesRequest>,
    ) -> Result<Response<pb::ApplyPoolRulesResponse>, Status> {
        let request = self.log.note("ApplyPoolRules", request);
        let differing = request.offices.iter();
        let differing = differing.filter(|_| !request.yaml.contains("same"));
        let differences = differing.map(|office| pb::PoolRulesDifference {
            office: office.clone(),
            field: "release.notice_h".to_owned(),
            before: "48".to_owned(),
            after: "72".to_owned(),
        });
        Ok(Response::new(pb::ApplyPoolRulesResponse {
            differences: differences.collect(),
            version: if request.dry_run { 0 } else { 4 },
        }))
    }

    async fn get_pool_rules(
        &self,
        request: Request<pb::GetPoolRulesRequest>,
    ) -> Result<Response<pb::GetPoolRulesResponse>, Status> {
        self.log.note("GetPoolRules", request);
        Ok(Response::new(pb::GetPoolRulesResponse {
            name: "default".to_owned(),
            version: 4,
            yaml: "name: default\n".to_owned(),
            applied_at: None,
            fields: vec![pb::PoolRulesField {
                path: "release.notice_h".to_owned(),
                value: "72".to_owned(),
                unit: "h".to_owned(),
                range: "0–720".to_owned(),
                mark: "live".to_owned(),
            }],
        }))
    }

    /// Two pages.
    async fn list_batches(
        &self,
        request: Request<pb::ListBatchesRequest>,
    ) -> Result<Response<pb::ListBatchesResponse>, Status> {
        let request = self.log.note("ListBatches", request);
        let next = if request.page_token.is_empty() {
            BATCH
        } else {
            ""
        };
        Ok(Response::new(pb::ListBatchesResponse {
            batches: vec![self.batch(pb::BatchState::Prepared)],
            next_page_token: next.to_owned(),
        }))
    }

    async fn fix_public_value(
        &self,
        request: Request<pb::FixPublicValueRequest>,
    ) -> Result<Response<pb::FixPublicValueResponse>, Status> {
        self.log.note("FixPublicValue", request);
        Ok(Response::new(pb::FixPublicValueResponse {}))
    }

    async fn get_pool_figures(
        &self,
        request: Request<pb::GetPoolFiguresRequest>,
    ) -> Result<Response<pb::GetPoolFiguresResponse>, Status> {
        self.log.note("GetPoolFigures", request);
        Ok(Response::new(pb::GetPoolFiguresResponse {
            classes: vec![pb::ClassFigures {
                plate_class: 52,
                released: 9,
                free: 4,
                held: 3,
                allocated: 1,
                returning: 1,
            }],
            epoch: 7,
        }))
    }

    async fn list_writers(
        &self,
        request: Request<pb::ListWritersRequest>,
    ) -> Result<Response<pb::ListWritersResponse>, Status> {
        let request = self.log.note("ListWriters", request);
        let writer = |office: &String| pb::Writer {
            office: office.clone(),
            replica: "4f1c".to_owned(),
            epoch: 12,
            taken_at: None,
        };
        let replica = |name: &str, leaving| pb::PoolReplica {
            replica: name.to_owned(),
            address: format!("{name}.pool:7443"),
            expires_at: None,
            leaving,
        };
        Ok(Response::new(pb::ListWritersResponse {
            writers: request.offices.iter().map(writer).collect(),
            replicas: vec![replica("4f1c", false), replica("90ab", true)],
        }))
    }

    type ReplayDayStream = Iter<std::vec::IntoIter<Result<pb::ReplayDayResponse, Status>>>;

    /// All holds, but for the 13th.
    async fn replay_day(
        &self,
        request: Request<pb::ReplayDayRequest>,
    ) -> Result<Response<Self::ReplayDayStream>, Status> {
        let request = self.log.note("ReplayDay", request);
        let going = pb::ReplayDayResponse {
            rows: 2_000,
            ..Default::default()
        };
        let holds = !request.day.ends_with("13");
        let verdict = pb::ReplayVerdict {
            holds,
            epoch: if holds { 0 } else { 3 },
            seq: if holds { 0 } else { 44 },
            mismatch: if holds { "" } else { "another outcome" }.to_owned(),
        };
        let done = pb::ReplayDayResponse {
            rows: 2_345,
            rows_of_day: 345,
            draws_of_day: 120,
            picks_of_day: 1_200,
            verdict: Some(verdict),
        };
        Ok(Response::new(iter(vec![Ok(going), Ok(done)])))
    }
}
