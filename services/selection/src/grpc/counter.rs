//! `CounterService`.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallContext, timestamp};
use xuanhao_proto::selection::v1 as wire;
use xuanhao_proto::selection::v1::counter_service_server::CounterService;

use super::{read, write};
use crate::app::{Act, Answered, App, OpenAtCounter, Operate, Who};
use crate::domain::operation::Typed;
use crate::peers::Captcha;

/// Selecting at the window.
#[derive(Debug, Clone)]
pub struct Counters(pub Arc<App>);

impl Counters {
    /// Has an operation done by the officer of a request.
    async fn operate<T>(
        &self,
        request: &Request<T>,
        application_id: &str,
        typed: Typed,
        act: Act,
    ) -> Result<Answered, Status> {
        let wish = Operate {
            who: Who::Officer(read::staff(request)?),
            application: read::application(application_id)?,
            typed,
            captcha: Captcha::default(),
            proof: String::new(),
            act,
        };
        let until = CallContext::of(request).deadline();
        Ok(self.0.operate(wish, until).await?)
    }
}

#[tonic::async_trait]
impl CounterService for Counters {
    async fn open_at_counter(
        &self,
        request: Request<wire::OpenAtCounterRequest>,
    ) -> Result<Response<wire::OpenAtCounterResponse>, Status> {
        let staff = read::staff(&request)?;
        let message = request.into_inner();
        let act = read::act(&message.request_id, &message)?;
        let account = message.account_id.parse();
        let wish = OpenAtCounter {
            office: read::office(&message.office)?,
            account: account.map_err(|_| Refusal::not_found("account"))?,
            submitted: read::submitted(
                message.vin,
                message.purchase_proof,
                message.import_confirmed,
                message.import_certificate_number,
            ),
            notice_version: message.notice_version,
            reason: message.reason,
        };
        let view = self.0.open_at_counter(&staff, &act, &wish).await?;
        let chances = Some(write::window_chances(view.window_chances()));
        let application = Some(write::application(view, None));
        Ok(Response::new(wire::OpenAtCounterResponse {
            application,
            chances,
        }))
    }

    async fn draw_at_counter(
        &self,
        request: Request<wire::DrawAtCounterRequest>,
    ) -> Result<Response<wire::DrawAtCounterResponse>, Status> {
        let message = request.get_ref();
        let act = read::act(&message.request_id, message)?;
        let typed = Typed::Draw {
            exclude_four: message.exclude_four,
        };
        let answered = self
            .operate(&request, &message.application_id, typed, act)
            .await?;
        let chances = Some(write::window_chances(answered.view.window_chances()));
        let (outcome, application) = write::answered(answered, None);
        Ok(Response::new(wire::DrawAtCounterResponse {
            outcome: Some(outcome),
            application: Some(application),
            chances,
        }))
    }

    async fn compose_at_counter(
        &self,
        request: Request<wire::ComposeAtCounterRequest>,
    ) -> Result<Response<wire::ComposeAtCounterResponse>, Status> {
        let message = request.get_ref();
        let act = read::act(&message.request_id, message)?;
        let typed = Typed::Compose {
            wishes: message.wishes.clone(),
        };
        let answered = self
            .operate(&request, &message.application_id, typed, act)
            .await?;
        let chances = Some(write::window_chances(answered.view.window_chances()));
        let (outcome, application) = write::answered(answered, None);
        Ok(Response::new(wire::ComposeAtCounterResponse {
            outcome: Some(outcome),
            application: Some(application),
            chances,
        }))
    }

    async fn confirm_at_counter(
        &self,
        request: Request<wire::ConfirmAtCounterRequest>,
    ) -> Result<Response<wire::ConfirmAtCounterResponse>, Status> {
        let message = request.get_ref();
        let act = read::act(&message.request_id, message)?;
        let typed = Typed::Confirm {
            plate: message.plate.clone(),
        };
        let answered = self
            .operate(&request, &message.application_id, typed, act)
            .await?;
        let (outcome, application) = write::answered(answered, None);
        Ok(Response::new(wire::ConfirmAtCounterResponse {
            outcome: Some(outcome),
            application: Some(application),
        }))
    }

    async fn get_at_counter(
        &self,
        request: Request<wire::GetAtCounterRequest>,
    ) -> Result<Response<wire::GetAtCounterResponse>, Status> {
        let staff = read::staff(&request)?;
        let id = read::application(&request.get_ref().application_id)?;
        let view = self.0.get_at_counter(&staff, id).await?;
        let (chances, now) = (view.window_chances(), view.now);
        Ok(Response::new(wire::GetAtCounterResponse {
            application: Some(write::application(view, None)),
            chances: Some(write::window_chances(chances)),
            now: Some(timestamp(now)),
        }))
    }
}
