//! Draws, candidates and confirming: E6, E9, E10, P7, R-RND.

use jiff::civil::date;
use proptest::prelude::*;
use xuanhao_platepool::domain::Error;
use xuanhao_platepool::domain::command::{Command, Confirm, ConfirmFrom, DrawFrom, Input, Request};
use xuanhao_platepool::domain::draw::{Day, DayKey};
use xuanhao_platepool::domain::rows::{Answer, Outcome};

use crate::office::*;

/// E9: each pick is the number of its rank among those free after the picks before it, through the
/// segments by id: recomputed here from the vectors' definition on a plain list.
#[test]
fn picks_follow_the_published_function() {
    let mut counter = Counter::new();
    // Released last first: the order of ids counts, not that of releases.
    counter
        .order(release(1, vec![segment(9, "B0DDD")]))
        .unwrap();
    counter
        .order(release(2, vec![segment(3, "A00D 1..7")]))
        .unwrap();
    let mut list: Vec<_> = (0..10)
        .flat_map(|tens| (1..=7).map(move |ones| format!("粤GA00{tens}{ones}")))
        .chain((0..1000).map(|serial| format!("粤GB0{serial:03}")))
        .map(|text| plate(&text))
        .collect();
    let key =
        xuanhao_platepool::domain::draw::DrawKey::derive(&days()[0].key, &days()[0].public_value);
    for op_no in [1, 2, 5] {
        let told = counter.operate(7, op_no, drawing(10)).unwrap();
        let mut picks = key.picks(&zhanjiang().id, application(7), op_no);
        let mut free = list.clone();
        let expected: Vec<_> = (0..10)
            .map(|_| {
                let rank = picks.next_rank(free.len() as u64);
                free.remove(usize::try_from(rank).unwrap())
            })
            .collect();
        assert_eq!(column(&told.set), expected);
    }
    let taken = counter
        .operate(8, 1, composing(&["粤GA0011"], vehicle(8)))
        .unwrap();
    list.retain(|plate| *plate != allocated(&taken));
    assert_eq!(counter.free(), list.len() as u64 - 10);
}

/// E9: the same state, key and operation give the same numbers; another application, number or key
/// does not.
#[test]
fn draws_depend_on_nothing_else() {
    let draw = |who, op_no| {
        let mut counter = Counter::opened("A0DDD");
        column(&counter.operate(who, op_no, drawing(10)).unwrap().set)
    };
    assert_eq!(draw(7, 1), draw(7, 1));
    assert_ne!(draw(7, 1), draw(8, 1));
    assert_ne!(draw(7, 1), draw(7, 2));
}

/// E10: without a public value for the day drawing is not open; the day is that of `decided_at` in
/// Asia/Shanghai.
#[test]
fn drawing_opens_with_the_days_value() {
    let mut counter = Counter::opened("A0DDD");
    counter.pass(15 * 3600 - 1);
    assert!(
        counter.operate(7, 1, drawing(1)).is_ok(),
        "23:59:59 of 1 February"
    );
    counter.pass(1);
    assert!(
        counter.operate(7, 2, drawing(1)).is_ok(),
        "00:00:00 of 2 February, opened too"
    );
    counter.pass(86_400);
    let refused = counter.operate(7, 3, drawing(1));
    assert_eq!(
        refused,
        Err(Error::DrawingNotOpen {
            day: date(2026, 2, 3)
        })
    );
    assert!(
        counter
            .operate(7, 3, composing(&["粤GA0001"], vehicle(7)))
            .is_ok(),
        "composing is open"
    );
}

/// E10: once fixed, key and value of a day do not change.
#[test]
fn a_days_value_is_fixed() {
    let mut counter = Counter::opened("A0DDD");
    let [day, _] = days();
    assert_eq!(counter.engine.open_day(day.clone()), Ok(()));
    let fixed = Err(Error::DayFixed { day: day.date });
    assert_eq!(
        counter.engine.open_day(Day {
            public_value: b"x".to_vec(),
            ..day.clone()
        }),
        fixed
    );
    assert_eq!(
        counter.engine.open_day(Day {
            key: DayKey([0; 32]),
            ..day
        }),
        fixed
    );
}

/// R-RND-01, R-RND-11, E6: a draw frees its own column before it picks, so a pool of five gives five again and again.
#[test]
fn a_draw_frees_its_own_column_first() {
    let mut counter = Counter::opened("A000 1..5");
    for op_no in 1..20 {
        assert_eq!(
            column(&counter.operate(7, op_no, drawing(10)).unwrap().set).len(),
            5
        );
        assert_eq!(counter.free(), 0);
    }
}

/// P7: a draw that finds fewer gives them all.
#[test]
fn few_free_numbers_are_all_given() {
    let mut counter = Counter::opened("A000 1..9");
    assert_eq!(
        column(&counter.operate(7, 1, drawing(5)).unwrap().set).len(),
        5
    );
    assert_eq!(
        column(&counter.operate(8, 1, drawing(5)).unwrap().set).len(),
        4
    );
    assert_eq!(counter.operate(9, 1, drawing(5)), Err(Error::NoneFree));
}

/// R-RND-05: none of the numbers has a 4, and where only numbers with a 4 are free, none is.
#[test]
fn without_four_means_none_has_a_four() {
    let mut counter = Counter::opened("A4DDD");
    counter
        .order(release(2, vec![segment(2, "A000D")]))
        .unwrap();
    let drawn = counter
        .operate(7, 1, draw_from(20, DrawFrom::WithoutFour))
        .unwrap();
    let drawn = column(&drawn.set);
    assert_eq!(drawn.len(), 9);
    assert!(
        drawn
            .iter()
            .all(|plate| !plate.unpack().1.contains_digit_four())
    );
    let other = counter.operate(8, 1, draw_from(1, DrawFrom::WithoutFour));
    assert_eq!(other, Err(Error::NoneFree));
    assert!(counter.operate(8, 1, drawing(1)).is_ok());
}

/// R-RND-12: at its instant a column is void and its numbers are free; nothing is written.
#[test]
fn a_column_is_void_at_its_instant() {
    let mut counter = Counter::opened("A000 1..5");
    let drawn = counter.operate(7, 1, drawing(5)).unwrap();
    let rows = counter.store.log.len();
    counter.now = drawn.decided_at + COLUMN - jiff::SignedDuration::from_micros(1);
    assert_eq!(counter.operate(8, 1, drawing(5)), Err(Error::NoneFree));
    assert_eq!(counter.store.log.len(), rows);
    counter.now = drawn.decided_at + COLUMN;
    assert!(counter.operate(8, 2, drawing(5)).is_ok());
    assert_eq!(
        counter.operate(7, 2, keeping(plate("粤GA0001"))),
        Err(Error::HoldVoid)
    );
}

/// R-RND-06, R-RND-08: one candidate a column, from the column.
#[test]
fn one_candidate_a_column() {
    let mut counter = Counter::opened("A0DDD");
    let drawn = column(&counter.operate(7, 1, drawing(10)).unwrap().set);
    assert_eq!(
        counter.operate(7, 2, keeping(plate("粤GB0001"))),
        Err(Error::NotHeld)
    );
    let kept = counter.operate(7, 2, keeping(drawn[3])).unwrap();
    assert_eq!(basket(&kept.set), [drawn[3]]);
    assert_eq!(column(&kept.set).len(), 9);
    assert_eq!(
        counter.operate(7, 3, keeping(drawn[4])),
        Err(Error::CandidateChosen)
    );
    let again = column(&counter.operate(7, 3, drawing(10)).unwrap().set);
    let kept = counter.operate(7, 4, keeping(again[0])).unwrap();
    assert_eq!(basket(&kept.set), [drawn[3], again[0]]);
    assert_eq!(counter.free(), 1000 - 11);
}

/// R-RND-07: a draw and a new candidate restart the timer of a basket that lives; one that is void
/// is gone.
#[test]
fn the_baskets_timer_restarts_while_it_lives() {
    let mut counter = Counter::opened("A0DDD");
    let drawn = column(&counter.operate(7, 1, drawing(10)).unwrap().set);
    let kept = counter.operate(7, 2, keeping(drawn[0])).unwrap();
    counter.pass(100);
    let redrawn = counter.operate(7, 3, drawing(10)).unwrap();
    let until = |set: &xuanhao_platepool::domain::hold::HoldSet| set.basket.as_ref().unwrap().until;
    assert_eq!(until(&redrawn.set), redrawn.decided_at + BASKET);
    assert!(until(&redrawn.set) > until(&kept.set));
    counter.pass(30);
    let added = counter
        .operate(7, 4, keeping(column(&redrawn.set)[0]))
        .unwrap();
    assert_eq!(until(&added.set), added.decided_at + BASKET);
    counter.pass(120);
    let alone = counter.operate(7, 5, drawing(10)).unwrap();
    assert_eq!(alone.set.basket, None);
    assert_eq!(counter.free(), 990);
}

/// P7, R-RND-09: confirming allocates, and ends column and basket in the same row.
#[test]
fn confirming_ends_column_and_basket() {
    let mut counter = Counter::opened("A0DDD");
    let drawn = column(&counter.operate(7, 1, drawing(10)).unwrap().set);
    counter.operate(7, 2, keeping(drawn[0])).unwrap();
    let told = counter
        .operate(7, 3, confirming(drawn[0], vehicle(7)))
        .unwrap();
    assert_eq!(allocated(&told), drawn[0]);
    assert!(told.set.is_empty());
    assert!(counter.store.log.last().unwrap().set.is_empty());
    assert!(counter.standing(7).set.is_empty());
    assert_eq!(counter.free(), 999);
    assert_eq!(
        counter.operate(7, 4, drawing(1)),
        Err(Error::HasAllocation { plate: drawn[0] })
    );
}

/// R-RND-09: where the policy has a basket, only its numbers can be confirmed.
#[test]
fn confirming_from_the_basket_only() {
    let mut counter = Counter::opened("A0DDD");
    let drawn = column(&counter.operate(7, 1, drawing(10)).unwrap().set);
    let from_basket = |plate| {
        Input::Confirm(Confirm {
            plate,
            vehicle: vehicle(7),
            from: ConfirmFrom::Basket,
        })
    };
    assert_eq!(
        counter.operate(7, 2, from_basket(drawn[0])),
        Err(Error::NotHeld),
        "its time is not up"
    );
    counter.operate(7, 2, keeping(drawn[0])).unwrap();
    assert_eq!(
        counter.operate(7, 3, from_basket(drawn[1])),
        Err(Error::NotHeld)
    );
    counter.pass(95);
    let told = counter.operate(7, 3, from_basket(drawn[0])).unwrap();
    assert_eq!(allocated(&told), drawn[0], "the basket outlives the column");
}

/// V5: nothing is confirmed that the application does not hold at that instant.
#[test]
fn what_is_void_cannot_be_confirmed() {
    let mut counter = Counter::opened("A0DDD");
    let drawn = column(&counter.operate(7, 1, drawing(10)).unwrap().set);
    assert_eq!(
        counter.operate(8, 1, confirming(drawn[0], vehicle(8))),
        Err(Error::HoldVoid)
    );
    counter.pass(90);
    assert_eq!(
        counter.operate(7, 2, confirming(drawn[0], vehicle(7))),
        Err(Error::HoldVoid)
    );
    assert!(counter.store.live.is_empty());
}

#[test]
fn giving_up_is_an_empty_row() {
    let mut counter = Counter::opened("A0DDD");
    let drawn = column(&counter.operate(7, 1, drawing(10)).unwrap().set);
    counter.operate(7, 2, keeping(drawn[0])).unwrap();
    let told = counter.operate(7, 3, Input::GiveUp).unwrap();
    assert_eq!(told.outcome, Outcome::GivenUp);
    assert!(counter.store.log.last().unwrap().set.is_empty());
    assert_eq!(counter.free(), 1000);
}

#[test]
fn senseless_draws_are_refused() {
    let mut counter = Counter::opened("A0DDD");
    for (count, column_seconds, field) in [
        (0, 90, "count"),
        (101, 90, "count"),
        (1, 0, "column_ttl"),
        (1, 86_400, "column_ttl"),
    ] {
        let Input::Draw(mut draw) = drawing(count) else {
            unreachable!()
        };
        draw.column_ttl = jiff::SignedDuration::from_secs(column_seconds);
        assert_eq!(
            counter.operate(7, 1, Input::Draw(draw)),
            Err(Error::OutOfRange { field })
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// V2, V6: however draws, candidates and time are mixed, no number is in two sets.
    #[test]
    fn no_number_is_held_twice(steps in prop::collection::vec((0_u128..6, 0_u8..4, 0_i64..40), 1..60)) {
        let mut counter = Counter::opened("A00DD");
        let mut op_no = 0;
        for (who, what, seconds) in steps {
            counter.pass(seconds);
            op_no += 1;
            let set = counter.standing(who).set;
            let input = match (what, set.column) {
                (0 | 1, _) | (_, None) => drawing(10),
                (2, Some(column)) if !column.plates.is_empty() => keeping(column.plates[0]),
                _ => Input::GiveUp,
            };
            let _ = counter.operate(who, op_no, input);
            prop_assert_eq!(counter.engine.memory().unwrap().audit().map(|_| ()), Ok(()));
        }
        let told = counter.ask(Request::Command(Command::Close(application(99))));
        prop_assert!(matches!(told, Ok(Answer::Recorded(_))));
    }
}
