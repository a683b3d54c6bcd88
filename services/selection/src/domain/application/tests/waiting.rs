//! Numbers that wait, by both presets, and the window.

use xuanhao_vocabulary::PlateNumber;

use super::super::super::choice::Choice;
use super::super::super::policy::tests::hebei;
use super::*;

/// A number that waits, with its countdown.
fn waiting(composed: bool, is_final: bool, until: Timestamp) -> Application {
    let plate: PlateNumber = "粤GA1235".parse().unwrap();
    Application {
        choice: Some(Choice {
            plate,
            composed,
            is_final,
            until,
        }),
        holding: Holding {
            column: Some(Timed {
                plates: vec![plate],
                until,
            }),
            basket: None,
        },
        ..application(State::Selecting)
    }
}

fn requests() -> [Request; 8] {
    let held = || "粤GA1235".parse().unwrap();
    let other = || "粤GA9999".parse().unwrap();
    [
        DRAW,
        compose(1),
        Request::Keep { plate: held() },
        Request::GiveUp,
        Request::Choose { plate: held() },
        Request::Choose { plate: other() },
        Request::Confirm { plate: held() },
        Request::Confirm { plate: other() },
    ]
}

/// R-SEL-10, R-CNF-01, R-CNF-02: what a waiting number leaves room for, by both presets. One row per
/// number that waits, one column per request in the order of [`requests`].
#[test]
#[rustfmt::skip]
fn what_a_waiting_number_leaves_room_for() {
    const STEP: Result<(), Refused> = Err(Refused::StepNotReached);
    const NOT_OFFERED: Result<(), Refused> = Err(Refused::StepNotOffered);
    const OVER: Result<(), Refused> = Err(Refused::HoldExpired);
    const NOT_HELD: Result<(), Refused> = Err(Refused::PlateNotHeld);
    const FORFEITED: Result<(), Refused> = Err(Refused::ComposeForfeited);
    const OK: Result<(), Refused> = Ok(());
    let fixed = Err(Refused::ChoiceFinal { until: after(60) });
    let nothing = application(State::Selecting);
    let (hit, drawn) = (waiting(true, false, after(60)), waiting(false, true, after(60)));
    let chosen = waiting(true, true, after(60));
    let (late_hit, late) = (waiting(true, false, now()), waiting(false, true, now()));
    let table = [
        (hebei(), &nothing,  [OK, OK, OK, OK, OK, OK, STEP, STEP]),
        (hebei(), &hit,      [OK, FORFEITED, NOT_OFFERED, OK, OK, NOT_HELD, STEP, STEP]),
        (hebei(), &chosen,   [fixed, fixed, fixed, fixed, fixed, fixed, OK, NOT_HELD]),
        (hebei(), &drawn,    [fixed, fixed, fixed, fixed, fixed, fixed, OK, NOT_HELD]),
        (hebei(), &late_hit, [OK, FORFEITED, OK, OK, OVER, OVER, OVER, OVER]),
        (hebei(), &late,     [OK, OK, OK, OK, OVER, OVER, OVER, OVER]),
        (guangdong(), &nothing, [OK; 8]),
        // As if a policy without a code after choosing held its hits.
        (guangdong(), &hit,  [OK, OK, NOT_OFFERED, OK, OK, NOT_HELD, OK, NOT_HELD]),
    ];
    for (policy, application, row) in table {
        // Any hour of the day: this is not about hours.
        let live = Policy { service: guangdong().service, ..policy.clone() };
        let rules = Rules::new(&policy, &live);
        for (request, expected) in requests().iter().zip(row) {
            let answer = application.reserve(&bound(request, &rules), &quota(20, 5), &rules, now());
            let what = format!("{} {:?} {request:?}", policy.name, application.choice);
            assert_eq!(answer.map(drop), expected, "{what}");
        }
    }
}

/// R-SEL-10, P7: what ends a held hit, and what that costs, by both presets.
#[test]
fn what_ends_a_held_hit_and_what_it_costs() {
    let given_up = Outcome::GivenUp;
    let late = Outcome::Dropped {
        reason: Dropped::TooLittleTime,
    };
    let never = Outcome::Dropped {
        reason: Dropped::NeverRecorded,
    };
    for (policy, abandoned) in [(hebei(), 0), (guangdong(), 19)] {
        let live = Policy {
            service: guangdong().service,
            ..policy.clone()
        };
        let rules = Rules::new(&policy, &live);
        let hit = waiting(true, false, after(60));
        for (request, outcome, compose_left, waits) in [
            (DRAW, held(after(90)), abandoned, false),
            (DRAW, Outcome::NoneFree, 20, true),
            (Request::GiveUp, given_up.clone(), abandoned, false),
            (Request::GiveUp, late.clone(), 20, false),
            (DRAW, never.clone(), 20, true),
        ] {
            let bound = bound(&request, &rules);
            let (next, left) = hit.reserve(&bound, &quota(20, 5), &rules, now()).unwrap();
            let settled = next.settle(&bound, &outcome, &left, &rules, now()).unwrap();
            let name = &policy.name;
            let found = settled.quota.compose.left();
            assert_eq!(found, compose_left, "{name} {request:?} {outcome:?}");
            let choice = settled.application.choice.is_some();
            assert_eq!(choice, waits, "{name} {request:?} {outcome:?}");
        }
        let (shown, left) = hit.caught_up(&quota(20, 5), &rules, after(60));
        assert_eq!((shown.choice, left.compose.left()), (None, abandoned));
        let (shown, left) = hit.caught_up(&quota(20, 5), &rules, after(59));
        assert_eq!(
            (shown.choice, left.compose.left()),
            (hit.choice.clone(), 20)
        );
        // A drawn number that was chosen costs nothing more (R-CNF-02).
        let drawn = waiting(false, true, after(60));
        let (_, left) = drawn
            .lapse_choice(&quota(20, 5), &rules, after(60))
            .unwrap();
        assert_eq!(left, quota(20, 5));
    }
}

/// R-SEL-12: the window goes on where the internet is used up, by its own counters.
#[test]
fn the_window_goes_on_where_the_internet_ends() {
    let policy = hebei();
    let rules = Rules::new(&policy, &policy);
    let request = compose(2);
    let at_window = Reserved {
        request: &request,
        channel: Channel::Window,
        charge: request.reservation(rules.charge_on_miss(Channel::Window)),
    };
    let left = quota(0, 0).at_window(2, 0);
    for state in [State::InfoConfirmed, State::Selecting, State::Exhausted] {
        let application = application(state);
        // At night: who stands at the window is served.
        let night = after(16 * 3_600);
        let (next, reserved) = application
            .reserve(&at_window, &left, &rules, night)
            .unwrap();
        assert!(next.at_counter);
        let settled = next.settle(&at_window, &Outcome::AllMissed, &reserved, &rules, night);
        let quota = settled.unwrap().quota;
        assert_eq!((quota.window.compose.left(), quota.compose.left()), (0, 0));
        let again = application.reserve(&at_window, &quota, &rules, night);
        assert_eq!(again.unwrap_err(), Refused::QuotaExceeded { remaining: 0 });
    }
}
