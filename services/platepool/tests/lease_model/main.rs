//! All interleavings, within bounds, of what keeps a number from being given twice: leases, epochs,
//! commits that come late or never, crashes, rebuilds, hand-overs, resolves, repeats, expiry, giving
//! up and granting again.
//!
//! The model has two owners, two applications and two numbers. It knows nothing of time: a lease may
//! be over whenever somebody else wants it, a hold at any instant after it was told, a statement may
//! land long after its sender is gone. So what it proves rests on epochs and rows alone.

mod memory;
mod model;
mod properties;
mod state;
mod step;

use std::collections::BTreeSet;

use stateright::{Checker, HasDiscoveries, Model, Path};

use crate::model::{Action, Broken, Entry, Protocol};
use crate::properties as prop;
use crate::state::{Ask, World};

/// Two operations against one, while an office is taken over and an outcome gets lost.
const TAKE_OVERS: Protocol = Protocol {
    broken: Broken::Nothing,
    already: &[],
    operations: [2, 1],
    epochs: 2,
    losses: 1,
    preparations: 0,
};

/// One operation each, while an office is handed over or taken over and an outcome gets lost.
const HAND_OVERS: Protocol = Protocol {
    operations: [1, 1],
    preparations: 1,
    ..TAKE_OVERS
};

/// A number is drawn, confirmed and returned while another application draws.
const RETURNS: Protocol = Protocol {
    operations: [3, 2],
    epochs: 1,
    losses: 0,
    ..TAKE_OVERS
};

/// The same as [`TAKE_OVERS`] once the first application holds both numbers and has been told.
const HELD: Protocol = Protocol {
    already: &[
        Action::Ask(0, Ask::Draw),
        Action::Raise(0),
        Action::Read(1),
        Action::Decide(1, [Some(Entry::Execute(0b11)), None]),
        Action::Begin(1, 0),
        Action::Commit(1, 0),
        Action::Learn(1),
    ],
    ..TAKE_OVERS
};

/// Everything that the bounds allow, which is at least so many states, to so many steps. It comes to
/// these interesting ones.
fn holds(protocol: Protocol, states: usize, steps: usize, comes_to: &[&'static str]) {
    let checker = protocol.checker().threads(2).spawn_bfs().join();
    let mut reached = BTreeSet::new();
    for (name, path) in checker.discoveries() {
        let failed = protocol.property(name).expectation.discovery_is_failure();
        assert!(!failed, "{name}: {}", told(path));
        reached.insert(name);
    }
    assert_eq!(reached, comes_to.iter().copied().collect());
    let (found, depth) = (checker.unique_state_count(), checker.max_depth());
    assert!(checker.is_done());
    assert!(
        found >= states && depth >= steps,
        "the model has shrunk to {found} states of {depth} steps"
    );
}

/// Without the rule the sentence does not hold.
fn needs(broken: Broken, within: Protocol, sentence: &'static str) {
    let protocol = Protocol { broken, ..within };
    let found = HasDiscoveries::AnyOf([sentence].into());
    let checker = protocol.checker().threads(2).finish_when(found);
    let found = checker.spawn_bfs().join().discovery(sentence);
    assert!(found.is_some(), "{sentence}, though {broken:?} is broken");
}

fn told(path: Path<World, Action>) -> String {
    let actions = path.into_actions();
    let words: Vec<_> = actions.iter().map(|action| format!("{action:?}")).collect();
    words.join(", ")
}

/// E2, E3, E7, P4, P6: 442,874 states, all interleavings to their ends of 27 actions.
#[test]
fn e3_take_overs_and_lost_outcomes_give_no_number_twice() {
    let comes_to = [
        prop::LATE,
        prop::UNAWAITED,
        prop::LANDED,
        prop::FOUND_OUT,
        prop::REFUSED,
        prop::GRANTED_AGAIN,
        prop::RAN_OUT,
        prop::TWO_WRITERS,
    ];
    holds(TAKE_OVERS, 440_000, 28, &comes_to);
}

/// E3, E6: a successor that was prepared follows the log. 65,679 states, to 22 actions.
#[test]
fn e3_hand_overs_give_no_number_twice() {
    let comes_to = [
        prop::LATE,
        prop::UNAWAITED,
        prop::LANDED,
        prop::REFUSED,
        prop::TWO_WRITERS,
        prop::TO_FOLLOW,
    ];
    holds(HAND_OVERS, 65_000, 23, &comes_to);
}

/// P10: what was confirmed and came back is granted to another, and what ran out is. 50,560 states, to
/// 31 actions.
#[test]
fn p10_what_comes_back_is_granted_once() {
    let comes_to = [prop::GRANTED_AGAIN, prop::RAN_OUT, prop::CAME_BACK];
    holds(RETURNS, 50_000, 32, &comes_to);
}

/// The hand-overs with a third epoch: 542,717 states, to 27 actions.
#[test]
fn e3_three_epochs_give_no_number_twice() {
    let comes_to = [
        prop::LATE,
        prop::UNAWAITED,
        prop::LANDED,
        prop::REFUSED,
        prop::TWO_WRITERS,
        prop::TO_FOLLOW,
    ];
    let epochs = 3;
    holds(
        Protocol {
            epochs,
            ..HAND_OVERS
        },
        540_000,
        28,
        &comes_to,
    );
}

/// E2: without the fence.
#[test]
fn e2_without_the_fence_rows_of_an_old_epoch_land() {
    needs(Broken::Fence, TAKE_OVERS, prop::OLD_EPOCH);
    needs(Broken::Fence, HELD, prop::TWO_HOLDS);
}

/// E2, E3: the fence must keep the epoch from rising until the commit.
#[test]
fn e2_without_the_lock_rows_of_an_old_epoch_land() {
    needs(Broken::Lock, HELD, prop::OLD_EPOCH);
    needs(Broken::Lock, HELD, prop::TWO_HOLDS);
}

/// E3: first raise, then read.
#[test]
fn e3_who_reads_before_raising_gives_a_number_twice() {
    needs(Broken::RaiseBeforeRead, HELD, prop::TWO_HOLDS);
}

/// E3: the same owner too, after an outcome that it does not know.
#[test]
fn e3_who_rebuilds_without_raising_gives_a_number_twice() {
    needs(Broken::RaiseAtRebuild, HELD, prop::TWO_HOLDS);
}

/// E4, E7: giving up is committed before, or with, any re-grant.
#[test]
fn e7_who_grants_again_before_the_give_up_is_committed_grants_twice() {
    needs(Broken::OneStatement, HELD, prop::TWO_HOLDS);
}

/// P4: the row first.
#[test]
fn p4_who_answers_before_the_commit_tells_what_never_was() {
    needs(Broken::RowFirst, TAKE_OVERS, prop::NO_ROW);
}

/// P6: a copy of the request may come after the resolve.
#[test]
fn p6_without_the_tombstone_a_late_copy_takes_effect() {
    needs(Broken::Tombstone, TAKE_OVERS, prop::NEVER);
}

/// E6: what came after the preparation counts.
#[test]
fn e6_a_successor_that_does_not_follow_the_log_gives_a_number_twice() {
    needs(Broken::Tail, HAND_OVERS, prop::TWO_HOLDS);
}

/// E3: an owner that may have been replaced says nothing, not even that it refuses.
#[test]
fn e3_who_answers_from_memory_after_its_lease_lies() {
    needs(Broken::Lease, TAKE_OVERS, prop::TWO_HOLDS);
}
