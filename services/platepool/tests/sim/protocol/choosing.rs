//! One number set apart for its last check: R-SEL-10, R-CNF-01, R-CNF-02, P6.

use jiff::SignedDuration;
use xuanhao_platepool::domain::Error;
use xuanhao_platepool::domain::command::{Channel, Command, Confirm, ConfirmFrom, Input};
use xuanhao_platepool::domain::rows::{Answer, Outcome};

use crate::office::*;

/// R-CNF-01: a chosen number is a column of one; column and basket are given up with it.
#[test]
fn everything_else_is_given_up() {
    let mut counter = Counter::opened("A0DDD");
    let first = column(&counter.operate(7, 1, drawing(5)).unwrap().set);
    counter.operate(7, 2, keeping(first[1])).unwrap();
    let second = column(&counter.operate(7, 3, drawing(5)).unwrap().set);
    for (op_no, plate) in [(4, second[3]), (5, second[3])] {
        let told = counter.operate(7, op_no, choosing(plate, 120)).unwrap();
        let until = told.decided_at + SignedDuration::from_secs(120);
        assert_eq!(told.outcome, Outcome::Held { until });
        assert_eq!(
            (column(&told.set), basket(&told.set)),
            (vec![plate], vec![])
        );
        assert_eq!(counter.free(), 999);
    }
    let told = counter.operate(7, 6, confirming(second[3], vehicle(7)));
    assert_eq!(allocated(&told.unwrap()), second[3]);
}

/// R-CNF-01: a candidate of the basket is chosen like a number of the column; another's is not.
#[test]
fn only_what_is_held_is_chosen() {
    let mut counter = Counter::opened("A0DDD");
    assert_eq!(
        counter.operate(7, 1, choosing(plate("粤GA0001"), 60)),
        Err(Error::HoldVoid)
    );
    let drawn = column(&counter.operate(7, 1, drawing(3)).unwrap().set);
    let other = column(&counter.operate(8, 1, drawing(3)).unwrap().set);
    counter.operate(7, 2, keeping(drawn[0])).unwrap();
    assert_eq!(
        counter.operate(7, 3, choosing(other[0], 60)),
        Err(Error::NotHeld)
    );
    let told = counter.operate(7, 3, choosing(drawn[0], 60)).unwrap();
    assert_eq!(column(&told.set), [drawn[0]]);
    let refused = counter.operate(7, 4, choosing(drawn[0], 0));
    assert_eq!(refused, Err(Error::OutOfRange { field: "ttl" }));
}

/// R-CNF-02: at the end of the countdown the number is free again.
#[test]
fn the_end_of_the_countdown_releases_the_plate() {
    let mut counter = Counter::opened("A0DDD");
    let drawn = column(&counter.operate(7, 1, drawing(1)).unwrap().set);
    counter.operate(7, 2, choosing(drawn[0], 60)).unwrap();
    counter.pass(59);
    assert_eq!(counter.standing(7).set.plates().count(), 1);
    counter.pass(60);
    assert!(counter.standing(7).set.is_empty());
    assert_eq!(counter.free(), 1000);
    let late = counter.operate(7, 3, confirming(drawn[0], vehicle(7)));
    assert_eq!(late, Err(Error::HoldVoid));
}

/// P2, P3: a repeat is answered from the row, and the number is used up.
#[test]
fn a_choice_is_an_operation_like_any_other() {
    let mut counter = Counter::opened("A0DDD");
    let drawn = column(&counter.operate(7, 1, drawing(2)).unwrap().set);
    let first = counter.operate(7, 2, choosing(drawn[0], 60)).unwrap();
    counter.pass(1);
    assert_eq!(counter.operate(7, 2, choosing(drawn[0], 60)), Ok(first));
    let old = counter.operate(7, 1, choosing(drawn[0], 60));
    assert_eq!(old, Err(Error::NumberUsed { last: 2 }));
}

/// P6: resolved with 30 s left a choice is told again; with less it is given up in the same row.
#[test]
fn a_choice_with_too_little_time_is_dropped() {
    let mut counter = Counter::opened("A0DDD");
    let drawn = column(&counter.operate(7, 1, drawing(2)).unwrap().set);
    let chosen = counter.operate(7, 2, choosing(drawn[0], 60)).unwrap();
    counter.pass(29);
    assert_eq!(counter.resolve(7, 2), Ok(Answer::Recorded(chosen)));
    counter.now += SignedDuration::from_secs(2);
    let told = receipt(counter.resolve(7, 2).unwrap());
    assert_eq!(told.outcome, Outcome::Dropped);
    assert!(told.set.is_empty());
    assert_eq!(counter.free(), 1000);
}

/// R-SEL-10: a held hit is the whole set: what was held before is given up, the basket too.
#[test]
fn a_held_hit_gives_up_what_was_held() {
    let mut counter = Counter::opened("A0DDD");
    let drawn = column(&counter.operate(7, 1, drawing(5)).unwrap().set);
    counter.operate(7, 2, keeping(drawn[0])).unwrap();
    let told = counter.operate(7, 3, holding("粤GA0001", 60)).unwrap();
    assert_eq!(
        (column(&told.set), basket(&told.set)),
        (vec![plate("粤GA0001")], vec![])
    );
    assert_eq!(counter.free(), 999);
    let again = counter.operate(7, 4, holding("粤GA0001", 60)).unwrap();
    assert_eq!(
        column(&again.set),
        [plate("粤GA0001")],
        "one's own number is a hit"
    );
}

/// P6: a held hit follows the rule of 30 s as well.
#[test]
fn a_held_hit_with_too_little_time_is_dropped() {
    let mut counter = Counter::opened("A0DDD");
    counter.operate(7, 1, holding("粤GA0001", 40)).unwrap();
    counter.pass(11);
    let told = receipt(counter.resolve(7, 1).unwrap());
    assert_eq!(told.outcome, Outcome::Dropped);
    assert_eq!(counter.free(), 1000);
}

/// E7: a choice survives a take-over with its time, and the other numbers stay free.
#[test]
fn a_choice_survives_a_rebuild() {
    let mut counter = Counter::opened("A0DDD");
    let drawn = column(&counter.operate(7, 1, drawing(5)).unwrap().set);
    let chosen = counter.operate(7, 2, choosing(drawn[2], 60)).unwrap();
    counter.rebuild();
    assert_eq!(counter.standing(7).set, chosen.set);
    assert_eq!(counter.free(), 999);
}

/// The basket alone does not hold what is only chosen in the column.
#[test]
fn a_choice_is_confirmed_from_the_column() {
    let mut counter = Counter::opened("A0DDD");
    let drawn = column(&counter.operate(7, 1, drawing(5)).unwrap().set);
    counter.operate(7, 2, choosing(drawn[2], 60)).unwrap();
    let from_basket = Input::Confirm(Confirm {
        plate: drawn[2],
        vehicle: vehicle(7),
        from: ConfirmFrom::Basket,
    });
    assert_eq!(counter.operate(7, 3, from_basket), Err(Error::NotHeld));
}

/// A choice at a window is allocated through that channel; no operation comes by another.
#[test]
fn the_channel_goes_with_the_allocation() {
    let mut counter = Counter::opened("A0DDD");
    let through = |counter: &Counter, channel| match counter.operation(
        7,
        1,
        composing(&["粤GA0001"], vehicle(7)),
    ) {
        Command::Operate(operation) => {
            Command::Operate(xuanhao_platepool::domain::command::Operation {
                channel,
                ..operation
            })
        }
        other => other,
    };
    for channel in [Channel::Import, Channel::Reserve] {
        let command = through(&counter, channel);
        let refused = counter.order(command);
        assert_eq!(refused, Err(Error::OutOfRange { field: "channel" }));
    }
    let command = through(&counter, Channel::Window);
    let told = receipt(counter.order(command).unwrap());
    assert_eq!(told.channel, Channel::Window);
    let row = &counter.store.live[&plate("粤GA0001")];
    assert_eq!(row.channel, Channel::Window);
}
