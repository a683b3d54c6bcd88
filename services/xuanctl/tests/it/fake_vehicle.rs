//! The vehicle service's reviews and files, as far as xuanctl sees them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tonic::{Request, Response, Status};
use xuanhao_chassis::error::{self, Refusal};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::vehicle::v1 as pb;
use xuanhao_proto::vehicle::v1::review_service_server::ReviewService;

use crate::fake_selection::APPLICATION;
use crate::house::Log;

pub(crate) const REVIEW: &str = "0199e5a0-0000-7000-8000-000000000041";

#[derive(Clone)]
pub(crate) struct FakeVehicle {
    log: Log,
    /// Imports by their request id, as the service keeps them.
    kept: Arc<Mutex<HashMap<String, pb::ImportAnswersResponse>>>,
    /// The import of that place in the row is answered "away".
    pub(crate) away_at: Arc<Mutex<Option<usize>>>,
}

impl FakeVehicle {
    pub(crate) fn new(log: Log) -> Self {
        Self {
            log,
            kept: Arc::default(),
            away_at: Arc::default(),
        }
    }

    /// Imports that were more than repeats.
    pub(crate) fn imports(&self) -> usize {
        self.kept.lock().unwrap().len()
    }
}

fn review(state: pb::ReviewState) -> pb::Review {
    pb::Review {
        review_id: REVIEW.to_owned(),
        application_id: APPLICATION.to_owned(),
        office: "gd-zhanjiang".to_owned(),
        state: state.into(),
        suspicions: vec!["model_year".to_owned(), "officer".to_owned()],
        vin: "LSGPC52U6AF102554".to_owned(),
        ..Default::default()
    }
}

#[tonic::async_trait]
impl ReviewService for FakeVehicle {
    async fn add_evidence(
        &self,
        _: Request<pb::AddEvidenceRequest>,
    ) -> Result<Response<pb::AddEvidenceResponse>, Status> {
        Err(Status::unimplemented("for citizens only"))
    }

    async fn get_own_review(
        &self,
        _: Request<pb::GetOwnReviewRequest>,
    ) -> Result<Response<pb::GetOwnReviewResponse>, Status> {
        Err(Status::unimplemented("for citizens only"))
    }

    async fn open_review(
        &self,
        request: Request<pb::OpenReviewRequest>,
    ) -> Result<Response<pb::OpenReviewResponse>, Status> {
        self.log.note("OpenReview", request);
        Ok(Response::new(pb::OpenReviewResponse {
            review: Some(review(pb::ReviewState::EvidenceWanted)),
        }))
    }

    /// Two pages.
    async fn list_reviews(
        &self,
        request: Request<pb::ListReviewsRequest>,
    ) -> Result<Response<pb::ListReviewsResponse>, Status> {
        let request = self.log.note("ListReviews", request);
        let next = if request.page_token.is_empty() {
            "more"
        } else {
            ""
        };
        Ok(Response::new(pb::ListReviewsResponse {
            reviews: vec![review(pb::ReviewState::Waiting)],
            next_page_token: next.to_owned(),
        }))
    }

    async fn decide_review(
        &self,
        request: Request<pb::DecideReviewRequest>,
    ) -> Result<Response<pb::DecideReviewResponse>, Status> {
        let request = self.log.note("DecideReview", request);
        if request.review_id != REVIEW {
            return Err(Refusal::new(Reason::ReviewClosed).into());
        }
        let state = if request.clear {
            pb::ReviewState::Cleared
        } else {
            pb::ReviewState::Confirmed
        };
        Ok(Response::new(pb::DecideReviewResponse {
            review: Some(review(state)),
        }))
    }

    /// Takes all but the second of a chunk, which it cannot read.
    async fn import_answers(
        &self,
        request: Request<pb::ImportAnswersRequest>,
    ) -> Result<Response<pb::ImportAnswersResponse>, Status> {
        let request = self.log.note("ImportAnswers", request);
        let mut kept = self.kept.lock().unwrap();
        if let Some(before) = kept.get(&request.request_id) {
            return Ok(Response::new(before.clone()));
        }
        if *self.away_at.lock().unwrap() == Some(kept.len()) {
            return Err(error::unavailable("the service is being moved"));
        }
        let malformed: Vec<_> = (request.answers.len() > 1)
            .then_some(2)
            .into_iter()
            .collect();
        let told = pb::ImportAnswersResponse {
            taken: (request.answers.len() - malformed.len()) as u32,
            unknown: 0,
            malformed,
        };
        kept.insert(request.request_id, told.clone());
        Ok(Response::new(told))
    }

    /// Two pages.
    async fn export_questions(
        &self,
        request: Request<pb::ExportQuestionsRequest>,
    ) -> Result<Response<pb::ExportQuestionsResponse>, Status> {
        let request = self.log.note("ExportQuestions", request);
        let (id, next) = match request.page_token.as_str() {
            "" => ("question-1", "more"),
            _ => ("question-2", ""),
        };
        Ok(Response::new(pb::ExportQuestionsResponse {
            questions: vec![pb::OutsideQuestion {
                question_id: id.to_owned(),
                question: r#"{"vin":"LSGPC52U6AF102554","note":"a, \"b\""}"#.to_owned(),
                asked_at: Some(prost_types::Timestamp {
                    seconds: 1_795_000_000,
                    nanos: 0,
                }),
            }],
            next_page_token: next.to_owned(),
        }))
    }
}
