//! The pool's past days, in coarse counts.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_proto::platepool::v1 as pb;

use crate::error::Error;
use crate::http::extract::{OfficePath, QueryOf};
use crate::http::page::Page;
use crate::http::wire::{PlateClass, some_plate_class, text};
use crate::http::{Edge, Public};
use crate::peers::repeatable;

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(list_pool_history))
}

/// A page of past days.
#[derive(Debug, Serialize, ToSchema)]
struct PoolHistory {
    days: Vec<DayFigures>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

/// Counts of one past civil day and class, rounded down to multiples of `step`.
#[derive(Debug, Serialize, ToSchema)]
struct DayFigures {
    #[schema(format = Date)]
    day: String,
    plate_class: PlateClass,
    #[schema(example = "57600")]
    released: String,
    #[schema(example = "5000")]
    free_at_least: String,
    #[schema(example = "1200")]
    allocated_at_least: String,
    #[schema(example = "100")]
    returned_at_least: String,
    #[schema(example = "100")]
    step: String,
}

impl TryFrom<pb::DayFigures> for DayFigures {
    type Error = Error;

    fn try_from(told: pb::DayFigures) -> Result<Self, Error> {
        Ok(Self {
            plate_class: some_plate_class(told.plate_class)?,
            day: told.day,
            released: told.released.to_string(),
            free_at_least: told.free_at_least.to_string(),
            allocated_at_least: told.allocated_at_least.to_string(),
            returned_at_least: told.returned_at_least.to_string(),
            step: told.step.to_string(),
        })
    }
}

/// Read an office's past days
///
/// Coarse counts of days that are over, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/offices/{office}/pool/history",
    operation_id = "listPoolHistory",
    tag = "pool",
    params(
        ("office" = String, Path, description = "The office's id.", example = "gd-zhanjiang"),
        Page
    ),
    responses((status = 200, description = "A page of days.", body = PoolHistory))
)]
async fn list_pool_history(
    State(edge): State<Edge>,
    OfficePath(office): OfficePath,
    QueryOf(page): QueryOf<Page>,
) -> Result<Public<PoolHistory>, Error> {
    let asked = repeatable(pb::ListPoolHistoryRequest {
        office: office.to_string(),
        page_size: page.size()?,
        page_token: page.token(),
    });
    let told = edge.peers().publication().list_pool_history(asked).await?;
    let told = told.into_inner();
    let days = told.days.into_iter().map(DayFigures::try_from);
    Ok(edge.public(PoolHistory {
        days: days.collect::<Result<_, Error>>()?,
        next_page_token: text(told.next_page_token),
    }))
}
