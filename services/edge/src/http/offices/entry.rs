//! Walking in at an office: the one thing here that is not the same for everybody.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_proto::selection::v1 as pb;

use crate::error::Error;
use crate::http::Edge;
use crate::http::applications::Application;
use crate::http::extract::{Citizen, OfficePath};

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(enter_office))
}

/// Where the portal leads the citizen (R-ENT-05 … 07).
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum EntryStep {
    /// First visit: the service description.
    Description,
    /// Notice agreed, information not locked.
    Info,
    /// Information locked, chances left.
    Explanation,
    /// Finished and valid: the voucher.
    Completed,
    /// Both counters used up: go to the office.
    Exhausted,
}

/// Where the citizen stands at an office.
#[derive(Debug, Serialize, ToSchema)]
struct Entry {
    step: EntryStep,
    /// The application to go on with; absent for a first visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    application: Option<Application>,
}

/// Enter an office
///
/// Walks in there: where the citizen stands, and the application to go on with. It ends an identity
/// check passed before; a page that is loaded again asks `getApplication` instead. What is held stays
/// held. Without `Idempotency-Key`: walking in twice is walking in.
#[utoipa::path(
    post,
    path = "/api/v1/offices/{office}/entry",
    operation_id = "enterOffice",
    tag = "applications",
    params(("office" = String, Path, description = "The office's id.", example = "gd-zhanjiang")),
    responses((status = 200, description = "Where the citizen stands.", body = Entry)),
    security(("session" = []))
)]
async fn enter_office(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    OfficePath(office): OfficePath,
) -> Result<axum::Json<Entry>, Error> {
    let office = office.to_string();
    let asked = citizen.repeatable(pb::EnterOfficeRequest { office });
    let told = edge.peers().selection().enter_office(asked).await?;
    let told = told.into_inner();
    let step = match told.step() {
        pb::EntryStep::Unspecified => return Err(Error::peer_answer("step")),
        pb::EntryStep::Description => EntryStep::Description,
        pb::EntryStep::Info => EntryStep::Info,
        pb::EntryStep::Explanation => EntryStep::Explanation,
        pb::EntryStep::Completed => EntryStep::Completed,
        pb::EntryStep::Exhausted => EntryStep::Exhausted,
    };
    let application = told.application.map(Application::try_from).transpose()?;
    Ok(axum::Json(Entry { step, application }))
}
