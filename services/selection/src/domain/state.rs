//! The states of an application and the one table of what leads where.

use std::fmt;
use std::str::FromStr;

use super::Refused;

/// Where an application stands.
///
/// Before a row exists the application is a draft in the citizen's browser. A confirmed information
/// is ready for selecting at once, because the VIN is claimed before it is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum State {
    /// The office's notice was agreed to (R-ENT-04).
    NoticeAgreed,
    /// VIN and purchase proof were submitted and found eligible.
    InfoSubmitted,
    /// The information is locked for ever (R-INF-07) and the VIN is taken.
    InfoConfirmed,
    /// Identity re-checked (R-AUTH-01); numbers may be drawn and composed.
    Selecting,
    /// A number is allocated and waits for registration.
    Confirmed,
    /// The vehicle was registered with its number (R-DONE-05).
    Registered,
    /// Both counters are used up (R-SEL-12).
    Exhausted,
    /// The deadline passed (R-BLK-01).
    Expired,
    /// Ended by an officer.
    Voided,
}

/// What can happen to an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Event {
    /// The notice is agreed to, again perhaps.
    AgreeNotice,
    /// VIN and purchase proof are submitted.
    SubmitInfo,
    /// The submitted information is confirmed.
    ConfirmInfo,
    /// The identity check before selecting is passed.
    StartSelecting,
    /// An operation is reserved.
    Operate,
    /// An operation is reserved at the window, which also serves whose chances are exhausted
    /// (R-SEL-12).
    OperateAtCounter,
    /// The pool allocated a number: the commit point of a confirmation.
    Allocate,
    /// Nothing is left to select with (P8).
    Exhaust,
    /// Staff give chances back that an outage of ours cost (P5).
    Credit,
    /// An office registered the vehicle.
    Register,
    /// The deadline passed and the pool has closed the application (P9).
    Expire,
    /// An officer ends the application; the pool has closed it (P9).
    Void,
}

impl State {
    /// Every state.
    pub(crate) const ALL: [Self; 9] = [
        Self::NoticeAgreed,
        Self::InfoSubmitted,
        Self::InfoConfirmed,
        Self::Selecting,
        Self::Confirmed,
        Self::Registered,
        Self::Exhausted,
        Self::Expired,
        Self::Voided,
    ];

    /// The word it is stored under.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NoticeAgreed => "notice_agreed",
            Self::InfoSubmitted => "info_submitted",
            Self::InfoConfirmed => "info_confirmed",
            Self::Selecting => "selecting",
            Self::Confirmed => "confirmed",
            Self::Registered => "registered",
            Self::Exhausted => "exhausted",
            Self::Expired => "expired",
            Self::Voided => "voided",
        }
    }

    /// Whether the pool may know the application: from the lock on it may have operations there.
    pub(crate) fn may_be_in_pool(self) -> bool {
        !matches!(self, Self::NoticeAgreed | Self::InfoSubmitted)
    }

    /// The state after `event`.
    ///
    /// # Errors
    /// When the event has no place in this state.
    pub(crate) fn after(self, event: Event) -> Result<Self, Refused> {
        match self {
            Self::NoticeAgreed | Self::InfoSubmitted => self.before_the_lock(event),
            Self::InfoConfirmed | Self::Selecting => self.before_a_number(event),
            Self::Exhausted => match event {
                // The pool's allocation is the truth wherever selection stood.
                Event::Allocate => Ok(Self::Confirmed),
                Event::Exhaust | Event::OperateAtCounter => Ok(Self::Exhausted),
                // Selecting begins again with an identity check (R-AUTH-01).
                Event::Credit => Ok(Self::InfoConfirmed),
                Event::Void => Ok(Self::Voided),
                Event::AgreeNotice | Event::SubmitInfo | Event::ConfirmInfo => {
                    Err(Refused::InfoLocked)
                }
                Event::StartSelecting | Event::Operate => Err(Refused::Exhausted),
                Event::Register | Event::Expire => Err(Refused::StepNotReached),
            },
            Self::Confirmed => match event {
                Event::Register => Ok(Self::Registered),
                Event::Expire => Ok(Self::Expired),
                Event::Void => Ok(Self::Voided),
                Event::AgreeNotice | Event::SubmitInfo | Event::ConfirmInfo => {
                    Err(Refused::InfoLocked)
                }
                Event::StartSelecting
                | Event::Operate
                | Event::OperateAtCounter
                | Event::Allocate
                | Event::Exhaust
                | Event::Credit => Err(Refused::AlreadyConfirmed),
            },
            Self::Expired => match event {
                // Late proof lifts the ban and never moves the plate (P10).
                Event::Register => Ok(Self::Registered),
                _ => Err(Refused::DeadlinePassed { date: None }),
            },
            Self::Registered => Err(Refused::AlreadyRegistered),
            Self::Voided => Err(Refused::Voided),
        }
    }

    fn before_the_lock(self, event: Event) -> Result<Self, Refused> {
        match event {
            Event::AgreeNotice => Ok(self),
            Event::SubmitInfo => Ok(Self::InfoSubmitted),
            Event::ConfirmInfo if self == Self::InfoSubmitted => Ok(Self::InfoConfirmed),
            Event::Void => Ok(Self::Voided),
            _ => Err(Refused::StepNotReached),
        }
    }

    fn before_a_number(self, event: Event) -> Result<Self, Refused> {
        match event {
            Event::AgreeNotice | Event::SubmitInfo | Event::ConfirmInfo => Err(Refused::InfoLocked),
            // The officer has seen the papers: no other check stands before.
            Event::StartSelecting | Event::OperateAtCounter => Ok(Self::Selecting),
            Event::Operate | Event::Allocate if self == Self::InfoConfirmed => {
                Err(Refused::StepNotReached)
            }
            Event::Operate => Ok(Self::Selecting),
            Event::Allocate => Ok(Self::Confirmed),
            Event::Exhaust => Ok(Self::Exhausted),
            Event::Credit => Ok(self),
            Event::Void => Ok(Self::Voided),
            Event::Register | Event::Expire => Err(Refused::StepNotReached),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A stored word names no state.
#[derive(Debug, thiserror::Error)]
#[error("unknown application state")]
pub(crate) struct UnknownState;

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(UnknownState)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Event::*;
    use Refused as No;
    use State as To;

    const PASSED: Refused = No::DeadlinePassed { date: None };

    const EVENTS: [Event; 12] = [
        AgreeNotice,
        SubmitInfo,
        ConfirmInfo,
        StartSelecting,
        Operate,
        Allocate,
        Exhaust,
        Register,
        Expire,
        Void,
        Credit,
        OperateAtCounter,
    ];

    /// One row per state, one column per event in the order of [`EVENTS`].
    #[rustfmt::skip]
    const TABLE: [(State, [Result<State, Refused>; 12]); 9] = [
        (To::NoticeAgreed, [
            Ok(To::NoticeAgreed), Ok(To::InfoSubmitted), Err(No::StepNotReached),
            Err(No::StepNotReached), Err(No::StepNotReached), Err(No::StepNotReached),
            Err(No::StepNotReached), Err(No::StepNotReached), Err(No::StepNotReached), Ok(To::Voided),
            Err(No::StepNotReached),
            Err(No::StepNotReached),
        ]),
        (To::InfoSubmitted, [
            Ok(To::InfoSubmitted), Ok(To::InfoSubmitted), Ok(To::InfoConfirmed),
            Err(No::StepNotReached), Err(No::StepNotReached), Err(No::StepNotReached),
            Err(No::StepNotReached), Err(No::StepNotReached), Err(No::StepNotReached), Ok(To::Voided),
            Err(No::StepNotReached),
            Err(No::StepNotReached),
        ]),
        (To::InfoConfirmed, [
            Err(No::InfoLocked), Err(No::InfoLocked), Err(No::InfoLocked),
            Ok(To::Selecting), Err(No::StepNotReached), Err(No::StepNotReached),
            Ok(To::Exhausted), Err(No::StepNotReached), Err(No::StepNotReached), Ok(To::Voided),
            Ok(To::InfoConfirmed),
            Ok(To::Selecting),
        ]),
        (To::Selecting, [
            Err(No::InfoLocked), Err(No::InfoLocked), Err(No::InfoLocked),
            Ok(To::Selecting), Ok(To::Selecting), Ok(To::Confirmed),
            Ok(To::Exhausted), Err(No::StepNotReached), Err(No::StepNotReached), Ok(To::Voided),
            Ok(To::Selecting),
            Ok(To::Selecting),
        ]),
        (To::Confirmed, [
            Err(No::InfoLocked), Err(No::InfoLocked), Err(No::InfoLocked),
            Err(No::AlreadyConfirmed), Err(No::AlreadyConfirmed), Err(No::AlreadyConfirmed),
            Err(No::AlreadyConfirmed), Ok(To::Registered), Ok(To::Expired), Ok(To::Voided),
            Err(No::AlreadyConfirmed),
            Err(No::AlreadyConfirmed),
        ]),
        (To::Registered, [Err(No::AlreadyRegistered); 12]),
        (To::Exhausted, [
            Err(No::InfoLocked), Err(No::InfoLocked), Err(No::InfoLocked),
            Err(No::Exhausted), Err(No::Exhausted), Ok(To::Confirmed),
            Ok(To::Exhausted), Err(No::StepNotReached), Err(No::StepNotReached), Ok(To::Voided),
            Ok(To::InfoConfirmed),
            Ok(To::Exhausted),
        ]),
        (To::Expired, [
            Err(PASSED), Err(PASSED), Err(PASSED),
            Err(PASSED), Err(PASSED), Err(PASSED),
            Err(PASSED), Ok(To::Registered), Err(PASSED),
            Err(PASSED), Err(PASSED),
            Err(PASSED),
        ]),
        (To::Voided, [Err(No::Voided); 12]),
    ];

    /// R-INF-07: from the lock on the information is never edited; R-SEL-12, R-DONE-05, R-BLK-01.
    #[test]
    fn every_state_answers_every_event() {
        assert_eq!(TABLE.map(|(state, _)| state), State::ALL);
        for (state, row) in TABLE {
            for (event, expected) in EVENTS.into_iter().zip(row) {
                assert_eq!(state.after(event), expected, "{state} after {event:?}");
            }
        }
    }

    #[test]
    fn stored_words_come_back() {
        for state in State::ALL {
            assert_eq!(state.as_str().parse::<State>().unwrap(), state);
        }
        assert!("draft".parse::<State>().is_err());
    }
}
