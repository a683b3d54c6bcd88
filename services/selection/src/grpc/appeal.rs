//! `AppealService`.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use uuid::Uuid;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::timestamp;
use xuanhao_proto::selection::v1 as wire;
use xuanhao_proto::selection::v1::appeal_service_server::AppealService;
use xuanhao_vocabulary::ProvinceId;

use super::read;
use crate::app::{App, DecideAppeal, FileAppeal, ListAppeals, OpenedAppeal};
use crate::domain::appeal::{MOST_DOCUMENTS, Standing};

/// Largest page of a list.
const LARGEST_PAGE: u16 = 100;
/// Page of a list that asks for none.
const USUAL_PAGE: u16 = 20;

/// Appeals.
#[derive(Debug, Clone)]
pub struct Appeals(pub Arc<App>);

#[tonic::async_trait]
impl AppealService for Appeals {
    async fn file_appeal(
        &self,
        request: Request<wire::FileAppealRequest>,
    ) -> Result<Response<wire::FileAppealResponse>, Status> {
        let citizen = read::citizen(&request)?;
        let message = request.into_inner();
        let act = read::act(&message.request_id, &message)?;
        if message.document_ids.len() > MOST_DOCUMENTS {
            return Err(Refusal::invalid("document_ids", "out_of_range").into());
        }
        let wish = FileAppeal {
            application: read::application(&message.application_id)?,
            statement: message.statement,
            documents: message
                .document_ids
                .iter()
                .map(|id| named(id, "document"))
                .collect::<Result<_, _>>()?,
        };
        let appeal = self.0.file_appeal(citizen, &act, &wish).await?;
        let appeal = Some(write(appeal));
        Ok(Response::new(wire::FileAppealResponse { appeal }))
    }

    async fn get_appeal(
        &self,
        request: Request<wire::GetAppealRequest>,
    ) -> Result<Response<wire::GetAppealResponse>, Status> {
        let citizen = read::citizen(&request)?;
        let id = named(&request.get_ref().appeal_id, "appeal")?;
        let appeal = Some(write(self.0.get_appeal(citizen, id).await?));
        Ok(Response::new(wire::GetAppealResponse { appeal }))
    }

    async fn list_appeals(
        &self,
        request: Request<wire::ListAppealsRequest>,
    ) -> Result<Response<wire::ListAppealsResponse>, Status> {
        let staff = read::staff(&request)?;
        let message = request.into_inner();
        let province = ProvinceId::parse(&message.province)
            .map_err(|_| Refusal::invalid("province", "unknown_value"))?;
        let office = match message.office.as_str() {
            "" => None,
            office => Some(read::office(office)?),
        };
        let standing = match wire::AppealState::try_from(message.state) {
            Ok(wire::AppealState::Unspecified | wire::AppealState::Waiting) => Standing::Waiting,
            Ok(wire::AppealState::Upheld) => Standing::Upheld,
            Ok(wire::AppealState::Dismissed) => Standing::Dismissed,
            Err(_) => return Err(Refusal::invalid("state", "unknown_value").into()),
        };
        let wish = ListAppeals {
            province,
            office,
            standing,
            size: read::page_size(message.page_size, USUAL_PAGE, LARGEST_PAGE)?,
            page_token: message.page_token,
        };
        let page = self.0.list_appeals(&staff, &wish).await?;
        Ok(Response::new(wire::ListAppealsResponse {
            appeals: page.items.into_iter().map(write).collect(),
            next_page_token: page.next,
        }))
    }

    async fn decide_appeal(
        &self,
        request: Request<wire::DecideAppealRequest>,
    ) -> Result<Response<wire::DecideAppealResponse>, Status> {
        let staff = read::staff(&request)?;
        let message = request.into_inner();
        let act = read::act(&message.request_id, &message)?;
        let wish = DecideAppeal {
            appeal: named(&message.appeal_id, "appeal")?,
            uphold: message.uphold,
            reason: message.reason,
        };
        let appeal = self.0.decide_appeal(&staff, &act, &wish).await?;
        let appeal = Some(write(appeal));
        Ok(Response::new(wire::DecideAppealResponse { appeal }))
    }
}

/// An id. What is no id names nothing.
fn named(text: &str, kind: &str) -> Result<Uuid, Refusal> {
    text.parse().map_err(|_| Refusal::not_found(kind))
}

fn write(opened: OpenedAppeal) -> wire::Appeal {
    let OpenedAppeal { appeal, statement } = opened;
    let state = match appeal.standing {
        Standing::Waiting => wire::AppealState::Waiting,
        Standing::Upheld => wire::AppealState::Upheld,
        Standing::Dismissed => wire::AppealState::Dismissed,
    };
    wire::Appeal {
        appeal_id: appeal.id.to_string(),
        application_id: appeal.application.to_string(),
        office: appeal.office.to_string(),
        state: state.into(),
        statement,
        document_ids: appeal.documents.iter().map(Uuid::to_string).collect(),
        filed_at: Some(timestamp(appeal.filed_at)),
        decided_at: appeal.decided_at.map(timestamp),
        decision_reason: appeal.decision_reason,
        due_on: appeal.due_on.to_string(),
    }
}
