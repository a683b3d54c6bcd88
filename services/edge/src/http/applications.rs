//! The citizen's road: one application is one road of one vehicle. Every handler asks selection on
//! behalf of the signed-in citizen; another person's application is not found.

mod confirming;
mod evidence;
mod info;
mod keyboard;
mod outcome;
mod selecting;
mod submitted;
mod terms;
mod view;
mod voucher;

use axum::extract::State;
use http::StatusCode;
use http::header::LOCATION;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_vocabulary::OfficeId;

use super::Edge;
use super::body::Json;
use super::extract::{ApplicationPath, Citizen, QueryOf, RequestKey, unknown_office};
use super::page::Page;
use super::wire::text;
use crate::error::Error;

pub(super) use view::Application;

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(open_application, list_applications))
        .routes(routes!(get_application))
        .merge(info::routes())
        .merge(submitted::routes())
        .merge(evidence::routes())
        .merge(keyboard::routes())
        .merge(selecting::routes())
        .merge(confirming::routes())
        .merge(voucher::routes())
}

/// An application has to be in the answer.
fn application(told: Option<pb::Application>) -> Result<axum::Json<Application>, Error> {
    let told = told.ok_or_else(|| Error::peer_answer("application"))?;
    Ok(axum::Json(told.try_into()?))
}

/// Which office, under which notice.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Opening {
    #[schema(example = "gd-zhanjiang")]
    office: String,
    /// Version of the notice the citizen read and agreed to.
    #[schema(example = 1)]
    notice_version: i32,
}

/// Open an application
///
/// Records that the citizen read and agreed to the office's notice (阅读并同意, R-ENT-04).
#[utoipa::path(
    post,
    path = "/api/v1/applications",
    operation_id = "openApplication",
    tag = "applications",
    params(RequestKey),
    request_body = Opening,
    responses((
        status = 201,
        description = "Opened.",
        body = Application,
        headers(("Location" = String, description = "The application."))
    )),
    security(("session" = []))
)]
async fn open_application(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    key: RequestKey,
    Json(opening): Json<Opening>,
) -> Result<
    (
        StatusCode,
        [(http::HeaderName, String); 1],
        axum::Json<Application>,
    ),
    Error,
> {
    let office: OfficeId = opening.office.parse().map_err(|_| unknown_office())?;
    let asked = citizen.repeatable(pb::OpenApplicationRequest {
        request_id: key.text(),
        office: office.to_string(),
        notice_version: opening.notice_version,
    });
    let told = edge.peers().selection().open_application(asked).await?;
    let opened = application(told.into_inner().application)?;
    let location = format!("/api/v1/applications/{}", opened.application_id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], opened))
}

/// A page of applications.
#[derive(Debug, Serialize, ToSchema)]
struct Applications {
    applications: Vec<Application>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

/// List one's applications
///
/// Newest first.
#[utoipa::path(
    get,
    path = "/api/v1/applications",
    operation_id = "listApplications",
    tag = "applications",
    params(Page),
    responses((status = 200, description = "A page of applications.", body = Applications)),
    security(("session" = []))
)]
async fn list_applications(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    QueryOf(page): QueryOf<Page>,
) -> Result<axum::Json<Applications>, Error> {
    let asked = citizen.repeatable(pb::ListApplicationsRequest {
        page_size: page.size()?,
        page_token: page.token(),
    });
    let told = edge.peers().selection().list_applications(asked).await?;
    let told = told.into_inner();
    let applications = told.applications.into_iter().map(Application::try_from);
    Ok(axum::Json(Applications {
        applications: applications.collect::<Result<_, Error>>()?,
        next_page_token: text(told.next_page_token),
    }))
}

/// Look at one's application
///
/// With its counters, what it holds, and its result.
#[utoipa::path(
    get,
    path = "/api/v1/applications/{application_id}",
    operation_id = "getApplication",
    tag = "applications",
    params(("application_id" = String, Path, format = "uuid", description = "Which application.")),
    responses((status = 200, description = "The application.", body = Application)),
    security(("session" = []))
)]
async fn get_application(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    ApplicationPath(id): ApplicationPath,
) -> Result<axum::Json<Application>, Error> {
    let application_id = id.to_string();
    let asked = citizen.repeatable(pb::GetApplicationRequest { application_id });
    let told = edge.peers().selection().get_application(asked).await?;
    application(told.into_inner().application)
}
