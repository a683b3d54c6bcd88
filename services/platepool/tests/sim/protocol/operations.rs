//! P3, P4, P6, P9: numbers, repeats, recovery, closing.

use jiff::SignedDuration;
use xuanhao_platepool::domain::Error;
use xuanhao_platepool::domain::command::{Command, Input, Request, Resolve};
use xuanhao_platepool::domain::ids::RequestHash;
use xuanhao_platepool::domain::rows::{Answer, Outcome};

use crate::office::*;

/// P3: past `not_after` the pool refuses, and nothing is written.
#[test]
fn an_operation_past_its_time_is_refused() {
    let mut counter = Counter::opened("A0DDD");
    let command = counter.operation(7, 1, drawing(10));
    counter.pass(20);
    let rows = counter.store.log.len();
    assert_eq!(counter.order(command), Err(Error::TooLate));
    assert_eq!(counter.store.log.len(), rows);
    assert_eq!(counter.free(), 1000);
}

/// P3, E7: rebuilds read rows as far back as an operation can be repeated, so none may be further
/// ahead.
#[test]
fn an_operation_far_ahead_of_its_time_is_refused() {
    let mut counter = Counter::opened("A0DDD");
    let Command::Operate(mut operation) = counter.operation(7, 1, drawing(10)) else {
        unreachable!()
    };
    operation.not_after = counter.now + SignedDuration::from_hours(1);
    let refused = counter.order(Command::Operate(operation));
    assert_eq!(refused, Err(Error::OutOfRange { field: "not_after" }));
}

/// P3: a number that is not above all recorded ones is not the application's next.
#[test]
fn used_numbers_are_refused() {
    let mut counter = Counter::opened("A0DDD");
    counter.operate(7, 3, drawing(10)).unwrap();
    for used in [1, 2] {
        let refused = counter.operate(7, used, drawing(10));
        assert_eq!(refused, Err(Error::NumberUsed { last: 3 }));
    }
    assert!(counter.operate(7, 4, drawing(10)).is_ok());
    assert_eq!(
        counter.operate(8, 0, drawing(10)),
        Err(Error::OutOfRange { field: "op_no" })
    );
}

/// P3, P4: a repeat gets the recorded outcome, also after its time and after a rebuild, and
/// executes nothing.
#[test]
fn a_repeat_is_answered_from_its_row() {
    let mut counter = Counter::opened("A0DDD");
    let command = counter.operation(7, 1, drawing(10));
    let first = counter.order(command.clone()).unwrap();
    counter.pass(60);
    let rows = counter.store.log.len();
    assert_eq!(counter.order(command.clone()), Ok(first.clone()));
    counter.rebuild();
    assert_eq!(counter.order(command), Ok(first));
    assert_eq!(counter.store.log.len(), rows);
    assert_eq!(counter.free(), 990);
}

/// P3: another request under a recorded number is no repeat.
#[test]
fn another_request_under_the_same_number_is_refused() {
    let mut counter = Counter::opened("A0DDD");
    counter.operate(7, 1, drawing(10)).unwrap();
    let Command::Operate(mut operation) = counter.operation(7, 1, drawing(5)) else {
        unreachable!()
    };
    operation.request_hash = RequestHash([99; 16]);
    assert_eq!(
        counter.order(Command::Operate(operation)),
        Err(Error::OtherRequest)
    );
}

/// P4: each outcome that may be charged is a row with number, full input and hash, misses included.
#[test]
fn charged_outcomes_are_rows_with_their_full_input() {
    let mut counter = Counter::opened("A0DDD");
    let held = counter.operation(7, 1, drawing(10));
    let missed = counter.operation(7, 2, composing(&["粤GB0001", "粤G99999"], vehicle(7)));
    let taken = counter.operation(7, 3, composing(&["粤GA0123"], vehicle(7)));
    for (op_no, command) in [(1, held), (2, missed), (3, taken)] {
        let told = receipt(counter.order(command.clone()).unwrap());
        let row = counter.store.log.last().unwrap();
        assert_eq!(
            (row.op_no, &row.command, row.receipt()),
            (op_no, &command, told)
        );
    }
    let outcomes: Vec<_> = counter.store.log[1..]
        .iter()
        .map(|row| &row.outcome)
        .collect();
    assert!(matches!(
        outcomes[..],
        [
            Outcome::Held { .. },
            Outcome::AllMissed,
            Outcome::Allocated { .. }
        ]
    ));
}

/// P4: "none free" writes nothing, leaves the set as it is, and its number may be passed over.
#[test]
fn none_free_writes_nothing() {
    let mut counter = Counter::opened("A000 1..5");
    counter.operate(7, 1, drawing(10)).unwrap();
    let rows = counter.store.log.len();
    assert_eq!(counter.operate(8, 1, drawing(10)), Err(Error::NoneFree));
    assert_eq!(counter.store.log.len(), rows);
    counter.pass(91);
    assert_eq!(
        column(&counter.operate(8, 2, drawing(10)).unwrap().set).len(),
        5
    );
}

/// P6: resolving never executes. A number that was never recorded is refused for ever, by a row.
#[test]
fn resolving_an_unknown_operation_buries_it() {
    let mut counter = Counter::opened("A0DDD");
    let late = counter.operation(7, 1, drawing(10));
    let told = receipt(counter.resolve(7, 1).unwrap());
    assert_eq!(told.outcome, Outcome::Refused);
    assert_eq!(counter.order(late.clone()), Err(Error::RefusedForEver));
    counter.rebuild();
    assert_eq!(counter.order(late), Err(Error::RefusedForEver));
    assert_eq!(counter.free(), 1000);
    assert_eq!(
        receipt(counter.resolve(7, 1).unwrap()),
        told,
        "a second look finds the tombstone"
    );
    assert!(counter.operate(7, 2, drawing(10)).is_ok());
}

/// P6: what is recorded and still worth showing is returned as it is, without a row.
#[test]
fn resolving_returns_the_recorded_outcome() {
    let mut counter = Counter::opened("A0DDD");
    let first = counter.operate(7, 1, drawing(10)).unwrap();
    counter.pass(60);
    let rows = counter.store.log.len();
    assert_eq!(
        receipt(counter.resolve(7, 1).unwrap()),
        first,
        "30 s are left"
    );
    assert_eq!(counter.store.log.len(), rows);
}

/// P6: a column with less than 30 s left is given up in the same row, and dropped.
#[test]
fn resolving_drops_a_column_that_is_nearly_over() {
    for elapsed in [61, 500] {
        let mut counter = Counter::opened("A0DDD");
        let command = counter.operation(7, 1, drawing(10));
        counter.order(command.clone()).unwrap();
        counter.pass(elapsed);
        let told = receipt(counter.resolve(7, 1).unwrap());
        assert_eq!((told.outcome, told.op_no), (Outcome::Dropped, 1));
        assert!(told.set.is_empty() && counter.store.log.last().unwrap().set.is_empty());
        assert_eq!(counter.free(), 1000);
        assert_eq!(
            counter.order(command),
            Err(Error::RefusedForEver),
            "its repeat is refused"
        );
        assert_eq!(
            receipt(counter.resolve(7, 1).unwrap()).outcome,
            Outcome::Dropped
        );
    }
}

/// P6: a basket with less than 30 s left is dropped the same way; what has longer stays.
#[test]
fn resolving_drops_only_what_is_nearly_over() {
    let mut counter = Counter::opened("A0DDD");
    let drawn = column(&counter.operate(7, 1, drawing(10)).unwrap().set);
    counter.operate(7, 2, keeping(drawn[0])).unwrap();
    counter.pass(80);
    // A new draw restarts the basket's timer, so the column is the shorter part.
    let drawn = column(&counter.operate(7, 3, drawing(10)).unwrap().set);
    counter.pass(61);
    assert!(!drawn.is_empty());
    let told = receipt(counter.resolve(7, 3).unwrap());
    assert_eq!(told.outcome, Outcome::Dropped);
    assert_eq!((column(&told.set).len(), basket(&told.set).len()), (0, 1));
    counter.pass(31);
    assert_eq!(counter.standing(7).set, told.set);

    let drawn = column(&counter.operate(7, 4, drawing(10)).unwrap().set);
    let kept = counter.operate(7, 5, keeping(drawn[0])).unwrap();
    assert_eq!(basket(&kept.set).len(), 2);
    counter.pass(91);
    let told = receipt(counter.resolve(7, 5).unwrap());
    assert_eq!(
        told.outcome,
        Outcome::Dropped,
        "29 s of the basket are left"
    );
    assert!(told.set.is_empty());
}

/// P6: an allocation and a miss always settle, however old.
#[test]
fn resolving_always_settles_allocations_and_misses() {
    let mut counter = Counter::opened("A0DDD");
    let missed = counter
        .operate(7, 1, composing(&["粤GB0001"], vehicle(7)))
        .unwrap();
    counter.pass(10_000);
    assert_eq!(receipt(counter.resolve(7, 1).unwrap()), missed);
    let taken = counter
        .operate(7, 2, composing(&["粤GA0001"], vehicle(7)))
        .unwrap();
    counter.pass(10_000);
    assert_eq!(receipt(counter.resolve(7, 2).unwrap()), taken);
}

/// P6: an operation that is not the last one is looked up in the rows, not guessed.
#[test]
fn resolving_an_old_operation_reads_its_row() {
    let mut counter = Counter::opened("A0DDD");
    let missed = counter
        .operate(7, 1, composing(&["粤GB0001"], vehicle(7)))
        .unwrap();
    counter.operate(7, 5, drawing(10)).unwrap();
    counter.needs.clear();
    assert_eq!(receipt(counter.resolve(7, 1).unwrap()), missed);
    assert_eq!(
        counter.resolve(7, 3),
        Ok(Answer::NeverExecuted),
        "the pool has gone past it"
    );
    assert_eq!(counter.needs.len(), 2);
    assert_eq!(
        counter.operate(7, 3, drawing(10)),
        Err(Error::NumberUsed { last: 5 })
    );
}

/// P9: closing refuses all later operations and lets the set go.
#[test]
fn a_closed_application_takes_no_operations() {
    let mut counter = Counter::opened("A0DDD");
    counter.operate(7, 1, drawing(10)).unwrap();
    let told = receipt(counter.order(Command::Close(application(7))).unwrap());
    assert_eq!(told.outcome, Outcome::Closed { allocation: None });
    assert_eq!(counter.free(), 1000);
    for rebuilt in [false, true] {
        if rebuilt {
            counter.pass(86_400);
            counter.rebuild();
        }
        assert_eq!(counter.operate(7, 2, drawing(10)), Err(Error::Closed));
        assert_eq!(counter.resolve(7, 2), Ok(Answer::NeverExecuted));
        let held = receipt(counter.resolve(7, 1).unwrap());
        assert!(
            matches!(held.outcome, Outcome::Held { .. }),
            "what was before stays recorded"
        );
        let Ok(Answer::Standing(standing)) = counter.order(Command::Close(application(7))) else {
            panic!("closing again writes nothing")
        };
        assert!(standing.closed);
    }
}

/// P9: closing names an allocation, and leaves it alive.
#[test]
fn closing_names_the_allocation() {
    let mut counter = Counter::opened("A0DDD");
    let number = allocated(
        &counter
            .operate(7, 1, composing(&["粤GA0001"], vehicle(7)))
            .unwrap(),
    );
    counter.pass(86_400);
    counter.rebuild();
    let told = receipt(counter.order(Command::Close(application(7))).unwrap());
    assert_eq!(
        told.outcome,
        Outcome::Closed {
            allocation: Some(number)
        }
    );
    assert!(counter.store.live.contains_key(&number));
}

#[test]
fn a_look_changes_and_writes_nothing() {
    let mut counter = Counter::opened("A0DDD");
    let drawn = counter.operate(7, 1, drawing(10)).unwrap();
    let rows = counter.store.log.len();
    let standing = counter.standing(7);
    assert_eq!((standing.set, standing.op_no), (drawn.set, 1));
    counter.pass(90);
    assert!(counter.standing(7).set.is_empty(), "void at its instant");
    assert_eq!(counter.store.log.len(), rows);
}

/// An application the memory does not know is asked for, never assumed to be new.
#[test]
fn unknown_applications_are_looked_up() {
    let mut counter = Counter::opened("A0DDD");
    counter.operate(7, 4, drawing(10)).unwrap();
    counter.pass(3600);
    counter.operate(8, 1, drawing(1)).unwrap();
    counter.needs.clear();
    assert_eq!(
        counter.operate(7, 4, Input::GiveUp).map(|told| told.op_no),
        Ok(4),
        "the repeat"
    );
    assert_eq!(
        counter.operate(7, 3, Input::GiveUp),
        Err(Error::NumberUsed { last: 4 })
    );
    assert_eq!(
        counter.needs.len(),
        1,
        "forgotten after its time, then remembered"
    );
}

#[test]
fn resolving_number_zero_is_nonsense() {
    let mut counter = Counter::opened("A0DDD");
    let resolve = Resolve {
        application: application(7),
        op_no: 0,
    };
    let told = counter.ask(Request::Command(Command::Resolve(resolve)));
    assert_eq!(told, Err(Error::OutOfRange { field: "op_no" }));
}

/// An application that was looked up is decided, however long the engine was idle before.
#[test]
fn what_was_learnt_is_there_for_the_decision() {
    let mut counter = Counter::opened("A0DDD");
    counter.pass(3600);
    counter.needs.clear();
    assert!(counter.operate(7, 1, drawing(1)).is_ok());
    assert_eq!(counter.needs.len(), 1);
}
