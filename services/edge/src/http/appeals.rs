//! Appeals (申诉) against a ban or against the voiding of an application.

use axum::extract::State;
use http::header::LOCATION;
use http::{HeaderName, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_proto::selection::v1 as pb;

use super::Edge;
use super::body::Json;
use super::extract::{AppealPath, ApplicationPath, Citizen, RequestKey};
use super::wire::{instant, optional_instant, text};
use crate::error::Error;

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(file_appeal))
        .routes(routes!(get_appeal))
}

/// Where an appeal stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AppealState {
    /// To be decided by `due_on`.
    Waiting,
    /// Granted: a ban is lifted.
    Upheld,
    /// Not granted.
    Dismissed,
}

/// An appeal.
#[derive(Debug, Serialize, ToSchema)]
struct Appeal {
    #[schema(format = "uuid")]
    appeal_id: String,
    #[schema(format = "uuid")]
    application_id: String,
    #[schema(example = "gd-zhanjiang")]
    office: String,
    state: AppealState,
    /// The citizen's words.
    statement: String,
    document_ids: Vec<String>,
    #[schema(format = DateTime)]
    filed_at: String,
    /// The civil day by which it is to be decided.
    #[schema(format = Date)]
    due_on: String,
    /// Absent until it is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    decided_at: Option<String>,
    /// Why; absent until it is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision_reason: Option<String>,
}

impl TryFrom<Option<pb::Appeal>> for Appeal {
    type Error = Error;

    fn try_from(told: Option<pb::Appeal>) -> Result<Self, Error> {
        let told = told.ok_or_else(|| Error::peer_answer("appeal"))?;
        let state = match told.state() {
            pb::AppealState::Unspecified => return Err(Error::peer_answer("state")),
            pb::AppealState::Waiting => AppealState::Waiting,
            pb::AppealState::Upheld => AppealState::Upheld,
            pb::AppealState::Dismissed => AppealState::Dismissed,
        };
        Ok(Self {
            state,
            filed_at: instant(told.filed_at, "filed_at")?,
            decided_at: optional_instant(told.decided_at, "decided_at")?,
            appeal_id: told.appeal_id,
            application_id: told.application_id,
            office: told.office,
            statement: told.statement,
            document_ids: told.document_ids,
            due_on: told.due_on,
            decision_reason: text(told.decision_reason),
        })
    }
}

/// What is appealed with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Filing {
    /// At most 1,000 characters.
    statement: String,
    /// At most 5 documents of kind `appeal_evidence`; may be empty.
    document_ids: Vec<String>,
}

/// Appeal
///
/// Against the ban or the voiding of one's application (申诉); one open appeal for an application.
#[utoipa::path(
    post,
    path = "/api/v1/applications/{application_id}/appeals",
    operation_id = "fileAppeal",
    tag = "appeals",
    params(
        ("application_id" = String, Path, format = "uuid", description = "Which application."),
        RequestKey
    ),
    request_body = Filing,
    responses((
        status = 201,
        description = "Filed.",
        body = Appeal,
        headers(("Location" = String, description = "The appeal."))
    )),
    security(("session" = []))
)]
async fn file_appeal(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    ApplicationPath(id): ApplicationPath,
    key: RequestKey,
    Json(filing): Json<Filing>,
) -> Result<(StatusCode, [(HeaderName, String); 1], axum::Json<Appeal>), Error> {
    let asked = citizen.repeatable(pb::FileAppealRequest {
        request_id: key.text(),
        application_id: id.to_string(),
        statement: filing.statement,
        document_ids: filing.document_ids,
    });
    let told = edge.peers().appeals().file_appeal(asked).await?;
    let filed: Appeal = told.into_inner().appeal.try_into()?;
    let location = format!("/api/v1/appeals/{}", filed.appeal_id);
    Ok((
        StatusCode::CREATED,
        [(LOCATION, location)],
        axum::Json(filed),
    ))
}

/// Look at one's appeal
///
/// With its decision, once there is one.
#[utoipa::path(
    get,
    path = "/api/v1/appeals/{appeal_id}",
    operation_id = "getAppeal",
    tag = "appeals",
    params(("appeal_id" = String, Path, format = "uuid", description = "Which appeal.")),
    responses((status = 200, description = "The appeal.", body = Appeal)),
    security(("session" = []))
)]
async fn get_appeal(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    AppealPath(id): AppealPath,
) -> Result<axum::Json<Appeal>, Error> {
    let appeal_id = id.to_string();
    let asked = citizen.repeatable(pb::GetAppealRequest { appeal_id });
    let told = edge.peers().appeals().get_appeal(asked).await?;
    Ok(axum::Json(told.into_inner().appeal.try_into()?))
}
