//! Facts vehicle publishes. It consumes none.

use prost::Message as _;
use xuanhao_chassis::ids::EventId;
use xuanhao_chassis::outbox::Event;
use xuanhao_proto::vehicle::v1 as pb;

use crate::app::refusal_of;
use crate::grpc::wire_class;
use crate::store::assessment::Assessment;

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
        version: 1,
        occurred_at: assessment.decided_at,
        payload,
    }
}
