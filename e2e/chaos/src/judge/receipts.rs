//! I3 and I4: what callers were told, against the rows.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use super::{Index, Invariant, Verdict};
use crate::evidence::Row;
use crate::history::{Answer, Call, Outcome, RowId, What};

pub(super) fn judge(index: &Index<'_>, verdict: &mut Verdict) {
    let mut operations: BTreeMap<(Uuid, u64), Vec<&Call>> = BTreeMap::new();
    for call in &index.evidence.calls {
        if let Answer::Told { row, outcome } = &call.answer {
            durable(index, call, *row, outcome, verdict);
        }
        if call.ask.op_no > 0 {
            let calls = operations.entry((call.ask.application, call.ask.op_no));
            calls.or_default().push(call);
        }
    }
    for ((application, op_no), calls) in &operations {
        one_effect(index, *application, *op_no, calls, verdict);
    }
}

/// Every answer has its row, and says what the row says.
fn durable(
    index: &Index<'_>,
    call: &Call,
    row: Option<RowId>,
    outcome: &Outcome,
    verdict: &mut Verdict,
) {
    let (office, application) = (call.ask.office.as_str(), call.ask.application);
    let mut check = |holds: bool, what: &str| {
        verdict.check(Invariant::Durable, holds, || {
            format!(
                "{office}: {application} op {}: {what}: {outcome:?} at {row:?}",
                call.ask.op_no
            )
        });
    };
    match outcome {
        Outcome::NoneFree => return,
        Outcome::NeverRecorded if row.is_none() => return,
        Outcome::Closed(plate) => {
            let log = index.logs.get(office).into_iter().flatten();
            let mut rows = log.filter(|row| row.application == Some(application));
            check(rows.any(|row| row.kind == "close"), "no row of its closing");
            if let Some(plate) = plate {
                check(has(index, application, plate), "no such allocation");
            }
            return;
        }
        Outcome::Returned(Some(plate)) => {
            let of = index.evidence.allocations.iter();
            let mut of = of.filter(|one| one.application == Some(application));
            let ended = of.any(|one| one.plate == *plate && one.ended_at.is_some());
            return check(ended, "its life has not ended");
        }
        Outcome::Returned(None) => return,
        _ => {}
    }
    let Some(found) = row.and_then(|id| index.row(office, id)) else {
        return check(false, "no such row");
    };
    let same = Some(found.id) == row
        && found.application == Some(application)
        && found.op_no == call.ask.op_no;
    check(same, "the row is of something else");
    check(agrees(index, found, outcome), "the row says something else");
}

fn has(index: &Index<'_>, application: Uuid, plate: &str) -> bool {
    let mut all = index.evidence.allocations.iter();
    all.any(|one| one.application == Some(application) && one.plate == plate)
}

fn agrees(index: &Index<'_>, row: &Row, outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Held(held) => row.outcome == "held" && row.held == *held,
        Outcome::Allocated(plate) => {
            let made = index
                .allocations
                .get(&(&*row.office, row.id.epoch, row.id.seq));
            row.outcome == "allocated"
                && made.is_some_and(|made| made.iter().any(|one| one.plate == *plate))
        }
        Outcome::AllMissed => row.outcome == "all_missed",
        Outcome::GivenUp => row.outcome == "given_up",
        Outcome::TooLittleTime => row.outcome == "dropped",
        Outcome::NeverRecorded => row.outcome == "refused",
        Outcome::NoneFree | Outcome::Closed(_) | Outcome::Returned(_) => true,
    }
}

/// All calls about one operation.
fn one_effect(
    index: &Index<'_>,
    application: Uuid,
    op_no: u64,
    calls: &[&Call],
    verdict: &mut Verdict,
) {
    let effects: Vec<_> = index.effects(application, op_no).collect();
    let mut check = |holds: bool, what: &dyn Fn() -> String| {
        verdict.check(Invariant::OneEffect, holds, || {
            format!("{application} op {op_no}: {}", what())
        });
    };
    check(effects.len() <= 1, &|| format!("{} effects", effects.len()));
    let (mut receipts, mut inputs, mut never) = (HashSet::new(), Vec::<&What>::new(), false);
    // Whatever was certainly refused or never was wrote nothing.
    let mut refused_only = true;
    for call in calls {
        let is_operation = call.ask.what.is_operation();
        match &call.answer {
            Answer::Told { outcome, .. } if *outcome == Outcome::NeverRecorded => never = true,
            Answer::Told {
                outcome: Outcome::NoneFree,
                ..
            } => {}
            Answer::Told { row, outcome } => {
                refused_only = false;
                if *outcome != Outcome::TooLittleTime {
                    receipts.extend(*row);
                }
                if is_operation && !inputs.contains(&&call.ask.what) {
                    inputs.push(&call.ask.what);
                }
            }
            Answer::Refused { .. } => {}
            Answer::Unknown { .. } => refused_only &= !is_operation,
        }
    }
    check(receipts.len() <= 1, &|| {
        format!("{} receipts: {receipts:?}", receipts.len())
    });
    check(inputs.len() <= 1, &|| {
        format!("different requests were carried out: {inputs:?}")
    });
    check(!never || effects.is_empty(), &|| {
        format!(
            "it was told never to have been, and is at {:?}",
            effects[0].id
        )
    });
    check(!refused_only || effects.is_empty(), &|| {
        format!("it was refused, and is at {:?}", effects[0].id)
    });
}
