//! Visits: what happens before sign-in is bound to one, so that codes and pictures of one browser are
//! of no use to another.

use axum::extract::State;
use axum_extra::extract::cookie::CookieJar;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use xuanhao_chassis::ids::PreSessionId;

use super::extract::OptionalVisit;
use super::{Edge, cookies};

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(begin_visit))
}

/// Begin a visit
///
/// Sets the cookie `__Host-xuanhao-visit`, which picture codes, SMS codes of strangers and
/// registration are bound to. A visit that there is already goes on.
#[utoipa::path(
    post,
    path = "/api/v1/visits",
    operation_id = "beginVisit",
    tag = "visits",
    responses((
        status = 204,
        description = "There is a visit.",
        headers(("Set-Cookie" = String, description = "`__Host-xuanhao-visit`, where there was none."))
    ))
)]
async fn begin_visit(
    State(edge): State<Edge>,
    OptionalVisit(live): OptionalVisit,
) -> (StatusCode, CookieJar) {
    let fresh = || PreSessionId::from_uuid(Uuid::from_bytes(edge.random().bytes()));
    let jar = match live {
        Some(_) => CookieJar::new(),
        None => cookies::with_visit(fresh()),
    };
    (StatusCode::NO_CONTENT, jar)
}
