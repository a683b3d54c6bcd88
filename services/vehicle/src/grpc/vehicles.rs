//! Vehicles: decisions, claims, registrations.

use tonic::{Request, Response, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::read::{id, request_id};
use xuanhao_chassis::grpc::{CallContext, timestamp};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::vehicle::v1 as pb;
use xuanhao_proto::vehicle::v1::purchase_proof::Kind as WireProof;
use xuanhao_proto::vehicle::v1::vehicle_service_server::VehicleService;
use xuanhao_vocabulary::invoice::{InvoiceError, InvoiceNumber};
use xuanhao_vocabulary::vin::VinError;
use xuanhao_vocabulary::{Finding as _, OfficeId, PlateNumber, Vin};

use super::{Vehicles, read_class, wire_class};
use crate::app::{Assess, Claim, ClaimView, Release, View};
use crate::domain::assessment::Eligibility;
use crate::domain::buyer::Buyer;
use crate::domain::claim::State;
use crate::domain::findings::Energy;
use crate::domain::import::{Certificate, Support};
use crate::domain::suspicion::Suspicion;

#[tonic::async_trait]
impl VehicleService for Vehicles {
    async fn assess_vehicle(
        &self,
        request: Request<pb::AssessVehicleRequest>,
    ) -> Result<Response<pb::AssessVehicleResponse>, Status> {
        let caller = CallContext::of(&request).caller().as_str();
        let request = request.into_inner();
        let command = Assess {
            caller,
            request_id: request_id(&request.request_id)?,
            application: id("application_id", &request.application_id)?,
            office: OfficeId::parse(&request.office)
                .map_err(|_| Refusal::invalid("office", "unknown_value"))?,
            vin: vin(&request.vin)?,
            invoice: invoice(request.purchase_proof.as_ref())?,
            buyer: Buyer::parse(&request.buyer_id)
                .ok_or_else(|| Refusal::invalid("buyer_id", "wrong_format"))?,
            person: id("person_id", &request.person_id)?,
            support: support(&request)?,
        };
        let recognised = self.recognised(&request, &command);
        let view = self.0.assess(command, &recognised).await?;
        Ok(Response::new(pb::AssessVehicleResponse {
            assessment: Some(wire(view)),
        }))
    }

    async fn get_assessment(
        &self,
        request: Request<pb::GetAssessmentRequest>,
    ) -> Result<Response<pb::GetAssessmentResponse>, Status> {
        let assessment_id = id("assessment_id", &request.get_ref().assessment_id)?;
        let view = self.0.assessment(assessment_id).await?;
        Ok(Response::new(pb::GetAssessmentResponse {
            assessment: Some(wire(view)),
        }))
    }

    async fn claim_vehicle(
        &self,
        request: Request<pb::ClaimVehicleRequest>,
    ) -> Result<Response<pb::ClaimVehicleResponse>, Status> {
        let caller = CallContext::of(&request).caller().as_str();
        let request = request.into_inner();
        let command = Claim {
            caller,
            request_id: request_id(&request.request_id)?,
            assessment_id: id("assessment_id", &request.assessment_id)?,
            application: id("application_id", &request.application_id)?,
        };
        let view = self.0.claim(command, &request).await?;
        Ok(Response::new(pb::ClaimVehicleResponse {
            claim: Some(wire_claim(view)),
        }))
    }

    async fn release_vehicle(
        &self,
        request: Request<pb::ReleaseVehicleRequest>,
    ) -> Result<Response<pb::ReleaseVehicleResponse>, Status> {
        let caller = CallContext::of(&request).caller().as_str();
        let request = request.into_inner();
        let command = Release {
            caller,
            request_id: request_id(&request.request_id)?,
            application: id("application_id", &request.application_id)?,
        };
        Ok(Response::new(self.0.release(command, &request).await?))
    }

    async fn get_claim(
        &self,
        request: Request<pb::GetClaimRequest>,
    ) -> Result<Response<pb::GetClaimResponse>, Status> {
        let application = id("application_id", &request.get_ref().application_id)?;
        let view = self.0.claim_of(application).await?;
        Ok(Response::new(pb::GetClaimResponse {
            claim: view.map(wire_claim),
        }))
    }

    async fn lookup_registration(
        &self,
        request: Request<pb::LookupRegistrationRequest>,
    ) -> Result<Response<pb::LookupRegistrationResponse>, Status> {
        let request = request.into_inner();
        let class = read_class(request.plate_class())
            .ok_or_else(|| Refusal::invalid("plate_class", "unknown_value"))?;
        let plate = PlateNumber::parse_as(class, &request.plate)
            .map_err(|_| Refusal::new(Reason::PlateMalformed).on_field("plate"))?;
        let registered_on = self
            .0
            .registration(&vin(&request.vin)?, class, plate)
            .await?;
        let state = match registered_on {
            Some(_) => pb::RegistrationState::Registered,
            None => pb::RegistrationState::NotRegistered,
        };
        Ok(Response::new(pb::LookupRegistrationResponse {
            state: state.into(),
            registered_on: registered_on.map(|day| day.to_string()).unwrap_or_default(),
        }))
    }
}

impl Vehicles {
    /// What the request is recognised by: what is private in it stands as keyed hashes, in the one
    /// form of each value.
    fn recognised(
        &self,
        request: &pb::AssessVehicleRequest,
        command: &Assess,
    ) -> pb::AssessVehicleRequest {
        let certificate = command
            .support
            .certificate
            .as_ref()
            .map_or("", Certificate::as_str);
        let invoice = self.0.fingerprint(command.invoice.as_str());
        pb::AssessVehicleRequest {
            vin: self.0.fingerprint(command.vin.as_str()),
            purchase_proof: Some(pb::PurchaseProof {
                kind: Some(WireProof::ElectronicInvoice(invoice)),
            }),
            buyer_id: self.0.fingerprint(command.buyer.expose()),
            import_certificate_number: self.0.fingerprint(certificate),
            ..request.clone()
        }
    }
}

fn wire(view: View) -> pb::Assessment {
    let eligibility = match view.eligibility {
        Eligibility::Eligible => pb::Eligibility::Eligible,
        Eligibility::Refused => pb::Eligibility::Refused,
        Eligibility::Pending => pb::Eligibility::Pending,
        Eligibility::UnderReview => pb::Eligibility::UnderReview,
    };
    let energy = match view.energy {
        None => pb::Energy::Unspecified,
        Some(Energy::Battery) => pb::Energy::Battery,
        Some(Energy::NotPurelyBattery) => pb::Energy::NotPurelyBattery,
    };
    let suspected = match view.eligibility {
        Eligibility::UnderReview => &*view.suspicions,
        _ => &[],
    };
    pb::Assessment {
        assessment_id: view.assessment_id.to_string(),
        vin: view.vin.to_string(),
        eligibility: eligibility.into(),
        reasons: reasons(&view.reasons, suspected),
        plate_class: wire_class(view.class).into(),
        decided_at: Some(timestamp(view.decided_at)),
        vehicle_key: view.vehicle_key.to_vec(),
        description: view.description,
        energy: energy.into(),
        purchase_proof_masked: view.purchase_proof,
    }
}

fn wire_claim(view: ClaimView) -> pb::Claim {
    let state = match view.state {
        State::Unverified => pb::ClaimState::Unverified,
        State::Verified => pb::ClaimState::Verified,
        State::Evicted => pb::ClaimState::Evicted,
        State::Lapsed => pb::ClaimState::Lapsed,
        State::Rejected => pb::ClaimState::Rejected,
        State::Released => pb::ClaimState::Released,
    };
    pb::Claim {
        application_id: view.application.to_string(),
        state: state.into(),
        lapses_at: view.lapses_at.map(timestamp),
        reasons: reasons(&view.reasons, &view.suspicions),
        review_id: view.review.map(|id| id.to_string()).unwrap_or_default(),
        assessment: view.assessment.map(wire),
    }
}

/// What is against a vehicle, then what is suspected: `UNDER_REVIEW` with the suspicion's word.
fn reasons(against: &[Refusal], suspected: &[Suspicion]) -> Vec<pb::EligibilityReason> {
    let against = against.iter().map(|refusal| pb::EligibilityReason {
        reason: refusal.reason().code().to_owned(),
        parameters: refusal
            .params()
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    });
    let suspected = suspected.iter().map(|suspicion| pb::EligibilityReason {
        reason: Reason::UnderReview.code().to_owned(),
        parameters: [("suspicion".to_owned(), suspicion.as_str().to_owned())].into(),
    });
    against.chain(suspected).collect()
}

/// R-INF-04: what is wrong with a VIN is told, with the position where there is one.
fn vin(text: &str) -> Result<Vin, Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::required("vin"));
    }
    Vin::parse(text).map_err(|error| {
        let (reason, position) = match error {
            VinError::Length { found } => {
                return Refusal::new(Reason::VinLength)
                    .param("length", found)
                    .on_field("vin");
            }
            VinError::Letter { .. } | VinError::Character { .. } => (Reason::VinCharacter, 1),
            VinError::SerialDigit { .. } => (Reason::VinSerial, 14),
            VinError::ModelYear => (Reason::VinModelYear, 10),
            // One character 17 times passes the formula by chance only.
            VinError::CheckDigit { .. } | VinError::AllEqual => (Reason::VinCheckDigit, 9),
        };
        let position = error.position().unwrap_or(position);
        Refusal::new(reason)
            .param("position", position)
            .on_field("vin")
    })
}

/// R-INF-02: the purchase proof, on paper or digital; where it is wrong stands in the field's path.
fn invoice(proof: Option<&pb::PurchaseProof>) -> Result<InvoiceNumber, Refusal> {
    let read = match proof.and_then(|proof| proof.kind.as_ref()) {
        None => return Err(Refusal::required("purchase_proof")),
        Some(WireProof::PaperInvoice(paper)) => InvoiceNumber::paper(&paper.code, &paper.number),
        Some(WireProof::ElectronicInvoice(number)) => InvoiceNumber::digital(number),
    };
    read.map_err(|error| {
        let place = match error {
            InvoiceError::CodeLength { .. }
            | InvoiceError::CodeDigit { .. }
            | InvoiceError::CodeFirst
            | InvoiceError::CodeTrade => "purchase_proof.paper_invoice.code",
            InvoiceError::NumberLength { .. } | InvoiceError::NumberDigit { .. } => {
                "purchase_proof.paper_invoice.number"
            }
            InvoiceError::DigitalLength { .. }
            | InvoiceError::DigitalDigit { .. }
            | InvoiceError::Region => "purchase_proof.electronic_invoice",
            InvoiceError::Form | InvoiceError::YearInFuture { .. } => "purchase_proof",
        };
        Refusal::new(Reason::PurchaseProofInvalid).on_field(place)
    })
}

fn support(request: &pb::AssessVehicleRequest) -> Result<Support, Refusal> {
    let number = request.import_certificate_number.trim();
    let certificate = match number {
        "" => None,
        number => Some(
            Certificate::parse(number)
                .ok_or_else(|| Refusal::invalid("import_certificate_number", "wrong_format"))?,
        ),
    };
    Ok(Support {
        confirmed: request.import_confirmed,
        certificate,
    })
}
