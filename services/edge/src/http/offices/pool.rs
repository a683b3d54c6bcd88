//! The pool's publication (号池公示, R-POOL-01): batches, announced openings, withheld numbers and coarse counts.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_proto::platepool::v1 as pb;

use crate::error::Error;
use crate::http::extract::OfficePath;
use crate::http::wire::{PlateClass, instant, optional_instant, some_plate_class, text};
use crate::http::{Edge, Public};
use crate::peers::repeatable;

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(get_pool))
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
    /// Announced openings (R-POOL-04), the next first.
    openings: Vec<PoolOpening>,
    /// Numbers withheld from selecting, each with its public reason.
    withholdings: Vec<Withholding>,
    /// Our time when this was told, for countdowns.
    #[schema(format = DateTime)]
    now: String,
}

/// From that second on, by our time, the numbers can be selected.
#[derive(Debug, Serialize, ToSchema)]
struct PoolOpening {
    #[schema(format = "uuid")]
    batch_id: String,
    name: String,
    #[schema(format = DateTime)]
    opens_at: String,
    #[schema(format = DateTime)]
    announced_at: String,
    segments: Vec<Segment>,
    /// Why it was taken back; absent while it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawn_reason: Option<String>,
}

/// Numbers that cannot be selected for now.
#[derive(Debug, Serialize, ToSchema)]
struct Withholding {
    #[schema(format = "uuid")]
    withholding_id: String,
    plate_class: PlateClass,
    #[schema(example = json!(["粤G12A3B"]))]
    plates: Vec<String>,
    public_reason: String,
    #[schema(format = DateTime)]
    withheld_at: String,
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
    /// Absent where it is not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    life: Option<SegmentLife>,
    /// Its numbers may be composed since then; absent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    open_since: Option<String>,
}

/// The life of a segment: unreleased, then random only, then open.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SegmentLife {
    /// Its numbers cannot be selected yet.
    Unreleased,
    /// Its numbers are drawn, not composed.
    RandomOnly,
    /// Its numbers are drawn and composed.
    Open,
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

fn segments(told: Vec<pb::Segment>) -> Result<Vec<Segment>, Error> {
    let segment = |told: pb::Segment| {
        let life = match told.life() {
            pb::SegmentLife::Unspecified => None,
            pb::SegmentLife::Unreleased => Some(SegmentLife::Unreleased),
            pb::SegmentLife::RandomOnly => Some(SegmentLife::RandomOnly),
            pb::SegmentLife::Open => Some(SegmentLife::Open),
        };
        Ok(Segment {
            life,
            plate_class: some_plate_class(told.plate_class)?,
            open_since: optional_instant(told.open_since, "open_since")?,
            segment_id: told.segment_id,
            issuing_code: told.issuing_code,
            mask: told.mask,
            count: told.count.to_string(),
        })
    };
    told.into_iter().map(segment).collect()
}

impl TryFrom<pb::Batch> for Batch {
    type Error = Error;

    fn try_from(told: pb::Batch) -> Result<Self, Error> {
        Ok(Self {
            segments: segments(told.segments)?,
            batch_id: told.batch_id,
            name: told.name,
            imported: told.imported.to_string(),
            released_at: optional_instant(told.released_at, "released_at")?,
        })
    }
}

impl TryFrom<pb::Opening> for PoolOpening {
    type Error = Error;

    fn try_from(told: pb::Opening) -> Result<Self, Error> {
        Ok(Self {
            segments: segments(told.segments)?,
            opens_at: instant(told.opens_at, "opens_at")?,
            announced_at: instant(told.announced_at, "announced_at")?,
            batch_id: told.batch_id,
            name: told.name,
            withdrawn_reason: text(told.withdrawn_reason),
        })
    }
}

impl TryFrom<pb::Withholding> for Withholding {
    type Error = Error;

    fn try_from(told: pb::Withholding) -> Result<Self, Error> {
        Ok(Self {
            plate_class: some_plate_class(told.plate_class)?,
            withheld_at: instant(told.withheld_at, "withheld_at")?,
            withholding_id: told.withholding_id,
            plates: told.plates,
            public_reason: told.public_reason,
        })
    }
}

/// Look at an office's pool
///
/// Released batches with their segments, announced openings, withheld numbers with their reasons, and
/// coarse, delayed counts.
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
    let openings = told.openings.into_iter().map(PoolOpening::try_from);
    let withholdings = told.withholdings.into_iter().map(Withholding::try_from);
    Ok(edge.public(Pool {
        batches: batches.collect::<Result<_, Error>>()?,
        figures: figures.collect::<Result<_, Error>>()?,
        counted_at: optional_instant(told.counted_at, "counted_at")?,
        openings: openings.collect::<Result<_, Error>>()?,
        withholdings: withholdings.collect::<Result<_, Error>>()?,
        now: instant(told.now, "now")?,
    }))
}
