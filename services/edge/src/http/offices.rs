//! Vehicle offices and what everybody may see of their pools (号池公示). The same for everybody, so
//! anybody may keep it for a moment; nothing here needs a session, but where one goes on.

mod draw_days;
mod entry;
mod history;
mod keyboard;
mod notice;
mod pool;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_chassis::error::Refusal;
use xuanhao_vocabulary::{Office as OfficeRow, ProvinceId};

use super::extract::QueryOf;
use super::{Edge, Public};
use crate::error::Error;

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list_offices))
        .merge(notice::routes())
        .merge(entry::routes())
        .merge(pool::routes())
        .merge(history::routes())
        .merge(keyboard::routes())
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
