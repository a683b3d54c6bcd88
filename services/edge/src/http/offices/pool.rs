//! The pool's publication: batches and coarse counts, and the keyboard.

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
use crate::http::wire::{PlateClass, class_to_proto, optional_instant, some_plate_class};
use crate::http::{Edge, Public};
use crate::peers::repeatable;

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(get_pool))
        .routes(routes!(get_keyboard))
}

/// What everybody may see of a pool.
#[derive(Debug, Serialize, ToSchema)]
struct Pool {
    /// Released batches.
    batches: Vec<Batch>,
    /// Coarse counts by class.
    figures: Vec<Figures>,
    /// The figures are those of then; absent while none were counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    counted_at: Option<String>,
}

/// Segments opened together.
#[derive(Debug, Serialize, ToSchema)]
struct Batch {
    #[schema(format = "uuid")]
    batch_id: String,
    name: String,
    segments: Vec<Segment>,
    /// Numbers of it that were in use before its release.
    #[schema(value_type = String, example = "0")]
    imported: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    released_at: Option<String>,
}

/// Issuing code, class and mask.
#[derive(Debug, Serialize, ToSchema)]
struct Segment {
    #[schema(format = "uuid")]
    segment_id: String,
    #[schema(example = "粤G")]
    issuing_code: String,
    plate_class: PlateClass,
    /// Mask of the serial.
    #[schema(example = "DD[AB]LD")]
    mask: String,
    /// Numbers the mask holds.
    #[schema(example = "57600")]
    count: String,
}

/// Coarse counts of one class. They tell nothing about one number.
#[derive(Debug, Serialize, ToSchema)]
struct Figures {
    plate_class: PlateClass,
    #[schema(example = "57600")]
    released: String,
    /// Free numbers, rounded down to a multiple of `step`.
    #[schema(example = "5000")]
    free_at_least: String,
    #[schema(example = "100")]
    step: String,
}

impl TryFrom<pb::Batch> for Batch {
    type Error = Error;

    fn try_from(told: pb::Batch) -> Result<Self, Error> {
        let segment = |told: pb::Segment| {
            Ok(Segment {
                plate_class: some_plate_class(told.plate_class)?,
                segment_id: told.segment_id,
                issuing_code: told.issuing_code,
                mask: told.mask,
                count: told.count.to_string(),
            })
        };
        let segments = told.segments.into_iter().map(segment);
        Ok(Self {
            segments: segments.collect::<Result<_, Error>>()?,
            batch_id: told.batch_id,
            name: told.name,
            imported: told.imported.to_string(),
            released_at: optional_instant(told.released_at, "released_at")?,
        })
    }
}

/// Look at an office's pool
///
/// Released batches with their segments, and coarse, delayed counts.
#[utoipa::path(
    get,
    path = "/api/v1/offices/{office}/pool",
    operation_id = "getPool",
    tag = "pool",
    params(("office" = String, Path, description = "The office's id.", example = "gd-zhanjiang")),
    responses((status = 200, description = "The pool.", body = Pool))
)]
async fn get_pool(
    State(edge): State<Edge>,
    OfficePath(office): OfficePath,
) -> Result<Public<Pool>, Error> {
    let office = office.to_string();
    let asked = repeatable(pb::GetPoolRequest { office });
    let told = edge
        .peers()
        .publication()
        .get_pool(asked)
        .await?
        .into_inner();
    let figures = |told: pb::CoarseFigures| {
        Ok(Figures {
            plate_class: some_plate_class(told.plate_class)?,
            released: told.released.to_string(),
            free_at_least: told.free_at_least.to_string(),
            step: told.step.to_string(),
        })
    };
    let batches = told.batches.into_iter().map(Batch::try_from);
    let figures = told.figures.into_iter().map(figures);
    Ok(edge.public(Pool {
        batches: batches.collect::<Result<_, Error>>()?,
        figures: figures.collect::<Result<_, Error>>()?,
        counted_at: optional_instant(told.counted_at, "counted_at")?,
    }))
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
