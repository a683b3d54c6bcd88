use super::super::policy::tests::guangdong;
use super::*;

const OFFICE: &str = "gd-zhanjiang";

fn typed(wishes: &[&str]) -> Typed {
    Typed::Compose {
        wishes: wishes.iter().map(|wish| (*wish).to_owned()).collect(),
    }
}

fn check(typed: &Typed) -> Result<Request, Refused> {
    let policy = guangdong();
    typed.check(
        OFFICE.parse().unwrap(),
        PlateClass::Small,
        &Rules::new(&policy, &policy),
        Channel::Internet,
    )
}

fn compose(count: usize) -> Request {
    let wishes = (0..count)
        .map(|at| format!("粤GA123{at}").parse().unwrap())
        .collect();
    Request::Compose { wishes }
}

fn draw() -> Request {
    Request::Draw {
        exclude_four: false,
    }
}

fn held(drawn: u16) -> Outcome {
    Outcome::Held {
        holding: Holding::default(),
        drawn,
    }
}

fn allocated() -> Outcome {
    Outcome::Allocated {
        allocation: Allocation {
            id: Uuid::nil(),
            class: PlateClass::Small,
            plate: "粤GA1230".parse().unwrap(),
            decided_at: Timestamp::UNIX_EPOCH,
        },
    }
}

/// R-SEL-03, R-SEL-06: wishes are read before anything is reserved, and the first at fault is
/// named by its place.
#[test]
fn wishes_are_checked_before_they_may_cost_anything() {
    assert_eq!(
        check(&typed(&["粤GA1230", "粤g·a1231"])),
        Ok(compose(2)),
        "blanks, dots and small letters are read as meant"
    );
    for (wishes, refused) in [
        (
            &["粤GA1230", "粤GO1230"][..],
            Refused::WishMalformed { index: 2 },
        ),
        (&["粤GABC12"], Refused::WishMalformed { index: 1 }),
        (&["粤GA123"], Refused::WishMalformed { index: 1 }),
        (&["粤GAD12345"], Refused::WishMalformed { index: 1 }),
        (&["粤KA1230"], Refused::WishMalformed { index: 1 }),
        (&["冀BA1230"], Refused::WishMalformed { index: 1 }),
        (
            &["粤GA1230", "粤GA1231", "粤ga1230"],
            Refused::WishDuplicate { index: 3 },
        ),
        (&["", "", "", "", "", ""], Refused::TooManyWishes { max: 5 }),
        (&[], Refused::NoWishes),
    ] {
        assert_eq!(check(&typed(wishes)), Err(refused), "{wishes:?}");
    }
}

#[test]
fn what_a_policy_does_not_offer_is_refused() {
    let mut policy = guangdong();
    policy.draw.exclude_four = false;
    policy.draw.basket = false;
    let rules = Rules::new(&policy, &policy);
    let check = |typed: Typed| {
        typed.check(
            OFFICE.parse().unwrap(),
            PlateClass::Small,
            &rules,
            Channel::Internet,
        )
    };
    assert_eq!(
        check(Typed::Draw { exclude_four: true }),
        Err(Refused::ExcludeFourNotOffered)
    );
    assert_eq!(
        check(Typed::Draw {
            exclude_four: false
        }),
        Ok(draw())
    );
    let keep = Typed::Keep {
        plate: "粤GA1230".to_owned(),
    };
    assert_eq!(check(keep), Err(Refused::BasketNotOffered));
}

/// P7, R-RND-01, R-SEL-06: what each outcome costs.
#[test]
fn what_each_outcome_costs() {
    let lodged = Outcome::Lodged {
        decided_at: Timestamp::UNIX_EPOCH,
    };
    let none_free = Outcome::NoneFree;
    let never = Outcome::Dropped {
        reason: Dropped::NeverRecorded,
    };
    let late = Outcome::Dropped {
        reason: Dropped::TooLittleTime,
    };
    let refused = Outcome::Refused {
        refusal: xuanhao_chassis::reason::Reason::DrawingNotOpen.into(),
    };
    let cost = |compose, draws| Charge { compose, draws };
    let keep = Request::Keep {
        plate: "粤GA1230".parse().unwrap(),
    };
    for (request, outcome, expected) in [
        (draw(), held(10), cost(0, 1)),
        (draw(), held(1), cost(0, 1)),
        (draw(), held(0), cost(0, 0)),
        (draw(), none_free.clone(), cost(0, 0)),
        (draw(), never.clone(), cost(0, 0)),
        (draw(), late, cost(0, 0)),
        (draw(), refused.clone(), cost(0, 0)),
        (compose(3), Outcome::AllMissed, cost(3, 0)),
        (compose(5), lodged, cost(5, 0)),
        (compose(3), allocated(), cost(0, 0)),
        (compose(3), never, cost(0, 0)),
        (compose(3), refused, cost(0, 0)),
        (keep, held(0), cost(0, 0)),
        (Request::GiveUp, Outcome::GivenUp, cost(0, 0)),
    ] {
        let reserved = request.reservation(ChargeOnMiss::PerWish);
        let bound = Reserved {
            request: &request,
            channel: Channel::Internet,
            charge: reserved,
        };
        assert_eq!(bound.cost(&outcome), expected, "{request:?} {outcome:?}");
        assert!(expected.compose <= reserved.compose && expected.draws <= reserved.draws);
    }
}

/// R-SEL-07: one check costs one chance, however many wishes; nothing else changes.
#[test]
fn a_check_costs_one_chance_where_policy_says_so() {
    for (request, cost) in [(compose(1), (1, 0)), (compose(5), (1, 0)), (draw(), (0, 1))] {
        let charge = request.reservation(ChargeOnMiss::PerCheck);
        assert_eq!((charge.compose, charge.draws), cost, "{request:?}");
    }
}

#[test]
fn requests_and_outcomes_are_stored_as_they_are() {
    for outcome in [held(3), allocated(), Outcome::AllMissed, Outcome::NoneFree] {
        let json = serde_json::to_value(&outcome).unwrap();
        assert_eq!(serde_json::from_value::<Outcome>(json).unwrap(), outcome);
    }
    for request in [draw(), compose(2), Request::GiveUp] {
        let json = serde_json::to_value(&request).unwrap();
        assert_eq!(json["kind"], request.kind());
        assert_eq!(serde_json::from_value::<Request>(json).unwrap(), request);
    }
}
