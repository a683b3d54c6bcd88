//! What proves a day's draws: the hash of its key, the public value, the key, the log (E6, E9, E10).

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_proto::platepool::v1 as pb;

use crate::error::Error;
use crate::http::extract::{DayPath, OfficePath, QueryOf};
use crate::http::page::Page;
use crate::http::wire::{instant, optional_instant, text};
use crate::http::{Edge, Public};
use crate::peers::repeatable;

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(get_draw_day))
        .routes(routes!(list_draw_log))
}

/// A day's drawing (E10).
#[derive(Debug, Serialize, ToSchema)]
struct DrawDay {
    /// SHA-256 of the key of the day, hexadecimal.
    key_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    hash_published_at: Option<String>,
    /// Absent until it is fixed; drawing opens with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    public_value: Option<String>,
    /// Where it can be checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    public_value_source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    value_fixed_at: Option<String>,
    /// Hexadecimal; absent until the day is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

/// Look at a day's drawing
///
/// The hash of its key, the public value it is bound to, and after the day the key itself, so that
/// anybody can derive every draw again (E9, E10).
#[utoipa::path(
    get,
    path = "/api/v1/offices/{office}/draw-days/{day}",
    operation_id = "getDrawDay",
    tag = "pool",
    params(
        ("office" = String, Path, description = "The office's id.", example = "gd-zhanjiang"),
        ("day" = String, Path, format = Date, description = "A civil day in Asia/Shanghai.")
    ),
    responses((status = 200, description = "The day.", body = DrawDay))
)]
async fn get_draw_day(
    State(edge): State<Edge>,
    OfficePath(office): OfficePath,
    DayPath(day): DayPath,
) -> Result<Public<DrawDay>, Error> {
    let asked = repeatable(pb::GetDrawDayRequest {
        office: office.to_string(),
        day: day.to_string(),
    });
    let told = edge.peers().publication().get_draw_day(asked).await?;
    let told = told.into_inner();
    Ok(edge.public(DrawDay {
        key_hash: told.key_hash,
        hash_published_at: optional_instant(told.hash_published_at, "hash_published_at")?,
        public_value: text(told.public_value),
        public_value_source: text(told.public_value_source),
        value_fixed_at: optional_instant(told.value_fixed_at, "value_fixed_at")?,
        key: text(told.key),
    }))
}

/// A page of a day's log.
#[derive(Debug, Serialize, ToSchema)]
struct DrawLog {
    entries: Vec<DrawLogEntry>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

/// One row of the pool's log, without persons.
#[derive(Debug, Serialize, ToSchema)]
struct DrawLogEntry {
    #[schema(example = "3")]
    epoch: String,
    #[schema(example = "17")]
    seq: String,
    #[schema(format = DateTime)]
    decided_at: String,
    /// `release`, `draw`, `compose`, `allocate`, `return` …
    #[schema(example = "draw")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uuid")]
    application_id: Option<String>,
    #[schema(example = "1")]
    op_no: String,
    /// Canonical JSON of the row's full input and result, as one text.
    content: String,
}

impl TryFrom<pb::DrawLogEntry> for DrawLogEntry {
    type Error = Error;

    fn try_from(told: pb::DrawLogEntry) -> Result<Self, Error> {
        Ok(Self {
            epoch: told.epoch.to_string(),
            seq: told.seq.to_string(),
            decided_at: instant(told.decided_at, "decided_at")?,
            kind: told.kind,
            application_id: text(told.application_id),
            op_no: told.op_no.to_string(),
            content: told.content,
        })
    }
}

/// Read a day's log
///
/// What a stranger needs to derive every draw of a past day again (E6); there once the day's key is
/// revealed.
#[utoipa::path(
    get,
    path = "/api/v1/offices/{office}/draw-days/{day}/log",
    operation_id = "listDrawLog",
    tag = "pool",
    params(
        ("office" = String, Path, description = "The office's id.", example = "gd-zhanjiang"),
        ("day" = String, Path, format = Date, description = "A civil day in Asia/Shanghai."),
        Page
    ),
    responses((status = 200, description = "A page of the log.", body = DrawLog))
)]
async fn list_draw_log(
    State(edge): State<Edge>,
    OfficePath(office): OfficePath,
    DayPath(day): DayPath,
    QueryOf(page): QueryOf<Page>,
) -> Result<Public<DrawLog>, Error> {
    let asked = repeatable(pb::ListDrawLogRequest {
        office: office.to_string(),
        day: day.to_string(),
        page_size: page.size()?,
        page_token: page.token(),
    });
    let told = edge.peers().publication().list_draw_log(asked).await?;
    let told = told.into_inner();
    let entries = told.entries.into_iter().map(DrawLogEntry::try_from);
    Ok(edge.public(DrawLog {
        entries: entries.collect::<Result<_, Error>>()?,
        next_page_token: text(told.next_page_token),
    }))
}
