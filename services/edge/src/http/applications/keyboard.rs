//! The keyboard of an application: what can be typed, in the order it is shown (R-SEL-01, R-SEL-02).

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_chassis::error::Refusal;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_vocabulary::IssuingCode;

use crate::error::Error;
use crate::http::Edge;
use crate::http::extract::{ApplicationPath, Citizen, QueryOf};

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(get_application_keyboard))
}

/// What is typed so far.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Typed {
    /// Such as `粤G`.
    #[param(required = true, example = "粤G")]
    issuing_code: Option<String>,
    /// Typed so far, `?` for an open place; at most 6 characters.
    #[param(example = "12?")]
    partial: Option<String>,
}

/// The keyboard.
#[derive(Debug, Serialize, ToSchema)]
struct ApplicationKeyboard {
    /// Keys in the order they are shown.
    #[schema(example = "7BK0…")]
    keys: String,
    /// For each place of the serial the characters that can stand there.
    #[schema(example = json!(["12", "0123456789", "AB", "ABC", "0123456789"]))]
    characters: Vec<String>,
    /// The order is random and another one each time.
    scrambled: bool,
}

/// Get the keyboard of an application
///
/// Laid out by the server, at random where the terms say so; tells nothing about free numbers.
#[utoipa::path(
    get,
    path = "/api/v1/applications/{application_id}/keyboard",
    operation_id = "getApplicationKeyboard",
    tag = "selecting",
    params(
        ("application_id" = String, Path, format = "uuid", description = "Which application."),
        Typed
    ),
    responses((status = 200, description = "The keyboard.", body = ApplicationKeyboard)),
    security(("session" = []))
)]
async fn get_application_keyboard(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    ApplicationPath(id): ApplicationPath,
    QueryOf(typed): QueryOf<Typed>,
) -> Result<axum::Json<ApplicationKeyboard>, Error> {
    let code = typed
        .issuing_code
        .ok_or_else(|| Refusal::required("issuing_code"))?;
    let code =
        IssuingCode::parse(&code).map_err(|_| Refusal::invalid("issuing_code", "wrong_format"))?;
    let asked = citizen.repeatable(pb::GetKeyboardRequest {
        application_id: id.to_string(),
        issuing_code: code.to_string(),
        partial: typed.partial.unwrap_or_default(),
    });
    let told = edge.peers().selection().get_keyboard(asked).await?;
    let told = told.into_inner();
    Ok(axum::Json(ApplicationKeyboard {
        keys: told.keys,
        characters: told.characters,
        scrambled: told.scrambled,
    }))
}
