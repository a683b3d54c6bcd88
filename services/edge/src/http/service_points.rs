//! Service points: windows of offices and police brigades that enrol people face to face (R-ACC-02).
//! The same for everybody: who has no account yet needs to know where to go.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_chassis::error::Refusal;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_vocabulary::{OfficeId, ProvinceId};

use super::extract::{QueryOf, unknown_office};
use super::{Edge, Public};
use crate::error::Error;
use crate::peers::repeatable;

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(list_service_points))
}

/// Which service points.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Where {
    /// Of this province; may be left out where an office is named.
    #[param(example = "gd")]
    province: Option<String>,
    /// Of this office only.
    #[param(example = "gd-zhanjiang")]
    office: Option<String>,
}

impl Where {
    fn read(&self) -> Result<(ProvinceId, Option<OfficeId>), Refusal> {
        let unknown = || Refusal::invalid("province", "unknown_value");
        let province = self.province.as_deref().map(ProvinceId::parse);
        let province = province.transpose().map_err(|_| unknown())?;
        let office = self.office.as_deref().map(str::parse::<OfficeId>);
        let office = office.transpose().map_err(|_| unknown_office())?;
        match (province, office) {
            (None, None) => Err(Refusal::required("province")),
            (Some(province), Some(office)) if office.province() != province => {
                Err(unknown_office())
            }
            (Some(province), office) => Ok((province, office)),
            (None, Some(office)) => Ok((office.province(), Some(office))),
        }
    }
}

/// The service points.
#[derive(Debug, Serialize, ToSchema)]
struct ServicePoints {
    service_points: Vec<ServicePoint>,
}

/// What a service point is.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ServicePointKind {
    /// A window of a vehicle office (车管所).
    OfficeWindow,
    /// A traffic-police brigade (交警大队).
    PoliceBrigade,
}

/// Where people are enrolled face to face.
#[derive(Debug, Serialize, ToSchema)]
struct ServicePoint {
    #[schema(format = "uuid")]
    service_point_id: String,
    /// The office it belongs to.
    #[schema(example = "gd-zhanjiang")]
    office: String,
    kind: ServicePointKind,
    #[schema(example = "赤坎大队")]
    name: String,
    address: String,
}

impl TryFrom<pb::ServicePoint> for ServicePoint {
    type Error = Error;

    fn try_from(told: pb::ServicePoint) -> Result<Self, Error> {
        let kind = match told.kind() {
            pb::ServicePointKind::Unspecified => return Err(Error::peer_answer("kind")),
            pb::ServicePointKind::OfficeWindow => ServicePointKind::OfficeWindow,
            pb::ServicePointKind::PoliceBrigade => ServicePointKind::PoliceBrigade,
        };
        Ok(Self {
            kind,
            service_point_id: told.service_point_id,
            office: told.office,
            name: told.name,
            address: told.address,
        })
    }
}

/// List service points
///
/// Open ones, by office and name: where people are enrolled face to face (面签).
#[utoipa::path(
    get,
    path = "/api/v1/service-points",
    operation_id = "listServicePoints",
    tag = "offices",
    params(Where),
    responses((status = 200, description = "The service points.", body = ServicePoints))
)]
async fn list_service_points(
    State(edge): State<Edge>,
    QueryOf(query): QueryOf<Where>,
) -> Result<Public<ServicePoints>, Error> {
    let (province, office) = query.read()?;
    let asked = repeatable(pb::ListServicePointsRequest {
        province: province.to_string(),
        office: office.map(|office| office.to_string()).unwrap_or_default(),
    });
    let told = edge.peers().enrolment().list_service_points(asked).await?;
    let points = told.into_inner().service_points.into_iter();
    let service_points = points
        .map(ServicePoint::try_from)
        .collect::<Result<_, _>>()?;
    Ok(edge.public(ServicePoints { service_points }))
}
