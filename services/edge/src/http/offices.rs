//! Vehicle offices and what everybody may see of their pools (号池公示). The same for everybody, so
//! anybody may keep it for a moment; nothing here needs a session, but where one goes on.

mod draw_days;
mod pool;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_chassis::error::Refusal;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_vocabulary::{Office as OfficeRow, ProvinceId};

use super::applications::Application;
use super::extract::{Citizen, OfficePath, QueryOf};
use super::wire::instant;
use super::{Edge, Public};
use crate::error::Error;
use crate::peers::repeatable;

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list_offices))
        .routes(routes!(get_notice))
        .routes(routes!(enter_office))
        .merge(pool::routes())
        .merge(draw_days::routes())
}

/// Which offices.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OfficesQuery {
    /// Only those of this province, such as `gd`.
    province: Option<String>,
}

/// The offices.
#[derive(Debug, Serialize, ToSchema)]
struct Offices {
    offices: Vec<Office>,
}

/// A vehicle office 车管所.
#[derive(Debug, Serialize, ToSchema)]
struct Office {
    /// Its id.
    #[schema(example = "gd-zhanjiang")]
    office: String,
    /// Its province's id.
    #[schema(example = "gd")]
    province: String,
    /// The place, in Chinese.
    #[schema(example = "湛江")]
    name: String,
    /// The province, in Chinese.
    #[schema(example = "广东")]
    province_name: String,
    /// The issuing codes it owns, 1 to 24.
    #[schema(example = json!(["粤G"]))]
    issuing_codes: Vec<String>,
}

impl From<&OfficeRow> for Office {
    fn from(row: &OfficeRow) -> Self {
        let province = row.id.province();
        Self {
            office: row.id.to_string(),
            province: province.to_string(),
            name: row.name.to_owned(),
            province_name: province.province().name.to_owned(),
            issuing_codes: row.codes.iter().map(ToString::to_string).collect(),
        }
    }
}

/// List vehicle offices
///
/// The national table, by province.
#[utoipa::path(
    get,
    path = "/api/v1/offices",
    operation_id = "listOffices",
    tag = "offices",
    params(OfficesQuery),
    responses((status = 200, description = "The offices.", body = Offices))
)]
async fn list_offices(
    State(edge): State<Edge>,
    QueryOf(query): QueryOf<OfficesQuery>,
) -> Result<Public<Offices>, Error> {
    let offices = match query.province.as_deref() {
        None => OfficeRow::all().iter().map(Office::from).collect(),
        Some(province) => {
            let known = ProvinceId::parse(province);
            let known = known.map_err(|_| Refusal::invalid("province", "unknown_value"))?;
            OfficeRow::of_province(known).map(Office::from).collect()
        }
    };
    Ok(edge.public(Offices { offices }))
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
}

/// Read an office's notice
///
/// The notice (业务须知) in force, in both languages. Applications are opened under its version.
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
    Ok(edge.public(Notice {
        version: told.version,
        title_zh: told.title_zh,
        body_zh: told.body_zh,
        title_en: told.title_en,
        body_en: told.body_en,
        published_at: instant(told.published_at, "published_at")?,
    }))
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
/// Where the citizen stands there, and the application to go on with.
#[utoipa::path(
    get,
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
