use std::time::Duration;

use proptest::prelude::*;
use xuanhao_chassis::reason::Reason;

use super::super::holding::Timed;
use super::super::operation::{Dropped, Outcome, Request, Reserved};
use super::super::policy::tests::guangdong;
use super::super::quota::{Charge, Counter};
use super::*;

mod waiting;

pub(in crate::domain) fn application(state: State) -> Application {
    let info = Info {
        vin: "1M8GDM9AXKP042788".parse().unwrap(),
        class: PlateClass::Small,
        assessment: Uuid::nil(),
        vehicle_key: vec![7; 32],
        energy: None,
        description: String::new(),
        purchase_proof_masked: String::new(),
    };
    let has_info = state != State::NoticeAgreed;
    Application {
        id: Uuid::from_u128(1).into(),
        office: "gd-zhanjiang".parse().unwrap(),
        account: Uuid::from_u128(2).into(),
        person_key: vec![1; 32],
        state,
        version: 5,
        notice_version: 1,
        info: has_info.then_some(info),
        policy_version: state.may_be_in_pool().then_some(1),
        last_op_no: 3,
        compose_from: None,
        confirm_from: None,
        holding: Holding::default(),
        choice: None,
        checked_session: None,
        at_counter: false,
        more_time: false,
        opened_at: now(),
        verification: Verification::Verified,
        review: None,
        voided: None,
    }
}

fn now() -> Timestamp {
    "2026-11-23T01:00:00Z".parse().unwrap()
}

fn after(seconds: u64) -> Timestamp {
    later(now(), Duration::from_secs(seconds))
}

fn quota(compose: u16, draws: u16) -> VehicleQuota {
    VehicleQuota {
        compose: Counter {
            quota: 20,
            used: 20 - compose,
            reserved: 0,
        },
        draws: Counter {
            quota: 5,
            used: 5 - draws,
            reserved: 0,
        },
        ..VehicleQuota::fresh(20, 5)
    }
}

fn proof(asked_at: Timestamp) -> Proof {
    Proof {
        id: Uuid::from_u128(3).into(),
        purpose: "start_selecting".to_owned(),
        account: Uuid::from_u128(2).into(),
        subject: String::new(),
        asked_at,
        expires_at: after(300),
    }
}

fn held(until: Timestamp) -> Outcome {
    let plates = vec!["粤GA1235".parse().unwrap()];
    Outcome::Held {
        holding: Holding {
            column: Some(Timed { plates, until }),
            basket: None,
        },
        drawn: 1,
    }
}

fn compose(count: usize) -> Request {
    let wishes = (0..count)
        .map(|at| format!("粤GA123{at}").parse().unwrap())
        .collect();
    Request::Compose { wishes }
}

const DRAW: Request = Request::Draw {
    exclude_four: false,
};

fn bound<'a>(request: &'a Request, rules: &Rules<'_>) -> Reserved<'a> {
    Reserved {
        request,
        channel: Channel::Internet,
        charge: request.reservation(rules.charge_on_miss(Channel::Internet)),
    }
}

fn settle(
    application: &Application,
    request: &Request,
    outcome: &Outcome,
    left: VehicleQuota,
) -> Settled {
    let policy = guangdong();
    let rules = Rules::new(&policy, &policy);
    let bound = bound(request, &rules);
    let (application, reserved) = application.reserve(&bound, &left, &rules, now()).unwrap();
    application
        .settle(&bound, outcome, &reserved, &rules, now())
        .unwrap()
}

fn check(proof: Option<&Proof>) -> Check<'_> {
    Check {
        proof,
        session: Uuid::from_u128(4).into(),
        more_time: false,
    }
}

/// R-INF-07: the lock freezes the policy and keeps the information.
#[test]
fn the_lock_freezes_information_and_policy() {
    let policy = guangdong();
    let submitted = application(State::InfoSubmitted);
    let locked = submitted.confirm_info(&policy, 4).unwrap();
    assert_eq!(
        (locked.state, locked.policy_version),
        (State::InfoConfirmed, Some(4))
    );
    assert_eq!(locked.version, submitted.version + 1);
    let info = submitted.info.unwrap();
    assert_eq!(locked.submit_info(info, &policy), Err(Refused::InfoLocked));
}

/// R-ENT-10: classes the policy does not name take no part.
#[test]
fn a_class_the_policy_does_not_name_is_refused() {
    let mut policy = guangdong();
    policy.eligible.classes = vec![PlateClass::NevSmall];
    let info = application(State::InfoSubmitted).info.unwrap();
    let opened = application(State::NoticeAgreed);
    assert_eq!(
        opened.submit_info(info, &policy),
        Err(Refused::ClassNotEligible)
    );
    let submitted = application(State::InfoSubmitted);
    assert_eq!(
        submitted.confirm_info(&policy, 1),
        Err(Refused::ClassNotEligible)
    );
}

/// R-AUTH-02: the check may be sent in only after the delay. R-SEL-05: the compose interval begins
/// with it.
#[test]
fn selecting_starts_after_the_confirm_delay() {
    let policy = guangdong();
    let rules = Rules::new(&policy, &policy);
    let ready = application(State::InfoConfirmed);
    let proof = proof(now());
    let start = |at| ready.start_selecting(&check(Some(&proof)), &quota(20, 5), &rules, at);
    assert_eq!(
        start(after(4)),
        Err(Refused::ConfirmDelay { until: after(5) })
    );
    let selecting = start(after(5)).unwrap();
    assert_eq!(selecting.state, State::Selecting);
    assert_eq!(selecting.compose_from, Some(after(15)));
    assert_eq!(selecting.checked_session, Some(Uuid::from_u128(4).into()));
    assert_eq!(selecting.walk_in().unwrap().checked_session, None);
    let spent = ready.start_selecting(&check(Some(&proof)), &quota(0, 0), &rules, after(5));
    assert_eq!(spent, Err(Refused::Exhausted));
    let unproved = ready.start_selecting(&check(None), &quota(20, 5), &rules, after(5));
    assert_eq!(unproved, Err(Refused::ProofInvalid));
}

/// R-SEL-05, R-SEL-08: a round is refused within the interval, uncharged; after a failed round the
/// interval begins anew.
#[test]
fn compose_rounds_keep_their_interval() {
    let policy = guangdong();
    let rules = Rules::new(&policy, &policy);
    let mut selecting = application(State::Selecting);
    selecting.compose_from = Some(after(10));
    let reserve = |at| {
        let request = compose(1);
        selecting.reserve(&bound(&request, &rules), &quota(20, 5), &rules, at)
    };
    assert_eq!(
        reserve(after(9)).unwrap_err(),
        Refused::IntervalNotElapsed { until: after(10) }
    );
    assert!(reserve(after(10)).is_ok());
    assert!(
        selecting
            .reserve(&bound(&DRAW, &rules), &quota(20, 5), &rules, now())
            .is_ok(),
        "draws do not wait"
    );

    selecting.compose_from = None;
    let settled = settle(&selecting, &compose(2), &Outcome::AllMissed, quota(20, 5));
    assert_eq!(settled.application.compose_from, Some(after(10)));
    assert_eq!(settled.quota.compose.left(), 18);
}

/// P7: a draw costs one round; an allocation ends column and basket. P3: every operation has a number
/// of its own, whatever became of it.
#[test]
fn outcomes_settle_charge_holding_and_number() {
    let selecting = application(State::Selecting);
    let drawn = settle(&selecting, &DRAW, &held(after(90)), quota(20, 5));
    assert_eq!(drawn.quota.draws.left(), 4);
    assert!(drawn.application.holding.is_live(after(89)));
    assert_eq!(drawn.application.last_op_no, 4);

    let empty = settle(&selecting, &DRAW, &Outcome::NoneFree, quota(20, 5));
    assert_eq!(
        (empty.quota, empty.application.last_op_no),
        (quota(20, 5), 4)
    );
    let refusal = Outcome::Refused {
        refusal: Reason::DrawingNotOpen.into(),
    };
    let refused = settle(&selecting, &DRAW, &refusal, quota(20, 5));
    assert_eq!(
        (refused.quota, refused.application.last_op_no),
        (quota(20, 5), 4)
    );

    let never = Outcome::Dropped {
        reason: Dropped::NeverRecorded,
    };
    let dropped = settle(&drawn.application, &DRAW, &never, quota(20, 4));
    assert_eq!(
        (dropped.quota, dropped.application.last_op_no),
        (quota(20, 4), 5)
    );
    assert!(
        !dropped.application.holding.is_empty(),
        "a tombstone gives nothing up"
    );
    let late = Outcome::Dropped {
        reason: Dropped::TooLittleTime,
    };
    let given_up = settle(&drawn.application, &DRAW, &late, quota(20, 4));
    assert_eq!(given_up.quota, quota(20, 4));
    assert!(given_up.application.holding.is_empty());

    let allocation = Allocation {
        id: Uuid::from_u128(9),
        class: PlateClass::Small,
        plate: "粤GA1235".parse().unwrap(),
        decided_at: now(),
    };
    let outcome = Outcome::Allocated {
        allocation: allocation.clone(),
    };
    let confirm = Request::Confirm {
        plate: allocation.plate,
    };
    let confirmed = settle(&drawn.application, &confirm, &outcome, quota(20, 4));
    assert_eq!(confirmed.application.state, State::Confirmed);
    assert!(confirmed.application.holding.is_empty());
    assert_eq!(confirmed.confirmed, Some(allocation));
}

/// P8, R-SEL-12: exhausted only when both counters are 0 and nothing is held.
#[test]
fn exhausted_only_when_nothing_is_left_and_nothing_is_held() {
    let selecting = application(State::Selecting);
    let last_draw = settle(&selecting, &DRAW, &held(after(90)), quota(0, 1));
    assert_eq!(
        last_draw.application.state,
        State::Selecting,
        "the column still lives"
    );
    assert!(
        !last_draw
            .application
            .is_exhausted(&last_draw.quota, after(89))
    );
    assert!(
        last_draw
            .application
            .is_exhausted(&last_draw.quota, after(90))
    );

    let last_wishes = settle(&selecting, &compose(2), &Outcome::AllMissed, quota(2, 0));
    assert_eq!(last_wishes.application.state, State::Exhausted);
    let draws_left = settle(&selecting, &compose(2), &Outcome::AllMissed, quota(2, 1));
    assert_eq!(draws_left.application.state, State::Selecting);
    let given_up = settle(
        &last_draw.application,
        &Request::GiveUp,
        &Outcome::GivenUp,
        quota(0, 0),
    );
    assert_eq!(given_up.application.state, State::Exhausted);
}

/// R-SEL-06: N above what remains is refused and nothing is set aside.
#[test]
fn a_reservation_above_the_counter_is_refused() {
    let policy = guangdong();
    let rules = Rules::new(&policy, &policy);
    let selecting = application(State::Selecting);
    let refused = selecting.reserve(&bound(&compose(3), &rules), &quota(2, 5), &rules, now());
    assert_eq!(
        refused.unwrap_err(),
        Refused::QuotaExceeded { remaining: 2 }
    );
    let refused = selecting.reserve(&bound(&DRAW, &rules), &quota(2, 0), &rules, now());
    assert_eq!(
        refused.unwrap_err(),
        Refused::QuotaExceeded { remaining: 0 }
    );
}

proptest! {
    /// P5, R-INF-09: whatever comes back, charges stay within what was set aside, and both counters
    /// only ever fall.
    #[test]
    fn any_sequence_keeps_the_counters_sound(steps in prop::collection::vec((0usize..6, 0u8..6), 0..60)) {
        let policy = guangdong();
        let rules = Rules::new(&policy, &policy);
        let mut application = application(State::Selecting);
        let mut quota = VehicleQuota::fresh(policy.compose.quota, policy.draw.quota);
        for (wishes, outcome) in steps {
            let request = if wishes == 0 { DRAW } else { compose(wishes) };
            application.compose_from = None;
            let bound = bound(&request, &rules);
            let Ok((next, reserved)) = application.reserve(&bound, &quota, &rules, now()) else {
                continue;
            };
            let outcome = match (outcome, &request) {
                (0, _) => Outcome::Dropped { reason: Dropped::NeverRecorded },
                (1, _) => Outcome::NoneFree,
                (2, Request::Draw { .. }) => held(after(90)),
                (_, Request::Draw { .. }) => Outcome::Dropped { reason: Dropped::TooLittleTime },
                _ => Outcome::AllMissed,
            };
            let settled = next.settle(&bound, &outcome, &reserved, &rules, now()).unwrap();
            let cost = bound.cost(&outcome);
            let taken = Charge {
                compose: quota.compose.left() - settled.quota.compose.left(),
                draws: quota.draws.left() - settled.quota.draws.left(),
            };
            prop_assert_eq!(taken, cost);
            let dry = settled.quota.used_up() && !settled.application.holding.is_live(now());
            prop_assert_eq!(settled.application.state == State::Exhausted, dry);
            (application, quota) = (settled.application, settled.quota);
            if application.state == State::Exhausted { break }
        }
    }
}
