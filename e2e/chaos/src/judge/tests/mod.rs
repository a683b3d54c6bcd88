//! A good history, and one for each thing that the judge must not overlook.

mod history;

use std::collections::BTreeMap;

use super::Invariant::{
    ClaimHeld, Conserved, CurrentEpoch, Durable, OneClaim, OneEffect, OneHold, OneNumber, ToldOnce,
};
use super::*;
use crate::history::{Answer, Held, Outcome, What};
use history::{History, SECOND, column, id, who};

/// The good history with one thing changed is judged to violate just these.
#[track_caller]
fn finds(change: impl FnOnce(&mut History), violated: &[Invariant]) {
    let mut history = History::good();
    change(&mut history);
    let verdict = judge(&history.0);
    let found: Vec<_> = Invariant::ALL
        .into_iter()
        .filter(|invariant| !verdict.violations(*invariant).is_empty())
        .collect();
    assert_eq!(found, violated, "{verdict}");
}

#[test]
fn a_good_history_holds_and_everything_was_compared() {
    let verdict = judge(&History::good().0);
    assert!(verdict.holds(), "{verdict}");
    for invariant in Invariant::ALL {
        assert!(verdict.checked(invariant) > 0, "{invariant:?}");
    }
}

#[test]
fn v1_a_number_claimed_twice() {
    let again = |history: &mut History| {
        history.row(8, "compose", who(8), 1, "allocated", Held::default());
        history.allocated(8, who(8), 1);
        history.0.figures[0].free = 8;
        history.0.figures[0].allocated = 2;
    };
    // Two rows, one number: the count of numbers is wrong too.
    finds(again, &[OneClaim, Conserved]);
}

#[test]
fn v1_a_number_claimed_before_it_is_back() {
    finds(
        |history| {
            history.row(8, "compose", who(8), 1, "allocated", Held::default());
            history.allocated(8, who(8), 3);
            history.0.figures[0].free = 8;
            history.0.figures[0].allocated = 2;
        },
        &[OneClaim],
    );
}

#[test]
fn v2_a_number_in_two_live_holds() {
    finds(
        |history| history.row(8, "draw", who(8), 1, "held", column(&[2], 18 * SECOND)),
        &[OneHold],
    );
}

#[test]
fn v2_a_hold_that_is_over_may_be_followed_by_another() {
    finds(
        |history| history.row(14, "draw", who(8), 1, "held", column(&[2], 24 * SECOND)),
        &[],
    );
}

#[test]
fn v2_a_number_held_while_it_is_allocated() {
    finds(
        |history| history.row(8, "draw", who(8), 1, "held", column(&[1], 18 * SECOND)),
        &[OneHold],
    );
}

#[test]
fn v2_a_number_claimed_while_another_holds_it() {
    finds(
        |history| {
            history.row(8, "compose", who(8), 1, "allocated", Held::default());
            history.allocated(8, who(8), 2);
            history.0.figures[0].free = 8;
            history.0.figures[0].allocated = 2;
        },
        &[OneHold],
    );
}

#[test]
fn v3_an_answer_without_its_row() {
    finds(
        |history| {
            let outcome = Outcome::Held(column(&[5], 60 * SECOND));
            history.told(who(9), 1, What::GiveUp, Some(id(99)), outcome);
        },
        &[Durable],
    );
}

#[test]
fn v3_an_answer_that_says_something_else_than_its_row() {
    finds(
        |history| history.0.rows[0].held = column(&[1, 4], 60 * SECOND),
        &[Durable],
    );
    finds(
        |history| history.0.rows[2].outcome = "all_missed".to_owned(),
        &[Durable],
    );
    finds(
        |history| history.0.allocations[1].ended_at = None,
        // It is neither ended nor free in the rows.
        &[Durable, Conserved, ToldOnce],
    );
}

#[test]
fn v4_a_row_of_an_epoch_that_was_over() {
    let late = |history: &mut History| {
        history.row(8, "draw", who(8), 1, "held", column(&[5], 18 * SECOND));
        history.row(9, "draw", who(9), 1, "held", column(&[6], 19 * SECOND));
        let count = history.0.rows.len();
        history.0.rows[count - 2].id.epoch = 2;
    };
    finds(late, &[CurrentEpoch]);
}

#[test]
fn v4_a_row_that_landed_after_the_take_over() {
    finds(|history| history.sample(2, 5), &[CurrentEpoch]);
    finds(|history| history.sample(2, 6), &[]);
}

#[test]
fn v4_two_rows_of_one_place() {
    finds(
        |history| {
            history.row(6, "give_up", who(8), 1, "given_up", Held::default());
            let last = history.0.rows.len() - 1;
            history.0.rows[last].id.decided_at += 1;
        },
        &[CurrentEpoch],
    );
}

#[test]
fn v5_a_claim_without_a_hold() {
    finds(
        |history| {
            history.row(8, "confirm", who(8), 1, "allocated", Held::default());
            history.allocated(8, who(8), 6);
            history.0.figures[0].free = 8;
            history.0.figures[0].allocated = 2;
        },
        &[ClaimHeld],
    );
}

#[test]
fn v6_numbers_that_leak_or_stay_held() {
    finds(|history| history.0.figures[0].free = 8, &[Conserved]);
    let stays = |history: &mut History| {
        history.0.figures[0].free = 8;
        history.0.figures[0].held = 1;
    };
    finds(stays, &[Conserved]);
    let returning = |history: &mut History| {
        history.0.figures[0].free = 8;
        history.0.figures[0].returning = 1;
    };
    finds(returning, &[Conserved]);
}

#[test]
fn i4_an_operation_with_two_effects() {
    finds(
        |history| history.row(8, "draw", who(1), 1, "held", column(&[5], 18 * SECOND)),
        &[OneEffect],
    );
}

#[test]
fn i4_a_repeat_with_another_receipt() {
    finds(
        |history| {
            history.row(8, "draw", who(2), 1, "held", column(&[2], 13 * SECOND));
            let draw = What::Draw {
                count: 2,
                exclude_four: false,
            };
            let outcome = Outcome::Held(column(&[2], 13 * SECOND));
            history.told(who(2), 1, draw, Some(id(8)), outcome);
        },
        &[OneEffect],
    );
}

#[test]
fn i4_two_requests_with_one_number() {
    finds(
        |history| {
            let outcome = Outcome::Held(column(&[1, 2], 60 * SECOND));
            history.told(who(1), 1, What::GiveUp, Some(id(1)), outcome);
        },
        &[OneEffect],
    );
}

#[test]
fn i4_what_never_was_and_is() {
    finds(
        |history| history.row(8, "give_up", who(2), 2, "given_up", Held::default()),
        &[OneEffect],
    );
}

#[test]
fn i4_what_was_refused_and_is() {
    finds(
        |history| {
            history.row(8, "give_up", who(8), 1, "given_up", Held::default());
            let reason = "NOT_OWNER".to_owned();
            history.call(who(8), 1, What::GiveUp, Answer::Refused { reason });
        },
        &[OneEffect],
    );
}

#[test]
fn i6_allocations_told_never_twice_or_of_nothing() {
    finds(|history| drop(history.0.outbox.remove(0)), &[ToldOnce]);
    finds(
        |history| history.fact("plate.allocated", history.0.allocations[0].id),
        &[ToldOnce],
    );
    finds(
        |history| history.fact("plate.allocated", who(77)),
        &[ToldOnce],
    );
    finds(
        |history| history.0.outbox[0].is_published = false,
        &[ToldOnce],
    );
    finds(|history| history.0.delivered = BTreeMap::new(), &[ToldOnce]);
}

#[test]
fn i7_two_numbers_of_one_application_or_vehicle() {
    let another = |history: &mut History, application: Uuid| {
        history.row(8, "compose", application, 3, "allocated", Held::default());
        history.allocated(8, application, 6);
        history.0.figures[0].free = 8;
        history.0.figures[0].allocated = 2;
    };
    finds(
        |history| {
            another(history, who(1));
            history.0.allocations[2].vehicle = Some("another".to_owned());
        },
        &[OneNumber],
    );
    finds(
        |history| {
            another(history, who(8));
            history.0.allocations[2].vehicle = Some(who(1).to_string());
        },
        &[OneNumber],
    );
}

#[test]
fn evidence_is_judged_alike_after_it_was_kept() {
    let kept = serde_json::to_string(&History::good().0).unwrap();
    let read: Evidence = serde_json::from_str(&kept).unwrap();
    assert!(judge(&read).holds());
}
