use jiff::civil::date;
use uuid::Uuid;
use xuanhao_vocabulary::PlateClass;

use super::super::application::tests::application;
use super::super::holding::{Holding, Timed};
use super::super::operation::Allocation;
use super::*;

const DEADLINE: Date = date(2026, 11, 26);

fn now() -> Timestamp {
    "2026-11-23T01:00:00Z".parse().unwrap()
}

fn selection() -> Selection {
    Selection {
        allocation: Allocation {
            id: Uuid::nil(),
            class: PlateClass::Small,
            plate: "粤GA1235".parse().unwrap(),
            decided_at: now(),
        },
        deadline: DEADLINE,
        voucher_number: String::new(),
        registered_on: None,
        returned_at: None,
        acts: crate::domain::office_acts::OfficeActs::default(),
        undoing_at: None,
    }
}

fn step(state: State, quota: VehicleQuota, today: Date) -> Result<Step, Refused> {
    let application = application(state);
    let selection = selection();
    let standing = Standing {
        application: &application,
        quota: Some(&quota),
        selection: Some(&selection),
        ban_years: 2,
    };
    enter(Some(standing), None, false, now(), today)
}

fn quota(left: bool) -> VehicleQuota {
    VehicleQuota::fresh(u16::from(left), 0)
}

/// R-ENT-02, R-ENT-05, R-ENT-06: each state leads to its step.
#[test]
fn each_state_leads_to_its_step() {
    assert_eq!(
        enter(None, None, false, now(), DEADLINE),
        Ok(Step::Description)
    );
    for (state, expected) in [
        (State::NoticeAgreed, Step::Info),
        (State::InfoSubmitted, Step::Info),
        (State::InfoConfirmed, Step::Explanation),
        (State::Selecting, Step::Explanation),
        (State::Confirmed, Step::Completed),
        (State::Registered, Step::Description),
        (State::Exhausted, Step::Exhausted),
        (State::Expired, Step::Description),
        (State::Voided, Step::Description),
    ] {
        assert_eq!(step(state, quota(true), DEADLINE), Ok(expected), "{state}");
    }
}

/// R-ENT-05 (resume A): chances left lead to the explanation, none left to the office; what is held
/// or under way is not forgotten (P8).
#[test]
fn resume_a_looks_at_both_counters_and_at_what_is_held() {
    assert_eq!(
        step(State::Selecting, quota(false), DEADLINE),
        Ok(Step::Exhausted)
    );
    let mut holds = application(State::Selecting);
    let until = "2026-11-23T01:00:30Z".parse().unwrap();
    let column = Timed {
        plates: vec!["粤GA1235".parse().unwrap()],
        until,
    };
    holds.holding = Holding {
        column: Some(column),
        basket: None,
    };
    let spent = quota(false);
    let enter_with = |application, pending| {
        let standing = Standing {
            application,
            quota: Some(&spent),
            selection: None,
            ban_years: 2,
        };
        enter(Some(standing), None, pending, now(), DEADLINE)
    };
    assert_eq!(enter_with(&holds, false), Ok(Step::Explanation));
    let nothing_held = application(State::Selecting);
    assert_eq!(enter_with(&nothing_held, true), Ok(Step::Explanation));
    assert_eq!(enter_with(&nothing_held, false), Ok(Step::Exhausted));
}

/// R-ENT-06 (resume B): the deadline itself still leads to the finished page; the day after it the
/// ban has begun, written or not (R-BLK-01).
#[test]
fn resume_b_ends_with_the_deadline() {
    assert_eq!(
        step(State::Confirmed, quota(true), DEADLINE),
        Ok(Step::Completed)
    );
    assert_eq!(
        step(State::Confirmed, quota(true), date(2026, 11, 27)),
        Err(Refused::Blacklisted {
            until: date(2028, 11, 27)
        })
    );
}

/// R-ENT-06, R-DONE-04: who came to the window in time goes on, however long it takes.
#[test]
fn resume_b_goes_on_for_who_came_in_time() {
    let mut selection = selection();
    selection.acts.arrived_on = Some(DEADLINE);
    let application = application(State::Confirmed);
    let standing = Standing {
        application: &application,
        quota: None,
        selection: Some(&selection),
        ban_years: 2,
    };
    let step = enter(Some(standing), None, false, now(), date(2026, 12, 31));
    assert_eq!(step, Ok(Step::Completed));
}

/// R-ENT-07 (resume C): a ban refuses whatever else there is, with the day of release.
#[test]
fn resume_c_refuses_the_banned_until_their_day() {
    let ban = Ban {
        from: date(2024, 11, 23),
        until: date(2026, 11, 23),
    };
    let enter_on = |today| enter(None, Some(ban), false, now(), today);
    let refused = Err(Refused::Blacklisted {
        until: date(2026, 11, 23),
    });
    assert_eq!(enter_on(date(2026, 11, 22)), refused);
    assert_eq!(enter_on(date(2026, 11, 23)), Ok(Step::Description));
}
