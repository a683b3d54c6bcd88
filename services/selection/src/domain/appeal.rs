//! Appeals 申诉 against a ban, or against the voiding of an application.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use xuanhao_vocabulary::Calendar;

use super::Refused;
use super::state::State;
use super::void::{Cause, Voided};

/// Most characters of the citizen's words.
pub(crate) const LONGEST_STATEMENT: usize = 1_000;
/// Most attachments.
pub(crate) const MOST_DOCUMENTS: usize = 5;

/// What is appealed against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    /// The ban that a missed deadline led to.
    Ban,
    /// The end of the application.
    Void,
}

/// Where an appeal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Waiting,
    Upheld,
    Dismissed,
}

impl Ground {
    /// The word it is stored under.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ban => "ban",
            Self::Void => "void",
        }
    }
}

impl Standing {
    /// The word it is stored under.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Upheld => "upheld",
            Self::Dismissed => "dismissed",
        }
    }
}

/// A stored word means nothing here.
#[derive(Debug, thiserror::Error)]
#[error("unknown word of an appeal")]
pub(crate) struct UnknownWord;

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Standing {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        [Self::Waiting, Self::Upheld, Self::Dismissed]
            .into_iter()
            .find(|known| known.as_str() == text)
            .ok_or(UnknownWord)
    }
}

impl FromStr for Ground {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        [Self::Ban, Self::Void]
            .into_iter()
            .find(|known| known.as_str() == text)
            .ok_or(UnknownWord)
    }
}

/// What there is to appeal against: a ban in force (R-BLK-01), or a voiding the citizen did not ask for.
///
/// # Errors
/// [`Refused::AppealNotPossible`].
pub(crate) fn ground(
    state: State,
    voided: Option<&Voided>,
    banned: bool,
    upheld_before: bool,
) -> Result<Ground, Refused> {
    match (state, voided) {
        _ if upheld_before => Err(Refused::AppealNotPossible),
        (State::Expired, _) if banned => Ok(Ground::Ban),
        (State::Voided, Some(why)) if why.cause != Cause::Undone => Ok(Ground::Void),
        _ => Err(Refused::AppealNotPossible),
    }
}

/// Checks that an appeal against what happened on `day` is filed within the civil days policy grants.
///
/// # Errors
/// [`Refused::AppealTooLate`] with the last day.
pub(crate) fn check_in_time(day: Date, within_days: u16, today: Date) -> Result<(), Refused> {
    let last = day.saturating_add(i64::from(within_days).days());
    if today > last {
        return Err(Refused::AppealTooLate { date: last });
    }
    Ok(())
}

/// The civil day by which an appeal filed on `filed` is to be decided, in working days of the calendar.
/// In a year no calendar covers yet Monday to Friday count: a citizen's appeal does not wait for it.
pub(crate) fn due_on(filed: Date, working_days: u16, calendar: &Calendar) -> Date {
    let (mut day, mut left) = (filed, working_days);
    while left > 0 {
        let Ok(next) = day.tomorrow() else {
            return day;
        };
        day = next;
        let weekday = !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        left -= u16::from(calendar.is_working_day(day).unwrap_or(weekday));
    }
    day
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn only_what_was_done_to_the_citizen_is_appealed_against() {
        let voided = |cause| {
            Some(Voided {
                cause,
                reason: String::new(),
            })
        };
        let no = Err(Refused::AppealNotPossible);
        for (state, why, banned, expected) in [
            (State::Expired, None, true, Ok(Ground::Ban)),
            (State::Expired, None, false, no),
            (
                State::Voided,
                voided(Cause::Officer),
                false,
                Ok(Ground::Void),
            ),
            (
                State::Voided,
                voided(Cause::Rejected),
                false,
                Ok(Ground::Void),
            ),
            (State::Voided, voided(Cause::Undone), false, no),
            (State::Voided, None, false, no),
            (State::Confirmed, None, false, no),
            (State::Registered, None, true, no),
        ] {
            assert_eq!(
                ground(state, why.as_ref(), banned, false),
                expected,
                "{state}"
            );
        }
        assert_eq!(ground(State::Expired, None, true, true), no);
    }

    #[test]
    fn the_last_day_counts() {
        let day = date(2026, 11, 27);
        let last = date(2027, 1, 26);
        assert_eq!(check_in_time(day, 60, last), Ok(()));
        assert_eq!(
            check_in_time(day, 60, date(2027, 1, 27)),
            Err(Refused::AppealTooLate { date: last })
        );
    }

    #[test]
    fn due_in_working_days_also_where_no_calendar_reaches() {
        let national = Calendar::national();
        // Spring Festival 2026: 15–23 February off, the 14th and the 28th made up.
        assert_eq!(due_on(date(2026, 2, 13), 2, national), date(2026, 2, 24));
        // A Friday in a year nobody announced.
        assert_eq!(due_on(date(2099, 1, 2), 1, national), date(2099, 1, 5));
    }
}
