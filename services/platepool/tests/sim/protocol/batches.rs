//! What stands in a batch, and when: E4, E5, E7, E8.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use xuanhao_platepool::domain::Error;
use xuanhao_platepool::domain::command::{Command, Input};
use xuanhao_platepool::domain::engine::{Conflict, ConflictOn, Settled};
use xuanhao_platepool::domain::limits::Limits;
use xuanhao_platepool::domain::rows::Outcome;
use xuanhao_vocabulary::PlateKey;

use crate::office::*;

/// E4: requests that come while a commit is in flight stay undecided until its outcome is applied.
#[test]
fn nothing_is_decided_while_a_commit_is_in_flight() {
    let mut counter = Counter::opened("A000 1..5");
    let first = counter.submit_operation(7, 1, drawing(5));
    let batch = counter.decide().unwrap();
    let second = counter.submit_operation(8, 1, drawing(5));
    assert!(counter.decide().is_none());
    assert!(
        counter.told.is_empty(),
        "nobody is answered before the commit"
    );
    counter.pass(95);
    counter.commit(&batch);
    assert_eq!(counter.told.keys().copied().collect::<Vec<_>>(), [first]);
    counter.pass(5);
    // Decided only now, with the time that has passed: the first column is void.
    counter.run();
    assert_eq!(
        counter.told[&second],
        Err(Error::TooLate),
        "not_after counts to the decision"
    );
}

/// E4: no application is touched twice in one batch; the second request waits.
#[test]
fn an_application_stands_once_in_a_batch() {
    let mut counter = Counter::opened("A0DDD");
    let tokens = [1, 2, 3].map(|op_no| counter.submit_operation(7, op_no, drawing(10)));
    let other = counter.submit_operation(8, 1, drawing(10));
    let batch = counter.decide().unwrap();
    assert_eq!(batch.entries.len(), 2);
    counter.commit(&batch);
    assert!(counter.told.contains_key(&tokens[0]) && counter.told.contains_key(&other));
    let batch = counter.decide().unwrap();
    assert_eq!(batch.entries.len(), 1);
    counter.commit(&batch);
    assert!(counter.told.contains_key(&tokens[1]) && !counter.told.contains_key(&tokens[2]));
}

/// E4: nor is a number; who wishes for one that the batch has just taken, waits for the outcome.
#[test]
fn a_number_stands_once_in_a_batch() {
    let mut counter = Counter::opened("A0DDD");
    let first = counter.submit_operation(7, 1, composing(&["粤GA0001"], vehicle(7)));
    let second = counter.submit_operation(8, 1, composing(&["粤GA0001"], vehicle(8)));
    let batch = counter.decide().unwrap();
    assert_eq!(batch.allocations.len(), 1);
    // The first fails on its vehicle, so the second gets the number instead of a false miss.
    counter.settle(Settled::Committed {
        conflicts: vec![Conflict {
            seq: batch.entries[0].key.seq,
            on: ConflictOn::Vehicle,
        }],
    });
    counter.run();
    assert_eq!(counter.told[&first], Err(Error::VehicleHasAllocation));
    let told = receipt(counter.told[&second].clone().unwrap());
    assert_eq!(allocated(&told), plate("粤GA0001"));
}

/// E4, E8: nor is a vehicle.
#[test]
fn a_vehicle_stands_once_in_a_batch() {
    let mut counter = Counter::opened("A0DDD");
    let first = counter.submit_operation(7, 1, composing(&["粤GA0001"], vehicle(1)));
    let second = counter.submit_operation(8, 1, composing(&["粤GA0002"], vehicle(1)));
    let batch = counter.decide().unwrap();
    assert_eq!(batch.allocations.len(), 1);
    counter.commit(&batch);
    counter.run();
    assert!(counter.told[&first].is_ok());
    assert_eq!(counter.told[&second], Err(Error::VehicleHasAllocation));
    assert_eq!(counter.free(), 999, "the refused number is free again");
}

/// E4: draws stand before what a unique key can refuse, so no row rests on one that may not come.
#[test]
fn draws_come_before_claims_in_a_batch() {
    let mut counter = Counter::opened("A000 1..2");
    let drawn = column(&counter.operate(7, 1, drawing(1)).unwrap().set);
    counter.submit_operation(7, 2, confirming(drawn[0], vehicle(1)));
    let draw = counter.submit_operation(8, 1, drawing(5));
    let batch = counter.decide().unwrap();
    let inputs: Vec<_> = batch.entries.iter().map(|entry| &entry.command).collect();
    assert!(matches!(inputs[0], Command::Operate(first) if matches!(first.input, Input::Draw(_))));
    counter.commit(&batch);
    let told = receipt(counter.told[&draw].clone().unwrap());
    assert!(!column(&told.set).contains(&drawn[0]));
}

/// E7: what an allocation lets go is not granted again before the allocation is known to stand.
#[test]
fn numbers_let_go_by_a_claim_wait_for_its_outcome() {
    let mut counter = Counter::opened("A000 1..2");
    let drawn = column(&counter.operate(7, 1, drawing(2)).unwrap().set);
    counter.submit_operation(7, 2, confirming(drawn[0], vehicle(1)));
    let other = match drawn[1] {
        number if number == plate("粤GA0001") => "粤GA0001",
        _ => "粤GA0002",
    };
    let wish = counter.submit_operation(8, 1, composing(&[other], vehicle(8)));
    let batch = counter.decide().unwrap();
    assert_eq!(batch.allocations.len(), 1);
    let refused = Conflict {
        seq: batch.allocations[0].key.seq,
        on: ConflictOn::Vehicle,
    };
    counter.settle(Settled::Committed {
        conflicts: vec![refused],
    });
    assert_eq!(
        receipt(counter.told[&wish].clone().unwrap()).outcome,
        Outcome::AllMissed
    );
    let standing = counter.standing(7);
    assert_eq!(column(&standing.set), drawn, "the set lives on");
    assert_eq!(standing.allocation, None);
    assert_eq!(counter.free(), 0);
    counter.pass(90);
    counter.standing(7);
    assert_eq!(counter.free(), 2, "and ends at its time");
}

/// E5: `decided_at` never runs backwards, whatever the clock does, and not over a rebuild.
#[test]
fn decided_at_never_runs_backwards() {
    let mut counter = Counter::opened("A0DDD");
    for (op_no, seconds) in [(1, 10), (2, -5), (3, -3600), (4, 0), (5, 7000), (6, -1)] {
        counter.pass(seconds);
        let Command::Operate(mut operation) = counter.operation(7, op_no, drawing(10)) else {
            unreachable!()
        };
        let last = counter.store.log.last().unwrap().decided_at;
        operation.not_after = last.max(counter.now) + SignedDuration::from_secs(20);
        counter.order(Command::Operate(operation)).unwrap();
        if op_no % 2 == 0 {
            counter.rebuild();
        }
    }
    let instants: Vec<_> = counter
        .store
        .log
        .iter()
        .map(|entry| entry.decided_at)
        .collect();
    assert!(
        instants.windows(2).all(|pair| pair[0] < pair[1]),
        "{instants:?}"
    );
}

/// E5: instants are those that rows can hold.
#[test]
fn instants_are_whole_microseconds() {
    let mut counter = Counter::opened("A0DDD");
    counter.now += SignedDuration::from_nanos(1_234_567);
    let told = counter.operate(7, 1, drawing(1)).unwrap();
    assert_eq!(told.decided_at.subsec_nanosecond() % 1000, 0);
}

/// E7: the time of a hold counts from before the statement, and what is shown is what is written.
#[test]
fn the_hold_counts_from_before_the_statement() {
    let mut counter = Counter::opened("A0DDD");
    let token = counter.submit_operation(7, 1, drawing(10));
    let batch = counter.decide().unwrap();
    counter.pass(5);
    counter.commit(&batch);
    let shown = receipt(counter.told[&token].clone().unwrap());
    assert!(batch.decided_at < counter.now);
    assert_eq!(
        shown.outcome,
        Outcome::Held {
            until: batch.decided_at + COLUMN
        }
    );
    assert_eq!(batch.entries[0].set, shown.set);
}

/// E7: giving up is a row, before or with any re-grant: here with it, in one batch.
#[test]
fn what_is_given_up_can_be_granted_in_the_same_batch() {
    let mut counter = Counter::opened("A000 1..5");
    counter.operate(7, 1, drawing(5)).unwrap();
    counter.submit_operation(7, 2, Input::GiveUp);
    let token = counter.submit_operation(8, 1, drawing(5));
    let batch = counter.decide().unwrap();
    assert!(batch.entries[0].set.is_empty());
    assert_eq!(batch.entries[0].key.seq + 1, batch.entries[1].key.seq);
    counter.commit(&batch);
    assert!(counter.told[&token].is_ok());
}

#[test]
fn the_queue_is_bounded() {
    let mut counter = Counter::with(Limits {
        queue: 3,
        batch: 2,
        ..Limits::default()
    });
    counter
        .order(release(1, vec![segment(1, "A0DDD")]))
        .unwrap();
    let tokens: Vec<_> = (1..=4)
        .map(|who| counter.submit_operation(who, 1, drawing(1)))
        .collect();
    assert!(matches!(
        counter.told[&tokens[3]],
        Err(Error::Overloaded { .. })
    ));
    let batch = counter.decide().unwrap();
    assert_eq!(batch.entries.len(), 2, "batches are bounded too");
    counter.commit(&batch);
    counter.run();
    assert!(tokens[..3].iter().all(|token| counter.told[token].is_ok()));
}

/// Everybody who waits is told when the office has another owner.
#[test]
fn abandoning_answers_everybody() {
    let mut counter = Counter::opened("A0DDD");
    let first = counter.submit_operation(7, 1, drawing(1));
    counter.decide().unwrap();
    let second = counter.submit_operation(8, 1, drawing(1));
    let told: Vec<_> = counter.engine.abandon().into_iter().collect();
    assert_eq!(told.len(), 2);
    let answers: Vec<_> = told
        .into_iter()
        .map(|effect| match effect {
            xuanhao_platepool::domain::Effect::Answer { token, answer } => (token, answer),
            other => panic!("only answers, not {other:?}"),
        })
        .collect();
    assert_eq!(
        answers,
        [
            (first, Err(Error::OutcomeUnknown)),
            (second, Err(Error::NotOwner))
        ]
    );
    assert_eq!(counter.engine.waiting(), 0);
}

/// E4: whatever is submitted together, keys stand once in each batch.
#[test]
fn keys_stand_once_in_each_batch() {
    let mut counter = Counter::opened("A000 1..5");
    let wishes = ["粤GA0001", "粤GA0002", "粤GA0003"];
    for n in 0..60_u8 {
        let who = u128::from(n % 7);
        let wish = wishes[usize::from(n) % 3];
        let input = if n % 4 == 0 {
            drawing(2)
        } else {
            composing(&[wish], vehicle(n % 5))
        };
        counter.submit_operation(who, u64::from(n) + 1, input);
    }
    let mut allocations = 0;
    while let Some(batch) = counter.decide() {
        let owners: Vec<_> = batch
            .entries
            .iter()
            .filter_map(|entry| entry.owner())
            .collect();
        assert_eq!(owners.iter().collect::<BTreeSet<_>>().len(), owners.len());
        let plates: BTreeSet<PlateKey> = batch.allocations.iter().map(|row| row.plate).collect();
        let vehicles: BTreeSet<_> = batch.allocations.iter().map(|row| row.vehicle).collect();
        assert_eq!(
            (plates.len(), vehicles.len()),
            (batch.allocations.len(), batch.allocations.len())
        );
        allocations += plates.len();
        counter.commit(&batch);
    }
    assert!(allocations > 0);
    assert_eq!(counter.store.epoch, 1, "no conflict came as a surprise");
}
