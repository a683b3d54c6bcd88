//! Identity's enrolment and documents, as far as xuanctl sees them.

use tonic::{Request, Response, Status};
use xuanhao_chassis::error::{self, Refusal};
use xuanhao_proto::identity::v1 as pb;
use xuanhao_proto::identity::v1::document_service_server::DocumentService;
use xuanhao_proto::identity::v1::enrolment_service_server::EnrolmentService;
use xuanhao_proto::identity::v1::find_account_request::By;

use crate::house::Log;

pub(crate) const SERVICE_POINT: &str = "0199e5a0-0000-7000-8000-000000000021";
pub(crate) const ACCOUNT: &str = "0199e5a0-0000-7000-8000-000000000022";
pub(crate) const DOCUMENT: &str = "0199e5a0-0000-7000-8000-000000000023";

#[derive(Clone)]
pub(crate) struct FakeEnrolment {
    pub(crate) log: Log,
}

fn account() -> Option<pb::Account> {
    Some(pb::Account {
        account_id: ACCOUNT.to_owned(),
        login_name: "zhang_san".to_owned(),
        full_name_masked: "张*".to_owned(),
        resident_id_masked: "44**************1X".to_owned(),
        mobile_masked: "139****9000".to_owned(),
        level: pb::RegistrationLevel::FaceToFace.into(),
        province: "gd".to_owned(),
        kind: pb::HolderKind::Person.into(),
        ..Default::default()
    })
}

fn until() -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp {
        seconds: 1_795_000_000,
        nanos: 0,
    })
}

fn point() -> pb::ServicePoint {
    pb::ServicePoint {
        service_point_id: SERVICE_POINT.to_owned(),
        office: "gd-zhanjiang".to_owned(),
        kind: pb::ServicePointKind::PoliceBrigade.into(),
        name: "赤坎大队".to_owned(),
        address: "湛江市赤坎区".to_owned(),
        closed_at: None,
    }
}

fn document(kind: i32) -> Option<pb::Document> {
    Some(pb::Document {
        document_id: DOCUMENT.to_owned(),
        kind,
        media_type: "image/jpeg".to_owned(),
        size: 9,
        added_at: until(),
    })
}

#[tonic::async_trait]
impl EnrolmentService for FakeEnrolment {
    /// Whoever is called "away" gets no answer.
    async fn enrol_person(
        &self,
        request: Request<pb::EnrolPersonRequest>,
    ) -> Result<Response<pb::EnrolPersonResponse>, Status> {
        let request = self.log.note("EnrolPerson", request);
        if request.full_name == "away" {
            return Err(error::unavailable("identity is being moved"));
        }
        Ok(Response::new(pb::EnrolPersonResponse {
            account_id: ACCOUNT.to_owned(),
            enrolment_id: SERVICE_POINT.to_owned(),
            login_name: "u4408031990".to_owned(),
            credentials_until: until(),
        }))
    }

    async fn enrol_organisation(
        &self,
        request: Request<pb::EnrolOrganisationRequest>,
    ) -> Result<Response<pb::EnrolOrganisationResponse>, Status> {
        self.log.note("EnrolOrganisation", request);
        Ok(Response::new(pb::EnrolOrganisationResponse {
            account_id: ACCOUNT.to_owned(),
            enrolment_id: SERVICE_POINT.to_owned(),
            login_name: String::new(),
            credentials_until: None,
        }))
    }

    async fn reissue_credentials(
        &self,
        request: Request<pb::ReissueCredentialsRequest>,
    ) -> Result<Response<pb::ReissueCredentialsResponse>, Status> {
        self.log.note("ReissueCredentials", request);
        Ok(Response::new(pb::ReissueCredentialsResponse {
            credentials_until: until(),
        }))
    }

    async fn change_mobile_face_to_face(
        &self,
        request: Request<pb::ChangeMobileFaceToFaceRequest>,
    ) -> Result<Response<pb::ChangeMobileFaceToFaceResponse>, Status> {
        self.log.note("ChangeMobileFaceToFace", request);
        Ok(Response::new(pb::ChangeMobileFaceToFaceResponse {
            account: account(),
        }))
    }

    /// Knows persons only.
    async fn find_account(
        &self,
        request: Request<pb::FindAccountRequest>,
    ) -> Result<Response<pb::FindAccountResponse>, Status> {
        let request = self.log.note("FindAccount", request);
        match request.by {
            Some(By::ResidentId(_)) => Ok(Response::new(pb::FindAccountResponse {
                account: account(),
            })),
            _ => Err(Refusal::not_found("account").into()),
        }
    }

    /// Two pages.
    async fn list_enrolments(
        &self,
        request: Request<pb::ListEnrolmentsRequest>,
    ) -> Result<Response<pb::ListEnrolmentsResponse>, Status> {
        let request = self.log.note("ListEnrolments", request);
        let next = if request.page_token.is_empty() {
            "more"
        } else {
            ""
        };
        Ok(Response::new(pb::ListEnrolmentsResponse {
            enrolments: vec![pb::Enrolment {
                enrolment_id: SERVICE_POINT.to_owned(),
                service_point_id: SERVICE_POINT.to_owned(),
                officer: ACCOUNT.to_owned(),
                enrolled_at: until(),
                document_ids: vec![DOCUMENT.to_owned()],
                authorised_until: String::new(),
            }],
            next_page_token: next.to_owned(),
        }))
    }

    async fn add_service_point(
        &self,
        request: Request<pb::AddServicePointRequest>,
    ) -> Result<Response<pb::AddServicePointResponse>, Status> {
        self.log.note("AddServicePoint", request);
        Ok(Response::new(pb::AddServicePointResponse {
            service_point: Some(point()),
        }))
    }

    async fn close_service_point(
        &self,
        request: Request<pb::CloseServicePointRequest>,
    ) -> Result<Response<pb::CloseServicePointResponse>, Status> {
        self.log.note("CloseServicePoint", request);
        Ok(Response::new(pb::CloseServicePointResponse {}))
    }

    async fn list_service_points(
        &self,
        request: Request<pb::ListServicePointsRequest>,
    ) -> Result<Response<pb::ListServicePointsResponse>, Status> {
        self.log.note("ListServicePoints", request);
        Ok(Response::new(pb::ListServicePointsResponse {
            service_points: vec![point()],
        }))
    }
}

#[tonic::async_trait]
impl DocumentService for FakeEnrolment {
    async fn add_document(
        &self,
        request: Request<pb::AddDocumentRequest>,
    ) -> Result<Response<pb::AddDocumentResponse>, Status> {
        let request = self.log.note("AddDocument", request);
        Ok(Response::new(pb::AddDocumentResponse {
            document: document(request.kind),
        }))
    }

    async fn get_document(
        &self,
        request: Request<pb::GetDocumentRequest>,
    ) -> Result<Response<pb::GetDocumentResponse>, Status> {
        let request = self.log.note("GetDocument", request);
        if request.document_id != DOCUMENT {
            return Err(Refusal::not_found("document").into());
        }
        Ok(Response::new(pb::GetDocumentResponse {
            document: document(pb::DocumentKind::Portrait.into()),
            content: vec![7; 5 * 1024 * 1024],
        }))
    }

    async fn check_documents(
        &self,
        _: Request<pb::CheckDocumentsRequest>,
    ) -> Result<Response<pb::CheckDocumentsResponse>, Status> {
        Err(Status::unimplemented("for services only"))
    }
}
