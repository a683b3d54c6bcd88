//! The public keyboard of an office: what can stand at each place of a number (R-POOL-05).

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_chassis::error::Refusal;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::{IssuingCode, PlateClass as Class};

use crate::error::Error;
use crate::http::extract::{OfficePath, QueryOf};
use crate::http::wire::class_to_proto;
use crate::http::{Edge, Public};
use crate::peers::repeatable;

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(get_keyboard))
}

/// What is typed so far.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct KeyboardQuery {
    /// `small`, `large`, `nev_small` or `nev_large`.
    #[param(required = true, example = "small")]
    plate_class: Option<String>,
    /// Such as `粤G`.
    #[param(required = true, example = "粤G")]
    issuing_code: Option<String>,
    /// Typed so far, `?` for an open place; at most 6 characters.
    #[param(example = "12?")]
    partial: Option<String>,
}

/// What can be typed.
#[derive(Debug, Serialize, ToSchema)]
struct Keyboard {
    /// For each place of the serial the characters that can stand there.
    #[schema(example = json!(["12", "0123456789", "AB", "ABC", "0123456789"]))]
    characters: Vec<String>,
}

/// Get the keyboard
///
/// Characters that can stand at each place of a serial, from the published segments (R-POOL-05);
/// tells nothing about free numbers.
#[utoipa::path(
    get,
    path = "/api/v1/offices/{office}/keyboard",
    operation_id = "getKeyboard",
    tag = "pool",
    params(
        ("office" = String, Path, description = "The office's id.", example = "gd-zhanjiang"),
        KeyboardQuery
    ),
    responses((status = 200, description = "The keyboard.", body = Keyboard))
)]
async fn get_keyboard(
    State(edge): State<Edge>,
    OfficePath(office): OfficePath,
    QueryOf(query): QueryOf<KeyboardQuery>,
) -> Result<Public<Keyboard>, Error> {
    let class = query
        .plate_class
        .ok_or_else(|| Refusal::required("plate_class"))?;
    let class: Class = class
        .parse()
        .map_err(|_| Refusal::invalid("plate_class", "unknown_value"))?;
    let code = query
        .issuing_code
        .ok_or_else(|| Refusal::required("issuing_code"))?;
    let code =
        IssuingCode::parse(&code).map_err(|_| Refusal::invalid("issuing_code", "wrong_format"))?;
    let asked = repeatable(pb::GetKeyboardRequest {
        office: office.to_string(),
        plate_class: class_to_proto(class).into(),
        issuing_code: code.to_string(),
        partial: query.partial.unwrap_or_default(),
    });
    let told = edge.peers().publication().get_keyboard(asked).await?;
    let characters = told.into_inner().characters;
    Ok(edge.public(Keyboard { characters }))
}
