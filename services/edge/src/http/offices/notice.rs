//! An office's notice (业务须知), and the warnings beside it.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_proto::selection::v1 as pb;

use crate::error::Error;
use crate::http::extract::OfficePath;
use crate::http::wire::instant;
use crate::http::{Edge, Public};
use crate::peers::repeatable;

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(get_notice))
}

/// The notice (业务须知) in force at an office.
#[derive(Debug, Serialize, ToSchema)]
struct Notice {
    /// Told back when an application is opened.
    #[schema(example = 1)]
    version: i32,
    title_zh: String,
    body_zh: String,
    title_en: String,
    body_en: String,
    #[schema(format = DateTime)]
    published_at: String,
    /// What must be shown beside the notice, by the policy in force (R-NOTE-01).
    warnings: Vec<Warning>,
}

/// What must be shown beside a notice.
#[derive(Debug, Serialize, ToSchema)]
struct Warning {
    /// A stable word: `read_the_notice`, `compose_counter`, `draw_counter`, `both_used_up`,
    /// `registration_deadline`.
    #[schema(example = "compose_counter")]
    warning: String,
    text_zh: String,
    text_en: String,
}

/// Read an office's notice
///
/// The notice (业务须知) in force, in both languages, with the warnings to be shown beside it.
/// Applications are opened under its version.
#[utoipa::path(
    get,
    path = "/api/v1/offices/{office}/notice",
    operation_id = "getNotice",
    tag = "offices",
    params(("office" = String, Path, description = "The office's id.", example = "gd-zhanjiang")),
    responses((status = 200, description = "The notice.", body = Notice))
)]
async fn get_notice(
    State(edge): State<Edge>,
    OfficePath(office): OfficePath,
) -> Result<Public<Notice>, Error> {
    let office = office.to_string();
    let mut policies = edge.peers().policies();
    let told = policies
        .get_notice(repeatable(pb::GetNoticeRequest { office }))
        .await?;
    let told = told.into_inner();
    let warnings = told.warnings.into_iter().map(|warning| Warning {
        warning: warning.warning,
        text_zh: warning.text_zh,
        text_en: warning.text_en,
    });
    Ok(edge.public(Notice {
        warnings: warnings.collect(),
        version: told.version,
        title_zh: told.title_zh,
        body_zh: told.body_zh,
        title_en: told.title_en,
        body_en: told.body_en,
        published_at: instant(told.published_at, "published_at")?,
    }))
}
