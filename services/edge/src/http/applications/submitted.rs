//! What was submitted, to be looked at again before it is confirmed (R-INF-06, R-INF-08).

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_proto::selection::v1 as pb;

use crate::error::Error;
use crate::http::Edge;
use crate::http::extract::{ApplicationPath, Citizen};
use crate::http::wire::{PlateClass, some_plate_class, text};

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(get_submitted_info))
}

/// Four blocks; personal data is masked.
#[derive(Debug, Serialize, ToSchema)]
struct SubmittedInfo {
    issuing_authority: IssuingAuthority,
    person: PersonInfo,
    vehicle: VehicleInfo,
    contact: ContactInfo,
}

/// Who issues the number (发牌机关).
#[derive(Debug, Serialize, ToSchema)]
struct IssuingAuthority {
    #[schema(example = "gd-zhanjiang")]
    office: String,
    name: String,
    #[schema(example = json!(["粤G"]))]
    issuing_codes: Vec<String>,
}

/// Whose the vehicle is.
#[derive(Debug, Serialize, ToSchema)]
struct PersonInfo {
    /// Of an organisation: its agent's.
    #[schema(example = "张*")]
    full_name_masked: String,
    /// Of an organisation: its agent's.
    #[schema(example = "44**************1X")]
    resident_id_masked: String,
    /// Of organisations only.
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation_name: Option<String>,
    /// Of organisations only.
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_code_masked: Option<String>,
}

/// The vehicle.
#[derive(Debug, Serialize, ToSchema)]
struct VehicleInfo {
    /// In clear: the citizen reads it again.
    #[schema(example = "LSVAA49J132047371")]
    vin: String,
    plate_class: PlateClass,
    /// Make and model as the registry names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Kind and last four digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    purchase_proof_masked: Option<String>,
}

/// How the person is reached.
#[derive(Debug, Serialize, ToSchema)]
struct ContactInfo {
    #[schema(example = "138****8000")]
    mobile_masked: String,
    /// Its first eight characters are kept; absent where none was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    address_masked: Option<String>,
}

impl TryFrom<pb::GetSubmittedInfoResponse> for SubmittedInfo {
    type Error = Error;

    fn try_from(told: pb::GetSubmittedInfoResponse) -> Result<Self, Error> {
        let missing = |block: &'static str| move || Error::peer_answer(block);
        let authority = told
            .issuing_authority
            .ok_or_else(missing("issuing_authority"))?;
        let person = told.person.ok_or_else(missing("person"))?;
        let vehicle = told.vehicle.ok_or_else(missing("vehicle"))?;
        let contact = told.contact.ok_or_else(missing("contact"))?;
        Ok(Self {
            issuing_authority: IssuingAuthority {
                office: authority.office,
                name: authority.name,
                issuing_codes: authority.issuing_codes,
            },
            person: PersonInfo {
                full_name_masked: person.full_name_masked,
                resident_id_masked: person.resident_id_masked,
                organisation_name: text(person.organisation_name),
                credit_code_masked: text(person.credit_code_masked),
            },
            vehicle: VehicleInfo {
                plate_class: some_plate_class(vehicle.plate_class)?,
                vin: vehicle.vin,
                description: text(vehicle.description),
                purchase_proof_masked: text(vehicle.purchase_proof_masked),
            },
            contact: ContactInfo {
                mobile_masked: contact.mobile_masked,
                address_masked: text(contact.address_masked),
            },
        })
    }
}

/// Look at what was submitted
///
/// In four blocks (issuing authority, person, vehicle, contact), before it is confirmed and after.
#[utoipa::path(
    get,
    path = "/api/v1/applications/{application_id}/submitted-info",
    operation_id = "getSubmittedInfo",
    tag = "applications",
    params(("application_id" = String, Path, format = "uuid", description = "Which application.")),
    responses((status = 200, description = "What was submitted.", body = SubmittedInfo)),
    security(("session" = []))
)]
async fn get_submitted_info(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    ApplicationPath(id): ApplicationPath,
) -> Result<axum::Json<SubmittedInfo>, Error> {
    let application_id = id.to_string();
    let asked = citizen.repeatable(pb::GetSubmittedInfoRequest { application_id });
    let told = edge.peers().selection().get_submitted_info(asked).await?;
    Ok(axum::Json(told.into_inner().try_into()?))
}
