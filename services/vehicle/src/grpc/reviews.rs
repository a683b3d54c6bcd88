//! Suspicions under review, and answers of outside systems by file.

use jiff::Timestamp;
use tonic::{Request, Response, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::read::{id, page_size, request_id, text};
use xuanhao_chassis::grpc::{CallContext, timestamp};
use xuanhao_chassis::principal::Principal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::vehicle::v1 as pb;
use xuanhao_proto::vehicle::v1::review_service_server::ReviewService;
use xuanhao_vocabulary::{OfficeId, ProvinceId};

use super::{Reviews, account};
use crate::app::{
    AddEvidence, Decide, Export, FileAnswer, Import, ListReviews, OpenReview, ReviewPlace,
    ReviewView,
};
use crate::domain::question::{QuestionId, System};
use crate::domain::review::State;
use crate::peers::DocumentId;

const USUAL_PAGE: u16 = 20;
const LARGEST_PAGE: u16 = 100;
const USUAL_QUESTIONS: u16 = 100;
/// Questions and answers of one chunk.
const LARGEST_CHUNK: u16 = 1_000;
/// Documents of one request; identity checks no more at a time.
const MOST_DOCUMENTS: usize = 10;
/// Characters of a reason.
const LONGEST_REASON: usize = 500;

#[tonic::async_trait]
impl ReviewService for Reviews {
    async fn add_evidence(
        &self,
        request: Request<pb::AddEvidenceRequest>,
    ) -> Result<Response<pb::AddEvidenceResponse>, Status> {
        let account = account(&request)?;
        let request = request.into_inner();
        let command = AddEvidence {
            account,
            request_id: request_id(&request.request_id)?,
            application: id("application_id", &request.application_id)?,
            documents: documents(&request.document_ids)?,
        };
        let review = self.0.add_evidence(command, &request).await?;
        Ok(Response::new(pb::AddEvidenceResponse {
            review: Some(wire(review)),
        }))
    }

    async fn get_own_review(
        &self,
        request: Request<pb::GetOwnReviewRequest>,
    ) -> Result<Response<pb::GetOwnReviewResponse>, Status> {
        let account = account(&request)?;
        let application = id("application_id", &request.get_ref().application_id)?;
        let review = self.0.get_own_review(account, application).await?;
        Ok(Response::new(pb::GetOwnReviewResponse {
            review: Some(wire(review)),
        }))
    }

    async fn open_review(
        &self,
        request: Request<pb::OpenReviewRequest>,
    ) -> Result<Response<pb::OpenReviewResponse>, Status> {
        let actor = actor(&request)?;
        let request = request.into_inner();
        let command = OpenReview {
            actor,
            request_id: request_id(&request.request_id)?,
            application: id("application_id", &request.application_id)?,
            reason: reason(&request.reason)?,
        };
        let review = self.0.open_own_review(command, &request).await?;
        Ok(Response::new(pb::OpenReviewResponse {
            review: Some(wire(review)),
        }))
    }

    async fn list_reviews(
        &self,
        request: Request<pb::ListReviewsRequest>,
    ) -> Result<Response<pb::ListReviewsResponse>, Status> {
        let actor = actor(&request)?;
        let request = request.into_inner();
        let state = pb::ReviewState::try_from(request.state)
            .map_err(|_| Refusal::invalid("state", "unknown_value"))?;
        let query = ListReviews {
            actor,
            province: ProvinceId::parse(&request.province)
                .map_err(|_| Refusal::invalid("province", "unknown_value"))?,
            office: match request.office.as_str() {
                "" => None,
                office => Some(
                    OfficeId::parse(office)
                        .map_err(|_| Refusal::invalid("office", "unknown_value"))?,
                ),
            },
            state: match state {
                pb::ReviewState::Unspecified => None,
                pb::ReviewState::EvidenceWanted => Some(State::EvidenceWanted),
                pb::ReviewState::Waiting => Some(State::Waiting),
                pb::ReviewState::Cleared => Some(State::Cleared),
                pb::ReviewState::Confirmed => Some(State::Confirmed),
            },
            after: place(&request.page_token)?,
            size: page_size(request.page_size, USUAL_PAGE, LARGEST_PAGE)?,
        };
        let (reviews, next) = self.0.list_reviews(query).await?;
        Ok(Response::new(pb::ListReviewsResponse {
            reviews: reviews.into_iter().map(wire).collect(),
            next_page_token: next.map(token).unwrap_or_default(),
        }))
    }

    async fn decide_review(
        &self,
        request: Request<pb::DecideReviewRequest>,
    ) -> Result<Response<pb::DecideReviewResponse>, Status> {
        let actor = actor(&request)?;
        let request = request.into_inner();
        let command = Decide {
            actor,
            request_id: request_id(&request.request_id)?,
            review: id("review_id", &request.review_id)?,
            state: if request.clear {
                State::Cleared
            } else {
                State::Confirmed
            },
            reason: reason(&request.reason)?,
        };
        let review = self.0.decide_review(command, &request).await?;
        Ok(Response::new(pb::DecideReviewResponse {
            review: Some(wire(review)),
        }))
    }

    async fn import_answers(
        &self,
        request: Request<pb::ImportAnswersRequest>,
    ) -> Result<Response<pb::ImportAnswersResponse>, Status> {
        let actor = actor(&request)?;
        let request = request.into_inner();
        let count = request.answers.len();
        if count == 0 {
            return Err(Refusal::required("answers").into());
        }
        if count > usize::from(LARGEST_CHUNK) {
            return Err(Refusal::invalid("answers", "out_of_range").into());
        }
        let answers = request.answers.iter().map(|answer| FileAnswer {
            to: System::from_word(&answer.system).zip(answer.question_id.parse().ok()),
            answer: answer.answer.clone(),
        });
        let command = Import {
            actor,
            request_id: request_id(&request.request_id)?,
            answers: answers.collect(),
        };
        Ok(Response::new(
            self.0.import_answers(command, &request).await?,
        ))
    }

    async fn export_questions(
        &self,
        request: Request<pb::ExportQuestionsRequest>,
    ) -> Result<Response<pb::ExportQuestionsResponse>, Status> {
        let actor = actor(&request)?;
        let request = request.into_inner();
        let after: Option<QuestionId> = match request.page_token.as_str() {
            "" => None,
            token => Some(token.parse().map_err(|_| bad_token())?),
        };
        let command = Export {
            actor,
            system: System::from_word(&request.system)
                .ok_or_else(|| Refusal::invalid("system", "unknown_value"))?,
            after,
            size: page_size(request.page_size, USUAL_QUESTIONS, LARGEST_CHUNK)?,
            reason: reason(&request.reason)?,
        };
        let (questions, next) = self.0.export_questions(command).await?;
        let questions = questions.into_iter().map(|question| pb::OutsideQuestion {
            question_id: question.question_id.to_string(),
            question: question.question,
            asked_at: Some(timestamp(question.asked_at)),
        });
        Ok(Response::new(pb::ExportQuestionsResponse {
            questions: questions.collect(),
            next_page_token: next.map(|id| id.to_string()).unwrap_or_default(),
        }))
    }
}

fn wire(view: ReviewView) -> pb::Review {
    let state = match view.state {
        State::EvidenceWanted => pb::ReviewState::EvidenceWanted,
        State::Waiting => pb::ReviewState::Waiting,
        State::Cleared => pb::ReviewState::Cleared,
        State::Confirmed => pb::ReviewState::Confirmed,
        // Never shown: its claim ended first.
        State::Dropped => pb::ReviewState::Unspecified,
    };
    pb::Review {
        review_id: view.review_id.to_string(),
        application_id: view.application.to_string(),
        office: view.office.to_string(),
        state: state.into(),
        suspicions: view
            .suspicions
            .iter()
            .map(|suspicion| suspicion.as_str().to_owned())
            .collect(),
        document_ids: view.documents.iter().map(ToString::to_string).collect(),
        opened_at: Some(timestamp(view.opened_at)),
        due_at: view.due_at.map(timestamp),
        decided_at: view.decided_at.map(timestamp),
        decision_reason: view.decision_reason,
        vin: view.vin.map(|vin| vin.to_string()).unwrap_or_default(),
    }
}

/// The member of staff who acts.
fn actor<T>(request: &Request<T>) -> Result<Principal, Refusal> {
    CallContext::of(request).require_principal().cloned()
}

/// Staff say why.
fn reason(given: &str) -> Result<String, Refusal> {
    match text("reason", given, LONGEST_REASON) {
        Err(refusal) if refusal.reason() == Reason::FieldRequired => {
            Err(Refusal::new(Reason::StaffReasonRequired).on_field("reason"))
        }
        // What Postgres cannot store.
        Ok(text) if text.contains('\0') => Err(Refusal::invalid("reason", "wrong_format")),
        other => other,
    }
}

fn documents(ids: &[String]) -> Result<Vec<DocumentId>, Refusal> {
    if ids.is_empty() {
        return Err(Refusal::required("document_ids"));
    }
    if ids.len() > MOST_DOCUMENTS {
        return Err(Refusal::invalid("document_ids", "out_of_range"));
    }
    let mut documents = Vec::new();
    for (place, text) in ids.iter().enumerate() {
        let document = id(&format!("document_ids[{place}]"), text)?;
        if !documents.contains(&document) {
            documents.push(document);
        }
    }
    Ok(documents)
}

fn bad_token() -> Refusal {
    Refusal::new(Reason::PageTokenInvalid).on_field("page_token")
}

fn token((due_at, review): ReviewPlace) -> String {
    format!("{}.{review}", due_at.as_microsecond())
}

fn place(token: &str) -> Result<Option<ReviewPlace>, Refusal> {
    if token.is_empty() {
        return Ok(None);
    }
    let read = || {
        let (at, review) = token.split_once('.')?;
        let at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
        // Years that Postgres does not know are nobody's place.
        let known = (0..=200_000_000_000).contains(&at.as_second());
        Some((at, review.parse().ok()?)).filter(|_| known)
    };
    read().map(Some).ok_or_else(bad_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_tokens_are_read_back() {
        let review = "0198a3f0-0000-7000-8000-000000000001".parse().unwrap();
        for second in [1_795_449_600, 200_000_000_000] {
            let here = (Timestamp::from_second(second).unwrap(), review);
            assert_eq!(place(&token(here)), Ok(Some(here)));
        }
        assert_eq!(place(""), Ok(None));
        for forged in [
            "1",
            "x.y",
            "1.2",
            "-9000000.0198a3f0-0000-7000-8000-000000000001",
        ] {
            assert_eq!(place(forged), Err(bad_token()), "{forged}");
        }
    }
}
