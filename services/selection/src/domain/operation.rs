//! An operation: what an application asks of the pool, what may come of it, and what that costs.
//!
//! ```text
//! Reserved ─▶ Settled   the pool has a row: the charge is what the row says (P4, P5)
//!          └▶ Dropped   the pool has none, or the row gave the numbers up: uncharged (P6)
//! ```

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use xuanhao_chassis::error::Refusal;
use xuanhao_vocabulary::{Office, OfficeId, PlateClass, PlateNumber};

use super::Refused;
use super::holding::Holding;
use super::quota::Charge;
use super::rules::Rules;

/// What is asked of the pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Request {
    /// 随机一次, 换一批.
    Draw {
        /// 不包含4.
        exclude_four: bool,
    },
    /// 加入备选.
    Keep {
        /// One of the column.
        plate: PlateNumber,
    },
    /// 自编: wishes in the citizen's order.
    Compose {
        /// At least one, no two alike.
        wishes: Vec<PlateNumber>,
    },
    /// 确认选号.
    Confirm {
        /// One of the basket, or of the column where no basket is kept.
        plate: PlateNumber,
    },
    /// Giving up column and basket.
    GiveUp,
}

/// What the caller typed, before any rule looked at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Typed {
    /// See [`Request::Draw`].
    Draw { exclude_four: bool },
    /// See [`Request::Keep`].
    Keep { plate: String },
    /// See [`Request::Compose`].
    Compose { wishes: Vec<String> },
    /// See [`Request::Confirm`].
    Confirm { plate: String },
    /// See [`Request::GiveUp`].
    GiveUp,
}

impl Typed {
    /// Reads the input by the rules of form (GA 36-2018). Nothing refused here is charged.
    ///
    /// # Errors
    /// Wishes that are malformed, alike or too many, with the 1-based place of the first at fault.
    pub(crate) fn check(
        &self,
        office: OfficeId,
        class: PlateClass,
        rules: &Rules<'_>,
    ) -> Result<Request, Refused> {
        let plate = |text: &str| {
            PlateNumber::parse_as(class, text)
                .ok()
                .filter(|plate| may_belong(*plate, office))
        };
        match self {
            Self::Draw { exclude_four: true } if !rules.offers_exclude_four() => {
                Err(Refused::ExcludeFourNotOffered)
            }
            Self::Draw { exclude_four } => Ok(Request::Draw {
                exclude_four: *exclude_four,
            }),
            Self::Keep { .. } if !rules.has_basket() => Err(Refused::BasketNotOffered),
            Self::Keep { plate: text } => plate(text)
                .map(|plate| Request::Keep { plate })
                .ok_or(Refused::PlateMalformed),
            Self::Confirm { plate: text } => plate(text)
                .map(|plate| Request::Confirm { plate })
                .ok_or(Refused::PlateMalformed),
            Self::GiveUp => Ok(Request::GiveUp),
            Self::Compose { wishes } => check_wishes(wishes, rules.batch_max(), plate)
                .map(|wishes| Request::Compose { wishes }),
        }
    }
}

/// An issuing code the national table gives to another office is a slip of the pen, not a wish: the
/// table is public, so saying so tells nobody what the pool holds.
fn may_belong(plate: PlateNumber, office: OfficeId) -> bool {
    let owner = Office::by_code(plate.code());
    owner.map_or(plate.code().province() == office.province(), |owner| {
        owner.id == office
    })
}

fn check_wishes(
    typed: &[String],
    max: u16,
    parse: impl Fn(&str) -> Option<PlateNumber>,
) -> Result<Vec<PlateNumber>, Refused> {
    if typed.is_empty() {
        return Err(Refused::NoWishes);
    }
    if typed.len() > usize::from(max) {
        return Err(Refused::TooManyWishes { max });
    }
    let mut wishes = Vec::with_capacity(typed.len());
    for (at, text) in typed.iter().enumerate() {
        let wish = parse(text).ok_or(Refused::WishMalformed { index: at + 1 })?;
        if wishes.contains(&wish) {
            return Err(Refused::WishDuplicate { index: at + 1 });
        }
        wishes.push(wish);
    }
    Ok(wishes)
}

impl Request {
    /// The word it is stored and counted under.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Draw { .. } => "draw",
            Self::Keep { .. } => "keep",
            Self::Compose { .. } => "compose",
            Self::Confirm { .. } => "confirm",
            Self::GiveUp => "give_up",
        }
    }

    /// The most it may cost: what is set aside before the pool is asked (P1).
    pub(crate) fn reservation(&self) -> Charge {
        match self {
            Self::Draw { .. } => Charge {
                draws: 1,
                ..Charge::NONE
            },
            Self::Compose { wishes } => {
                let compose = u16::try_from(wishes.len()).expect("a round has at most 20 wishes");
                Charge {
                    compose,
                    ..Charge::NONE
                }
            }
            Self::Keep { .. } | Self::Confirm { .. } | Self::GiveUp => Charge::NONE,
        }
    }
}

/// A number the pool gave to an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Allocation {
    /// Its identity in the pool.
    pub(crate) id: Uuid,
    /// The class of the plate.
    pub(crate) class: PlateClass,
    /// The number.
    pub(crate) plate: PlateNumber,
    /// When the pool decided; the deadline counts from it.
    pub(crate) decided_at: Timestamp,
}

/// Why an operation ended without effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Dropped {
    /// The pool refuses its number for ever (P6).
    NeverRecorded,
    /// It was recorded, but too little time was left when it was looked up (P6).
    TooLittleTime,
}

/// What became of an operation (P7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// A number is the application's.
    Allocated {
        /// Which.
        allocation: Allocation,
    },
    /// Numbers are held for a while.
    Held {
        /// The whole current set.
        holding: Holding,
        /// How many the draw returned.
        drawn: u16,
    },
    /// Every wish was taken or is not released.
    AllMissed,
    /// Decided by lot at that time.
    Lodged {
        /// When the answer comes.
        decided_at: Timestamp,
    },
    /// Column and basket were given up, as asked.
    GivenUp,
    /// Nothing was free; the pool wrote nothing.
    NoneFree,
    /// The pool said no; it wrote nothing.
    Refused {
        /// What it said.
        refusal: Refusal,
    },
    /// Looked up, and without effect.
    Dropped {
        /// Why.
        reason: Dropped,
    },
}

impl Outcome {
    /// Whether the operation counts as settled rather than dropped.
    pub(crate) fn is_settled(&self) -> bool {
        !matches!(
            self,
            Self::NoneFree | Self::Refused { .. } | Self::Dropped { .. }
        )
    }

    /// Whether the request id stays bound to it (P2): settled operations and final refusals are
    /// answered again; what came to nothing may be asked anew under the same id.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Refused { refusal } => xuanhao_chassis::idempotency::is_final(refusal),
            other => other.is_settled(),
        }
    }
}

/// What an operation costs.
///
/// A draw that returned at least one number costs one round, however few were left (P7). A round of
/// wishes that were all missed costs their number (R-SEL-06); one that was lodged used its chances
/// too. A hit costs nothing: the road ends there.
pub(crate) fn charge(request: &Request, outcome: &Outcome) -> Charge {
    match (request, outcome) {
        (Request::Draw { .. }, Outcome::Held { drawn, .. }) if *drawn > 0 => request.reservation(),
        (Request::Compose { .. }, Outcome::AllMissed | Outcome::Lodged { .. }) => {
            request.reservation()
        }
        _ => Charge::NONE,
    }
}

#[cfg(test)]
mod tests {
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
        let check = |typed: Typed| typed.check(OFFICE.parse().unwrap(), PlateClass::Small, &rules);
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
            assert_eq!(
                charge(&request, &outcome),
                expected,
                "{request:?} {outcome:?}"
            );
            let reserved = request.reservation();
            assert!(expected.compose <= reserved.compose && expected.draws <= reserved.draws);
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
}
