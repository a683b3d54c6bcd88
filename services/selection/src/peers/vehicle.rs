//! Vehicles and purchase proofs.

use uuid::Uuid;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallExt, ClientChannel, call};
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::reason::{Locale, Reason};
use xuanhao_proto::vehicle::v1 as wire;
use xuanhao_proto::vehicle::v1::vehicle_service_client::VehicleServiceClient;
use xuanhao_vocabulary::plate::Energy;
use xuanhao_vocabulary::{OfficeId, PlateClass, PlateNumber, Vin};

use super::{Holder, class_from_proto, class_to_proto, failure};
use crate::domain::application::Info;
use crate::domain::lapse::Registration;
use crate::domain::policy::ProofKind;
use crate::domain::verification::Claim;
use crate::domain::void::Cause;
use crate::error::Error;

/// What the citizen of a claim is told that ran out of time.
const NEVER_VERIFIED: &str = "未能在规定时间内核实车辆和选号凭证信息，请重新提交。";

/// What the citizen of a claim is told that a review rejected.
const REVIEW_SAID_NO: &str = "人工核查未通过。";

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

impl Typed {
    /// Its kind, as policies name it.
    pub(crate) fn kind(&self) -> Option<ProofKind> {
        match self {
            Self::Paper { .. } => Some(ProofKind::PaperInvoice),
            Self::Electronic(_) => Some(ProofKind::ElectronicInvoice),
            Self::Missing => None,
        }
    }
}

/// What the citizen submitted. Not printed: it belongs to a purchase.
#[derive(Clone)]
pub(crate) struct Submitted {
    pub(crate) vin: String,
    pub(crate) purchase_proof: Typed,
    pub(crate) import_confirmed: bool,
    pub(crate) import_certificate_number: String,
    /// Full residential address (R-INF-01).
    pub(crate) address: String,
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
            buyer_id: holder.buyer_id().to_owned(),
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

    /// Binds VIN and purchase proof to an application; what is not verified excludes nobody.
    pub(crate) async fn claim(
        &self,
        request_id: Uuid,
        assessment: Uuid,
        application: ApplicationId,
    ) -> Result<Claim, Error> {
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
        match claimed.map_err(failure)?.into_inner().claim {
            Some(claim) => read_claim(claim)?.ok_or(Error::PeerAnswer("claim")),
            None => Err(Error::PeerAnswer("claim")),
        }
    }

    /// Where an application's claim stands; none where it has none any more.
    pub(crate) async fn claim_of(
        &self,
        application: ApplicationId,
    ) -> Result<Option<Claim>, Error> {
        let message = wire::GetClaimRequest {
            application_id: application.to_string(),
        };
        let answer = self.0.clone().get_claim(call(message).idempotent()).await;
        let claim = answer.map_err(failure)?.into_inner().claim;
        claim.map_or(Ok(None), read_claim)
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
    match assessment.eligibility() {
        // An answer may come late, or a review decide: until then the claim excludes nobody.
        wire::Eligibility::Eligible
        | wire::Eligibility::Pending
        | wire::Eligibility::UnderReview => {}
        wire::Eligibility::Refused | wire::Eligibility::Unspecified => {
            return Err(refusal(&assessment.reasons).into());
        }
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
        energy: match assessment.energy() {
            wire::Energy::Unspecified => None,
            wire::Energy::Battery => Some(Energy::Battery),
            wire::Energy::NotPurelyBattery => Some(Energy::NotPurelyBattery),
        },
        vehicle_key: assessment.vehicle_key,
        description: assessment.description,
        purchase_proof_masked: assessment.purchase_proof_masked,
    };
    if info.vehicle_key.len() != 32 {
        return Err(Error::PeerAnswer("vehicle_key"));
    }
    Ok(Assessed {
        description: info.description.clone(),
        info,
    })
}

/// `None` for a claim that its application's own end released.
fn read_claim(claim: wire::Claim) -> Result<Option<Claim>, Error> {
    let ended = |cause, reason: String| Ok(Some(Claim::Ended { cause, reason }));
    match claim.state() {
        wire::ClaimState::Unverified => {
            let review = read_review(&claim.review_id)?;
            Ok(Some(Claim::Unverified { review }))
        }
        wire::ClaimState::Verified => {
            let read = claim.assessment.map(|told| read_assessment(Some(told)));
            let info = read.transpose()?.map(|assessed| assessed.info);
            let review = read_review(&claim.review_id)?;
            Ok(Some(Claim::Verified { info, review }))
        }
        wire::ClaimState::Evicted => {
            let told = Refusal::new(Reason::VinInUse);
            ended(Cause::Evicted, told.text(Locale::ZhCn))
        }
        wire::ClaimState::Lapsed => ended(Cause::Lapsed, NEVER_VERIFIED.to_owned()),
        wire::ClaimState::Rejected => {
            let told = match claim.reasons.as_slice() {
                // An officer decided; his words are the review's.
                [] => REVIEW_SAID_NO.to_owned(),
                reasons => refusal(reasons).text(Locale::ZhCn),
            };
            ended(Cause::Rejected, told)
        }
        wire::ClaimState::Released => Ok(None),
        wire::ClaimState::Unspecified => Err(Error::PeerAnswer("claim state")),
    }
}

fn read_review(id: &str) -> Result<Option<Uuid>, Error> {
    let review = (!id.is_empty()).then(|| id.parse());
    review
        .transpose()
        .map_err(|_| Error::PeerAnswer("review_id"))
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
