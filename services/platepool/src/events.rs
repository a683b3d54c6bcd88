//! Facts the pool publishes. They are written by the statement that makes them true.

use prost::Message;
use uuid::Uuid;
use xuanhao_chassis::grpc::timestamp;
use xuanhao_chassis::ids::EventId;
use xuanhao_chassis::outbox::Event;
use xuanhao_proto::platepool::v1 as pb;

use crate::app::derived;
use crate::domain::rows::{Batch, Fact};
use crate::store::opening::Opening;
use crate::store::returning::Order;
use crate::store::statement::Told;
use crate::wire;

/// `plate.allocated`: a citizen's application took a number.
pub(crate) fn plate_allocated(batch: &Batch, fact: &Fact) -> Option<Told> {
    let row = batch.allocations.iter().find(|row| row.key == fact.key)?;
    let entry = batch.entries.iter().find(|entry| entry.key == fact.key)?;
    let allocation = derived::allocation_id(batch.office, batch.decided_at, row.key, row.plate);
    let (class, number) = row.plate.unpack();
    let message = pb::PlateAllocated {
        allocation_id: allocation.to_string(),
        application_id: row.application?.0.to_string(),
        plate_class: wire::class(class).into(),
        plate: number.to_string(),
        channel: wire::channel(row.channel).into(),
        op_no: entry.op_no,
        decided_at: Some(timestamp(batch.decided_at)),
    };
    Some(told(
        batch,
        fact,
        "plate.allocated",
        ("allocation", allocation.as_uuid(), 1),
        &message,
    ))
}

/// `batch.released`: a batch opened.
pub(crate) fn batch_released(batch: &Batch, fact: &Fact, id: Uuid, name: &str, count: u64) -> Told {
    let message = pb::BatchReleased {
        batch_id: id.to_string(),
        name: name.to_owned(),
        count,
    };
    told(batch, fact, "batch.released", ("batch", id, 1), &message)
}

/// `plate.returned`: a number is on its way back. When it arrives is not told.
pub(crate) fn plate_returned(batch: &Batch, fact: &Fact, order: &Order) -> Told {
    let (class, number) = order.plate.unpack();
    let message = pb::PlateReturned {
        allocation_id: order.allocation.to_string(),
        application_id: order.application.to_string(),
        plate_class: wire::class(class).into(),
        plate: number.to_string(),
        reason: order.reason.clone(),
    };
    told(
        batch,
        fact,
        "plate.returned",
        ("allocation", order.allocation.as_uuid(), 2),
        &message,
    )
}

/// `batch.released`, of a batch that opened at its announced time.
pub(crate) fn batch_opened(id: EventId, opening: &Opening, name: &str, count: u64) -> Event {
    let batch_id = opening.batch.to_string();
    let message = pb::BatchReleased {
        batch_id: batch_id.clone(),
        name: name.to_owned(),
        count,
    };
    Event {
        id,
        kind: "batch.released".into(),
        province: opening.office.province().as_str().to_owned(),
        office: Some(opening.office.as_str().to_owned()),
        aggregate_kind: "batch".into(),
        aggregate_id: batch_id,
        version: 1,
        occurred_at: opening.opens_at,
        payload: message.encode_to_vec(),
    }
}

fn told(
    batch: &Batch,
    fact: &Fact,
    kind: &'static str,
    (aggregate_kind, aggregate_id, version): (&'static str, Uuid, i64),
    message: &impl Message,
) -> Told {
    Told {
        seq: fact.key.seq,
        event_id: derived::event_id(batch.office, batch.decided_at, fact.key).as_uuid(),
        kind,
        aggregate_kind,
        aggregate_id,
        version,
        payload: message.encode_to_vec(),
    }
}
