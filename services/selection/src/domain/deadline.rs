//! The deadline: the last civil day on which the vehicle may be registered with its number.

use jiff::Timestamp;
use jiff::civil::Date;
use xuanhao_chassis::clock::civil_day;
use xuanhao_vocabulary::{Calendar, WorkingDays};

use super::Refused;

/// The deadline of a number allocated at `decided_at`, inclusive: working days counted from the
/// civil day (Asia/Shanghai) after it (R-DONE-01, R-DONE-04, P11).
///
/// # Errors
/// [`Refused::CalendarNotCovered`] with the first day the calendar does not know.
pub(crate) fn deadline(
    decided_at: Timestamp,
    days: WorkingDays,
    calendar: &Calendar,
) -> Result<Date, Refused> {
    calendar
        .deadline_after(civil_day(decided_at), days)
        .map_err(|missing| {
            let date = Date::new(missing.year, 1, 1).unwrap_or(Date::MAX);
            Refused::CalendarNotCovered { date }
        })
}

/// Whether a number allocated today or tomorrow would get a deadline. Asked before selecting and
/// before each operation, so that a confirmed number never waits for a calendar; an operation that
/// begins before midnight may be decided after it.
///
/// # Errors
/// [`Refused::CalendarNotCovered`].
pub(crate) fn check_covered(
    now: Timestamp,
    days: WorkingDays,
    calendar: &Calendar,
) -> Result<(), Refused> {
    let tomorrow = now
        .saturating_add(jiff::SignedDuration::from_hours(24))
        .unwrap_or(now);
    deadline(tomorrow, days, calendar).map(drop)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use xuanhao_vocabulary::workday::Year;

    use super::*;

    fn calendar() -> Calendar {
        let mut calendar = Calendar::default();
        let off = (1..=7).map(|day| date(2026, 10, day)).collect();
        let work = [date(2026, 9, 27), date(2026, 10, 10)].into();
        calendar.insert(2026, Year { off, work }).unwrap();
        calendar
    }

    fn of(decided_at: &str) -> Result<Date, Refused> {
        deadline(
            decided_at.parse().unwrap(),
            WorkingDays::new(3).unwrap(),
            &calendar(),
        )
    }

    /// R-DONE-01, P11: counted from the day after the decision in Asia/Shanghai, with holidays and
    /// make-up days.
    #[test]
    fn working_days_count_from_the_day_after_the_decision_in_shanghai() {
        // Monday noon.
        assert_eq!(of("2026-11-23T04:00:00Z"), Ok(date(2026, 11, 26)));
        // Still Monday in UTC, Tuesday in Shanghai.
        assert_eq!(of("2026-11-23T16:00:00Z"), Ok(date(2026, 11, 27)));
        // Wednesday before the holidays: the 8th, the 9th, and Saturday the 10th is made up.
        assert_eq!(of("2026-09-30T04:00:00Z"), Ok(date(2026, 10, 10)));
    }

    #[test]
    fn a_deadline_beyond_the_calendar_is_not_guessed() {
        let missing = Err(Refused::CalendarNotCovered {
            date: date(2027, 1, 1),
        });
        assert_eq!(of("2026-12-30T04:00:00Z"), missing);
        let three = WorkingDays::new(3).unwrap();
        let covered = |now: &str| check_covered(now.parse().unwrap(), three, &calendar());
        assert_eq!(covered("2026-12-27T04:00:00Z"), Ok(()));
        // Today's deadline is covered, tomorrow's is not.
        assert!(of("2026-12-28T04:00:00Z").is_ok());
        assert_eq!(covered("2026-12-28T04:00:00Z"), missing.map(drop));
    }
}
