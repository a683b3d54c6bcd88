//! `PoolAdminService`.

use std::collections::BTreeMap;
use std::sync::Arc;

use tonic::{Request, Response, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallContext, timestamp};
use xuanhao_chassis::ids::{BatchId, kind};
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_admin_service_server::PoolAdminService;
use xuanhao_vocabulary::Office;

use super::{numbers, read, write};
use crate::app::{
    Act, AddBatch, App, ApplyRules, Chunk, ClassFigures, OfficeDifference, ReleaseBatch, Warning,
    WithholdNumbers,
};
use crate::domain::pool_rules::{FIELDS, Field};
use crate::wire;

/// What operators do with a pool.
#[derive(Clone, Debug)]
pub struct Administration(pub Arc<App>);

const LONGEST_NAME: usize = 80;
const MOST_SEGMENTS: usize = 1_000;
const LONGEST_DOCUMENT: usize = 65_536;
const LONGEST_VALUE_BYTES: usize = 256;
const LONGEST_SOURCE: usize = 500;
const LARGEST_PAGE: u16 = 100;
const USUAL_PAGE: u16 = 50;

impl Administration {
    pub(super) fn office(&self, text: &str) -> Result<&'static Office, Refusal> {
        self.0.office(read::office("office", text)?)
    }
}

fn act(context: &CallContext, reason: String) -> Result<Act, Refusal> {
    Ok(Act {
        actor: context.require_principal()?.clone(),
        reason,
    })
}

fn difference(of: OfficeDifference) -> pb::PoolRulesDifference {
    pb::PoolRulesDifference {
        office: of.office.to_string(),
        field: of.difference.field.to_owned(),
        before: of.difference.before,
        after: of.difference.after,
    }
}

pub(super) fn figures(of: ClassFigures) -> pb::ClassFigures {
    pb::ClassFigures {
        plate_class: wire::class(of.class).into(),
        released: of.released,
        free: of.free,
        held: of.held,
        allocated: of.allocated,
        returning: of.returning,
    }
}

#[tonic::async_trait]
impl PoolAdminService for Administration {
    async fn add_batch(
        &self,
        request: Request<pb::AddBatchRequest>,
    ) -> Result<Response<pb::AddBatchResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let office = self.office(&request.office)?;
        if request.segments.is_empty() {
            return Err(Refusal::required("segments").into());
        }
        if request.segments.len() > MOST_SEGMENTS {
            return Err(Refusal::invalid("segments", "too_long").into());
        }
        let mut segments = Vec::with_capacity(request.segments.len());
        for (index, segment) in request.segments.iter().enumerate() {
            let field = |name: &str| format!("segments[{index}].{name}");
            segments.push((
                read::code(&field("issuing_code"), &segment.issuing_code)?,
                read::class(&field("plate_class"), segment.plate_class)?,
                read::mask(&field("mask"), &segment.mask)?,
            ));
        }
        let command = AddBatch {
            request_id: read::request_id(&request.request_id)?,
            name: read::text("name", &request.name, LONGEST_NAME)?,
            segments,
        };
        let act = act(&context, read::reason(&request.reason)?)?;
        let answer = |view, warnings: Vec<Warning>| pb::AddBatchResponse {
            batch: Some(write::batch(view)),
            warnings: warnings.into_iter().map(write::warning).collect(),
        };
        let added = self
            .0
            .add_batch(office, &act, command, &request, answer)
            .await?;
        Ok(Response::new(added))
    }

    async fn import_used_numbers(
        &self,
        request: Request<pb::ImportUsedNumbersRequest>,
    ) -> Result<Response<pb::ImportUsedNumbersResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let piece = Chunk {
            batch: read::id("batch_id", &request.batch_id)?,
            number: request.chunk_no,
            plates: numbers::used(&request.plates)?,
        };
        let (taken, outside) = self.0.import(context.require_principal()?, piece).await?;
        Ok(Response::new(pb::ImportUsedNumbersResponse {
            taken,
            outside,
        }))
    }

    async fn close_import(
        &self,
        request: Request<pb::CloseImportRequest>,
    ) -> Result<Response<pb::CloseImportResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let batch: BatchId = read::id("batch_id", &request.batch_id)?;
        let request_id = read::request_id(&request.request_id)?;
        let act = act(&context, read::reason(&request.reason)?)?;
        let answer = |view| pb::CloseImportResponse {
            batch: Some(write::batch(view)),
        };
        let expected = (batch, request.expected);
        let closed = self
            .0
            .close_import(&act, expected, request_id, &request, answer)
            .await?;
        Ok(Response::new(closed))
    }

    async fn release_batch(
        &self,
        request: Request<pb::ReleaseBatchRequest>,
    ) -> Result<Response<pb::ReleaseBatchResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let opens_at = match request.opens_at {
            None => None,
            at => Some(read::stored_instant("opens_at", at)?),
        };
        let wish = ReleaseBatch {
            request_id: read::request_id(&request.request_id)?,
            batch: read::id("batch_id", &request.batch_id)?,
            opens_at,
        };
        let act = act(&context, read::reason(&request.reason)?)?;
        let (opened, warnings) = self.0.release(&act, wish, &request).await?;
        Ok(Response::new(pb::ReleaseBatchResponse {
            batch: Some(write::batch(opened)),
            warnings: warnings.into_iter().map(write::warning).collect(),
        }))
    }

    async fn withdraw_release(
        &self,
        request: Request<pb::WithdrawReleaseRequest>,
    ) -> Result<Response<pb::WithdrawReleaseResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let batch = read::id("batch_id", &request.batch_id)?;
        let request_id = read::request_id(&request.request_id)?;
        let act = act(&context, read::reason(&request.reason)?)?;
        let taken_back = self
            .0
            .withdraw_release(&act, batch, request_id, &request)
            .await?;
        Ok(Response::new(pb::WithdrawReleaseResponse {
            batch: Some(write::batch(taken_back)),
        }))
    }

    async fn withhold_numbers(
        &self,
        request: Request<pb::WithholdNumbersRequest>,
    ) -> Result<Response<pb::WithholdNumbersResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let office = self.office(&request.office)?;
        let class = read::class("plate_class", request.plate_class)?;
        let wish = WithholdNumbers {
            request_id: read::request_id(&request.request_id)?,
            class,
            plates: numbers::withheld(office, class, &request.plates)?,
        };
        let reason = read::public_reason("public_reason", &request.public_reason)?;
        let act = act(&context, reason)?;
        let id = self.0.withhold(office, &act, wish, &request).await?;
        Ok(Response::new(pb::WithholdNumbersResponse {
            withholding_id: id.to_string(),
        }))
    }

    async fn end_withholding(
        &self,
        request: Request<pb::EndWithholdingRequest>,
    ) -> Result<Response<pb::EndWithholdingResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let id = read::id::<kind::Event>("withholding_id", &request.withholding_id)?;
        let request_id = read::request_id(&request.request_id)?;
        let act = act(&context, read::reason(&request.reason)?)?;
        self.0
            .end_withholding(&act, id.as_uuid(), request_id, &request)
            .await?;
        Ok(Response::new(pb::EndWithholdingResponse {}))
    }

    async fn apply_pool_rules(
        &self,
        request: Request<pb::ApplyPoolRulesRequest>,
    ) -> Result<Response<pb::ApplyPoolRulesResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        if request.offices.is_empty() {
            return Err(Refusal::required("offices").into());
        }
        let offices: BTreeMap<_, _> = request
            .offices
            .iter()
            .map(|text| self.0.office(read::office("offices", text)?))
            .map(|office| office.map(|office| (office.id, office)))
            .collect::<Result<_, _>>()?;
        let wish = ApplyRules {
            request_id: read::request_id(&request.request_id)?,
            offices: offices.into_values().collect(),
            yaml: read::text("yaml", &request.yaml, LONGEST_DOCUMENT)?,
            dry_run: request.dry_run,
        };
        let act = act(&context, read::reason(&request.reason)?)?;
        let answer = |differences: Vec<OfficeDifference>, version| pb::ApplyPoolRulesResponse {
            differences: differences.into_iter().map(difference).collect(),
            version,
        };
        let applied = self
            .0
            .apply_pool_rules(&act, wish, &request, answer)
            .await?;
        Ok(Response::new(applied))
    }

    async fn get_pool_rules(
        &self,
        request: Request<pb::GetPoolRulesRequest>,
    ) -> Result<Response<pb::GetPoolRulesResponse>, Status> {
        let context = CallContext::of(&request);
        let office = self.office(&request.into_inner().office)?;
        let known = self
            .0
            .pool_rules(office, context.require_principal()?)
            .await?;
        let values = known.rules.values();
        let field = |field: &Field| pb::PoolRulesField {
            path: field.path.to_owned(),
            value: values.get(field.path).cloned().unwrap_or_default(),
            unit: field.unit.to_owned(),
            range: field.range.to_string(),
            mark: field.mark.to_string(),
        };
        Ok(Response::new(pb::GetPoolRulesResponse {
            name: known.rules.name.clone(),
            version: known.version,
            yaml: known.yaml,
            applied_at: known.applied_at.map(timestamp),
            fields: FIELDS.iter().map(field).collect(),
        }))
    }

    async fn list_batches(
        &self,
        request: Request<pb::ListBatchesRequest>,
    ) -> Result<Response<pb::ListBatchesResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let office = self.office(&request.office)?;
        let limit = read::page_size(request.page_size, USUAL_PAGE, LARGEST_PAGE)?;
        let before = match request.page_token.as_str() {
            "" => None,
            token => Some(token.parse().map_err(|_| read::bad_page_token())?),
        };
        let actor = context.require_principal()?;
        let (batches, more) = self.0.list_batches(office, actor, before, limit).await?;
        let last = batches
            .last()
            .filter(|_| more)
            .map(|batch| batch.id.to_string());
        Ok(Response::new(pb::ListBatchesResponse {
            batches: batches.into_iter().map(write::batch).collect(),
            next_page_token: last.unwrap_or_default(),
        }))
    }

    async fn fix_public_value(
        &self,
        request: Request<pb::FixPublicValueRequest>,
    ) -> Result<Response<pb::FixPublicValueResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let office = self.office(&request.office)?;
        let day = read::date("day", &request.day)?;
        let request_id = read::request_id(&request.request_id)?;
        if request.value.is_empty() {
            return Err(Refusal::required("value").into());
        }
        if request.value.contains('\0') {
            return Err(Refusal::invalid("value", "wrong_format").into());
        }
        if request.value.len() > LONGEST_VALUE_BYTES {
            return Err(Refusal::invalid("value", "too_long").into());
        }
        let source = read::text("source", &request.source, LONGEST_SOURCE)?;
        // The public value is an act in itself; where it can be checked is its reason.
        let act = act(&context, source)?;
        let fixed = self
            .0
            .fix_public_value(office, day, &act, request_id, &request)
            .await?;
        Ok(Response::new(fixed))
    }

    async fn get_pool_figures(
        &self,
        request: Request<pb::GetPoolFiguresRequest>,
    ) -> Result<Response<pb::GetPoolFiguresResponse>, Status> {
        let context = CallContext::of(&request);
        let office = self.office(&request.into_inner().office)?;
        let known = self.0.figures(office, context.require_principal()?).await?;
        Ok(Response::new(pb::GetPoolFiguresResponse {
            classes: known.classes.into_iter().map(figures).collect(),
            epoch: write::signed(known.epoch),
        }))
    }

    async fn list_writers(
        &self,
        request: Request<pb::ListWritersRequest>,
    ) -> Result<Response<pb::ListWritersResponse>, Status> {
        self.writers(request).await
    }

    type ReplayDayStream = super::replaying::Told;

    async fn replay_day(
        &self,
        request: Request<pb::ReplayDayRequest>,
    ) -> Result<Response<Self::ReplayDayStream>, Status> {
        self.replay(request).await
    }
}
