//! Many seeds of everything going wrong at once: owners that crash, stall and come back with
//! another clock, statements that land late or unseen, requests that are lost, repeated and
//! reordered. Each seed is one deterministic run.
//!
//! `SIM_SEED=17 cargo nextest run -p xuanhao-platepool --test sim simulation` replays one seed;
//! `SIM_SEEDS=100000` runs that many instead of 2,000. `make simulate SEED=17` and `make simulate
//! SEEDS=100000` do the same.

mod audit;
mod chance;
mod checker;
mod client;
mod faults;
mod owner;
mod standby;
mod world;

use std::collections::BTreeMap;

use world::{Sabotage, World};

use crate::setting;

const STEPS: u32 = 1_500;
const LANES: u64 = 8;

/// Runs the seeds of one lane; lanes only serve to use the cores.
fn run_lane(lane: u64) {
    let seeds: Vec<u64> = match setting("SIM_SEED") {
        Some(seed) => (seed % LANES == lane).then_some(seed).into_iter().collect(),
        None => (0..setting("SIM_SEEDS").unwrap_or(2_000))
            .filter(|seed| seed % LANES == lane)
            .collect(),
    };
    let mut seen: BTreeMap<&'static str, u64> = BTreeMap::new();
    for seed in &seeds {
        match World::new(*seed, Sabotage::None).run(STEPS) {
            Ok(events) => {
                events
                    .into_iter()
                    .for_each(|(event, n)| *seen.entry(event).or_default() += n);
            }
            Err(violation) => panic!(
                "{violation}\nreplay: make simulate SEED={seed}, or SIM_SEED={seed} cargo nextest run -p xuanhao-platepool --test sim simulation"
            ),
        }
    }
    // A run that never meets what it is there for proves nothing.
    if seeds.len() > 100 {
        for event in [
            "allocated",
            "all missed",
            "basket",
            "buried",
            "chosen",
            "closed",
            "compared",
            "conflict on vehicle",
            "crash",
            "dropped",
            "fenced",
            "followed",
            "handed over",
            "held",
            "imported",
            "landed unseen",
            "lapsed",
            "late landing",
            "none free",
            "old row read",
            "outcome unknown",
            "repeat answered",
            "returned",
            "takeover",
            "withdrawn",
            "withheld",
            "withholding ended",
        ] {
            assert!(
                seen.get(event).is_some_and(|n| *n > 0),
                "no seed met {event:?}: {seen:?}"
            );
        }
    }
}

macro_rules! lanes {
    ($($name:ident $lane:literal)*) => {
        $(
            /// V1–V6, I1–I5, I7, E1–E9, P3–P9 under faults.
            #[test]
            fn $name() {
                run_lane($lane);
            }
        )*
    };
}

lanes! {
    faults_break_nothing_lane_0 0
    faults_break_nothing_lane_1 1
    faults_break_nothing_lane_2 2
    faults_break_nothing_lane_3 3
    faults_break_nothing_lane_4 4
    faults_break_nothing_lane_5 5
    faults_break_nothing_lane_6 6
    faults_break_nothing_lane_7 7
}

/// How many seeds it takes to notice a sabotage.
fn noticed_within(sabotage: Sabotage, seeds: u64) -> bool {
    (0..seeds).any(|seed| World::new(seed, sabotage).run(STEPS).is_err())
}

/// E3: without raising the epoch before reading, a statement of before lands unnoticed.
#[test]
fn a_rebuild_that_does_not_raise_the_epoch_is_noticed() {
    assert!(noticed_within(Sabotage::NoRaise, 40));
}

/// E3, V3: taking an unknown outcome for a commit is noticed.
#[test]
fn a_guessed_commit_is_noticed() {
    assert!(noticed_within(Sabotage::GuessCommitted, 40));
}

/// E7: a rebuild that reads no hold rows is noticed.
#[test]
fn a_rebuild_without_holds_is_noticed() {
    assert!(noticed_within(Sabotage::ForgetHolds, 40));
}

/// The same seed is the same run.
#[test]
fn a_seed_is_one_run() {
    let run = || World::new(5, Sabotage::None).run(STEPS);
    assert_eq!(run(), run());
}
