//! I6: what the bus was told.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{Index, Invariant, Verdict};

pub(super) fn judge(index: &Index<'_>, verdict: &mut Verdict) {
    let evidence = index.evidence;
    let mut told: HashMap<(&str, String), u32> = HashMap::new();
    let mut events = HashSet::<Uuid>::new();
    for fact in &evidence.outbox {
        *told.entry((&fact.kind, fact.about.clone())).or_default() += 1;
        events.insert(fact.event);
        verdict.check(Invariant::ToldOnce, fact.is_published, || {
            format!("{} of {} is not published", fact.kind, fact.about)
        });
        let delivered = evidence.delivered.get(&fact.event).copied().unwrap_or(0);
        verdict.check(Invariant::ToldOnce, delivered > 0, || {
            format!("{} of {} is not in the stream", fact.kind, fact.about)
        });
    }
    for event in evidence.delivered.keys() {
        verdict.check(Invariant::ToldOnce, events.contains(event), || {
            format!("the stream has {event}, and the outbox has not")
        });
    }
    let mut times = |kind, about: Uuid, expected: u32| {
        let found = told.remove(&(kind, about.to_string())).unwrap_or(0);
        verdict.check(Invariant::ToldOnce, found == expected, || {
            format!("{kind} of {about} was told {found} times, not {expected}")
        });
    };
    for allocation in evidence
        .allocations
        .iter()
        .filter(|one| one.application.is_some())
    {
        times("plate.allocated", allocation.id, 1);
        times(
            "plate.returned",
            allocation.id,
            u32::from(allocation.ended_at.is_some()),
        );
    }
    for ((kind, about), _) in told {
        verdict.check(Invariant::ToldOnce, !kind.starts_with("plate."), || {
            format!("{kind} is told of {about}, which is not there")
        });
    }
}
