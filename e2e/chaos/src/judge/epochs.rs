//! V4: who wrote when.

use std::collections::HashSet;

use super::{Index, Invariant, Verdict};

pub(super) fn judge(index: &Index<'_>, verdict: &mut Verdict) {
    for (office, log) in &index.logs {
        let mut places = HashSet::new();
        for row in log {
            let place = (row.id.epoch, row.id.seq);
            verdict.check(Invariant::CurrentEpoch, places.insert(place), || {
                format!("{office}: two rows at {place:?}")
            });
        }
        // Both orders are one: by instant, and by epoch and number.
        for pair in log.windows(2) {
            let (one, two) = (pair[0].id, pair[1].id);
            let in_order = (one.epoch, one.seq) < (two.epoch, two.seq);
            verdict.check(Invariant::CurrentEpoch, in_order, || {
                format!("{office}: {two:?} comes after {one:?}")
            });
        }
    }
    // Once an epoch is over, its rows are all there are.
    for sample in &index.evidence.samples {
        let log = index.logs.get(sample.office.as_str());
        let earlier = log
            .into_iter()
            .flatten()
            .filter(|row| row.id.epoch < sample.epoch);
        let earlier = i64::try_from(earlier.count()).unwrap_or(i64::MAX);
        verdict.check(Invariant::CurrentEpoch, earlier == sample.earlier_rows, || {
            format!(
                "{}: epoch {} had begun over {} rows of earlier epochs, and now there are {earlier}",
                sample.office, sample.epoch, sample.earlier_rows
            )
        });
    }
}
