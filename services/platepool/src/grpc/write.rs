//! Answers in the contract's words.

use std::fmt::Write as _;

use xuanhao_chassis::grpc::timestamp;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::{PlateKey, Serial};

use crate::app::{
    AllocationView, BatchView, Became, DayView, Dropped, OpeningView, Outcome, SegmentLife,
    SegmentView, Warning, WithholdingView,
};
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
    let state = match (view.import_closed_at, view.released_at, view.announced) {
        (_, Some(_), _) => pb::BatchState::Released,
        (Some(_), None, Some(_)) => pb::BatchState::Announced,
        (Some(_), None, None) => pb::BatchState::Closed,
        (None, None, _) => pb::BatchState::Prepared,
    };
    let (announced_at, opens_at) = view.announced.unzip();
    pb::Batch {
        batch_id: view.id.to_string(),
        office: view.office.to_string(),
        name: view.name,
        segments: view.segments.into_iter().map(segment).collect(),
        state: state.into(),
        imported: view.imported,
        added_at: Some(timestamp(view.added_at)),
        released_at: view.released_at.map(timestamp),
        opens_at: opens_at.map(timestamp),
        announced_at: announced_at.map(timestamp),
        withdrawn_reason: view.withdrawn_reason.unwrap_or_default(),
    }
}

pub(super) fn warning(warning: Warning) -> pb::PoolWarning {
    let parameters = warning.parameters.into_iter();
    pb::PoolWarning {
        warning: warning.word.to_owned(),
        parameters: parameters
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    }
}

pub(super) fn opening(view: OpeningView) -> pb::Opening {
    pb::Opening {
        batch_id: view.batch.id.to_string(),
        name: view.batch.name,
        opens_at: Some(timestamp(view.opens_at)),
        announced_at: Some(timestamp(view.announced_at)),
        segments: view.batch.segments.into_iter().map(segment).collect(),
        withdrawn_reason: view.withdrawn_reason.unwrap_or_default(),
    }
}

pub(super) fn withholding(view: WithholdingView) -> pb::Withholding {
    pb::Withholding {
        withholding_id: view.id.to_string(),
        plate_class: wire::class(view.class).into(),
        plates: numbers(&view.plates),
        public_reason: view.reason,
        withheld_at: Some(timestamp(view.withheld_at)),
    }
}

pub(super) fn day(view: DayView) -> pb::DayFigures {
    let [free, allocated, returned] = view.at_least;
    pb::DayFigures {
        day: view.day.to_string(),
        plate_class: wire::class(view.class).into(),
        released: view.released,
        free_at_least: free,
        allocated_at_least: allocated,
        returned_at_least: returned,
        step: view.step,
    }
}

fn segment(view: SegmentView) -> pb::Segment {
    let life = match view.life {
        SegmentLife::Unreleased => pb::SegmentLife::Unreleased,
        SegmentLife::RandomOnly => pb::SegmentLife::RandomOnly,
        SegmentLife::Open => pb::SegmentLife::Open,
    };
    pb::Segment {
        segment_id: view.id.to_string(),
        issuing_code: view.code.to_string(),
        plate_class: wire::class(view.class).into(),
        mask: view.mask.to_string(),
        count: view.mask.count(),
        life: life.into(),
        open_since: view.open_since.map(timestamp),
    }
}

/// Bytes of a plate number: those of its province, a letter, a serial.
const LONGEST_NUMBER: usize = "粤".len() + 1 + Serial::LONGEST;

fn numbers(plates: &[PlateKey]) -> Vec<String> {
    let text = |plate: &PlateKey| {
        // An answer has ten of them: none is made in pieces.
        let mut text = String::with_capacity(LONGEST_NUMBER);
        write!(text, "{}", plate.unpack().1).expect("a string takes all that is written");
        text
    };
    plates.iter().map(text).collect()
}

pub(super) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
