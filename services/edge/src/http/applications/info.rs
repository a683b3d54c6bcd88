//! Phase 1: the vehicle's information, its lock, and the check before selecting.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::vehicle::v1 as vehicle;
use xuanhao_proto::vehicle::v1::purchase_proof::Kind;

use super::{Application, application};
use crate::error::Error;
use crate::http::Edge;
use crate::http::body::{Json, OptionalJson};
use crate::http::extract::{ApplicationPath, Citizen, RequestKey};

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(submit_info))
        .routes(routes!(confirm_info))
        .routes(routes!(start_selecting))
}

/// How the vehicle was bought (选号凭证).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum PurchaseProof {
    /// 机动车销售统一发票 on paper.
    PaperInvoice {
        /// 12 digits.
        code: String,
        /// 8 digits.
        number: String,
    },
    /// 数电票, fully digitalised.
    ElectronicInvoice {
        /// 20 digits.
        number: String,
    },
}

/// The vehicle.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Info {
    /// 17 characters (GB 16735); blanks and lower case are tolerated.
    vin: String,
    purchase_proof: PurchaseProof,
    /// An import VIN whose check digit fails needs the citizen's second look …
    import_confirmed: Option<bool>,
    /// … and the number of the 货物进口证明书.
    import_certificate_number: Option<String>,
    /// Full residential address, 4–200 characters, where `terms.address_required` says so (R-INF-01).
    address: Option<String>,
}

/// Submit the vehicle's information
///
/// May be repeated until it is confirmed.
#[utoipa::path(
    put,
    path = "/api/v1/applications/{application_id}/info",
    operation_id = "submitInfo",
    tag = "applications",
    params(
        ("application_id" = String, Path, format = "uuid", description = "Which application."),
        RequestKey
    ),
    request_body = Info,
    responses((status = 200, description = "Submitted.", body = Application)),
    security(("session" = []))
)]
async fn submit_info(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    ApplicationPath(id): ApplicationPath,
    key: RequestKey,
    Json(info): Json<Info>,
) -> Result<axum::Json<Application>, Error> {
    let kind = match info.purchase_proof {
        PurchaseProof::PaperInvoice { code, number } => {
            Kind::PaperInvoice(vehicle::PaperInvoice { code, number })
        }
        PurchaseProof::ElectronicInvoice { number } => Kind::ElectronicInvoice(number),
    };
    let asked = citizen.repeatable(pb::SubmitInfoRequest {
        request_id: key.text(),
        application_id: id.to_string(),
        vin: info.vin,
        purchase_proof: Some(vehicle::PurchaseProof { kind: Some(kind) }),
        import_confirmed: info.import_confirmed.unwrap_or_default(),
        import_certificate_number: info.import_certificate_number.unwrap_or_default(),
        address: info.address.unwrap_or_default(),
    });
    let told = edge.peers().selection().submit_info(asked).await?;
    application(told.into_inner().application)
}

/// That an SMS code was answered rightly.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Checked {
    /// Proof of a code for this application.
    challenge_proof: String,
}

/// Confirm the vehicle's information
///
/// Locks it for ever (R-INF-07) and takes the VIN. Needs the proof of a code of purpose
/// `confirm_info` for this application.
#[utoipa::path(
    post,
    path = "/api/v1/applications/{application_id}/info/confirm",
    operation_id = "confirmInfo",
    tag = "applications",
    params(
        ("application_id" = String, Path, format = "uuid", description = "Which application."),
        RequestKey
    ),
    request_body = Checked,
    responses((status = 200, description = "Locked.", body = Application)),
    security(("session" = []))
)]
async fn confirm_info(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    ApplicationPath(id): ApplicationPath,
    key: RequestKey,
    Json(checked): Json<Checked>,
) -> Result<axum::Json<Application>, Error> {
    let asked = citizen.repeatable(pb::ConfirmInfoRequest {
        request_id: key.text(),
        application_id: id.to_string(),
        challenge_proof: checked.challenge_proof,
    });
    let told = edge.peers().selection().confirm_info(asked).await?;
    application(told.into_inner().application)
}

/// How selecting is entered.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Start {
    /// Proof of a code for this application; left out where `terms.check_before_selecting` is false.
    challenge_proof: Option<String>,
    /// The citizen says that he needs more time: numbers wait `terms.more_time_factor` times as long.
    more_time: Option<bool>,
}

/// Start selecting
///
/// After a fresh SMS check (R-AUTH-01, R-AUTH-02), in this web session: the proof of a code of purpose
/// `start_selecting` for this application. Where the terms ask for no code before selecting, none is
/// sent.
#[utoipa::path(
    post,
    path = "/api/v1/applications/{application_id}/start",
    operation_id = "startSelecting",
    tag = "applications",
    params(
        ("application_id" = String, Path, format = "uuid", description = "Which application."),
        RequestKey
    ),
    request_body = Option<Start>,
    responses((status = 200, description = "Selecting.", body = Application)),
    security(("session" = []))
)]
async fn start_selecting(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    ApplicationPath(id): ApplicationPath,
    key: RequestKey,
    OptionalJson(start): OptionalJson<Start>,
) -> Result<axum::Json<Application>, Error> {
    let asked = citizen.repeatable(pb::StartSelectingRequest {
        request_id: key.text(),
        application_id: id.to_string(),
        challenge_proof: start.challenge_proof.unwrap_or_default(),
        more_time: start.more_time.unwrap_or_default(),
    });
    let told = edge.peers().selection().start_selecting(asked).await?;
    application(told.into_inner().application)
}
