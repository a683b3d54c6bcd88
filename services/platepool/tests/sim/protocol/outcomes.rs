//! What the statement's outcome means: E2, E3, E8, V3.

use xuanhao_platepool::domain::Error;
use xuanhao_platepool::domain::command::{Channel, Command, Lapse, Request};
use xuanhao_platepool::domain::engine::{Conflict, ConflictOn, Settled};
use xuanhao_platepool::domain::ids::RowKey;
use xuanhao_platepool::domain::rows::{AllocationRow, Outcome};

use crate::office::*;

/// E2, E8: a conflict on the number fails its item only, and the memory learns that it is taken.
#[test]
fn a_conflict_fails_its_item_only() {
    let mut counter = Counter::opened("A0DDD");
    let foreign = AllocationRow {
        key: RowKey { epoch: 0, seq: 0 },
        plate: plate("粤GA0001"),
        application: None,
        vehicle: None,
        channel: Channel::Window,
    };
    counter.store.allocate(foreign);
    let first = counter.submit_operation(7, 1, composing(&["粤GA0001"], vehicle(7)));
    let second = counter.submit_operation(8, 1, composing(&["粤GA0002"], vehicle(8)));
    counter.run();
    assert_eq!(counter.told[&first], Err(Error::PlateTaken));
    assert!(counter.told[&second].is_ok());
    assert_eq!(counter.free(), 998);
    assert_eq!(counter.store.epoch, 1, "no rebuild");
    let again = counter
        .operate(7, 1, composing(&["粤GA0001", "粤GA0003"], vehicle(7)))
        .unwrap();
    assert_eq!(allocated(&again), plate("粤GA0003"));
}

/// E2: a conflict that the memory cannot explain ends the memory.
#[test]
fn an_inexplicable_conflict_rebuilds() {
    let mut counter = Counter::opened("A0DDD");
    let token = counter.submit_operation(7, 1, composing(&["粤GA0001"], vehicle(7)));
    let batch = counter.decide().unwrap();
    let refused = Conflict {
        seq: batch.entries[0].key.seq,
        on: ConflictOn::Application,
    };
    counter.settle(Settled::Committed {
        conflicts: vec![refused],
    });
    assert_eq!(counter.told[&token], Err(Error::OutcomeUnknown));
    assert_eq!(counter.store.epoch, 2);
    assert_eq!(counter.free(), 1000);
}

/// E2: a lapse of an allocation that does not live fails alone.
#[test]
fn a_lapse_of_nothing_fails_alone() {
    let mut counter = Counter::opened("A0DDD");
    let number = plate("粤GA0001");
    counter
        .operate(7, 1, composing(&["粤GA0001"], vehicle(7)))
        .unwrap();
    // The memory cannot know whose an allocation is that no application is named for.
    let lapse = Lapse {
        plate: number,
        application: None,
    };
    assert_eq!(
        counter.order(Command::Lapse(lapse)),
        Err(Error::NotAllocated)
    );
    assert_eq!(counter.store.epoch, 1);
    assert_eq!(counter.standing(7).allocation, Some(number));
    assert_eq!(counter.free(), 999);
}

/// E2: fenced means that nothing was written; callers ask the new owner.
#[test]
fn a_fenced_batch_answers_not_owner() {
    let mut counter = Counter::opened("A0DDD");
    let token = counter.submit_operation(7, 1, drawing(10));
    let batch = counter.decide().unwrap();
    counter.store.take_over();
    let rows = counter.store.log.len();
    counter.commit(&batch);
    assert_eq!(counter.told[&token], Err(Error::NotOwner));
    assert_eq!(counter.store.log.len(), rows);
}

/// E3, V3: after an unknown outcome nobody is told one; the rows tell it afterwards.
#[test]
fn an_unknown_outcome_is_found_in_the_rows() {
    for landed in [true, false] {
        let mut counter = Counter::opened("A0DDD");
        let command = counter.operation(7, 1, drawing(10));
        let token = counter.submit(Request::Command(command.clone()));
        let waiting = counter.submit_operation(8, 1, drawing(10));
        let later = {
            let batch = counter.decide().unwrap();
            let later = counter.submit_operation(9, 1, drawing(10));
            if landed {
                counter.store.execute(&batch);
            }
            counter.settle(Settled::Unknown);
            later
        };
        for unknown in [token, waiting] {
            assert_eq!(counter.told[&unknown], Err(Error::OutcomeUnknown));
        }
        counter.run();
        assert!(
            counter.told[&later].is_ok(),
            "who was undecided is decided on the new memory"
        );
        let outcome = receipt(counter.resolve(7, 1).unwrap()).outcome;
        assert_eq!(matches!(outcome, Outcome::Held { .. }), landed);
        assert_eq!(outcome == Outcome::Refused, !landed);
    }
}

/// V3: "none free" that rests on a batch is told when the batch is committed, and not if it fails.
#[test]
fn none_free_does_not_rest_on_uncommitted_rows() {
    let mut counter = Counter::opened("A000 1..5");
    counter.submit_operation(7, 1, drawing(5));
    let second = counter.submit_operation(8, 1, drawing(5));
    let batch = counter.decide().unwrap();
    assert_eq!(batch.entries.len(), 1);
    assert!(!counter.told.contains_key(&second));
    counter.settle(Settled::Unknown);
    counter.run();
    assert!(
        counter.told[&second].is_ok(),
        "the first draw never came about"
    );
    assert_eq!(counter.operate(9, 1, drawing(5)), Err(Error::NoneFree));
}
