//! `PoolService`.

use std::collections::BTreeSet;
use std::sync::Arc;

use tonic::{Request, Response, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::ids;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_service_server::PoolService;
use xuanhao_vocabulary::Office;

use super::carried::hash;
use super::{read, write};
use crate::app::{App, SendBack};
use crate::config::MOST_WISHES;
use crate::domain::command::{
    Choose, Compose, Confirm, ConfirmFrom, Draw, DrawFrom, Input, Keep, OnHit, Operation, Resolve,
};
use crate::domain::ids::ApplicationId;

/// Operations of applications.
#[derive(Clone, Debug)]
pub struct Operations(pub Arc<App>);

/// Bounds of a column's and a basket's life, in seconds.
const HOLD_S: (i64, i64) = (10, 600);
/// The longest delay of a return, in seconds: a year.
const LONGEST_RETURN_S: i64 = 366 * 86_400;

impl Operations {
    fn office(&self, text: &str) -> Result<&'static Office, Refusal> {
        self.0.office(read::office("office", text)?)
    }

    async fn operate(
        &self,
        (office, operation): (&'static Office, Operation),
    ) -> Result<Option<pb::Outcome>, Status> {
        Ok(Some(write::outcome(
            self.0.operate(office, operation).await?,
        )))
    }
}

fn application(text: &str) -> Result<ids::ApplicationId, Refusal> {
    read::id("application_id", text)
}

#[tonic::async_trait]
impl PoolService for Operations {
    async fn draw(
        &self,
        request: Request<pb::DrawRequest>,
    ) -> Result<Response<pb::DrawResponse>, Status> {
        let mut request = request.into_inner();
        let hash = hash(&mut request, |request| &mut request.operation);
        let carried = self.carried(request.operation, hash)?;
        let count = u32::try_from(request.count)
            .ok()
            .filter(|count| (1..=50).contains(count));
        let draw = Draw {
            class: carried.class,
            count: count.ok_or_else(|| Refusal::invalid("count", "out_of_range"))?,
            from: if request.exclude_four {
                DrawFrom::WithoutFour
            } else {
                DrawFrom::Any
            },
            energy: carried.group()?,
            column_ttl: read::seconds("column_ttl_s", request.column_ttl_s.into(), HOLD_S)?,
            basket_ttl: read::seconds("basket_ttl_s", request.basket_ttl_s.into(), HOLD_S)?,
        };
        let outcome = self.operate(carried.operation(Input::Draw(draw))).await?;
        Ok(Response::new(pb::DrawResponse { outcome }))
    }

    async fn keep(
        &self,
        request: Request<pb::KeepRequest>,
    ) -> Result<Response<pb::KeepResponse>, Status> {
        let mut request = request.into_inner();
        let hash = hash(&mut request, |request| &mut request.operation);
        let carried = self.carried(request.operation, hash)?;
        let keep = Keep {
            plate: carried.held(&request.plate)?,
            basket_ttl: read::seconds("basket_ttl_s", request.basket_ttl_s.into(), HOLD_S)?,
        };
        let outcome = self.operate(carried.operation(Input::Keep(keep))).await?;
        Ok(Response::new(pb::KeepResponse { outcome }))
    }

    async fn compose(
        &self,
        request: Request<pb::ComposeRequest>,
    ) -> Result<Response<pb::ComposeResponse>, Status> {
        let mut request = request.into_inner();
        let hash = hash(&mut request, |request| &mut request.operation);
        let carried = self.carried(request.operation, hash)?;
        if request.wishes.is_empty() {
            return Err(Refusal::required("wishes").into());
        }
        if request.wishes.len() > MOST_WISHES {
            return Err(Refusal::new(Reason::TooManyWishes)
                .param("max", MOST_WISHES)
                .into());
        }
        let (mut wishes, mut seen) = (Vec::with_capacity(request.wishes.len()), BTreeSet::new());
        for (index, wish) in request.wishes.iter().enumerate() {
            let field = format!("wishes[{index}]");
            let wish = read::plate(&field, carried.class, wish)?;
            if !seen.insert(wish) {
                let again = Refusal::new(Reason::WishDuplicate).param("index", index + 1);
                return Err(again.on_field(field).into());
            }
            wishes.push(wish);
        }
        let compose = Compose {
            wishes,
            energy: carried.group()?,
            on_hit: match request.hold_ttl_s {
                0 => OnHit::Allocate(carried.vehicle),
                ttl => OnHit::Hold {
                    ttl: read::seconds("hold_ttl_s", ttl.into(), HOLD_S)?,
                },
            },
        };
        let outcome = self
            .operate(carried.operation(Input::Compose(compose)))
            .await?;
        Ok(Response::new(pb::ComposeResponse { outcome }))
    }

    async fn confirm(
        &self,
        request: Request<pb::ConfirmRequest>,
    ) -> Result<Response<pb::ConfirmResponse>, Status> {
        let mut request = request.into_inner();
        let hash = hash(&mut request, |request| &mut request.operation);
        let carried = self.carried(request.operation, hash)?;
        let confirm = Confirm {
            plate: carried.held(&request.plate)?,
            vehicle: carried.vehicle,
            from: if request.from_column {
                ConfirmFrom::ColumnOrBasket
            } else {
                ConfirmFrom::Basket
            },
        };
        let outcome = self
            .operate(carried.operation(Input::Confirm(confirm)))
            .await?;
        Ok(Response::new(pb::ConfirmResponse { outcome }))
    }

    async fn choose(
        &self,
        request: Request<pb::ChooseRequest>,
    ) -> Result<Response<pb::ChooseResponse>, Status> {
        let mut request = request.into_inner();
        let hash = hash(&mut request, |request| &mut request.operation);
        let carried = self.carried(request.operation, hash)?;
        let choose = Choose {
            plate: carried.held(&request.plate)?,
            ttl: read::seconds("ttl_s", request.ttl_s.into(), HOLD_S)?,
        };
        let outcome = self
            .operate(carried.operation(Input::Choose(choose)))
            .await?;
        Ok(Response::new(pb::ChooseResponse { outcome }))
    }

    async fn give_up(
        &self,
        request: Request<pb::GiveUpRequest>,
    ) -> Result<Response<pb::GiveUpResponse>, Status> {
        let mut request = request.into_inner();
        let hash = hash(&mut request, |request| &mut request.operation);
        let carried = self.carried(request.operation, hash)?;
        let outcome = self.operate(carried.operation(Input::GiveUp)).await?;
        Ok(Response::new(pb::GiveUpResponse { outcome }))
    }

    async fn resolve(
        &self,
        request: Request<pb::ResolveRequest>,
    ) -> Result<Response<pb::ResolveResponse>, Status> {
        let request = request.into_inner();
        let office = self.office(&request.office)?;
        let application = ApplicationId(application(&request.application_id)?.as_uuid());
        if request.op_no == 0 || i64::try_from(request.op_no).is_err() {
            return Err(Refusal::invalid("op_no", "out_of_range").into());
        }
        let resolve = Resolve {
            application,
            op_no: request.op_no,
        };
        let outcome = Some(write::outcome(self.0.resolve(office, resolve).await?));
        Ok(Response::new(pb::ResolveResponse { outcome }))
    }

    async fn close(
        &self,
        request: Request<pb::CloseRequest>,
    ) -> Result<Response<pb::CloseResponse>, Status> {
        let request = request.into_inner();
        let office = self.office(&request.office)?;
        read::request_id(&request.request_id)?;
        let live = self
            .0
            .close(office, application(&request.application_id)?)
            .await?;
        Ok(Response::new(pb::CloseResponse {
            allocation: live.map(write::allocation),
        }))
    }

    async fn get_holding(
        &self,
        request: Request<pb::GetHoldingRequest>,
    ) -> Result<Response<pb::GetHoldingResponse>, Status> {
        let request = request.into_inner();
        let office = self.office(&request.office)?;
        let application = ApplicationId(application(&request.application_id)?.as_uuid());
        let standing = self.0.standing(office, application).await?;
        let holding = Some(write::holding(&standing.set));
        Ok(Response::new(pb::GetHoldingResponse {
            holding,
            last_op_no: standing.op_no,
        }))
    }

    async fn get_allocation(
        &self,
        request: Request<pb::GetAllocationRequest>,
    ) -> Result<Response<pb::GetAllocationResponse>, Status> {
        use pb::get_allocation_request::By;
        let request = request.into_inner();
        let office = self.office(&request.office)?;
        let live = match request.by.ok_or_else(|| Refusal::required("by"))? {
            By::ApplicationId(id) => self.0.allocation_of(office, application(&id)?).await?,
            By::Plate(key) => {
                let class = read::class("plate.plate_class", key.plate_class)?;
                let plate = read::plate("plate.plate", class, &key.plate)?;
                self.0.allocation_of_plate(office, plate).await?
            }
        };
        Ok(Response::new(pb::GetAllocationResponse {
            allocation: live.map(write::allocation),
        }))
    }

    async fn mark_allocation_registered(
        &self,
        request: Request<pb::MarkAllocationRegisteredRequest>,
    ) -> Result<Response<pb::MarkAllocationRegisteredResponse>, Status> {
        let request = request.into_inner();
        let office = self.office(&request.office)?;
        let application = application(&request.application_id)?;
        let request_id = read::request_id(&request.request_id)?;
        let answer = |live| {
            let allocation = Some(write::allocation(live));
            pb::MarkAllocationRegisteredResponse { allocation }
        };
        let marked = self
            .0
            .mark_registered(office, application, request_id, &request, answer);
        Ok(Response::new(marked.await?))
    }

    async fn return_allocation(
        &self,
        request: Request<pb::ReturnAllocationRequest>,
    ) -> Result<Response<pb::ReturnAllocationResponse>, Status> {
        let request = request.into_inner();
        let office = self.office(&request.office)?;
        read::request_id(&request.request_id)?;
        let within = (0, LONGEST_RETURN_S);
        let min = read::seconds("delay_min_s", request.delay_min_s, within)?;
        let max = read::seconds("delay_max_s", request.delay_max_s, within)?;
        if min > max {
            return Err(Refusal::invalid("delay_max_s", "out_of_range").into());
        }
        let back = SendBack {
            application: application(&request.application_id)?,
            reason: read::text("reason", &request.reason, 100)?,
            delay: (!max.is_zero()).then_some((min, max)),
            random_only: read::seconds("random_only_s", request.random_only_s, within)?,
        };
        let ended = self.0.return_allocation(office, back).await?;
        Ok(Response::new(pb::ReturnAllocationResponse {
            allocation: ended.map(write::allocation),
        }))
    }
}
