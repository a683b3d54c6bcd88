//! The review of an application's vehicle: what is suspected, and the citizen's evidence.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_proto::vehicle::v1 as pb;

use crate::error::Error;
use crate::http::Edge;
use crate::http::body::Json;
use crate::http::extract::{ApplicationPath, Citizen, RequestKey};
use crate::http::wire::{instant, optional_instant, text};

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(add_evidence))
        .routes(routes!(get_review))
}

/// Where a review stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ReviewState {
    /// Waits for the citizen's evidence.
    EvidenceWanted,
    /// Waits for an officer.
    Waiting,
    /// The suspicion was unfounded: selecting may go on.
    Cleared,
    /// The suspicion was founded.
    Confirmed,
}

/// A review.
#[derive(Debug, Serialize, ToSchema)]
struct Review {
    #[schema(format = "uuid")]
    review_id: String,
    #[schema(format = "uuid")]
    application_id: String,
    state: ReviewState,
    /// Stable words.
    #[schema(example = json!(["model_year"]))]
    suspicions: Vec<String>,
    /// Evidence given so far.
    document_ids: Vec<String>,
    #[schema(format = DateTime)]
    opened_at: String,
    /// To be decided by then; absent while evidence is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    due_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    decided_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision_reason: Option<String>,
}

/// A review has to be in the answer.
fn review(told: Option<pb::Review>) -> Result<axum::Json<Review>, Error> {
    let told = told.ok_or_else(|| Error::peer_answer("review"))?;
    let state = match told.state() {
        pb::ReviewState::Unspecified => return Err(Error::peer_answer("state")),
        pb::ReviewState::EvidenceWanted => ReviewState::EvidenceWanted,
        pb::ReviewState::Waiting => ReviewState::Waiting,
        pb::ReviewState::Cleared => ReviewState::Cleared,
        pb::ReviewState::Confirmed => ReviewState::Confirmed,
    };
    Ok(axum::Json(Review {
        state,
        opened_at: instant(told.opened_at, "opened_at")?,
        due_at: optional_instant(told.due_at, "due_at")?,
        decided_at: optional_instant(told.decided_at, "decided_at")?,
        review_id: told.review_id,
        application_id: told.application_id,
        suspicions: told.suspicions,
        document_ids: told.document_ids,
        decision_reason: text(told.decision_reason),
    }))
}

/// What proves it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Evidence {
    /// Documents of one's own, added before.
    document_ids: Vec<String>,
}

/// Give evidence
///
/// To the review of one's application; may be repeated while it is open.
#[utoipa::path(
    post,
    path = "/api/v1/applications/{application_id}/evidence",
    operation_id = "addEvidence",
    tag = "applications",
    params(
        ("application_id" = String, Path, format = "uuid", description = "Which application."),
        RequestKey
    ),
    request_body = Evidence,
    responses((status = 200, description = "The review.", body = Review)),
    security(("session" = []))
)]
async fn add_evidence(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    ApplicationPath(id): ApplicationPath,
    key: RequestKey,
    Json(evidence): Json<Evidence>,
) -> Result<axum::Json<Review>, Error> {
    let asked = citizen.repeatable(pb::AddEvidenceRequest {
        request_id: key.text(),
        application_id: id.to_string(),
        document_ids: evidence.document_ids,
    });
    let told = edge.peers().reviews().add_evidence(asked).await?;
    review(told.into_inner().review)
}

/// Look at the review of one's application
///
/// What is suspected, what evidence there is, and the decision.
#[utoipa::path(
    get,
    path = "/api/v1/applications/{application_id}/review",
    operation_id = "getReview",
    tag = "applications",
    params(("application_id" = String, Path, format = "uuid", description = "Which application.")),
    responses((status = 200, description = "The review.", body = Review)),
    security(("session" = []))
)]
async fn get_review(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    ApplicationPath(id): ApplicationPath,
) -> Result<axum::Json<Review>, Error> {
    let application_id = id.to_string();
    let asked = citizen.repeatable(pb::GetOwnReviewRequest { application_id });
    let told = edge.peers().reviews().get_own_review(asked).await?;
    review(told.into_inner().review)
}
