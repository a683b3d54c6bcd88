//! Facts vehicle publishes. It consumes none.

use jiff::Timestamp;
use prost::Message as _;
use xuanhao_chassis::ids::EventId;
use xuanhao_chassis::outbox::Event;
use xuanhao_proto::vehicle::v1 as pb;
use xuanhao_vocabulary::OfficeId;

use crate::app::refusal_of;
use crate::domain::claim::State;
use crate::domain::review::ReviewId;
use crate::grpc::wire_class;
use crate::store::assessment::Assessment;
use crate::store::claim::Claim;

/// `vehicle.accepted` or `vehicle.rejected`.
pub(crate) fn decided(id: EventId, assessment: &Assessment) -> Event {
    let (assessment_id, application_id, vehicle_key) = (
        assessment.assessment_id.to_string(),
        assessment.application_id.to_string(),
        assessment.taken.vehicle.to_vec(),
    );
    let (kind, payload) = if assessment.grounds.is_empty() {
        let plate_class = wire_class(assessment.class).into();
        let fact = pb::VehicleAccepted {
            assessment_id,
            application_id,
            vehicle_key,
            plate_class,
        };
        ("vehicle.accepted", fact.encode_to_vec())
    } else {
        let mut reasons: Vec<String> = Vec::new();
        for ground in &assessment.grounds {
            let code = refusal_of(*ground).reason().code().to_owned();
            // Several grounds can share a reason.
            if !reasons.contains(&code) {
                reasons.push(code);
            }
        }
        let fact = pb::VehicleRejected {
            assessment_id,
            application_id,
            vehicle_key,
            reasons,
        };
        ("vehicle.rejected", fact.encode_to_vec())
    };
    Event {
        id,
        kind: kind.into(),
        province: assessment.office.province().to_string(),
        office: Some(assessment.office.to_string()),
        aggregate_kind: "assessment".into(),
        aggregate_id: assessment.assessment_id.to_string(),
        version: assessment.version,
        occurred_at: assessment.decided_at,
        payload,
    }
}

/// `claim.verified`: an unverified claim was verified.
pub(crate) fn claim_verified(id: EventId, claim: &Claim, now: Timestamp) -> Event {
    let fact = pb::ClaimVerified {
        application_id: claim.application_id.to_string(),
        vehicle_key: claim.taken.vehicle.to_vec(),
    };
    of_claim(id, "claim.verified", claim, 2, now, fact.encode_to_vec())
}

/// `claim.ended`: evicted, lapsed or rejected.
pub(crate) fn claim_ended(id: EventId, claim: &Claim, cause: State, now: Timestamp) -> Event {
    let fact = pb::ClaimEnded {
        application_id: claim.application_id.to_string(),
        vehicle_key: claim.taken.vehicle.to_vec(),
        cause: cause.as_str().to_owned(),
    };
    of_claim(id, "claim.ended", claim, 3, now, fact.encode_to_vec())
}

/// `review.opened`: an officer opened a review.
pub(crate) fn review_opened(id: EventId, claim: &Claim, review: ReviewId, now: Timestamp) -> Event {
    let fact = pb::ReviewOpened {
        application_id: claim.application_id.to_string(),
        review_id: review.to_string(),
    };
    Event {
        aggregate_kind: "review".into(),
        aggregate_id: review.to_string(),
        ..of_claim(id, "review.opened", claim, 1, now, fact.encode_to_vec())
    }
}

/// A claim is made, perhaps verified, and ends: its versions are 1, 2 and 3.
fn of_claim(
    id: EventId,
    kind: &'static str,
    claim: &Claim,
    version: i64,
    now: Timestamp,
    payload: Vec<u8>,
) -> Event {
    let office: OfficeId = claim.office;
    Event {
        id,
        kind: kind.into(),
        province: office.province().to_string(),
        office: Some(office.to_string()),
        aggregate_kind: "claim".into(),
        aggregate_id: claim.claim_id.to_string(),
        version,
        occurred_at: now,
        payload,
    }
}
