//! The pool's own figures.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram};
use xuanhao_vocabulary::{OfficeId, PlateClass};

use super::peers::Passed;
use crate::domain::engine::Lost;
use crate::domain::rows::Batch;
use crate::store;

struct Metrics {
    numbers: Gauge<u64>,
    epoch: Gauge<u64>,
    waiting: Gauge<u64>,
    operations: Counter<u64>,
    batch: Histogram<u64>,
    rebuilds: Counter<u64>,
    broken: Counter<u64>,
    owned: Gauge<u64>,
    replicas: Gauge<u64>,
    handovers: Counter<u64>,
    forwarded: Counter<u64>,
    waiting_for_owner: Gauge<u64>,
}

static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let meter = opentelemetry::global::meter("xuanhao");
    Metrics {
        numbers: meter
            .u64_gauge("pool.numbers")
            .with_description(
                "Numbers by office, class and state: free, held, allocated, returning.",
            )
            .build(),
        epoch: meter
            .u64_gauge("pool.epoch")
            .with_description("The writer's epoch by office.")
            .build(),
        waiting: meter
            .u64_gauge("pool.waiting")
            .with_description("Requests that wait undecided, by office.")
            .build(),
        operations: meter
            .u64_counter("pool.rows")
            .with_description(
                "Rows of the log by office, kind and outcome: draws, misses, confirmations.",
            )
            .build(),
        batch: meter
            .u64_histogram("pool.batch")
            .with_description("Rows committed by one statement.")
            .with_boundaries(vec![
                1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0,
            ])
            .build(),
        rebuilds: meter
            .u64_counter("pool.rebuilds")
            .with_description("Memories thrown away, by office and reason.")
            .build(),
        broken: meter
            .u64_counter("pool.broken_audits")
            .with_description("Audits that found a number twice or lost, by office. Never but 0.")
            .build(),
        owned: meter
            .u64_gauge("pool.owned_offices")
            .with_description("Offices that this process writes for.")
            .build(),
        replicas: meter
            .u64_gauge("pool.replicas")
            .with_description("Processes of the pool that live, as this one sees them.")
            .build(),
        handovers: meter
            .u64_counter("pool.handovers")
            .with_description("Offices handed over, by reason (leaving, spread) and outcome.")
            .build(),
        forwarded: meter
            .u64_counter("pool.forwarded")
            .with_description("Requests passed on to the writer of their office, by outcome.")
            .build(),
        waiting_for_owner: meter
            .u64_gauge("pool.waiting_for_owner")
            .with_description("Requests that wait for somebody to write for their office.")
            .build(),
    }
});

/// How many numbers of a class are in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassFigures {
    /// The class.
    pub class: PlateClass,
    /// In open segments.
    pub released: u64,
    /// Free.
    pub free: u64,
    /// Held by applications.
    pub held: u64,
    /// Allocated.
    pub allocated: u64,
    /// Lapsed and not free again.
    pub returning: u64,
}

pub(super) fn tell_figures(office: OfficeId, figures: &ClassFigures) {
    let states = [
        ("free", figures.free),
        ("held", figures.held),
        ("allocated", figures.allocated),
        ("returning", figures.returning),
    ];
    for (state, count) in states {
        let class = KeyValue::new("class", figures.class.as_str());
        METRICS
            .numbers
            .record(count, &[of(office), class, KeyValue::new("state", state)]);
    }
}

pub(super) fn tell_engine(office: OfficeId, epoch: u64, waiting: usize) {
    METRICS.epoch.record(epoch, &[of(office)]);
    METRICS.waiting.record(waiting as u64, &[of(office)]);
}

pub(super) fn count_batch(batch: &Batch) {
    METRICS.batch.record(batch.entries.len() as u64, &[]);
    // Most rows of a batch are of one kind: a counter costs more than a look at a small map.
    let mut counts = BTreeMap::<_, u64>::new();
    for entry in &batch.entries {
        let labels = (store::kind(&entry.command), store::outcome(&entry.outcome));
        *counts.entry(labels).or_default() += 1;
    }
    for ((kind, outcome), count) in counts {
        let labels = [
            of(batch.office),
            KeyValue::new("kind", kind),
            KeyValue::new("outcome", outcome),
        ];
        METRICS.operations.add(count, &labels);
    }
}

pub(super) fn count_rebuild(office: OfficeId, why: Lost) {
    let why = match why {
        Lost::Fenced => "fenced",
        Lost::OutcomeUnknown => "outcome_unknown",
        Lost::Contradicted => "contradicted",
    };
    METRICS
        .rebuilds
        .add(1, &[of(office), KeyValue::new("reason", why)]);
}

pub(super) fn count_broken(office: OfficeId) {
    METRICS.broken.add(1, &[of(office)]);
}

pub(super) fn tell_spread(owned: usize, replicas: usize) {
    METRICS.owned.record(owned as u64, &[]);
    METRICS.replicas.record(replicas as u64, &[]);
}

pub(super) fn count_handover(reason: &'static str, is_gone: bool) {
    let outcome = if is_gone { "handed_over" } else { "kept" };
    METRICS.handovers.add(
        1,
        &[
            KeyValue::new("reason", reason),
            KeyValue::new("outcome", outcome),
        ],
    );
}

pub(super) fn count_forwarded(office: OfficeId, passed: &Passed) {
    let outcome = match passed {
        Passed::Told(_) => "told",
        Passed::Nowhere => "not_owner",
        Passed::Lost => "lost",
    };
    METRICS
        .forwarded
        .add(1, &[of(office), KeyValue::new("outcome", outcome)]);
}

pub(super) fn tell_waiting_for_owner(waiting: usize) {
    METRICS.waiting_for_owner.record(waiting as u64, &[]);
}

fn of(office: OfficeId) -> KeyValue {
    KeyValue::new("office", office.to_string())
}
