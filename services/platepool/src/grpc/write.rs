//! Answers in the contract's words.

use xuanhao_chassis::grpc::timestamp;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::PlateKey;

use crate::app::{AllocationView, BatchView, Became, Dropped, Outcome, SegmentView};
use crate::domain::hold::HoldSet;
use crate::wire;

pub(super) fn outcome(outcome: Outcome) -> pb::Outcome {
    use pb::outcome::Result as Wire;
    let result = match outcome.became {
        Became::Allocated(taken) => Wire::Allocated(allocation(taken)),
        Became::Held(set) => Wire::Held(holding(&set)),
        Became::AllMissed(wishes) => Wire::AllMissed(pb::AllMissed {
            wishes: numbers(&wishes),
        }),
        Became::NoneFree => Wire::NoneFree(pb::NoneFree {}),
        Became::Dropped(dropped) => Wire::Dropped(pb::Dropped {
            reason: match dropped {
                Dropped::GivenUp => pb::DroppedReason::GivenUp,
                Dropped::NeverRecorded => pb::DroppedReason::NeverRecorded,
                Dropped::TooLittleTime => pb::DroppedReason::TooLittleTime,
            }
            .into(),
        }),
    };
    let (decided_at, key) = outcome.row.unzip();
    pb::Outcome {
        decided_at: decided_at.map(timestamp),
        epoch: key.map_or(0, |key| signed(key.epoch)),
        seq: key.map_or(0, |key| signed(key.seq)),
        result: Some(result),
    }
}

pub(super) fn holding(set: &HoldSet) -> pb::Holding {
    let (column, basket) = (set.column.as_ref(), set.basket.as_ref());
    // The one candidate that went into the basket was drawn too.
    let drawn = column.map_or(0, |column| column.plates.len() + usize::from(column.chosen));
    pb::Holding {
        column: column
            .map(|column| numbers(&column.plates))
            .unwrap_or_default(),
        column_until: column.map(|column| timestamp(column.until)),
        basket: basket
            .map(|basket| numbers(&basket.plates))
            .unwrap_or_default(),
        basket_until: basket.map(|basket| timestamp(basket.until)),
        drawn: i32::try_from(drawn).unwrap_or(i32::MAX),
    }
}

pub(super) fn allocation(view: AllocationView) -> pb::Allocation {
    let (class, number) = view.plate.unpack();
    let life = match (view.has_ended, view.is_registered) {
        (true, _) => pb::AllocationLife::Ended,
        (false, true) => pb::AllocationLife::Registered,
        (false, false) => pb::AllocationLife::Live,
    };
    pb::Allocation {
        allocation_id: view.id.to_string(),
        application_id: view
            .application
            .map(|id| id.to_string())
            .unwrap_or_default(),
        office: view.office.to_string(),
        plate_class: wire::class(class).into(),
        plate: number.to_string(),
        channel: wire::channel(view.channel).into(),
        decided_at: Some(timestamp(view.decided_at)),
        life: life.into(),
        op_no: view.op_no,
    }
}

pub(super) fn batch(view: BatchView) -> pb::Batch {
    let state = match (view.import_closed_at, view.released_at) {
        (_, Some(_)) => pb::BatchState::Released,
        (Some(_), None) => pb::BatchState::Closed,
        (None, None) => pb::BatchState::Prepared,
    };
    pb::Batch {
        batch_id: view.id.to_string(),
        office: view.office.to_string(),
        name: view.name,
        segments: view.segments.into_iter().map(segment).collect(),
        state: state.into(),
        imported: view.imported,
        added_at: Some(timestamp(view.added_at)),
        released_at: view.released_at.map(timestamp),
    }
}

fn segment(view: SegmentView) -> pb::Segment {
    pb::Segment {
        segment_id: view.id.to_string(),
        issuing_code: view.code.to_string(),
        plate_class: wire::class(view.class).into(),
        mask: view.mask.to_string(),
        count: view.mask.count(),
    }
}

fn numbers(plates: &[PlateKey]) -> Vec<String> {
    plates
        .iter()
        .map(|plate| plate.unpack().1.to_string())
        .collect()
}

pub(super) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
