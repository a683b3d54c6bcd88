//! The good answers of services beside the road: documents, service points, appeals, reviews, bindings.

use tonic::{Request, Response, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_proto::common::v1::PlateClass;
use xuanhao_proto::identity::v1 as identity;
use xuanhao_proto::identity::v1::document_service_server::DocumentService;
use xuanhao_proto::identity::v1::enrolment_service_server::EnrolmentService;
use xuanhao_proto::selection::v1 as selection;
use xuanhao_proto::selection::v1::appeal_service_server::AppealService;
use xuanhao_proto::vehicle::v1 as vehicle;
use xuanhao_proto::vehicle::v1::binding_service_server::BindingService;
use xuanhao_proto::vehicle::v1::review_service_server::ReviewService;

use super::{APPLICATION, CHALLENGE, Notes, Peers, at};

/// A document that there is.
pub(crate) const DOCUMENT: &str = "01939f5e-0000-7000-8000-000000000004";
/// One that a peer garbled.
pub(crate) const ODD_DOCUMENT: &str = "01939f5e-0000-7000-8000-000000000005";

fn document(media_type: &str) -> Option<identity::Document> {
    Some(identity::Document {
        document_id: DOCUMENT.to_owned(),
        kind: identity::DocumentKind::Invoice.into(),
        media_type: media_type.to_owned(),
        size: 182_044,
        added_at: at(0),
    })
}

fn appeal() -> Option<selection::Appeal> {
    Some(selection::Appeal {
        appeal_id: CHALLENGE.to_owned(),
        application_id: APPLICATION.to_owned(),
        office: "gd-zhanjiang".to_owned(),
        state: selection::AppealState::Waiting.into(),
        statement: "我已在期限内办理。".to_owned(),
        document_ids: vec![DOCUMENT.to_owned()],
        filed_at: at(0),
        due_on: "2026-12-04".to_owned(),
        ..Default::default()
    })
}

fn review() -> Option<vehicle::Review> {
    Some(vehicle::Review {
        review_id: CHALLENGE.to_owned(),
        application_id: APPLICATION.to_owned(),
        office: "gd-zhanjiang".to_owned(),
        state: vehicle::ReviewState::EvidenceWanted.into(),
        suspicions: vec!["model_year".to_owned()],
        opened_at: at(0),
        vin: "LSVAA49J132047371".to_owned(),
        ..Default::default()
    })
}

fn bound(bound: vehicle::binding::Bound) -> vehicle::Binding {
    vehicle::Binding {
        binding_id: CHALLENGE.to_owned(),
        bound: Some(bound),
        bound_at: at(0),
    }
}

fn own_vehicle() -> vehicle::Binding {
    bound(vehicle::binding::Bound::Vehicle(vehicle::BoundVehicle {
        plate_class: PlateClass::Small.into(),
        plate: "粤G12A3B".to_owned(),
        description: String::new(),
    }))
}

fn own_licence() -> vehicle::Binding {
    bound(vehicle::binding::Bound::Licence(vehicle::BoundLicence {
        file_number_masked: "4408******56".to_owned(),
        classes: "C1".to_owned(),
    }))
}

fake!(identity DocumentService {
    AddDocument(AddDocumentRequest) -> AddDocumentResponse, add_document:
        always!(identity::AddDocumentResponse { document: document("image/jpeg") });
    GetDocument(GetDocumentRequest) -> GetDocumentResponse, get_document:
        |_: &Peers, request: &identity::GetDocumentRequest, _: &mut Notes| {
            let media_type = match request.document_id.as_str() {
                DOCUMENT => "image/png",
                ODD_DOCUMENT => "text/html",
                _ => return Err(Refusal::not_found("document").into()),
            };
            Ok(identity::GetDocumentResponse {
                document: document(media_type),
                content: vec![0x89; 5 * 1024 * 1024],
            })
        };
} not asked {
    check_documents(CheckDocumentsRequest) -> CheckDocumentsResponse;
});

fake!(identity EnrolmentService {
    ListServicePoints(ListServicePointsRequest) -> ListServicePointsResponse, list_service_points:
        always!(identity::ListServicePointsResponse {
            service_points: vec![identity::ServicePoint {
                service_point_id: CHALLENGE.to_owned(),
                office: "gd-zhanjiang".to_owned(),
                kind: identity::ServicePointKind::PoliceBrigade.into(),
                name: "赤坎大队".to_owned(),
                address: "湛江市赤坎区".to_owned(),
                closed_at: None,
            }],
        });
} not asked {
    enrol_person(EnrolPersonRequest) -> EnrolPersonResponse;
    enrol_organisation(EnrolOrganisationRequest) -> EnrolOrganisationResponse;
    reissue_credentials(ReissueCredentialsRequest) -> ReissueCredentialsResponse;
    change_mobile_face_to_face(ChangeMobileFaceToFaceRequest) -> ChangeMobileFaceToFaceResponse;
    find_account(FindAccountRequest) -> FindAccountResponse;
    list_enrolments(ListEnrolmentsRequest) -> ListEnrolmentsResponse;
    add_service_point(AddServicePointRequest) -> AddServicePointResponse;
    close_service_point(CloseServicePointRequest) -> CloseServicePointResponse;
});

fake!(selection AppealService {
    FileAppeal(FileAppealRequest) -> FileAppealResponse, file_appeal:
        always!(selection::FileAppealResponse { appeal: appeal() });
    GetAppeal(GetAppealRequest) -> GetAppealResponse, get_appeal:
        always!(selection::GetAppealResponse { appeal: appeal() });
} not asked {
    list_appeals(ListAppealsRequest) -> ListAppealsResponse;
    decide_appeal(DecideAppealRequest) -> DecideAppealResponse;
});

fake!(vehicle ReviewService {
    AddEvidence(AddEvidenceRequest) -> AddEvidenceResponse, add_evidence:
        always!(vehicle::AddEvidenceResponse { review: review() });
    GetOwnReview(GetOwnReviewRequest) -> GetOwnReviewResponse, get_own_review:
        always!(vehicle::GetOwnReviewResponse { review: review() });
} not asked {
    open_review(OpenReviewRequest) -> OpenReviewResponse;
    list_reviews(ListReviewsRequest) -> ListReviewsResponse;
    decide_review(DecideReviewRequest) -> DecideReviewResponse;
    import_answers(ImportAnswersRequest) -> ImportAnswersResponse;
    export_questions(ExportQuestionsRequest) -> ExportQuestionsResponse;
});

fake!(vehicle BindingService {
    BindVehicle(BindVehicleRequest) -> BindVehicleResponse, bind_vehicle:
        always!(vehicle::BindVehicleResponse { binding: Some(own_vehicle()) });
    BindLicence(BindLicenceRequest) -> BindLicenceResponse, bind_licence:
        always!(vehicle::BindLicenceResponse { binding: Some(own_licence()) });
    Unbind(UnbindRequest) -> UnbindResponse, unbind: always!(vehicle::UnbindResponse {});
    ListBindings(ListBindingsRequest) -> ListBindingsResponse, list_bindings:
        always!(vehicle::ListBindingsResponse { bindings: vec![own_vehicle(), own_licence()] });
} not asked {});
