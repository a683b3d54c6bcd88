//! The end of selecting: choosing one number, confirming it, giving up, and undoing.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_proto::selection::v1 as pb;

use super::outcome::Answered;
use super::selecting::Chosen;
use super::{Application, application};
use crate::error::Error;
use crate::http::Edge;
use crate::http::body::Json;
use crate::http::extract::{ApplicationPath, Citizen, RequestKey};

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(choose_plate))
        .routes(routes!(confirm_plate))
        .routes(routes!(give_up))
        .routes(routes!(undo_selection))
}

/// Choose a number
///
/// Where the terms ask for an SMS code after choosing (R-CNF-01): sets one held number apart for its
/// countdown. There is no way back, and at its end the number is free (R-CNF-02).
#[utoipa::path(
    post,
    path = "/api/v1/applications/{application_id}/choice",
    operation_id = "choosePlate",
    tag = "selecting",
    params(
        ("application_id" = String, Path, format = "uuid", description = "Which application."),
        RequestKey
    ),
    request_body = Chosen,
    responses((status = 200, description = "What it came to.", body = Answered)),
    security(("session" = []))
)]
async fn choose_plate(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    ApplicationPath(id): ApplicationPath,
    key: RequestKey,
    Json(chosen): Json<Chosen>,
) -> Result<axum::Json<Answered>, Error> {
    let asked = citizen.repeatable(pb::ChoosePlateRequest {
        request_id: key.text(),
        application_id: id.to_string(),
        plate: chosen.plate,
    });
    let told = edge.peers().selection().choose_plate(asked).await?;
    let told = told.into_inner();
    Answered::of(told.outcome, told.application)
}

/// One number, and after choosing it the code's proof.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Confirmation {
    #[schema(example = "粤G12A3B")]
    plate: String,
    /// Proof of a code for this application; left out where `terms.check_after_choosing` is false.
    challenge_proof: Option<String>,
}

/// Confirm a number
///
/// Confirms one held number (确认选号, 完成预选): it is the vehicle's. After `choosePlate` with the proof
/// of a code of purpose `confirm_plate`.
#[utoipa::path(
    post,
    path = "/api/v1/applications/{application_id}/confirm",
    operation_id = "confirmPlate",
    tag = "selecting",
    params(
        ("application_id" = String, Path, format = "uuid", description = "Which application."),
        RequestKey
    ),
    request_body = Confirmation,
    responses((status = 200, description = "What it came to.", body = Answered)),
    security(("session" = []))
)]
async fn confirm_plate(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    ApplicationPath(id): ApplicationPath,
    key: RequestKey,
    Json(confirmation): Json<Confirmation>,
) -> Result<axum::Json<Answered>, Error> {
    let asked = citizen.repeatable(pb::ConfirmPlateRequest {
        request_id: key.text(),
        application_id: id.to_string(),
        plate: confirmation.plate,
        challenge_proof: confirmation.challenge_proof.unwrap_or_default(),
    });
    let told = edge.peers().selection().confirm_plate(asked).await?;
    let told = told.into_inner();
    Answered::of(told.outcome, told.application)
}

/// Give up what is held
///
/// Column and basket go back to the pool; uncharged. A composed number that is given up takes the
/// chances to compose with it where `terms.compose_forfeit` says so (R-SEL-10).
#[utoipa::path(
    post,
    path = "/api/v1/applications/{application_id}/give-up",
    operation_id = "giveUp",
    tag = "selecting",
    params(
        ("application_id" = String, Path, format = "uuid", description = "Which application."),
        RequestKey
    ),
    responses((status = 200, description = "Nothing is held.", body = Application)),
    security(("session" = []))
)]
async fn give_up(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    ApplicationPath(id): ApplicationPath,
    key: RequestKey,
) -> Result<axum::Json<Application>, Error> {
    let asked = citizen.repeatable(pb::GiveUpRequest {
        request_id: key.text(),
        application_id: id.to_string(),
    });
    let told = edge.peers().selection().give_up(asked).await?;
    application(told.into_inner().application)
}

/// Undo a confirmed number
///
/// Until `undo_until`, once for a vehicle and before anything happened at the office: the number goes
/// back to the pool, and the citizen may begin again with what chances remain. There is no ban.
#[utoipa::path(
    post,
    path = "/api/v1/applications/{application_id}/undo",
    operation_id = "undoSelection",
    tag = "selecting",
    params(
        ("application_id" = String, Path, format = "uuid", description = "Which application."),
        RequestKey
    ),
    responses((status = 200, description = "Undone.", body = Application)),
    security(("session" = []))
)]
async fn undo_selection(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    ApplicationPath(id): ApplicationPath,
    key: RequestKey,
) -> Result<axum::Json<Application>, Error> {
    let asked = citizen.repeatable(pb::UndoSelectionRequest {
        request_id: key.text(),
        application_id: id.to_string(),
    });
    let told = edge.peers().selection().undo_selection(asked).await?;
    application(told.into_inner().application)
}
