//! Selecting: drawing, keeping, composing. What is charged for, selection decides; a repeat
//! under the same `Idempotency-Key` is answered like the first time.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_proto::selection::v1 as pb;

use super::outcome::Answered;
use crate::error::Error;
use crate::http::Edge;
use crate::http::body::{Json, OptionalJson};
use crate::http::extract::{ApplicationPath, Citizen, RequestKey};

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(draw))
        .routes(routes!(keep))
        .routes(routes!(compose))
}

/// Which numbers.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DrawWish {
    /// 不包含4, where the terms offer it.
    exclude_four: Option<bool>,
    /// Where `terms.draw_captcha` says so (R-AUTH-03).
    captcha_id: Option<String>,
    /// Its answer.
    captcha_answer: Option<String>,
}

/// Draw numbers
///
/// One random round (随机一次, 换一批). Costs one draw when at least one number came back.
#[utoipa::path(
    post,
    path = "/api/v1/applications/{application_id}/draws",
    operation_id = "draw",
    tag = "selecting",
    params(
        ("application_id" = String, Path, format = "uuid", description = "Which application."),
        RequestKey
    ),
    request_body = Option<DrawWish>,
    responses((status = 200, description = "What it came to.", body = Answered)),
    security(("session" = []))
)]
async fn draw(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    ApplicationPath(id): ApplicationPath,
    key: RequestKey,
    OptionalJson(wish): OptionalJson<DrawWish>,
) -> Result<axum::Json<Answered>, Error> {
    let asked = citizen.repeatable(pb::DrawRequest {
        request_id: key.text(),
        application_id: id.to_string(),
        exclude_four: wish.exclude_four.unwrap_or_default(),
        captcha_id: wish.captcha_id.unwrap_or_default(),
        captcha_answer: wish.captcha_answer.unwrap_or_default(),
    });
    let told = edge.peers().selection().draw(asked).await?.into_inner();
    Answered::of(told.outcome, told.application)
}

/// One number.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Chosen {
    #[schema(example = "粤G12A3B")]
    pub(super) plate: String,
}

/// Keep a number
///
/// Makes one number of the column a candidate (加入备选).
#[utoipa::path(
    post,
    path = "/api/v1/applications/{application_id}/basket",
    operation_id = "keep",
    tag = "selecting",
    params(
        ("application_id" = String, Path, format = "uuid", description = "Which application."),
        RequestKey
    ),
    request_body = Chosen,
    responses((status = 200, description = "What it came to.", body = Answered)),
    security(("session" = []))
)]
async fn keep(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    ApplicationPath(id): ApplicationPath,
    key: RequestKey,
    Json(chosen): Json<Chosen>,
) -> Result<axum::Json<Answered>, Error> {
    let asked = citizen.repeatable(pb::KeepRequest {
        request_id: key.text(),
        application_id: id.to_string(),
        plate: chosen.plate,
    });
    let told = edge.peers().selection().keep(asked).await?.into_inner();
    Answered::of(told.outcome, told.application)
}

/// Wishes, the dearest first.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Composition {
    /// In the citizen's order.
    #[schema(example = json!(["粤G12A3B", "粤G88A8B"]))]
    wishes: Vec<String>,
    /// Where `terms.compose_captcha` says so (R-AUTH-03).
    captcha_id: Option<String>,
    /// Its answer.
    captcha_answer: Option<String>,
}

/// Compose numbers
///
/// Tries ranked wishes (自编); the first free one is confirmed at once, or held for
/// `terms.compose_hold_ttl_s` until it is confirmed (R-SEL-10). Costs their number when all were missed.
#[utoipa::path(
    post,
    path = "/api/v1/applications/{application_id}/compositions",
    operation_id = "compose",
    tag = "selecting",
    params(
        ("application_id" = String, Path, format = "uuid", description = "Which application."),
        RequestKey
    ),
    request_body = Composition,
    responses((status = 200, description = "What it came to.", body = Answered)),
    security(("session" = []))
)]
async fn compose(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    ApplicationPath(id): ApplicationPath,
    key: RequestKey,
    Json(composition): Json<Composition>,
) -> Result<axum::Json<Answered>, Error> {
    let asked = citizen.repeatable(pb::ComposeRequest {
        request_id: key.text(),
        application_id: id.to_string(),
        wishes: composition.wishes,
        captcha_id: composition.captcha_id.unwrap_or_default(),
        captcha_answer: composition.captcha_answer.unwrap_or_default(),
    });
    let told = edge.peers().selection().compose(asked).await?.into_inner();
    Answered::of(told.outcome, told.application)
}
