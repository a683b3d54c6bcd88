//! What can go wrong in a use case, and how the rules' refusals are told to callers.

use std::time::Duration;

use jiff::Timestamp;
use tonic::Status;
use xuanhao_chassis::db;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::Refusable;
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::{sealed, signed};

use crate::domain::Refused;
use crate::voucher;

/// How soon to look again when selecting is closed.
const REOPEN_CHECK: Duration = Duration::from_secs(60);

/// A use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A refusal, in the registry's terms.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
    /// A peer failed, or was not there.
    #[error("a peer did not do its part")]
    Peer(#[source] Box<Status>),
    /// A peer's answer makes no sense.
    #[error("a peer's answer cannot be read: {0}")]
    PeerAnswer(&'static str),
    /// What the pool says and what is stored here do not fit together.
    #[error("the pool and the stored selection disagree: {0}")]
    Disagreement(&'static str),
    /// Something could not be signed.
    #[error("signing failed")]
    Signed(#[from] signed::Error),
    /// Sealed data could not be written or read.
    #[error("sealed data failed")]
    Sealed(#[from] sealed::Error),
    /// A voucher could not be drawn.
    #[error("the voucher cannot be drawn")]
    Voucher(#[from] voucher::Error),
    /// A task of ours was cut off.
    #[error("the work was cut off")]
    CutOff,
}

impl Error {
    /// There is no such thing; `kind` is a word of the catalogue.
    pub(crate) fn not_found(kind: &str) -> Self {
        Refusal::not_found(kind).into()
    }
}

impl From<Reason> for Error {
    fn from(reason: Reason) -> Self {
        Refusal::new(reason).into()
    }
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        Self::Peer(Box::new(status))
    }
}

impl Refusable for Error {
    fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal.clone()),
            _ => None,
        }
    }
}

impl Refused {
    /// The refusal in the registry's terms, as seen at `now`. What time alone will change invites to
    /// try again, so that it is not kept as final (P2).
    pub(crate) fn at(self, now: Timestamp) -> Refusal {
        let waiting = |reason, until: Timestamp| {
            let left = until.duration_since(now);
            let after = Duration::try_from(left).unwrap_or_default();
            Refusal::new(reason)
                .param("seconds", left)
                .retry_after(after)
        };
        match self {
            Self::StepNotReached => Reason::StepNotReached.into(),
            Self::InfoLocked => Reason::InfoLocked.into(),
            Self::AlreadyConfirmed => Reason::AlreadyConfirmed.into(),
            Self::AlreadyRegistered => Reason::AlreadyRegistered.into(),
            Self::Exhausted => Reason::Exhausted.into(),
            Self::DeadlinePassed { date } => {
                let refusal = Refusal::new(Reason::DeadlinePassed);
                date.map_or(refusal.clone(), |date| refusal.param("date", date))
            }
            Self::Voided => Reason::ApplicationVoided.into(),
            Self::UndoNotOffered => Reason::UndoNotOffered.into(),
            Self::UndoTooLate => Reason::UndoTooLate.into(),
            Self::UndoUsed => Reason::UndoUsed.into(),
            Self::DayOutOfRange { field, rule } => Refusal::invalid(field, rule),
            Self::AppealNotPossible => Reason::AppealNotPossible.into(),
            Self::AppealTooLate { date } => Refusal::new(Reason::AppealTooLate).param("date", date),
            Self::OperationPending => {
                Refusal::new(Reason::OperationPending).retry_after(Duration::from_secs(1))
            }
            Self::Paused => Refusal::new(Reason::SelectionPaused).retry_after(REOPEN_CHECK),
            Self::OutsideServiceHours { from, to } => Refusal::new(Reason::OutsideServiceHours)
                .param("from", from)
                .param("to", to)
                .retry_after(REOPEN_CHECK),
            Self::Blacklisted { until } => Refusal::new(Reason::Blacklisted).param("until", until),
            Self::LevelTooLow => Reason::EnrolmentRequired.into(),
            Self::ClassNotEligible => {
                Refusal::new(Reason::VehicleNotEligible).param("rule", "class_not_served")
            }
            Self::ConfirmDelay { until } => waiting(Reason::ConfirmDelay, until),
            Self::IntervalNotElapsed { until } => waiting(Reason::IntervalNotElapsed, until),
            Self::QuotaExceeded { remaining } => {
                Refusal::new(Reason::QuotaExceeded).param("remaining", remaining)
            }
            Self::CreditExceedsUse { field } => Refusal::invalid(field, "out_of_range"),
            Self::TooManyWishes { max } => Refusal::new(Reason::TooManyWishes)
                .param("max", max)
                .on_field("wishes"),
            Self::NoWishes => Refusal::required("wishes"),
            Self::WishMalformed { index } => Refusal::new(Reason::WishMalformed)
                .param("index", index)
                .on_field(wish(index)),
            Self::WishDuplicate { index } => Refusal::new(Reason::WishDuplicate)
                .param("index", index)
                .on_field(wish(index)),
            Self::PlateMalformed => Refusal::new(Reason::PlateMalformed).on_field("plate"),
            Self::ExcludeFourNotOffered => Refusal::invalid("exclude_four", "unknown_value"),
            Self::BasketNotOffered => Reason::StepNotReached.into(),
            Self::CalendarNotCovered { date } => {
                Refusal::new(Reason::CalendarNotCovered).param("date", date)
            }
            Self::ProofInvalid => Refusal::new(Reason::ProofInvalid).on_field("challenge_proof"),
            Self::IdentityCheckRequired => Reason::IdentityCheckRequired.into(),
            Self::VerificationPending => Reason::VerificationPending.into(),
            Self::UnderReview => Reason::UnderReview.into(),
            Self::StepNotOffered => Reason::StepNotOffered.into(),
            Self::ChoiceFinal { until } => {
                let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
                Refusal::new(Reason::ChoiceFinal).retry_after(left)
            }
            Self::HoldExpired => Reason::HoldExpired.into(),
            Self::PlateNotHeld => Reason::PlateNotHeld.into(),
            Self::ComposeForfeited => Reason::SelfComposeForfeited.into(),
            Self::CounterNotOffered => Reason::CounterNotOffered.into(),
        }
    }
}

/// The field of a wish; places count from 1 for people and from 0 in the request.
fn wish(index: usize) -> String {
    format!("wishes[{}]", index.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use xuanhao_chassis::idempotency::is_final;

    use super::*;

    /// P2: a refusal that time lifts is not kept under the request id; one that stays is.
    #[test]
    fn what_time_lifts_is_not_final() {
        let now: Timestamp = "2026-11-23T01:00:00Z".parse().unwrap();
        let until = "2026-11-23T01:00:04.2Z".parse().unwrap();
        let interval = Refused::IntervalNotElapsed { until }.at(now);
        assert_eq!(interval.params()["seconds"], "5");
        for refused in [
            Refused::ConfirmDelay { until },
            Refused::IntervalNotElapsed { until },
            Refused::Paused,
            Refused::OperationPending,
        ] {
            assert!(!is_final(&refused.at(now)), "{refused:?}");
        }
        for refused in [
            Refused::QuotaExceeded { remaining: 2 },
            Refused::WishMalformed { index: 2 },
            Refused::InfoLocked,
            Refused::ProofInvalid,
        ] {
            assert!(is_final(&refused.at(now)), "{refused:?}");
        }
        let malformed = Refused::WishMalformed { index: 2 }.at(now);
        assert_eq!(
            (malformed.params()["index"].as_str(), malformed.field()),
            ("2", Some("wishes[1]"))
        );
    }
}
