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
use super::policy::ChargeOnMiss;
use super::quota::Charge;
use super::rules::Rules;

/// Where a choice is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    /// By the citizen himself.
    Internet,
    /// By an officer at the counter, for the citizen who stands there (R-SEL-12).
    Window,
}

impl Channel {
    /// The word it is stored under.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Internet => "internet",
            Self::Window => "window",
        }
    }
}

/// A stored word names no channel.
#[derive(Debug, thiserror::Error)]
#[error("unknown channel")]
pub(crate) struct UnknownChannel;

impl std::str::FromStr for Channel {
    type Err = UnknownChannel;

    fn from_str(text: &str) -> Result<Self, UnknownChannel> {
        [Self::Internet, Self::Window]
            .into_iter()
            .find(|channel| channel.as_str() == text)
            .ok_or(UnknownChannel)
    }
}

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
    /// 确认选号 where a code is asked for afterwards: sets one number apart (R-CNF-01).
    Choose {
        /// One of the held numbers.
        plate: PlateNumber,
    },
    /// 确认选号, 完成预选.
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
    /// See [`Request::Choose`].
    Choose { plate: String },
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
        channel: Channel,
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
            Self::Choose { .. } if !rules.checks_after_choosing() => Err(Refused::StepNotOffered),
            Self::Choose { plate: text } => plate(text)
                .map(|plate| Request::Choose { plate })
                .ok_or(Refused::PlateMalformed),
            Self::Confirm { plate: text } => plate(text)
                .map(|plate| Request::Confirm { plate })
                .ok_or(Refused::PlateMalformed),
            Self::GiveUp => Ok(Request::GiveUp),
            Self::Compose { wishes } => check_wishes(wishes, rules.batch_max(channel), plate)
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
            Self::Choose { .. } => "choose",
            Self::Confirm { .. } => "confirm",
            Self::GiveUp => "give_up",
        }
    }

    /// The most it may cost: what is set aside before the pool is asked (P1). A round of wishes costs
    /// their number (R-SEL-06) or one check (R-SEL-07), as policy says.
    pub(crate) fn reservation(&self, on_miss: ChargeOnMiss) -> Charge {
        match self {
            Self::Draw { .. } => Charge {
                draws: 1,
                ..Charge::NONE
            },
            Self::Compose { wishes } => {
                let wishes = u16::try_from(wishes.len()).expect("a round has at most 20 wishes");
                let compose = match on_miss {
                    ChargeOnMiss::PerWish => wishes,
                    ChargeOnMiss::PerCheck => 1,
                };
                Charge {
                    compose,
                    ..Charge::NONE
                }
            }
            Self::Keep { .. } | Self::Choose { .. } | Self::Confirm { .. } | Self::GiveUp => {
                Charge::NONE
            }
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

/// An operation that was reserved: what settling it goes by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reserved<'a> {
    pub(crate) request: &'a Request,
    pub(crate) channel: Channel,
    /// What was set aside.
    pub(crate) charge: Charge,
}

impl Reserved<'_> {
    /// What the operation costs.
    ///
    /// A draw that returned at least one number costs one round, however few were left (P7). A round
    /// of wishes that were all missed costs what was set aside for it (R-SEL-06, R-SEL-07); one that
    /// was lodged used its chances too. A hit costs nothing while it is held: confirmed, the road ends
    /// there; abandoned, it costs what [`VehicleQuota::abandon_hit`] says.
    ///
    /// [`VehicleQuota::abandon_hit`]: super::quota::VehicleQuota::abandon_hit
    pub(crate) fn cost(&self, outcome: &Outcome) -> Charge {
        match (self.request, outcome) {
            (Request::Draw { .. }, Outcome::Held { drawn, .. }) if *drawn > 0 => self.charge,
            (Request::Compose { .. }, Outcome::AllMissed | Outcome::Lodged { .. }) => self.charge,
            _ => Charge::NONE,
        }
    }
}

#[cfg(test)]
mod tests;
