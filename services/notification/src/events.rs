//! Facts notification publishes. It consumes none.

use jiff::Timestamp;
use prost::Message as _;
use xuanhao_chassis::ids::{EventId, MessageId};
use xuanhao_chassis::outbox::Event;
use xuanhao_proto::notification::v1 as pb;
use xuanhao_vocabulary::{OfficeId, ProvinceId};

use crate::domain::message::Failure;

/// A message that came to its end.
#[derive(Debug, Clone)]
pub(crate) struct Finished {
    pub(crate) message_id: MessageId,
    pub(crate) province: ProvinceId,
    pub(crate) office: Option<OfficeId>,
    pub(crate) template: String,
    pub(crate) version: i64,
}

/// `message.delivered`.
pub(crate) fn delivered(id: EventId, finished: &Finished, provider: &str, at: Timestamp) -> Event {
    let fact = pb::MessageDelivered {
        message_id: finished.message_id.to_string(),
        template: finished.template.clone(),
        provider: provider.to_owned(),
    };
    event(id, "message.delivered", finished, at, fact.encode_to_vec())
}

/// `message.failed`.
pub(crate) fn failed(id: EventId, finished: &Finished, failure: Failure, at: Timestamp) -> Event {
    let fact = pb::MessageFailed {
        message_id: finished.message_id.to_string(),
        template: finished.template.clone(),
        failure: failure.as_str().to_owned(),
    };
    event(id, "message.failed", finished, at, fact.encode_to_vec())
}

fn event(
    id: EventId,
    kind: &'static str,
    finished: &Finished,
    at: Timestamp,
    payload: Vec<u8>,
) -> Event {
    Event {
        id,
        kind: kind.into(),
        province: finished.province.to_string(),
        office: finished.office.map(|office| office.to_string()),
        aggregate_kind: "message".into(),
        aggregate_id: finished.message_id.to_string(),
        version: finished.version,
        occurred_at: at,
        payload,
    }
}
