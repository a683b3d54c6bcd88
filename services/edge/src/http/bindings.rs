//! Vehicles and driving licences bound (绑定) to the citizen's account (R-ACC-07).

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_proto::vehicle::v1 as pb;

use super::Edge;
use super::body::Json;
use super::extract::{BindingPath, Citizen, RequestKey};
use super::wire::{PlateClass, instant, some_plate_class, text};
use crate::error::Error;

/// Those that ask the registry, and have a smaller rate for it.
pub(super) fn binding() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(bind_vehicle))
        .routes(routes!(bind_licence))
}

pub(super) fn ordinary() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list_bindings))
        .routes(routes!(unbind))
}

/// What is bound to an account.
#[derive(Debug, Serialize, ToSchema)]
struct Binding {
    #[schema(format = "uuid")]
    binding_id: String,
    bound: Bound,
    #[schema(format = DateTime)]
    bound_at: String,
}

/// A vehicle or a licence.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Bound {
    /// A registered vehicle.
    Vehicle {
        plate_class: PlateClass,
        #[schema(example = "粤G12A3B")]
        plate: String,
        /// Make and model as the registry names them.
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<String>,
    },
    /// A driving licence.
    Licence {
        /// 档案编号, masked.
        file_number_masked: String,
        /// What it entitles to drive.
        #[schema(example = "C1")]
        classes: String,
    },
}

impl TryFrom<pb::Binding> for Binding {
    type Error = Error;

    fn try_from(told: pb::Binding) -> Result<Self, Error> {
        let bound = match told.bound.ok_or_else(|| Error::peer_answer("bound"))? {
            pb::binding::Bound::Vehicle(vehicle) => Bound::Vehicle {
                plate_class: some_plate_class(vehicle.plate_class)?,
                plate: vehicle.plate,
                description: text(vehicle.description),
            },
            pb::binding::Bound::Licence(licence) => Bound::Licence {
                file_number_masked: licence.file_number_masked,
                classes: licence.classes,
            },
        };
        Ok(Self {
            bound,
            bound_at: instant(told.bound_at, "bound_at")?,
            binding_id: told.binding_id,
        })
    }
}

/// A binding has to be in the answer.
fn bound(told: Option<pb::Binding>) -> Result<(StatusCode, axum::Json<Binding>), Error> {
    let told = told.ok_or_else(|| Error::peer_answer("binding"))?;
    Ok((StatusCode::CREATED, axum::Json(told.try_into()?)))
}

/// The account's bindings.
#[derive(Debug, Serialize, ToSchema)]
struct Bindings {
    bindings: Vec<Binding>,
}

/// List one's bindings
///
/// Vehicles and driving licences bound to the account.
#[utoipa::path(
    get,
    path = "/api/v1/bindings",
    operation_id = "listBindings",
    tag = "bindings",
    responses((status = 200, description = "The bindings.", body = Bindings)),
    security(("session" = []))
)]
async fn list_bindings(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
) -> Result<axum::Json<Bindings>, Error> {
    let asked = citizen.repeatable(pb::ListBindingsRequest {});
    let told = edge.peers().bindings().list_bindings(asked).await?;
    let bindings = told.into_inner().bindings.into_iter();
    let bindings = bindings.map(Binding::try_from).collect::<Result<_, _>>()?;
    Ok(axum::Json(Bindings { bindings }))
}

/// A registered vehicle of one's own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OwnVehicle {
    plate_class: PlateClass,
    #[schema(example = "粤G12A3B")]
    plate: String,
    /// Last six characters of the engine number.
    engine_number_tail: String,
}

/// Bind a vehicle
///
/// A registered vehicle that the registry knows as the account holder's. An unknown vehicle and
/// another's get one answer.
#[utoipa::path(
    post,
    path = "/api/v1/bindings/vehicles",
    operation_id = "bindVehicle",
    tag = "bindings",
    params(RequestKey),
    request_body = OwnVehicle,
    responses((status = 201, description = "Bound.", body = Binding)),
    security(("session" = []))
)]
async fn bind_vehicle(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    key: RequestKey,
    Json(vehicle): Json<OwnVehicle>,
) -> Result<(StatusCode, axum::Json<Binding>), Error> {
    let asked = citizen.repeatable(pb::BindVehicleRequest {
        request_id: key.text(),
        plate_class: vehicle.plate_class.to_proto().into(),
        plate: vehicle.plate,
        engine_number_tail: vehicle.engine_number_tail,
    });
    let told = edge.peers().bindings().bind_vehicle(asked).await?;
    bound(told.into_inner().binding)
}

/// One's own driving licence.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OwnLicence {
    /// 档案编号, 12 digits.
    #[schema(example = "440800123456")]
    file_number: String,
}

/// Bind a driving licence
///
/// One's own, by its file number (档案编号). An unknown one and another's get one answer.
#[utoipa::path(
    post,
    path = "/api/v1/bindings/licences",
    operation_id = "bindLicence",
    tag = "bindings",
    params(RequestKey),
    request_body = OwnLicence,
    responses((status = 201, description = "Bound.", body = Binding)),
    security(("session" = []))
)]
async fn bind_licence(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    key: RequestKey,
    Json(licence): Json<OwnLicence>,
) -> Result<(StatusCode, axum::Json<Binding>), Error> {
    let asked = citizen.repeatable(pb::BindLicenceRequest {
        request_id: key.text(),
        file_number: licence.file_number,
    });
    let told = edge.peers().bindings().bind_licence(asked).await?;
    bound(told.into_inner().binding)
}

/// Undo a binding
///
/// One that has ended already succeeds.
#[utoipa::path(
    delete,
    path = "/api/v1/bindings/{binding_id}",
    operation_id = "unbind",
    tag = "bindings",
    params(
        ("binding_id" = String, Path, format = "uuid", description = "Which binding."),
        RequestKey
    ),
    responses((status = 204, description = "Undone.")),
    security(("session" = []))
)]
async fn unbind(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    BindingPath(id): BindingPath,
    key: RequestKey,
) -> Result<StatusCode, Error> {
    let asked = citizen.repeatable(pb::UnbindRequest {
        request_id: key.text(),
        binding_id: id.to_string(),
    });
    edge.peers().bindings().unbind(asked).await?;
    Ok(StatusCode::NO_CONTENT)
}
