//! Vehicles and purchase proofs.

use uuid::Uuid;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallExt, ClientChannel, call};
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::vehicle::v1 as wire;
use xuanhao_proto::vehicle::v1::vehicle_service_client::VehicleServiceClient;
use xuanhao_vocabulary::{OfficeId, PlateClass, PlateNumber, Vin};

use super::{Holder, class_from_proto, class_to_proto, failure};
use crate::domain::application::Info;
use crate::domain::lapse::Registration;
use crate::error::Error;

/// A purchase proof 选号凭证 as it was typed.
#[derive(Clone)]
pub(crate) enum Typed {
    /// Paper invoice: code and number.
    Paper { code: String, number: String },
    /// 数电票.
    Electronic(String),
    /// Nothing.
    Missing,
}

/// What the citizen submitted. Not printed: it belongs to a purchase.
#[derive(Clone)]
pub(crate) struct Submitted {
    pub(crate) vin: String,
    pub(crate) purchase_proof: Typed,
    pub(crate) import_confirmed: bool,
    pub(crate) import_certificate_number: String,
}

/// A decision on a vehicle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assessed {
    pub(crate) info: Info,
    /// Make and model, for people; may be empty.
    pub(crate) description: String,
}

/// The vehicle service.
#[derive(Debug, Clone)]
pub(crate) struct Vehicle(VehicleServiceClient<ClientChannel>);

impl Vehicle {
    pub(super) fn new(channel: ClientChannel) -> Self {
        Self(VehicleServiceClient::new(channel))
    }

    /// Whether the vehicle may take part.
    ///
    /// # Errors
    /// The first reason why not, as a refusal.
    pub(crate) async fn assess(
        &self,
        request_id: Uuid,
        application: ApplicationId,
        office: OfficeId,
        submitted: &Submitted,
        holder: &Holder,
    ) -> Result<Assessed, Error> {
        use wire::purchase_proof::Kind;
        let kind = match submitted.purchase_proof.clone() {
            Typed::Paper { code, number } => {
                Some(Kind::PaperInvoice(wire::PaperInvoice { code, number }))
            }
            Typed::Electronic(number) => Some(Kind::ElectronicInvoice(number)),
            Typed::Missing => None,
        };
        let message = wire::AssessVehicleRequest {
            request_id: request_id.to_string(),
            application_id: application.to_string(),
            office: office.to_string(),
            vin: submitted.vin.clone(),
            purchase_proof: Some(wire::PurchaseProof { kind }),
            buyer_id: holder.resident_id.clone(),
            person_id: holder.person.to_string(),
            import_confirmed: submitted.import_confirmed,
            import_certificate_number: submitted.import_certificate_number.clone(),
        };
        let answer = self
            .0
            .clone()
            .assess_vehicle(call(message).idempotent())
            .await;
        read_assessment(answer.map_err(failure)?.into_inner().assessment)
    }

    /// A decision made before.
    pub(crate) async fn assessment(&self, id: Uuid) -> Result<Assessed, Error> {
        let message = wire::GetAssessmentRequest {
            assessment_id: id.to_string(),
        };
        let answer = self
            .0
            .clone()
            .get_assessment(call(message).idempotent())
            .await;
        read_assessment(answer.map_err(failure)?.into_inner().assessment)
    }

    /// Binds VIN and purchase proof to an application.
    pub(crate) async fn claim(
        &self,
        request_id: Uuid,
        assessment: Uuid,
        application: ApplicationId,
    ) -> Result<(), Error> {
        let message = wire::ClaimVehicleRequest {
            request_id: request_id.to_string(),
            assessment_id: assessment.to_string(),
            application_id: application.to_string(),
        };
        let claimed = self
            .0
            .clone()
            .claim_vehicle(call(message).idempotent())
            .await;
        claimed.map(drop).map_err(failure)
    }

    /// Frees what an application had claimed.
    pub(crate) async fn release(
        &self,
        request_id: Uuid,
        application: ApplicationId,
    ) -> Result<(), Error> {
        let message = wire::ReleaseVehicleRequest {
            request_id: request_id.to_string(),
            application_id: application.to_string(),
        };
        let released = self
            .0
            .clone()
            .release_vehicle(call(message).idempotent())
            .await;
        released.map(drop).map_err(failure)
    }

    /// What the vehicle registry says; no answer is an answer too (P10).
    pub(crate) async fn registration(
        &self,
        vin: &Vin,
        class: PlateClass,
        plate: PlateNumber,
    ) -> Registration {
        let message = wire::LookupRegistrationRequest {
            vin: vin.as_str().to_owned(),
            plate_class: class_to_proto(class).into(),
            plate: plate.to_string(),
        };
        let answer = match self
            .0
            .clone()
            .lookup_registration(call(message).idempotent())
            .await
        {
            Ok(answer) => answer.into_inner(),
            Err(status) => {
                tracing::info!(code = ?status.code(), "the registry could not be asked");
                return Registration::Unknown;
            }
        };
        match answer.state() {
            wire::RegistrationState::Registered => {
                Registration::Registered(answer.registered_on.parse().ok())
            }
            wire::RegistrationState::NotRegistered => Registration::NotRegistered,
            wire::RegistrationState::Unspecified => Registration::Unknown,
        }
    }
}

fn read_assessment(assessment: Option<wire::Assessment>) -> Result<Assessed, Error> {
    let assessment = assessment.ok_or(Error::PeerAnswer("assessment"))?;
    if assessment.eligibility() != wire::Eligibility::Eligible {
        return Err(refusal(&assessment.reasons).into());
    }
    let info = Info {
        vin: assessment
            .vin
            .parse()
            .map_err(|_| Error::PeerAnswer("vin"))?,
        class: class_from_proto(assessment.plate_class).ok_or(Error::PeerAnswer("plate_class"))?,
        assessment: assessment
            .assessment_id
            .parse()
            .map_err(|_| Error::PeerAnswer("assessment_id"))?,
        vehicle_key: assessment.vehicle_key,
    };
    if info.vehicle_key.len() != 32 {
        return Err(Error::PeerAnswer("vehicle_key"));
    }
    Ok(Assessed {
        info,
        description: assessment.description,
    })
}

/// The first reason this program knows.
fn refusal(reasons: &[wire::EligibilityReason]) -> Refusal {
    let known = reasons.iter().find_map(|told| {
        let reason = Reason::from_code(&told.reason)?;
        let params = reason.params().iter();
        let refusal = params.fold(Refusal::new(reason), |refusal, (name, param)| {
            match told
                .parameters
                .get(*name)
                .filter(|value| param.accepts(value))
            {
                Some(value) => refusal.param(name, value.as_str()),
                None => refusal,
            }
        });
        Some(refusal)
    });
    known.unwrap_or_else(|| Refusal::new(Reason::VehicleNotEligible))
}
