//! Peers that act as the vehicle service, identity and notification.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tonic::{Request, Response, Status};
use uuid::Uuid;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::common::v1::PlateClass;
use xuanhao_proto::notification::v1 as notification;
use xuanhao_proto::notification::v1::notification_service_server::NotificationService;
use xuanhao_proto::vehicle::v1 as vehicle;
use xuanhao_proto::vehicle::v1::vehicle_service_server::VehicleService;
use xuanhao_vocabulary::Vin;

#[derive(Debug, Default)]
pub(crate) struct Cars {
    pub(crate) assessments: HashMap<String, vehicle::Assessment>,
    /// Application by VIN.
    pub(crate) claims: HashMap<String, String>,
    pub(crate) released: Vec<String>,
    pub(crate) refuses: Option<Reason>,
    pub(crate) away: bool,
    /// What the registry says; unspecified is no answer.
    pub(crate) registration: vehicle::LookupRegistrationResponse,
    pub(crate) buyer_ids: Vec<String>,
    /// Of the next assessments; a small car when none is said.
    pub(crate) class: Option<PlateClass>,
    pub(crate) energy: vehicle::Energy,
    /// What the next claims answer instead of being verified.
    pub(crate) unverified: bool,
    /// The review an unverified claim waits for.
    pub(crate) review: String,
    /// What is said of an application's claim when it is asked for.
    pub(crate) standing: HashMap<String, vehicle::Claim>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct FakeVehicle(Arc<Mutex<Cars>>);

impl FakeVehicle {
    pub(crate) fn cars(&self) -> MutexGuard<'_, Cars> {
        self.0.lock().unwrap()
    }

    pub(crate) fn registry_says(&self, state: vehicle::RegistrationState, on: &str) {
        let registration = &mut self.cars().registration;
        registration.set_state(state);
        registration.registered_on = on.to_owned();
    }
}

#[tonic::async_trait]
impl VehicleService for FakeVehicle {
    async fn assess_vehicle(
        &self,
        request: Request<vehicle::AssessVehicleRequest>,
    ) -> Result<Response<vehicle::AssessVehicleResponse>, Status> {
        let request = request.into_inner();
        let mut cars = self.cars();
        if cars.away {
            return Err(Refusal::new(Reason::CheckUnavailable).into());
        }
        cars.buyer_ids.push(request.buyer_id.clone());
        let vin = Vin::parse(&request.vin).map_err(|_| {
            Refusal::new(Reason::VinCheckDigit)
                .param("position", 9u8)
                .on_field("vin")
        })?;
        let mut vehicle_key = vin.as_str().as_bytes().to_vec();
        vehicle_key.resize(32, 0);
        let refused = cars.refuses;
        let eligibility = if refused.is_some() {
            vehicle::Eligibility::Refused
        } else {
            vehicle::Eligibility::Eligible
        };
        let reasons = refused.iter().map(|reason| vehicle::EligibilityReason {
            reason: reason.code().to_owned(),
            parameters: std::collections::BTreeMap::new(),
        });
        let assessment = vehicle::Assessment {
            assessment_id: Uuid::from_u128(0xA55E_0000 + cars.assessments.len() as u128)
                .to_string(),
            vin: vin.as_str().to_owned(),
            eligibility: eligibility.into(),
            reasons: reasons.collect(),
            plate_class: cars.class.unwrap_or(PlateClass::Small).into(),
            decided_at: None,
            vehicle_key,
            description: "别克牌 SGM7150".to_owned(),
            energy: cars.energy.into(),
            purchase_proof_masked: "电子发票 …5678".to_owned(),
        };
        cars.assessments
            .insert(assessment.assessment_id.clone(), assessment.clone());
        Ok(Response::new(vehicle::AssessVehicleResponse {
            assessment: Some(assessment),
        }))
    }

    async fn get_assessment(
        &self,
        request: Request<vehicle::GetAssessmentRequest>,
    ) -> Result<Response<vehicle::GetAssessmentResponse>, Status> {
        let assessment = self
            .cars()
            .assessments
            .get(&request.into_inner().assessment_id)
            .cloned();
        Ok(Response::new(vehicle::GetAssessmentResponse { assessment }))
    }

    async fn claim_vehicle(
        &self,
        request: Request<vehicle::ClaimVehicleRequest>,
    ) -> Result<Response<vehicle::ClaimVehicleResponse>, Status> {
        let request = request.into_inner();
        let mut cars = self.cars();
        if cars.away {
            return Err(Status::unavailable("away"));
        }
        let assessment = cars.assessments[&request.assessment_id].clone();
        let mut claim = vehicle::Claim {
            application_id: request.application_id.clone(),
            state: vehicle::ClaimState::Unverified.into(),
            lapses_at: None,
            reasons: Vec::new(),
            review_id: cars.review.clone(),
            assessment: None,
        };
        if cars.unverified {
            cars.standing
                .insert(request.application_id.clone(), claim.clone());
            return Ok(Response::new(vehicle::ClaimVehicleResponse {
                claim: Some(claim),
            }));
        }
        let vin = assessment.vin.clone();
        let holder = cars
            .claims
            .entry(vin)
            .or_insert_with(|| request.application_id.clone());
        if *holder != request.application_id {
            return Err(Refusal::new(Reason::VinInUse).into());
        }
        claim.set_state(vehicle::ClaimState::Verified);
        claim.assessment = Some(assessment);
        let application = request.application_id;
        cars.standing.insert(application, claim.clone());
        Ok(Response::new(vehicle::ClaimVehicleResponse {
            claim: Some(claim),
        }))
    }

    async fn get_claim(
        &self,
        request: Request<vehicle::GetClaimRequest>,
    ) -> Result<Response<vehicle::GetClaimResponse>, Status> {
        let application = request.into_inner().application_id;
        let claim = self.cars().standing.get(&application).cloned();
        Ok(Response::new(vehicle::GetClaimResponse { claim }))
    }

    async fn release_vehicle(
        &self,
        request: Request<vehicle::ReleaseVehicleRequest>,
    ) -> Result<Response<vehicle::ReleaseVehicleResponse>, Status> {
        let application = request.into_inner().application_id;
        let mut cars = self.cars();
        cars.claims.retain(|_, holder| *holder != application);
        cars.released.push(application);
        Ok(Response::new(vehicle::ReleaseVehicleResponse {}))
    }

    async fn lookup_registration(
        &self,
        _request: Request<vehicle::LookupRegistrationRequest>,
    ) -> Result<Response<vehicle::LookupRegistrationResponse>, Status> {
        let answer = self.cars().registration.clone();
        if answer.state() == vehicle::RegistrationState::Unspecified {
            return Err(Refusal::new(Reason::CheckUnavailable).into());
        }
        Ok(Response::new(answer))
    }
}

pub(crate) fn unasked<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("selection does not ask"))
}

#[derive(Debug, Default)]
pub(crate) struct Post {
    pub(crate) away: bool,
    /// By request id: a repeat sends nothing twice.
    pub(crate) messages: HashMap<String, notification::EnqueueMessageRequest>,
    pub(crate) asked: usize,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct FakeNotification(Arc<Mutex<Post>>);

impl FakeNotification {
    pub(crate) fn post(&self) -> MutexGuard<'_, Post> {
        self.0.lock().unwrap()
    }
}

#[tonic::async_trait]
impl NotificationService for FakeNotification {
    async fn enqueue_message(
        &self,
        request: Request<notification::EnqueueMessageRequest>,
    ) -> Result<Response<notification::EnqueueMessageResponse>, Status> {
        let request = request.into_inner();
        let mut post = self.post();
        post.asked += 1;
        if post.away {
            return Err(Status::unavailable("away"));
        }
        let message_id = request.request_id.clone();
        post.messages.insert(message_id.clone(), request);
        Ok(Response::new(notification::EnqueueMessageResponse {
            message_id,
        }))
    }

    async fn set_contact_point(
        &self,
        _: Request<notification::SetContactPointRequest>,
    ) -> Result<Response<notification::SetContactPointResponse>, Status> {
        unasked()
    }

    async fn get_message(
        &self,
        _: Request<notification::GetMessageRequest>,
    ) -> Result<Response<notification::GetMessageResponse>, Status> {
        unasked()
    }

    async fn list_messages(
        &self,
        _: Request<notification::ListMessagesRequest>,
    ) -> Result<Response<notification::ListMessagesResponse>, Status> {
        unasked()
    }

    async fn list_templates(
        &self,
        _: Request<notification::ListTemplatesRequest>,
    ) -> Result<Response<notification::ListTemplatesResponse>, Status> {
        unasked()
    }

    async fn set_template_approval(
        &self,
        _: Request<notification::SetTemplateApprovalRequest>,
    ) -> Result<Response<notification::SetTemplateApprovalResponse>, Status> {
        unasked()
    }

    async fn list_providers(
        &self,
        _: Request<notification::ListProvidersRequest>,
    ) -> Result<Response<notification::ListProvidersResponse>, Status> {
        unasked()
    }
}
