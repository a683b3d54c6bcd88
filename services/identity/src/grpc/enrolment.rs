//! `EnrolmentService`.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallContext, timestamp};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_proto::identity::v1::enrolment_service_server::EnrolmentService;

use super::identity::account;
use super::read;
use crate::app::{
    AddServicePoint, App, ChangeMobileFaceToFace, CloseServicePoint, EnrolOrganisation,
    EnrolPerson, EnrolmentView, FindAccount, FindBy, ReissueCredentials,
};
use crate::domain::enrolment::ServicePointKind;

/// Enrolment face to face, and what else officers do at the counter.
#[derive(Clone, Debug)]
pub struct Enrolments(pub Arc<App>);

const USUAL_PAGE: u16 = 20;
const LARGEST_PAGE: u16 = 100;
const LONGEST_NAME: usize = 80;
const LONGEST_ADDRESS: usize = 200;

fn point_kind(kind: i32) -> Result<ServicePointKind, Refusal> {
    match pb::ServicePointKind::try_from(kind) {
        Ok(pb::ServicePointKind::Unspecified) => Err(Refusal::required("kind")),
        Ok(pb::ServicePointKind::OfficeWindow) => Ok(ServicePointKind::OfficeWindow),
        Ok(pb::ServicePointKind::PoliceBrigade) => Ok(ServicePointKind::PoliceBrigade),
        Err(_) => Err(Refusal::invalid("kind", "unknown_value")),
    }
}

fn enrolment(EnrolmentView(stored): EnrolmentView) -> pb::Enrolment {
    pb::Enrolment {
        enrolment_id: stored.enrolment_id.to_string(),
        service_point_id: stored.service_point_id.to_string(),
        officer: stored.officer.to_string(),
        enrolled_at: Some(timestamp(stored.enrolled_at)),
        document_ids: stored
            .document_ids
            .iter()
            .map(ToString::to_string)
            .collect(),
        authorised_until: stored
            .authorised_until
            .map(|day| day.to_string())
            .unwrap_or_default(),
    }
}

impl Enrolments {
    fn recognised_person(&self, request: &pb::EnrolPersonRequest) -> pb::EnrolPersonRequest {
        let keyed = self.0.keyed();
        pb::EnrolPersonRequest {
            full_name: keyed.fingerprint(&request.full_name),
            resident_id: keyed.fingerprint(&request.resident_id),
            mobile: keyed.fingerprint(&request.mobile),
            ..request.clone()
        }
    }

    fn recognised_organisation(
        &self,
        request: &pb::EnrolOrganisationRequest,
    ) -> pb::EnrolOrganisationRequest {
        let keyed = self.0.keyed();
        pb::EnrolOrganisationRequest {
            organisation_name: keyed.fingerprint(&request.organisation_name),
            credit_code: keyed.fingerprint(&request.credit_code),
            agent_full_name: keyed.fingerprint(&request.agent_full_name),
            agent_resident_id: keyed.fingerprint(&request.agent_resident_id),
            agent_mobile: keyed.fingerprint(&request.agent_mobile),
            ..request.clone()
        }
    }
}

#[tonic::async_trait]
impl EnrolmentService for Enrolments {
    async fn enrol_person(
        &self,
        request: Request<pb::EnrolPersonRequest>,
    ) -> Result<Response<pb::EnrolPersonResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let command = EnrolPerson {
            request_id: read::request_id(&request.request_id)?,
            service_point_id: read::id("service_point_id", &request.service_point_id)?,
            full_name: read::full_name(&request.full_name)?,
            resident_id: read::resident_id(&request.resident_id)?,
            mobile: read::mobile(&request.mobile)?,
            document_ids: read::document_ids(&request.document_ids)?,
            locale: read::locale(&request.locale)?,
            reason: read::reason(&request.reason)?,
        };
        let recognised = self.recognised_person(&request);
        let actor = context.require_principal()?;
        Ok(Response::new(
            self.0.enrol_person(actor, command, &recognised).await?,
        ))
    }

    async fn enrol_organisation(
        &self,
        request: Request<pb::EnrolOrganisationRequest>,
    ) -> Result<Response<pb::EnrolOrganisationResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let authorised_until = read::date("authorised_until", &request.authorised_until)?;
        if authorised_until < self.0.clock().today() {
            return Err(Refusal::invalid("authorised_until", "not_in_the_past").into());
        }
        let command = EnrolOrganisation {
            request_id: read::request_id(&request.request_id)?,
            service_point_id: read::id("service_point_id", &request.service_point_id)?,
            organisation_name: read::organisation_name(&request.organisation_name)?,
            credit_code: read::credit_code(&request.credit_code)?,
            agent_full_name: read::name_in("agent_full_name", &request.agent_full_name)?,
            agent_resident_id: read::resident_id_in(
                "agent_resident_id",
                &request.agent_resident_id,
            )?,
            agent_mobile: read::mobile_in("agent_mobile", &request.agent_mobile)?,
            authorised_until,
            document_ids: read::document_ids(&request.document_ids)?,
            locale: read::locale(&request.locale)?,
            reason: read::reason(&request.reason)?,
        };
        let recognised = self.recognised_organisation(&request);
        let actor = context.require_principal()?;
        let enrolled = self.0.enrol_organisation(actor, command, &recognised);
        Ok(Response::new(enrolled.await?))
    }

    async fn reissue_credentials(
        &self,
        request: Request<pb::ReissueCredentialsRequest>,
    ) -> Result<Response<pb::ReissueCredentialsResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let command = ReissueCredentials {
            request_id: read::request_id(&request.request_id)?,
            account_id: read::id("account_id", &request.account_id)?,
            reason: read::reason(&request.reason)?,
        };
        let actor = context.require_principal()?;
        Ok(Response::new(
            self.0.reissue_credentials(actor, command, &request).await?,
        ))
    }

    async fn change_mobile_face_to_face(
        &self,
        request: Request<pb::ChangeMobileFaceToFaceRequest>,
    ) -> Result<Response<pb::ChangeMobileFaceToFaceResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let command = ChangeMobileFaceToFace {
            request_id: read::request_id(&request.request_id)?,
            service_point_id: read::id("service_point_id", &request.service_point_id)?,
            account_id: read::id("account_id", &request.account_id)?,
            mobile: read::mobile(&request.mobile)?,
            document_ids: read::document_ids(&request.document_ids)?,
            reason: read::reason(&request.reason)?,
        };
        let account_id = command.account_id;
        let recognised = pb::ChangeMobileFaceToFaceRequest {
            mobile: self.0.keyed().fingerprint(&request.mobile),
            ..request
        };
        let actor = context.require_principal()?;
        self.0
            .change_mobile_face_to_face(actor, command, &recognised)
            .await?;
        let view = self.0.view_of(account_id).await?;
        Ok(Response::new(pb::ChangeMobileFaceToFaceResponse {
            account: Some(account(view)),
        }))
    }

    async fn find_account(
        &self,
        request: Request<pb::FindAccountRequest>,
    ) -> Result<Response<pb::FindAccountResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let by = match &request.by {
            Some(pb::find_account_request::By::ResidentId(text)) => {
                FindBy::ResidentId(read::resident_id(text)?)
            }
            Some(pb::find_account_request::By::CreditCode(text)) => {
                FindBy::CreditCode(read::credit_code(text)?)
            }
            None => return Err(Refusal::required("resident_id").into()),
        };
        let reason = read::reason(&request.reason)?;
        let actor = context.require_principal()?;
        let view = self
            .0
            .find_account(actor, FindAccount { by, reason })
            .await?;
        Ok(Response::new(pb::FindAccountResponse {
            account: Some(account(view)),
        }))
    }

    async fn list_enrolments(
        &self,
        request: Request<pb::ListEnrolmentsRequest>,
    ) -> Result<Response<pb::ListEnrolmentsResponse>, Status> {
        let request = request.into_inner();
        let account_id = read::id("account_id", &request.account_id)?;
        let size = read::page_size(request.page_size, USUAL_PAGE, LARGEST_PAGE)?;
        let before = match request.page_token.as_str() {
            "" => None,
            token => Some(
                token
                    .parse()
                    .map_err(|_| Refusal::new(Reason::PageTokenInvalid).on_field("page_token"))?,
            ),
        };
        let (page, next) = self.0.list_enrolments(account_id, before, size).await?;
        Ok(Response::new(pb::ListEnrolmentsResponse {
            enrolments: page.into_iter().map(enrolment).collect(),
            next_page_token: next.map(|id| id.to_string()).unwrap_or_default(),
        }))
    }

    async fn add_service_point(
        &self,
        request: Request<pb::AddServicePointRequest>,
    ) -> Result<Response<pb::AddServicePointResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let command = AddServicePoint {
            request_id: read::request_id(&request.request_id)?,
            office: read::office(&request.office)?,
            kind: point_kind(request.kind)?,
            name: read::text("name", &request.name, LONGEST_NAME)?,
            address: read::text("address", &request.address, LONGEST_ADDRESS)?,
            reason: read::reason(&request.reason)?,
        };
        let actor = context.require_principal()?;
        Ok(Response::new(
            self.0.add_service_point(actor, command, &request).await?,
        ))
    }

    async fn close_service_point(
        &self,
        request: Request<pb::CloseServicePointRequest>,
    ) -> Result<Response<pb::CloseServicePointResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let command = CloseServicePoint {
            request_id: read::request_id(&request.request_id)?,
            service_point_id: read::id("service_point_id", &request.service_point_id)?,
            reason: read::reason(&request.reason)?,
        };
        let actor = context.require_principal()?;
        Ok(Response::new(
            self.0.close_service_point(actor, command, &request).await?,
        ))
    }

    async fn list_service_points(
        &self,
        request: Request<pb::ListServicePointsRequest>,
    ) -> Result<Response<pb::ListServicePointsResponse>, Status> {
        let request = request.into_inner();
        let province = read::province("province", &request.province)?;
        let office = match request.office.as_str() {
            "" => None,
            text => Some(read::office(text)?),
        };
        Ok(Response::new(pb::ListServicePointsResponse {
            service_points: self.0.list_service_points(province, office).await?,
        }))
    }
}
