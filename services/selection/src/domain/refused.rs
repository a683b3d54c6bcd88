//! How the rules say no.

use jiff::Timestamp;
use jiff::civil::{Date, Time};

/// Why a step is refused. Nothing of it is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("the application has not come that far")]
    StepNotReached,
    #[error("the information is locked")]
    InfoLocked,
    #[error("a number is confirmed already")]
    AlreadyConfirmed,
    #[error("the vehicle is registered already")]
    AlreadyRegistered,
    #[error("both counters are used up")]
    Exhausted,
    #[error("the deadline has passed")]
    DeadlinePassed { date: Option<Date> },
    #[error("the application was voided")]
    Voided,
    #[error("the office offers no undoing")]
    UndoNotOffered,
    #[error("the time for undoing is over")]
    UndoTooLate,
    #[error("a number of the vehicle was undone before")]
    UndoUsed,
    #[error("the day cannot be")]
    DayOutOfRange {
        field: &'static str,
        rule: &'static str,
    },
    #[error("there is nothing to appeal against")]
    AppealNotPossible,
    #[error("the time for an appeal is over")]
    AppealTooLate { date: Date },
    #[error("another operation on the vehicle is under way")]
    OperationPending,
    #[error("selecting is paused")]
    Paused,
    #[error("outside service hours")]
    OutsideServiceHours { from: Time, to: Time },
    #[error("the person is blacklisted")]
    Blacklisted { until: Date },
    #[error("the registration level is too low")]
    LevelTooLow,
    #[error("vehicles of this class may not take part")]
    ClassNotEligible,
    #[error("the identity check may not be sent yet")]
    ConfirmDelay { until: Timestamp },
    #[error("the interval between compose rounds has not passed")]
    IntervalNotElapsed { until: Timestamp },
    #[error("more than what remains")]
    QuotaExceeded { remaining: u16 },
    #[error("more than was used cannot be given back")]
    CreditExceedsUse { field: &'static str },
    #[error("too many wishes")]
    TooManyWishes { max: u16 },
    #[error("a compose round needs a wish")]
    NoWishes,
    #[error("a wish is no plate number of this office and class")]
    WishMalformed { index: usize },
    #[error("a wish stands twice")]
    WishDuplicate { index: usize },
    #[error("a plate number of the vehicle's class is wanted")]
    PlateMalformed,
    #[error("the office does not offer numbers without 4")]
    ExcludeFourNotOffered,
    #[error("the office keeps no candidates")]
    BasketNotOffered,
    #[error("no calendar covers the deadline")]
    CalendarNotCovered { date: Date },
    #[error("the proof of the challenge does not fit")]
    ProofInvalid,
    #[error("this web session has not passed the identity check")]
    IdentityCheckRequired,
    #[error("an outside system has not confirmed the vehicle yet")]
    VerificationPending,
    #[error("evidence is wanted, or waits for a decision")]
    UnderReview,
    #[error("the policy has no such step")]
    StepNotOffered,
    #[error("a number is chosen and waits for its code")]
    ChoiceFinal { until: Timestamp },
    #[error("the countdown is over")]
    HoldExpired,
    #[error("the number is not the one that is held")]
    PlateNotHeld,
    #[error("a held hit took the chances to compose with it")]
    ComposeForfeited,
    #[error("the office does not select at the window")]
    CounterNotOffered,
}
