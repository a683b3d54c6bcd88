//! Self-composed numbers: R-SEL, P4, P7, and what cannot be composed.

use jiff::SignedDuration;
use xuanhao_platepool::domain::Error;
use xuanhao_platepool::domain::command::{
    Command, Compose, Confirm, ConfirmFrom, Input, OnHit, SetRules,
};
use xuanhao_platepool::domain::rows::Outcome;
use xuanhao_platepool::domain::rule::ComposeRule;
use xuanhao_vocabulary::{PlateClass, PlateMask};

use crate::office::*;

/// R-SEL-06, R-SEL-09, P7: the first free wish in the citizen's order is allocated at once, and column and
/// basket end with it.
#[test]
fn the_first_free_wish_wins() {
    let mut counter = Counter::opened("A0DDD");
    counter
        .operate(8, 1, composing(&["粤GA0001"], vehicle(8)))
        .unwrap();
    counter.operate(7, 1, drawing(10)).unwrap();
    let wishes = ["粤GA0001", "粤GC9999", "粤GA0003", "粤GA0002"];
    let told = counter
        .operate(7, 2, composing(&wishes, vehicle(7)))
        .unwrap();
    assert_eq!(allocated(&told), plate("粤GA0003"));
    assert!(told.set.is_empty());
    assert_eq!(counter.free(), 998);
}

/// P4: a wish that is not released counts as missed like one that is taken or held.
#[test]
fn misses_do_not_tell_why() {
    let mut counter = Counter::opened("A000 1..2");
    counter
        .operate(8, 1, composing(&["粤GA0001"], vehicle(8)))
        .unwrap();
    counter.operate(9, 1, drawing(5)).unwrap();
    for (op_no, wish) in [(1, "粤GA0001"), (2, "粤GA0002"), (3, "粤GZ9999")] {
        let told = counter
            .operate(7, op_no, composing(&[wish], vehicle(7)))
            .unwrap();
        assert_eq!(told.outcome, Outcome::AllMissed);
    }
}

/// A number that the citizen holds is free to them.
#[test]
fn own_numbers_can_be_composed() {
    let mut counter = Counter::opened("A000 1..5");
    counter.operate(7, 1, drawing(5)).unwrap();
    let told = counter
        .operate(7, 2, composing(&["粤GA0003"], vehicle(7)))
        .unwrap();
    assert_eq!(allocated(&told), plate("粤GA0003"));
    assert_eq!(
        counter
            .operate(8, 1, drawing(5))
            .map(|told| column(&told.set).len()),
        Ok(4)
    );
}

/// R-SEL-10: a hit can be held as a column of one and is void at its time.
#[test]
fn a_hit_can_be_held() {
    let mut counter = Counter::opened("A0DDD");
    let ttl = SignedDuration::from_secs(60);
    let hold = |wish| {
        Input::Compose(Compose {
            wishes: vec![plate(wish)],
            energy: None,
            on_hit: OnHit::Hold { ttl },
        })
    };
    let told = counter.operate(7, 1, hold("粤GA0001")).unwrap();
    assert_eq!(
        told.outcome,
        Outcome::Held {
            until: told.decided_at + ttl
        }
    );
    assert_eq!(column(&told.set), [plate("粤GA0001")]);
    let missed = counter
        .operate(8, 1, composing(&["粤GA0001"], vehicle(8)))
        .unwrap();
    assert_eq!(missed.outcome, Outcome::AllMissed);
    let confirm = Input::Confirm(Confirm {
        plate: plate("粤GA0001"),
        vehicle: vehicle(7),
        from: ConfirmFrom::ColumnOrBasket,
    });
    assert_eq!(
        allocated(&counter.operate(7, 2, confirm).unwrap()),
        plate("粤GA0001")
    );

    counter.operate(9, 1, hold("粤GA0002")).unwrap();
    counter.pass(60);
    let told = counter
        .operate(8, 2, composing(&["粤GA0002"], vehicle(8)))
        .unwrap();
    assert_eq!(allocated(&told), plate("粤GA0002"));
}

/// A held hit that lay in the basket stands in the set once.
#[test]
fn a_held_hit_leaves_the_basket() {
    let mut counter = Counter::opened("A000 1..2");
    let drawn = column(&counter.operate(7, 1, drawing(1)).unwrap().set);
    counter.operate(7, 2, keeping(drawn[0])).unwrap();
    let wish = drawn[0].unpack().1.to_string();
    let told = counter.operate(7, 3, holding(&wish, 60)).unwrap();
    assert_eq!((column(&told.set), basket(&told.set)), (drawn, vec![]));
    let memory = counter.engine.memory().unwrap();
    assert_eq!(memory.audit().map(|audit| audit.held), Ok(1));
}

/// Serials whose digits are all zero are not issued to who composes them, whatever their letters.
#[test]
fn all_zero_serials_can_be_kept_out() {
    let mut counter = Counter::opened("[0A]0000");
    let set = SetRules {
        class: PlateClass::Small,
        rules: vec![ComposeRule::AllZero],
    };
    counter.order(Command::SetRules(set)).unwrap();
    for (op_no, wish) in [(1, "粤G00000"), (2, "粤GA0000")] {
        let told = counter.operate(7, op_no, composing(&[wish], vehicle(7)));
        assert_eq!(told.unwrap().outcome, Outcome::AllMissed);
    }
}

/// Denied and withheld numbers are missed, but drawn.
#[test]
fn rules_keep_numbers_for_draws() {
    let mut counter = Counter::opened("A0 66D");
    let withheld = ComposeRule::Withheld {
        code: code("粤G"),
        mask: PlateMask::parse("A0661").unwrap(),
    };
    let rules = vec![ComposeRule::EqualDigits { at_least: 3 }, withheld];
    let set = SetRules {
        class: PlateClass::Small,
        rules,
    };
    counter.order(Command::SetRules(set)).unwrap();
    let figures = counter.engine.memory().unwrap().figures(PlateClass::Small);
    assert_eq!((figures.free, figures.free_to_compose), (10, 8));
    for (op_no, wish) in [(1, "粤GA0666"), (2, "粤GA0661")] {
        let told = counter
            .operate(7, op_no, composing(&[wish], vehicle(7)))
            .unwrap();
        assert_eq!(told.outcome, Outcome::AllMissed);
    }
    assert_eq!(
        column(&counter.operate(8, 1, drawing(10)).unwrap().set).len(),
        10
    );
    // Lifting the rule opens them again, also for segments released since.
    counter.pass(100);
    counter
        .order(release(2, vec![segment(2, "B0666")]))
        .unwrap();
    let none = SetRules {
        class: PlateClass::Small,
        rules: vec![],
    };
    counter.order(Command::SetRules(none)).unwrap();
    let told = counter
        .operate(7, 3, composing(&["粤GB0666"], vehicle(7)))
        .unwrap();
    assert_eq!(allocated(&told), plate("粤GB0666"));
}

/// A segment that is random-only is drawn from, and composed from when its time has come.
#[test]
fn a_new_segment_is_random_only_at_first() {
    let mut counter = Counter::new();
    let mut new = segment(1, "A0DDD");
    new.random_only_until = Some(counter.now + SignedDuration::from_hours(1));
    counter.order(release(1, vec![new])).unwrap();
    let told = counter
        .operate(7, 1, composing(&["粤GA0001"], vehicle(7)))
        .unwrap();
    assert_eq!(told.outcome, Outcome::AllMissed);
    assert!(counter.operate(8, 1, drawing(5)).is_ok());
    counter.pass(3600);
    let told = counter
        .operate(7, 2, composing(&["粤GA0001"], vehicle(7)))
        .unwrap();
    assert_eq!(allocated(&told), plate("粤GA0001"));
}

#[test]
fn a_round_has_wishes() {
    let mut counter = Counter::opened("A0DDD");
    let told = counter.operate(7, 1, composing(&[], vehicle(7)));
    assert_eq!(told, Err(Error::OutOfRange { field: "wishes" }));
}
